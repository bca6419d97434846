// Package lexicon holds the words that the reader knows by itself: abbreviations of
// the state and of commune life (abbreviations.txt), foreign and mixed names
// (names.txt), what the letters of a law number stand for, and the names of letters.
//
// A line of abbreviations.txt is what is written and what is said; where it may be
// several things, each but the last comes with the words beside it that tell that it is
// meant. [BuiltIn] is all of it, as a person reads it on a page.
package lexicon
