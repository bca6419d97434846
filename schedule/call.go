package schedule

import "time"

// Voice is an item whose sound arrives while it is played: somebody speaks, or
// a stream is passed on.
const Voice Kind = "voice"

// MaxCall is the longest that a call may last before it ends by itself.
const MaxCall = MaxLength

// Call (phát trực tiếp) is what is on air now without having been in the
// calendar: a voice, a stream, or a recorded emergency that repeats until its
// end. It takes part in arbitration like an airing, with Start as its start
// and no late start; when it is stopped its End is moved to that instant, and
// what waited for it goes on from there.
type Call struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`
	Class   Class     `json:"class"`
	Level   Level     `json:"level,omitempty"`
	Start   time.Time `json:"start"` // when its first sample leaves the horns
	End     time.Time `json:"end"`   // its limit, or when it was stopped
	Rundown []Item    `json:"rundown,omitempty"`
}

// airing returns the call as arbitration sees it. One that ends where it
// starts is none.
func (c *Call) airing() (Airing, bool) {
	length := min(c.End.Sub(c.Start), MaxCall)
	if length <= 0 {
		return Airing{}, false
	}
	p := &Programme{ID: c.ID, Title: c.Title, Class: c.Class, Level: c.Level, Rule: Rule{At: c.Start}}
	if len(c.Rundown) == 0 {
		p.Rundown = []Item{{Kind: Voice, Title: c.Title, Length: length}}
	} else {
		p.Rundown = repeated(c.Rundown, length)
	}
	return Airing{ID: c.ID, Programme: p, Start: c.Start.UTC()}, true
}

// repeated fills a length with a rundown over and over; the last item is cut
// where the length ends. A rundown without length fills nothing.
func repeated(rundown []Item, length time.Duration) []Item {
	var items []Item
	for round := time.Duration(0); length > 0; {
		for _, it := range rundown {
			for range max(it.Repeat, 1) {
				one := it
				one.Repeat, one.Length = 0, min(it.Length, length)
				if one.Length <= 0 {
					continue
				}
				items = append(items, one)
				length -= one.Length
				round += one.Length
			}
		}
		if round <= 0 || len(items) > maxCallItems {
			break
		}
	}
	return items
}

// maxCallItems bounds a call of very short items.
const maxCallItems = 20_000
