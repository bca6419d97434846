package reading

import "strings"

// rules in the order in which they are asked, by what they begin with: the
// commune's own words, then what is recognised by its whole form, then by its
// unit, last a bare number, word or sign. Spaces begin nothing.
var rules [sign + 1][]rule

func init() { // the rules look into each other
	rules[digits] = []rule{
		ownWords, mark, web, named, law, plate, code, house,
		phone, timeRule, dateRule, ordinal, ratio,
		coordinate, quantities, lasting, fraction, lettered, number,
	}
	rules[word] = []rule{
		ownWords, road, mark, web, named, milestone, weekday,
		halfDay, signFirst, times, romanRule, unitAlone, abbreviated, composed, lettersAndDigits, capitals,
	}
	rules[sign] = []rule{
		ownWords, mark, phone, quantities, signFirst, perSlash, times, fraction, number, signs,
	}
}

// plain is what no rule knows: it stays as it is. Digits and signs that are left
// are marked; words are text.
func plain(c *cursor) found {
	t := c.at(0)
	switch t.kind {
	case space:
		if strings.Contains(t.s, "\t") || c.lastKind == Telephone && c.lastEnd == c.i && c.digits(1) != "" { // the next column, the next number
			return found{n: 1, spoken: ", ", kind: Text, sure: Certain}
		}
		return found{n: 1, spoken: " ", kind: Text, sure: Certain}
	case line:
		return found{n: 1, spoken: "\n", kind: Text, sure: Certain}
	case word:
		if !syllable(t.low) && letters[t.low] == "" {
			return found{n: 1, spoken: t.s, kind: Unknown, sure: NotKnown, others: []string{spelled(t.s)}}
		}
		return found{n: 1, spoken: t.s, kind: Text, sure: Certain}
	}
	if strings.Contains(pauses, t.s) {
		return found{n: 1, spoken: t.s, kind: Text, sure: Certain}
	}
	return found{n: 1, spoken: t.s, kind: Unknown, sure: NotKnown}
}
