package pages

import (
	"slices"
	"strings"

	"loa/controller/store"
)

// branch is an area, and how all that stands in it and below it is, by the word
// of each loudspeaker.
type branch struct {
	ID, Name string
	Level    int  // of its heading
	May      bool // change what stands here
	Good     int
	Total    int // that can say how they are
	Mute     int // that cannot, and are never good
	Counts   []mapCount
	Trouble  []string // ids of those that can say how they are, and are not good
	Parts    []branch
	Nodes    []beatenNode
}

// tallied are the states as a roll-up names them: what needs somebody first,
// what cannot be known apart.
var tallied = []string{"offline", "fault", "unknown", "on_air", "good", "no_return"}

// AllGood is said by every loudspeaker below; one that can say nothing forbids
// it.
func (b branch) AllGood() bool { return b.Total > 0 && b.Good == b.Total && b.Mute == 0 }

// Open says whether the page shows by itself what is in the branch: down to the
// villages, and of those where somebody is to look.
func (b branch) Open() bool { return b.Level == firstBranch || len(b.Parts) > 0 || len(b.Trouble) > 0 }

// Troubled is what a browser compares with what was known when somebody folded
// the branch.
func (b branch) Troubled() string { return strings.Join(b.Trouble, " ") }

const (
	firstBranch = 2 // below the heading of the page
	lastHeading = 6 // that HTML has
)

// growTree puts nodes into the areas that the reader may see. What may keep
// nothing and has nothing is left out.
func growTree(areas []store.Area, byArea map[string][]beatenNode, may func(area string) bool) []branch {
	seen, below := map[string]bool{}, map[string][]store.Area{}
	for _, a := range areas {
		seen[a.ID] = true
	}
	for _, a := range areas {
		top := a.Parent
		if !seen[top] {
			top = "" // the reader sees nothing above it
		}
		below[top] = append(below[top], a)
	}
	var grow func(parent string, level int) []branch
	grow = func(parent string, level int) (all []branch) {
		for _, a := range below[parent] {
			if a.Kind == store.Province && len(byArea[a.ID]) == 0 && len(below[a.ID]) == 1 { // it is its one commune again
				all = append(all, grow(a.ID, level)...)
				continue
			}
			b := branch{ID: a.ID, Name: a.Name, Level: level, May: may(a.ID), Nodes: byArea[a.ID], Parts: grow(a.ID, min(level+1, lastHeading))}
			b.count()
			if b.Total+b.Mute+len(b.Parts) > 0 || b.May && a.Kind == store.Village {
				all = append(all, b)
			}
		}
		return all
	}
	return grow("", firstBranch)
}

// count rolls up what is in the branch.
func (b *branch) count() {
	of := map[string]int{}
	for _, n := range b.Nodes {
		of[n.State]++
		switch {
		case n.NoReturn:
			b.Mute++
			continue
		case n.Good():
			b.Good++
		default:
			b.Trouble = append(b.Trouble, n.ID)
		}
		b.Total++
	}
	for _, p := range b.Parts {
		b.Good, b.Total, b.Mute = b.Good+p.Good, b.Total+p.Total, b.Mute+p.Mute
		b.Trouble = append(b.Trouble, p.Trouble...)
		for _, c := range p.Counts {
			of[c.State] += c.Nodes
		}
	}
	slices.Sort(b.Trouble)
	for _, state := range tallied {
		if of[state] > 0 {
			b.Counts = append(b.Counts, mapCount{state, of[state]})
		}
	}
}
