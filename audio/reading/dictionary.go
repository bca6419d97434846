package reading

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"loa/audio/reading/kind"
	"loa/audio/reading/lexicon"
	"loa/audio/reading/token"
)

// A Dictionary is what a commune says its own way: what is written, what is
// said. It goes before everything built in, for whole words, the longest first.
// What is written in small letters stands for capitals too, what has capitals
// only for itself, and for a name of several words in a line of capitals. What is said is read as text, so it may hold numbers.
type Dictionary map[string]string

// own is a dictionary, by the first token of what is written.
type own struct{ by map[string][]lexicon.Entry }

func index(d Dictionary) *own {
	o := &own{by: map[string][]lexicon.Entry{}}
	for write, say := range d {
		e := lexicon.Entry{Say: Spoken(Read(say))}
		for _, t := range token.Of(write) {
			if t.Sort == token.Space || t.Sort == token.Line {
				continue
			}
			e.Write = append(e.Write, t)
			e.Exact = e.Exact || hasUpper(t.Text)
		}
		if len(e.Write) > 0 {
			first := e.Write[0].Low
			o.by[first] = append(o.by[first], e)
		}
	}
	for _, es := range o.by {
		sort.Slice(es, func(i, j int) bool {
			a, b := es[i], es[j]
			switch {
			case len(a.Write) != len(b.Write):
				return len(a.Write) > len(b.Write)
			case a.Exact != b.Exact:
				return a.Exact
			}
			return a.Say < b.Say
		})
	}
	return o
}

func hasUpper(s string) bool {
	for _, r := range s {
		if unicode.IsUpper(r) {
			return true
		}
	}
	return false
}

// words is the rule of the commune's dictionary; it goes before all others.
func (o *own) words(c *token.Cursor) (token.Found, bool) {
	if t := c.At(0); !c.Opens() && t.Sort != token.Sign || t.Sort == token.Space || t.Sort == token.Line {
		return token.Found{}, false
	}
	for _, e := range o.by[c.At(0).Low] {
		if n := writtenAt(c, e); n > 0 {
			return token.Found{N: n, Spoken: e.Say, Kind: kind.Own, Sure: kind.Certain}, true
		}
	}
	return token.Found{}, false
}

// nameInCapitals tells whether a word in capitals, k tokens on, may be one of an entry: XÃ
// LA DẠ is La Dạ, AN TOÀN is not the hamlet An.
func nameInCapitals(c *token.Cursor, e lexicon.Entry, k int) bool {
	if len(e.Write) > 1 {
		return c.Shouts(k)
	}
	return !token.Syllable(e.Write[0].Low) && utf8.RuneCountInString(e.Write[0].Text) > 3 // pH is no PH
}

// writtenAt is how many tokens at the cursor are what an entry writes, 0 for none.
func writtenAt(c *token.Cursor, e lexicon.Entry) int {
	k := 0
	for j, w := range e.Write {
		if j > 0 {
			k += c.Gap(k)
		}
		t := c.At(k)
		if t.Sort != w.Sort || t.Low != w.Low || e.Exact && t.Text != w.Text && !(token.Upper(t.Text) && nameInCapitals(c, e, k)) {
			return 0
		}
		k++
	}
	if last := e.Write[len(e.Write)-1]; last.Sort != token.Sign && !c.Whole(k) {
		return 0
	}
	return k
}

// before is a run of capitals up to the first of the commune's own words in it.
func (o *own) before(c *token.Cursor, f token.Found) token.Found {
	if f.Kind != kind.Capitals || len(o.by) == 0 {
		return f
	}
	for k := 2; k < f.N; k += 2 {
		if _, ok := c.Ahead(k, o.words); ok {
			f.N, f.Spoken = k-1, strings.Join(strings.Fields(f.Spoken)[:k/2], " ")
		}
	}
	return f
}
