package wire

import (
	"math"
	"time"
)

// KindInspect has one node examine itself without a sound: so the whole commune is tested
// about once a week. It must expire.
const KindInspect = "inspect"

// InspectLife is how long the order counts.
const InspectLife = 2 * time.Minute

// MaxInspected bounds the clips of one order.
const MaxInspected = 16

// Inspect is the order. The clips are those of the recorded emergencies that the node is
// to hold: it reads each back from flash, whole.
type Inspect struct {
	Clips []ClipRef `json:"clips,omitempty"`
}

// Inspection is what came of the last order. How the board is otherwise, its power, clock,
// output, amplifier and microphone, stands in the rest of the status that tells it.
type Inspection struct {
	Order   uint64    `json:"order"`             // sequence of the order that it answers
	At      time.Time `json:"at"`                // in controller time
	Clips   int       `json:"clips,omitempty"`   // that were asked for
	Missing int       `json:"missing,omitempty"` // of these not there, or not to be read
	Spoilt  int       `json:"spoilt,omitempty"`  // of these not what their name says: they are fetched anew
	Flash   string    `json:"flash,omitempty"`   // why it could not be written and read back; "": it could
}

func (i *Inspection) check() {
	for _, n := range []*int{&i.Clips, &i.Missing, &i.Spoilt} {
		between(n, 0, MaxInspected)
	}
	i.Order = min(i.Order, math.MaxInt64)
}
