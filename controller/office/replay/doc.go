// Package replay (nghe lại) is what the people of a commune may hear and read again: what
// loudspeakers of their own village really gave out in the last 48 hours, by the
// loudspeakers' word and not by the plan, and what is still to come today.
//
//	snapshot.go  one picture of the commune: its places, what was heard where, what comes
//	gather.go    how it is made, in a number of questions that does not grow
//	entry.go     one broadcast of it: its words, its sound, whether it still counts
//	keep.go      it is kept, and made anew after news, by the first reader that asks
//	decide.go    what the office decides: the rule, a recording that is released, an
//	             emergency that is over
//
// A node's word is believed for one thing only: that it gave something out, where it
// stands. What that was comes from the office's own log (store.Broadcast): a node that lies
// can make the village read of a broadcast that it did not hear, but can put no word of its
// own there, nor have a clip heard that was never aired.
//
// There are no names of people in it: not of authors, speakers or who decided.
package replay
