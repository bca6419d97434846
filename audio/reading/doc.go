// Package reading turns written Vietnamese into what is said: 08h30 into tám giờ
// ba mươi phút, UBND into ủy ban nhân dân, 15-NQ/TW into mười lăm của trung ương.
// It is pure: a text and a dictionary in, pieces out; no clock, no files, no network.
//
// # Pieces
//
// [Reader.Read] gives [Piece]s that tile the text: what is written and where,
// what is said, of which kind it is, how sure the reader is, what else it may
// mean. [Spoken] joins what is said. What no rule knows is left as it is and
// marked kind.Unknown; everything else is said in letters and pauses, so a reading
// that is read again stays as it is.
//
//	text ─▶ one way of writing, with offsets        token
//	     ─▶ tokens: words, digits, spaces, signs    token
//	     ─▶ rules, in the order of rules.go         number, calendar, measure, label, and here
//	     ─▶ pieces ─▶ spoken text                   reading.go, tidy.go
//	     ─▶ lines, breaths, what may be left out    document
//
// A rule looks at the tokens around it, a bounded number of them, so time is
// linear in the length of the text. Words are data: packages
// lexicon and unit. What means several things (TT, CV, 3/4) is decided by the words beside
// it; where none of them decides, the piece is less sure and holds the others.
//
// A [Dictionary] of the commune goes before all rules.
//
// Here are the rules that ask others: abbreviations, capitals, marks of lists, signs.
package reading
