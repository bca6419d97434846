package reading

import (
	"strings"

	"loa/audio/reading/calendar"
	"loa/audio/reading/kind"
	"loa/audio/reading/label"
	"loa/audio/reading/lexicon"
	"loa/audio/reading/measure"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

// rules in the order in which they are asked, by what they begin with: what is
// recognised by its whole form, then by its unit, last a bare number, word or sign. Spaces begin nothing.
var rules [token.Sign + 1][]token.Rule

func init() { // the rules look into each other
	rules[token.Digits] = []token.Rule{
		mark, label.Web, calendar.Scanned, named, label.Law, label.Plate, label.Code, calendar.Turn, label.Grade, label.House,
		label.Phone, calendar.Letters, calendar.TimeRule, calendar.DateRule, number.Ordinal, label.Ratio,
		measure.Coordinate, measure.Quantities, calendar.Lasting, calendar.FractionRule, label.Lettered, number.Rule,
	}
	rules[token.Word] = []token.Rule{
		calendar.Scanned, label.Boat, article, label.Road, mark, label.Web, named, label.Milestone, calendar.Weekday,
		calendar.HalfDay, measure.SignFirst, measure.Times, number.RomanRule, measure.UnitAlone, abbreviated, composed, lettersAndDigits,
		capitals,
	}
	rules[token.Sign] = []token.Rule{
		label.Dialled, mark, label.Phone, measure.Quantities, measure.SignFirst, measure.PerSlash, measure.Times, calendar.FractionRule,
		number.Rule, signs,
	}
}

// plain is what no rule knows: it stays as it is. Digits and signs that are left
// are marked; words are text.
func plain(c *token.Cursor) token.Found {
	t := c.At(0)
	switch t.Sort {
	case token.Space:
		if strings.Contains(t.Text, "\t") || c.Recent(kind.Telephone, 0) && c.Digits(1) != "" { // the next column, the next number
			return token.Found{N: 1, Spoken: ", ", Kind: kind.Text, Sure: kind.Certain}
		}
		return token.Found{N: 1, Spoken: " ", Kind: kind.Text, Sure: kind.Certain}
	case token.Line:
		return token.Found{N: 1, Spoken: "\n", Kind: kind.Text, Sure: kind.Certain}
	case token.Word:
		if x := strings.Count(t.Low, "x"); x > 1 && x == len(t.Low) { // 0247.xxx: figures that are left out
			return token.Found{N: 1, Spoken: strings.Repeat("ích ", x), Kind: kind.Number, Sure: kind.Likely}
		}
		if !token.Syllable(t.Low) && lexicon.Letters[t.Low] == "" {
			return token.Found{N: 1, Spoken: t.Text, Kind: kind.Unknown, Sure: kind.NotKnown, Others: []string{lexicon.Spelled(t.Text)}}
		}
		return token.Found{N: 1, Spoken: t.Text, Kind: kind.Text, Sure: kind.Certain}
	}
	if strings.Contains(token.Pauses, t.Text) {
		return token.Found{N: 1, Spoken: t.Text, Kind: kind.Text, Sure: kind.Certain}
	}
	return token.Found{N: 1, Spoken: t.Text, Kind: kind.Unknown, Sure: kind.NotKnown}
}
