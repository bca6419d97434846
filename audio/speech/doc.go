// Package speech has a text said by a program: espeak-ng, or another that a commune
// chose. [Program.Say] speaks it as it is, [Program.Perform] in a [Style].
//
// A horn is heard through its own echo, in which words of a long sentence run into
// each other; 200 ms of silence between groups of words bring back nearly what is
// lost. [Program.Perform] says a text group by group (package document, Groups). Each
// is spoken by a start of the program of its own: a program that is given the whole
// text pauses at a comma for as long as it likes, or not at all, and to look for its
// silences would find the closed lips of a p as well. What it costs are starts:
// espeak-ng takes some 20 ms for one; of another program 40 at the most are asked
// for, and 12 where somebody waits for an alert, by joining groups. A group's peaks are
// held 11.5 dB over its loudness before all are brought to the middle one, by 8 dB at
// the most: the limiter of a clip then has nothing left to do, and groups that were
// equally loud stay so.
package speech
