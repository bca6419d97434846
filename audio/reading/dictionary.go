package reading

import (
	"sort"
	"unicode"
)

// A Dictionary is what a commune says its own way: what is written, what is
// said. It goes before everything built in, for whole words, the longest first.
// What is written in small letters stands for capitals too, what has capitals
// only for itself. What is said is read as text, so it may hold numbers.
type Dictionary map[string]string

// own is a dictionary, by the first token of what is written.
type own struct{ by map[string][]entry }

type entry struct {
	write []token // without the spaces
	exact bool
	say   string
}

func index(d Dictionary) *own {
	o := &own{by: map[string][]entry{}}
	for write, say := range d {
		e := entry{say: Spoken(Read(say))}
		for _, t := range tokens(normalise(write)) {
			if t.kind == space || t.kind == line {
				continue
			}
			e.write = append(e.write, t)
			e.exact = e.exact || hasUpper(t.s)
		}
		if len(e.write) > 0 {
			first := e.write[0].low
			o.by[first] = append(o.by[first], e)
		}
	}
	for _, es := range o.by {
		sort.Slice(es, func(i, j int) bool {
			a, b := es[i], es[j]
			switch {
			case len(a.write) != len(b.write):
				return len(a.write) > len(b.write)
			case a.exact != b.exact:
				return a.exact
			}
			return a.say < b.say
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

// ownWords is the rule of the commune's dictionary.
func ownWords(c *cursor) (found, bool) {
	if t := c.at(0); c.own == nil || !c.opens() && t.kind != sign {
		return found{}, false
	}
	for _, e := range c.own.by[c.at(0).low] {
		if n := c.written(e); n > 0 {
			return found{n: n, spoken: e.say, kind: Own, sure: Certain}, true
		}
	}
	return found{}, false
}

// written is how many tokens at the cursor are what an entry writes, 0 for none.
func (c *cursor) written(e entry) int {
	k := 0
	for j, w := range e.write {
		if j > 0 {
			k += c.gap(k)
		}
		t := c.at(k)
		if t.kind != w.kind || t.low != w.low || e.exact && t.s != w.s {
			return 0
		}
		k++
	}
	if last := e.write[len(e.write)-1]; last.kind != sign && !c.whole(k) {
		return 0
	}
	return k
}
