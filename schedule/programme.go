package schedule

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Programme (buổi phát) is when, where, and an ordered rundown.
type Programme struct {
	ID        string        `json:"id"`
	Title     string        `json:"title"`
	Class     Class         `json:"class"`
	Level     Level         `json:"level,omitempty"`
	Order     int           `json:"order,omitempty"` // among equals that wait: lowest first
	Rule      Rule          `json:"rule"`
	StartLate time.Duration `json:"start_late,omitempty"` // how late it may still begin, ns
	Targets   Targets       `json:"targets,omitzero"`
	Rundown   []Item        `json:"rundown"`
}

// Kind says what an item of a rundown is.
type Kind string

// The kinds of item.
const (
	Chime Kind = "chime" // nhạc hiệu: made by the node itself
	Clip  Kind = "clip"  // a clip of the library
	Gap   Kind = "gap"   // silence
	// Stream (tiếp sóng) is a station that the controller passes on: like a
	// Voice, its sound arrives while it is played, under the id [FeedID].
	Stream Kind = "stream"
)

// Item is one entry of a rundown. Its Length is known beforehand, so that a
// position can be decided without the sound being at hand.
type Item struct {
	Kind     Kind          `json:"kind"`
	Bulletin string        `json:"bulletin,omitempty"` // the clip is that bulletin's
	Title    string        `json:"title,omitempty"`
	Language string        `json:"language,omitempty"` // BCP 47, of a bulletin's second and later ones, which follow its first
	Clip     string        `json:"clip,omitempty"`     // sha256, hex
	Length   time.Duration `json:"length"`             // of one repeat, ns
	Repeat   int           `json:"repeat,omitempty"`   // times in a row; 0 means 1
	GainDB   float64       `json:"gain_db,omitempty"`  // relative to the clip
	Source   string        `json:"source,omitempty"`   // URL of a stream, for the controller alone
	Expires  time.Time     `json:"expires,omitzero"`   // silent from then on
}

// Total returns the item's length with its repeats.
func (i Item) Total() time.Duration { return i.Length * time.Duration(max(i.Repeat, 1)) }

// Length returns the length of the whole rundown.
func (p *Programme) Length() time.Duration {
	var d time.Duration
	for _, it := range p.Rundown {
		d += it.Total()
	}
	return d
}

// Targets are the areas and single nodes that hear a programme.
type Targets struct {
	Areas []string `json:"areas,omitempty"`
	Nodes []string `json:"nodes,omitempty"`
}

// Tree is the tree of areas, each area's id with its parent's: tỉnh → xã →
// thôn. A root's parent is "".
type Tree map[string]string

// maxDepth bounds the walk, so that a tree that bites its tail ends too.
const maxDepth = 16

// Within reports whether area is root or lies below it.
func (t Tree) Within(area, root string) bool {
	for range maxDepth {
		if area == root {
			return true
		}
		parent, ok := t[area]
		if !ok || parent == "" {
			return false
		}
		area = parent
	}
	return false
}

// Covers reports whether the targets include a node that stands in area.
func (t Targets) Covers(tree Tree, node, area string) bool {
	for _, n := range t.Nodes {
		if n == node {
			return true
		}
	}
	for _, a := range t.Areas {
		if tree.Within(area, a) {
			return true
		}
	}
	return false
}

// Plan is all that bears on one node: its programmes, its quiet hours, and the
// calls that are or were on air.
type Plan struct {
	Programmes []Programme `json:"programmes,omitempty"`
	Quiet      []Quiet     `json:"quiet,omitempty"`
	Soft       []Soft      `json:"soft,omitempty"`
	Calls      []Call      `json:"calls,omitempty"`
}

// Airing (lần phát) is one occurrence of a programme.
type Airing struct {
	ID        string
	Programme *Programme
	Start     time.Time
}

// AiringID names the airing of a programme that starts at an instant.
func AiringID(programme string, start time.Time) string {
	return programme + "@" + start.UTC().Format("20060102T150405Z")
}

// Airings returns the programme's airings that start in [from, to).
func (p *Programme) Airings(from, to time.Time) []Airing {
	starts := p.Rule.Starts(from, to)
	airings := make([]Airing, len(starts))
	for i, s := range starts {
		airings[i] = Airing{ID: AiringID(p.ID, s), Programme: p, Start: s}
	}
	return airings
}

// FeedID names the frames of a stream that is an item of an airing, as
// "stream-" and 128 bits of a hash in hex: every node works it out by itself.
func FeedID(airing string, item int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s#%d", airing, item))
	return feed + hex.EncodeToString(sum[:16])
}

const feed = "stream-"

// IsFeed reports whether the frames of that id are of a stream that is an item, and
// not of a call.
func IsFeed(id string) bool { return strings.HasPrefix(id, feed) }

// latest is the last instant at which the airing may still begin.
func (a Airing) latest() time.Time { return a.Start.Add(a.Programme.StartLate) }
