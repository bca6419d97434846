package level

import (
	"fmt"
	"time"
)

// Note is something that was mended in a recording, or that could not be: who
// made it wants to know.
type Note struct {
	Code    NoteCode      `json:"code"`
	Channel string        `json:"channel,omitempty"` // Left or Right: the one that was taken
	Time    time.Duration `json:"time,omitempty"`    // of the recording that it is about
	DB      float64       `json:"db,omitempty"`
	Places  int           `json:"places,omitempty"`
}

// String is the note in letters and figures, the same for the same note.
func (n Note) String() string {
	return fmt.Sprintf("%s %s %v %.1f %d", n.Code, n.Channel, n.Time, n.DB, n.Places)
}

// NoteCode is a kind of note.
type NoteCode string

// The kinds of notes.
const (
	OppositeChannels NoteCode = "channels_opposite" // for Time, only Channel was taken
	NoisyChannel     NoteCode = "channel_noisy"     // the other than Channel: only that was taken
	QuietChannel     NoteCode = "channel_quiet"     // so was it, for the other holds nearly nothing
	Offset           NoteCode = "offset"            // a constant voltage was taken out
	Knocks           NoteCode = "knocks"            // in so many Places something far louder was turned down
	Overdriven       NoteCode = "overdriven"        // its loudest samples were cut off by the recorder
	TooQuiet         NoteCode = "too_quiet"         // it was made louder by DB, and its noise with it
	TooNoisy         NoteCode = "too_noisy"         // what is said stands out of the noise by DB only
	NoiseOnly        NoteCode = "noise_only"        // it is steady and faint: DB quieter than other clips
)

// Left and Right name channels in notes.
const (
	Left  = "left"
	Right = "right"
)
