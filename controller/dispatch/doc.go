// Package dispatch brings the calendar to the nodes: one signed plan for each,
// and the clips that it needs; and it takes their reports and answers their
// questions for the time.
//
// # Plans
//
// After a change all plans are worked out anew, at most every tenth of a
// second, and those whose content changed are signed with the next sequence
// and published, retained. After each connection to a broker all are published
// again: another broker may have forgotten them. A plan holds rules, not
// airings, so that a node can go on by itself for as long as the rules reach.
// What is not approved, as it is at that moment, is in no plan.
//
// A message cannot be interrupted: a plan of more than wire.LongPlan goes as a small
// signed one that names a clip, its rest packed, and the node fetches that as it
// fetches clips. So what must sound waits for no plan. A node of before that, by its
// own word, gets it whole.
//
// # Clips
//
//	wants of all nodes --> per clip: chunks pending --> one publish per chunk
//
// A want only marks chunks. The sender goes round the clips that have chunks
// pending, and within a clip round its chunks, so a node that joins late is
// served by the same pass and then by the rest of the circle. A clip that
// nobody was fetching waits for a moment first, since a new plan makes all
// nodes ask at about the same time. The rate is bounded for all clips
// together, and for each by what those who want it say that their links carry.
//
// A node whose link is thin, or not known yet, asks for a few pieces at a time
// (wire.Want), which go to it alone. So what sounds never waits behind more than
// half a second of what does not, whichever broker stands in between.
//
// # Reports
//
// A report is acknowledged when its plays are committed, never before. What
// comes twice is stored once and acknowledged twice.
package dispatch
