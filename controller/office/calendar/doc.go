// Package calendar is the desk at which a commune's calendar is kept: programmes, the
// bulletins in them, and what is decided on both.
//
//	desk.go         the desk, and what it works with
//	programmes.go   put in, changed, called off; what a rule means in words
//	compose.go      what people and scripts write, made a programme or refused with a reason
//	bulletins.go    made, changed in every programme that holds them, removed
//	move.go         an airing, it and all that follow, or all, at another hour
//	undo.go         one's own last change, taken back within 30 s, with its approval
//	decide.go       asked for, approved, returned
//
// All that changes something holds Options.Editing from reading what is to be changed
// until it is stored; the as-run log is brought up to date before, for afterwards nobody
// could say what was planned; each change leaves its own audit record; and then the pages
// and the plans are told. Nothing is half-stored: what belongs together is one transaction
// of the store. Errors are a *problem.Problem or a *schedule.Invalid with a sentence for
// the person, store.ErrNotFound for what there is not, and else the machine's own.
package calendar
