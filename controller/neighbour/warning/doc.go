// Package warning takes in the warnings of other offices (CAP, package cap): the weather
// office, the province, a dam. It is a neighbour: the office does not know of it, and it
// does what a person could do, by that person's right.
//
//	warning.go  the desk: what came, and what became of it
//	take.go     a message comes in
//	judge.go    what may become of it, as a pure function
//	air.go      it is put on the air, as an alert, a drill or a correction
//	source.go   where messages come from, what is pinned of them
//	poll.go     feeds are asked
//	folder.go   files that are put into a folder
//
// Nothing airs by itself until a person who may air emergencies has said so of a source,
// for a severity, and has pinned the certificate of its sender. From then on that is done by
// their right: when they lose it, the source does too. All else waits on the page
// Cảnh báo for a person, or is only shown there, with the reason.
//
// What is known is never taken again: sender, identifier and instant are kept for ever. An
// update or a cancellation counts only for messages of its own sender, and of its own signer
// where they were signed. A cancellation is heard as a correction (cải chính) by exactly the
// nodes that heard what it takes back.
package warning
