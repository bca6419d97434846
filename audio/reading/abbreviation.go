package reading

import (
	_ "embed"
	"sort"
	"strings"
	"unicode/utf8"
)

//go:embed abbreviations.txt
var abbreviationsText string

// An abbreviation is what may be written for several things.
type abbreviation struct {
	write    []token // without spaces
	anyCase  bool    // no syllable: ubnd is UBND
	initial  bool    // one letter and a point
	syllable bool    // in a line of capitals it may be a word
	kind     Kind
	says     []saying
}

// A saying is one of the things, with the words that tell that it is meant.
type saying struct {
	say  string
	cues []string
}

// abbreviations by the folded first token, the longest first.
var abbreviations = parseAbbreviations(abbreviationsText)

func parseAbbreviations(text string) map[string][]abbreviation {
	by, kind := map[string][]abbreviation{}, Abbreviation
	for _, l := range strings.Split(text, "\n") {
		if name, ok := strings.CutPrefix(l, "@"); ok {
			kind = Kind(name)
		}
		write, says, ok := strings.Cut(l, " = ")
		if !ok || strings.HasPrefix(l, "#") {
			continue
		}
		point, optional := strings.Replace(write, "[.]", ".", 1), strings.Replace(write, "[.]", "", 1)
		for i, w := range []string{point, optional} {
			if i == 1 && point == optional {
				break
			}
			a := newAbbreviation(w, says, kind)
			by[a.write[0].low] = append(by[a.write[0].low], a)
		}
	}
	for _, as := range by {
		sort.SliceStable(as, func(i, j int) bool { return len(as[i].write) > len(as[j].write) })
	}
	return by
}

func newAbbreviation(write, says string, kind Kind) abbreviation {
	a := abbreviation{kind: kind}
	letters := 0
	for _, t := range tokens(normalise(write)) {
		if t.kind != space {
			a.write = append(a.write, t)
			letters += utf8.RuneCountInString(t.s)
		}
	}
	a.initial = letters == 2 && strings.HasSuffix(write, ".")
	a.syllable = len(a.write) == 1 && syllable(a.write[0].low)
	a.anyCase = letters > 2 && !syllable(a.write[0].low) && upper(a.write[0].s)
	for _, s := range strings.Split(says, " | ") {
		say, cues, _ := strings.Cut(s, ":")
		a.says = append(a.says, saying{say: strings.TrimSpace(say), cues: strings.Fields(cues)})
	}
	return a
}

// abbreviated recognises an abbreviation of the table and decides by the words
// beside it what it stands for.
func abbreviated(c *cursor) (found, bool) {
	if c.at(0).kind != word || !c.begins() {
		return found{}, false
	}
	for _, a := range abbreviations[c.at(0).low] {
		n := c.abbreviationHere(a)
		if n == 0 {
			continue
		}
		if f, ok := c.decide(a, n); ok {
			return f, true
		}
	}
	return found{}, false
}

// abbreviationHere is how many tokens an abbreviation takes here, 0 for none. A
// point at its end belongs to it only where something follows.
func (c *cursor) abbreviationHere(a abbreviation) int {
	k := 0
	if a.initial && c.ofName() {
		return 0
	}
	for j, w := range a.write {
		if j > 0 && (w.kind == word && a.write[j-1].kind == word || w.s == "&" || a.write[j-1].s == "&") {
			k += c.gap(k)
		}
		t := c.at(k)
		if t.low != w.low || t.s != w.s && !a.anyCase && !(len(a.write) == 1 && titled(t.s, w.s)) {
			return 0
		}
		k++
	}
	last := a.write[len(a.write)-1]
	if last.s == "." && len(a.write) == 2 {
		if next := c.at(k + c.gap(k)); next.kind != word && next.kind != digits {
			return 0
		}
	} else if last.kind == word && (!c.whole(k) || c.at(k).kind == digits && len(a.says) > 1 && upper(last.s)) {
		return 0
	}
	return k
}

// titled tells whether a word in capitals is written as officials write it in haste:
// Hs, Gv, Pct. What is a syllable so, or a unit, is that.
func titled(s, write string) bool {
	low := fold(s)
	return upper(write) && !syllable(low) && unitTable[low].said == "" && unitTable[s].said == "" && s == capitalised(write)
}

func capitalised(s string) string {
	first := firstRune(s)
	return string(first) + strings.ToLower(s[utf8.RuneLen(first):])
}

var people = set("ông bà anh chị em cháu cụ bác chú cô thầy bé tên văn thị")

// ofName tells whether the letter at the cursor ends a name: Nguyễn Văn T.
func (c *cursor) ofName() bool {
	w := c.beforeWritten()
	return w != "" && (people[fold(w)] || capital(w) && c.at(-3).kind == space && capital(c.at(-4).s))
}

func (c *cursor) decide(a abbreviation, n int) (found, bool) {
	f := found{n: n, kind: a.kind, sure: Certain}
	chosen, best := -1, noCue
	for i, s := range a.says {
		far := c.cued(s.cues, n)
		if len(s.cues) == 0 && i == len(a.says)-1 && !(a.syllable && c.caps[c.i]) {
			far = noCue - 1
		}
		if far < best {
			chosen, best = i, far
		}
	}
	if chosen < 0 {
		return f, false
	}
	f.spoken = a.says[chosen].say
	for i, s := range a.says {
		if i != chosen && s.say != f.spoken {
			f.others = append(f.others, s.say)
		}
	}
	switch {
	case len(f.others) > 0 && len(a.says[chosen].cues) == 0:
		f.sure = Doubtful
	case len(f.others) > 0:
		f.sure = Likely
	}
	return f, true
}

// noCue is further than any word that decides.
const noCue = 9

// cued is how many words off the nearest of the cues stands beside the n tokens
// at the cursor, noCue for none. A name says less than a word does.
func (c *cursor) cued(cues []string, n int) int {
	next := c.at(n + c.gap(n))
	best := noCue
	for _, cue := range cues {
		far := noCue
		switch {
		case cue == ">^":
			if next.kind == word && capital(next.s) && (!upper(next.s) || c.caps[c.i]) {
				far = 2
			}
		case cue == ">#":
			far = oneIf(next.kind == digits)
		case cue == ">####":
			far = oneIf(yearNumber(next.s))
		case cue == "<#":
			far = oneIf(c.at(-1-c.gap(-1)).kind == digits)
		case cue == ">:":
			far = oneIf(next.s == ":")
		case cue[0] == '>':
			far = oneIf(c.after(n, 1) == cue[1:])
		case cue[0] == '<':
			far = oneIf(c.before(1) == cue[1:])
		default:
			far = c.nearby(cue, n)
		}
		best = min(best, far)
	}
	return best
}

func oneIf(hit bool) int {
	if hit {
		return 1
	}
	return noCue
}

// nearby is how many words off a word stands, up to three, on either side.
func (c *cursor) nearby(cue string, n int) int {
	for k := 1; k <= 3; k++ {
		if c.before(k) == cue || c.after(n, k) == cue {
			return k
		}
	}
	return noCue
}
