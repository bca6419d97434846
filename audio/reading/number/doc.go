// Package number says numbers as the North does: linh, nghìn, tư, mốt, lăm. It knows
// how they are written (1.010, 2 500, 2,25, −5, IV, 3/4, thứ 4), and gives rules for
// those that are nothing but a number: [Rule], [Ordinal], [RomanRule].
//
// What is written with points, and what counts something, is said in full
// ([Amount]); a year or a number by itself is said short ([Cardinal]).
package number
