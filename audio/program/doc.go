// Package program runs the programs of others, ffmpeg and voices: killed with their
// context and with all that they started, giving way to other work if that can wait
// ([Nicely]), and heard in what they say on stderr.
package program
