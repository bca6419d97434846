// Package asrun is the as-run log of a commune (nhật ký phát): what was really aired,
// where, and by whose word.
//
//	log.go     what begins is written down soon after, and before the calendar changes
//	stops.go   each stop of everything, and when each node was silent
//	lines.go   the log as it is read, newest first, cut to what the caller may see
//	proof.go   the latest airings, node by node, also those that say nothing
//
// What was planned is written when it begins ([Log.CatchUp]): afterwards the calendar may
// be another. What became of it is only ever the nodes' own word (store.Verdict), or the
// microphone's at the horn. A node that said nothing is unknown, and one that cannot say
// anything is in none of the numbers. Stops are followed for half a minute: the first
// silence of a node after a stop is what was asked for.
package asrun
