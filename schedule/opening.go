package schedule

import (
	"slices"
	"time"
)

// Opening is how a commune has its programmes begin: the zero value is the chime
// that every node makes by itself.
type Opening struct {
	Name   string        `json:"name,omitempty"` // as people chose it
	Clip   string        `json:"clip,omitempty"` // sha256, in place of the node's own chime
	Length time.Duration `json:"length,omitempty"`
	Off    bool          `json:"off,omitempty"` // begin without one
}

// hush takes the place of a chime that is off, so that what follows keeps its
// number in the rundown.
const hush = 20 * time.Millisecond

// Open returns the programme with its chimes as the commune has them. What is
// stored and approved says only that there is one.
func (o Opening) Open(p Programme) Programme {
	if o.Clip == "" && !o.Off {
		return p
	}
	p.Rundown = slices.Clone(p.Rundown)
	for i := range p.Rundown {
		switch it := &p.Rundown[i]; {
		case it.Kind != Chime:
		case o.Off:
			*it = Item{Kind: Gap, Length: hush}
		default:
			it.Clip, it.Length = o.Clip, o.Length
		}
	}
	return p
}
