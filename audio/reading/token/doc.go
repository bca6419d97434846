// Package token cuts a written text into words, numbers, spaces and signs, and gives
// the rules of the reader a [Cursor] from which they look around.
//
// However a text is stored, composed or not, with whatever spaces and invisible
// characters, its tokens are the same; each knows the bytes that it comes from. A rule
// looks [Cursor.Near], never further: a reading then takes time in proportion to the
// text. What a rule recognises is [Found]; what it recognises as a part of something
// longer is a [Part].
//
// It knows how Vietnamese is spelled ([Syllable], [Fold], tones, capitals) and no word.
package token
