package replay

import (
	"maps"
	"slices"
	"time"

	"loa/schedule"
)

// Back is how long something may be heard again.
const Back = 48 * time.Hour

// Place is the commune, or a village of it.
type Place struct {
	Code   string // of its short address
	Name   string
	Whole  bool // it is the commune
	Silent bool // no loudspeaker there can tell what it gave out

	area string
}

// Area is the area's id, which no reader sees.
func (p Place) Area() string { return p.area }

// Coming is what will be heard later today.
type Coming struct {
	Time  time.Time
	Title string
	Class schedule.Class

	areas map[string]bool
}

// Tested is what came of the last test of the commune's loudspeakers.
type Tested struct {
	Time   time.Time
	Aloud  bool // it was heard; else each board examined itself
	Passed int  // loudspeakers
	Of     int
	Mended int // of those that failed
	Open   int
}

// Snapshot is the commune at one instant. Nobody changes it.
type Snapshot struct {
	Made     time.Time
	Commune  Place
	Villages []Place // by name
	Tested   *Tested // nil: of none the people are told

	tree    schedule.Tree
	entries []*Entry // newest first
	coming  []Coming
	sounds  map[string]Sound // that may be heard, by sha256
	lines   []line
}

// Page is what one place has heard.
type Page struct {
	Place
	Commune string    // its name
	Made    time.Time // it was true then
	Alerts  []*Entry  // emergencies that count, and the last that do no more, newest first
	Entries []*Entry  // all others, newest first
	Coming  []Coming  // today, soonest first
	Tested  *Tested   // of the whole commune; nil: none
}

// overOnTop is how many emergencies that are over stand above all else.
const overOnTop = 3

// Page returns what a place has heard, by its code; "": the commune. false: there is no
// such place.
func (s *Snapshot) Page(code string) (Page, bool) {
	place, ok := s.Place(code)
	if !ok {
		return Page{}, false
	}
	p := Page{Place: place, Commune: s.Commune.Name, Made: s.Made, Tested: s.Tested}
	over := 0
	for _, e := range s.entries {
		if !s.within(e.areas, place) {
			continue
		}
		top := e.InForce
		if e.Emergency && !top && e.Corrects == nil && over < overOnTop {
			over, top = over+1, true
		}
		if top {
			p.Alerts = append(p.Alerts, e)
		} else {
			p.Entries = append(p.Entries, e)
		}
	}
	slices.SortStableFunc(p.Alerts, func(a, b *Entry) int { return rank(b) - rank(a) })
	for _, c := range s.coming {
		if s.within(c.areas, place) {
			p.Coming = append(p.Coming, c)
		}
	}
	return p, true
}

func rank(e *Entry) int {
	if e.InForce {
		return 1
	}
	return 0
}

// Place returns a place by its code; "": the commune.
func (s *Snapshot) Place(code string) (Place, bool) {
	if code == "" || code == s.Commune.Code {
		return s.Commune, true
	}
	i := slices.IndexFunc(s.Villages, func(v Place) bool { return v.Code == code })
	if i < 0 {
		return Place{}, false
	}
	return s.Villages[i], true
}

// Of returns the place of an area. false: there is none, or it has no code yet.
func (s *Snapshot) Of(area string) (Place, bool) {
	for _, p := range append([]Place{s.Commune}, s.Villages...) {
		if p.area == area {
			return p, true
		}
	}
	return Place{}, false
}

// Entry returns one thing that a page shows, by its id. false: it shows none, or no more.
func (p Page) Entry(id string) (*Entry, bool) {
	for _, e := range slices.Concat(p.Alerts, p.Entries) {
		if e.ID == id {
			return e, true
		}
	}
	return nil, false
}

// Sound returns a sound that may be heard, by the sha256 of its file. false: there is
// none, it was withdrawn, or it is too old.
func (s *Snapshot) Sound(sha string) (Sound, bool) {
	sound, ok := s.sounds[sha]
	return sound, ok
}

// Sounds are all that may be heard, in no order.
func (s *Snapshot) Sounds() []Sound { return slices.Collect(maps.Values(s.sounds)) }

func (s *Snapshot) within(areas map[string]bool, place Place) bool {
	if place.Whole {
		return true
	}
	for a := range areas {
		if s.tree.Within(a, place.area) {
			return true
		}
	}
	return false
}
