// Package reading turns written Vietnamese into what is said: 08h30 into tám giờ
// ba mươi phút, UBND into ủy ban nhân dân, 15-NQ/TW into mười lăm của trung ương.
// It is pure: a text and a dictionary in, pieces out; no clock, no files, no network.
//
// # Pieces
//
// [Reader.Read] gives [Piece]s that tile the text: what is written and where,
// what is said, of which kind it is, how sure the reader is, what else it may
// mean. [Spoken] joins what is said. What no rule knows is left as it is and
// marked [Unknown]; everything else is said in letters and pauses, so a reading
// that is read again stays as it is.
//
//	text ─▶ one way of writing, with offsets        normal.go
//	     ─▶ tokens: words, digits, spaces, signs    token.go
//	     ─▶ rules, in the order of rules.go         one file for each kind
//	     ─▶ pieces ─▶ spoken text                   reading.go, tidy.go
//
// A rule looks at the tokens around it, a bounded number of them, so time is
// linear in the length of the text. Words are data: abbreviations.txt, names.txt,
// units.go. What means several things (TT, CV, 3/4) is decided by the words beside
// it; where none of them decides, the piece is less sure and holds the others.
//
// A [Dictionary] of the commune goes before all rules.
//
// # How numbers are said
//
// As in the North: linh, nghìn, tư, mốt, lăm. What is written with points, and
// what counts something, is said in full (1.010 hộ: một nghìn không trăm mười);
// a year or a number by itself is said short (năm 2025: hai nghìn hai mươi lăm).
// Decimals are said digit by digit, telephone numbers in groups.
//
// # Documents
//
// [Reader.Document] reads a pasted document as a newsreader does: lines are
// sentences, long sentences get breaths, and what belongs to the paper (its
// head, Nơi nhận, signatures, page numbers, tables) is marked with a reason, to
// be left out by [Kept] if a person agrees. [Reader.Horn] reads it for the open,
// where echo makes long groups of words a murmur: shorter breaths, before words
// that begin something. [Groups] parts what is said at its pauses.
package reading
