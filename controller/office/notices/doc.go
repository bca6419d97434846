// Package notices tells people what concerns them, in words.
//
//	notices.go   an emergency is on air: its leaders are told on their pages, by mail and webhook
//	faults.go    a loudspeaker is at fault, or the office's own machine: one message a cause
//	ways.go      where mail and webhooks go to, and their secrets, which go in and never come out
//
// Nothing waits for a notice: an emergency sounds first, and what cannot be sent is kept
// and tried again (package notify). What is wrong with whom, for how long before it is
// told, is judged by package alerts.
package notices
