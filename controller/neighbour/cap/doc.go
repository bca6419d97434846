// Package cap is the Common Alerting Protocol, version 1.2 (OASIS, 2010): what a weather
// office sends when it warns, read, checked, believed or not, and written.
//
//	message.go   what a message says
//	tree.go      bytes → a tree, bounded, without DOCTYPE or anything that is fetched
//	read.go      the tree → messages; also those inside an envelope (EDXL-DE) or a feed
//	check.go     what a message has to be
//	feed.go      Atom and RSS that list messages
//	verify.go    whose signature it bears (XML-DSig), by certificates that were pinned
//	place.go     whether it is about a village
//	choose.go    how urgent it is, and in which language it can be read out
//	write.go     a message of ours, and its signature
//
// The package is pure: it knows no clock, fetches nothing and decides nothing. What may
// sound is the office's decision; here is only what can be known from the bytes.
//
// Three things are stricter than a reader needs: a DOCTYPE is refused (there is none in CAP,
// and all tricks begin there), a message is taken only as it was signed (Verify reads the
// bytes that the signature is over, not those that stand beside it), and an element of CAP
// that stands twice where it may stand once is refused, for two readers would take another
// one. Three are more lenient, because real offices send it: the order of elements, CAP 1.1
// (all it has means the same in 1.2), and “Z” as an offset.
package cap
