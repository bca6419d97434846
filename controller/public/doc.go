// Package public (trang của dân) is what anybody in the commune may open without signing
// in: what the loudspeakers of his village said in the last 48 hours, in writing and to be
// heard, and what is still to come today. It is a face like package web, before a room
// (office/replay), on a listener of its own, and knows nothing else of the office: there is
// nothing behind it that a request could reach.
//
//	public.go    addresses, and what every answer carries
//	view.go      pages, rendered once for all readers of one picture
//	feeds.go     Atom, and a podcast
//	api.go       the same as JSON, described by openapi.json
//	sound.go     Opus as the horns had it, AAC for old telephones, by ranges
//	limits.go    shares of requests and of the line, by address and for all
//	listener.go  shares of connections
//	publish.go   the same, written into a folder
//	answer.go    /q/CODE: a village's page for those who have the code of its notice board,
//	             who say how they heard something, and answer questions
//	report.go    what a villager tells, and /tin/CODE, where he sees what became of it
//
// GET and HEAD only, but for forms below /q/ and /tin/, which are taken from our own pages,
// bounded, and judged by one room more (office/answers); no cookie, no script that is needed,
// nothing from elsewhere, no name of a person. What an emergency needs depends on nothing
// here: it has connections, memory, a rate of requests and a part of the line that are
// bounded, less of it while a call is on the air, and where it fails the office goes on.
package public
