// Package wav reads what speech programs write and writes what they would have: WAV
// files of one channel at [audio.Rate].
package wav
