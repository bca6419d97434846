package speech

import (
	"strings"
	"time"

	"loa/audio/reading/document"
)

// A Style is how a text is said.
type Style string

// The styles. Indoor is as the program itself says it, in one go: for a room, or a
// telephone. Outdoor (ngoài trời) is for horns, which are heard through their own
// echo: groups of words with a silence after each, all of them equally loud. Urgent
// (khẩn cấp) is for an emergency: an attention sound, a breath, and the whole
// slowly, and once more.
const (
	Indoor  Style = "indoor"
	Outdoor Style = "outdoor"
	Urgent  Style = "urgent"
)

const (
	// UrgentRate is how fast an emergency is said, of the rate that is asked for.
	UrgentRate = 0.85

	// What is asked for: a voice dies away, so that a listener hears some 20 ms more.
	afterGroup     = 190 * time.Millisecond
	afterSentence  = 420 * time.Millisecond
	afterParagraph = 750 * time.Millisecond

	breathAfterTone = 600 * time.Millisecond
	betweenTimes    = 1200 * time.Millisecond

	cheapStarts  = 1000 // of espeak-ng, which starts in a few hundredths of a second
	otherStarts  = 40   // of a program that may have to load a model each time
	urgentStarts = 6    // of the same, where somebody waits for it, and another voice needs time to take over
	atOnce       = 2    // programs
)

func restAfter(r document.Rest) time.Duration {
	return []time.Duration{afterGroup, afterSentence, afterParagraph}[r]
}

// A Performance is a text as it is to be said. Zero is nothing to say.
type Performance struct {
	Text  string  // what the voice is given, see reading.Reader.Horn
	Voice string  // "" is DefaultVoice
	Rate  float64 // 0 is 1
	Style Style   // "" is Indoor
	Tone  string  // of Attention, before an urgent text; "": none
}

// starts is how often a program may be started for one text.
func (s Program) starts(style Style) int {
	switch {
	case len(s.Command) == 0:
		return cheapStarts
	case style == Urgent:
		return urgentStarts
	}
	return otherStarts
}

// units joins groups until they are most at most, the shorter pauses first: what
// stands between is then said as the program says it.
func units(groups []document.Group, most int) []document.Group {
	for size := 2 * document.HornBreath; len(groups) > most; size *= 2 {
		var joined []document.Group
		for _, g := range groups {
			last := len(joined) - 1
			if last < 0 || joined[last].Syllables+g.Syllables > size || joined[last].Rest == document.AfterParagraph && size < 200 {
				joined = append(joined, g)
				continue
			}
			joined[last] = document.Group{Words: strings.TrimSpace(joined[last].Words + " " + g.Words),
				Syllables: joined[last].Syllables + g.Syllables, Rest: g.Rest}
		}
		groups = joined
	}
	return groups
}
