// Package wav reads what speech programs write and writes what they would have: WAV
// files of one channel at [audio.Rate]. What it writes itself it reads piece by piece,
// without any program: [OpenPlain].
package wav
