package wire

import (
	"time"

	"loa/schedule"
)

// The kinds of command to all nodes; they stand on the topics all/<kind>.
// MaxCommand is how many bytes a command to all has at the most: a node keeps all
// that it knows in one message, and takes no longer one.
const MaxCommand = 12 << 10

const (
	KindCall = "call"
	KindStop = "stop"
	// KindFrames is the kind of the bundles on live/<call>.
	KindFrames = "frames"
)

// AllNodes is the target of commands that every node must judge for itself:
// see [CallOn.Targets].
const AllNodes = "*"

// FrameLength is the length of one Opus frame of a voice.
const FrameLength = 20 * time.Millisecond

// Limits on a bundle.
const (
	MaxFrames = 50   // one second
	MaxFrame  = 1275 // bytes, RFC 6716, 3.4
)

// AloneFor is how long a recorded emergency goes on at a node that has not heard of
// it any more: cut off, or started anew without a network. The office says every two
// seconds that it goes on, so that this is when somebody may have ended it. Five
// minutes are a dozen rounds of an alert, for everyone near to hear it, should the
// storm have taken the network after it began; and no more than five minutes of one
// that was false, or is over, and that nobody can reach any more.
const AloneFor = 5 * time.Minute

// CallOn says that a call is on air. It is signed with a sequence of its own
// that all commands share, and said again, with the same sequence and a new
// expiry, for as long as the call lasts, so that a node that comes late joins.
type CallOn struct {
	Call    schedule.Call    `json:"call"`
	Targets schedule.Targets `json:"targets"` // whom it concerns; areas stand in each node's plan
	Clips   []ClipRef        `json:"clips,omitempty"`
}

// CallOff ends calls at an instant: one, or all that concern the targets.
type CallOff struct {
	Call    string           `json:"call,omitempty"` // empty: whatever is on air
	Targets schedule.Targets `json:"targets"`
	At      time.Time        `json:"at"`
}

// Bundle is consecutive frames of a voice: frame n sounds at the call's start
// plus n × FrameLength. Bundles are signed; their sequence is the number of
// the first frame plus one.
type Bundle struct {
	First  uint64   `json:"first"`
	Frames [][]byte `json:"frames"` // Opus packets; an empty one was lost before it was sent
}

// Check reports whether a bundle keeps to the limits.
func (b *Bundle) Check() bool {
	if len(b.Frames) == 0 || len(b.Frames) > MaxFrames {
		return false
	}
	for _, f := range b.Frames {
		if len(f) > MaxFrame {
			return false
		}
	}
	return true
}
