// Package document reads a pasted document as a newsreader does ([Read]) or as it is
// said by a horn ([Horn]).
//
// Lines are sentences unless the next one goes on with them; long sentences get
// breaths. What belongs to the paper (its head, Nơi nhận, signatures, page numbers,
// tables) is marked with a reason: [Blocks] are what a person may leave out, nothing
// is dropped in silence. [Sentences] are where one may begin to listen.
//
// Echo makes long groups of words a murmur, so a horn breathes more often, before words
// that begin something; [Groups] parts what is said at its pauses.
package document
