// Package exercise is the calendar of tests and drills (lịch kiểm tra, diễn tập), and what
// came of each: who was heard, why not, who repairs it, and when it was right again.
//
//	calendar.go  the commune's rule: how often what is done; what is due, and overdue
//	silent.go    the silent self-test: each board examines itself, and nobody hears anything
//	drill.go     what sounds: a drill of the calendar, or another that reached all
//	draw.go      when it is over, its result is drawn
//	mend.go      what failed stays open until it was seen right again
//	sheet.go     the sheet of one, as people and programs read it; csv.go, for a spreadsheet
//	desk.go      the desk, and what it does by itself
//
// # What happens by itself
//
// Only what nobody hears. The silent self-test runs at its hour, asks every board by a signed
// order (wire.Inspect) to read the recorded alerts back from flash, and takes the rest from
// what the board says of itself: its power, clock, output, amplifier and microphone. The room
// has no way to a call: a test that is heard, and an exercise, are begun by a person at the
// form of the drill, with all that is asked there; here is only written down that they were.
//
//	due ──▶ begun ──▶ under way ──▶ drawn ──▶ all right again
//	 │                                 └─ each failure open ──▶ mended
//	 └──▶ overdue, told once
//
// # What counts
//
// A drill that was begun from the calendar belongs to its entry. Any other that was for
// all loudspeakers counts as a test that is heard, and an exercise counts as one too. The
// calendar goes on only from what was for the whole commune and was heard by somebody.
//
// Whether a loudspeaker was heard is the one verdict of the log (store.Verdict), nothing
// else. One at which somebody worked, or that cannot say anything, is in none of the numbers.
// A failure is over when the board says that what was wrong is not so any more; where the
// proof itself was missing, when it has been heard whole again. The silent test asks again
// what failed, until it is answered right.
package exercise
