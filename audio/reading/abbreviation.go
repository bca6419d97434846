package reading

import (
	_ "embed"
	"strings"
	"unicode/utf8"

	"loa/audio/reading/kind"
	"loa/audio/reading/label"
	"loa/audio/reading/lexicon"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
	"loa/audio/reading/unit"
)

// abbreviated recognises an abbreviation of the table and decides by the words
// beside it what it stands for.
func abbreviated(c *token.Cursor) (token.Found, bool) {
	if c.At(0).Sort != token.Word || !c.Begins() {
		return token.Found{}, false
	}
	if f, ok := documentOf(c); ok {
		return f, true
	}
	if f, ok := assembly(c); ok {
		return f, true
	}
	for _, exact := range []bool{true, false} { // đ/c is in the table, and would be taken for Đ/c
		for _, a := range lexicon.Abbreviations[c.At(0).Low] {
			if exact != (a.Write[0].Text == c.At(0).Text) {
				continue
			}
			if n := abbreviationHere(c, a); n > 0 {
				if f, ok := decide(c, a, n); ok {
					return f, true
				}
			}
		}
	}
	return token.Found{}, false
}

// documentOf recognises the kind of a document before its number, which tells it from
// all else that the letters mean: TT 39/2020/TT-BTTTT, NĐ 15/2020.
func documentOf(c *token.Cursor) (token.Found, bool) {
	what := lexicon.Documents[c.At(0).Text]
	k := 1 + c.Gap(1)
	if what == "" || k == 1 || c.Digits(k) == "" {
		return token.Found{}, false
	}
	_, ok := c.Ahead(k, label.Law)
	if !ok && (len(c.Digits(k)) < 2 || !c.Is(k+1, "/") || !number.IsYear(c.Digits(k+2)) || !c.Ends(k+3)) {
		return token.Found{}, false
	}
	return token.Found{N: 1, Spoken: what, Kind: kind.Abbreviation, Sure: kind.Certain}, true
}

// assembly recognises QH15: the National Assembly of a term.
func assembly(c *token.Cursor) (token.Found, bool) {
	d := c.Digits(1)
	if !c.Is(0, "QH") || d == "" || len(d) > 2 || !c.Ends(2) {
		return token.Found{}, false
	}
	return token.Found{N: 2, Spoken: "quốc hội khóa " + number.Cardinal(d), Kind: kind.Abbreviation, Sure: kind.Likely}, true
}

// abbreviationHere is how many tokens an abbreviation takes here, 0 for none. A
// point at its end belongs to it only where something follows.
func abbreviationHere(c *token.Cursor, a lexicon.Abbreviation) int {
	k := 0
	if a.Initial && ofName(c) {
		return 0
	}
	for j, w := range a.Write {
		if j > 0 && (w.Sort == token.Word && a.Write[j-1].Sort == token.Word || w.Text == "&" || a.Write[j-1].Text == "&") {
			k += c.Gap(k)
		}
		t := c.At(k)
		if t.Low != w.Low || t.Text != w.Text && !a.AnyCase && !(len(a.Write) == 1 && titled(t.Text, w.Text)) {
			return 0
		}
		k++
	}
	last := a.Write[len(a.Write)-1]
	if last.Text == "." && (len(a.Write) == 2 || a.Optional) {
		if next := c.At(k + c.Gap(k)); next.Sort != token.Word && next.Sort != token.Digits {
			return 0
		}
	} else if last.Sort == token.Word && (!c.Whole(k) || c.At(k).Sort == token.Digits && len(a.Says) > 1 && token.Upper(last.Text)) {
		return 0
	}
	return k
}

// titled tells whether a word in capitals is written as officials write it in haste:
// Hs, Gv, Pct. What is a syllable so, or a unit, is that.
func titled(s, write string) bool {
	low := token.Fold(s)
	return token.Upper(write) && !token.Syllable(low) && unit.Table[low].Said == "" && unit.Table[s].Said == "" && s == capitalised(write)
}

func capitalised(s string) string {
	first := token.FirstRune(s)
	return string(first) + strings.ToLower(s[utf8.RuneLen(first):])
}

var people = token.Set("ông bà anh chị em cháu cụ bác chú cô thầy bé tên văn thị")

// ofName tells whether the letter at the cursor ends a name: Nguyễn Văn T., Cloramin B.
func ofName(c *token.Cursor) bool {
	w := c.BeforeWritten()
	return w != "" && (people[token.Fold(w)] || !token.Syllable(token.Fold(w)) || token.Capital(w) && c.At(-3).Sort == token.Space &&
		token.Capital(c.At(-4).Text))
}

func decide(c *token.Cursor, a lexicon.Abbreviation, n int) (token.Found, bool) {
	f := token.Found{N: n, Kind: a.Kind, Sure: kind.Certain}
	chosen, best := -1, noCue
	for i, s := range a.Says {
		far := cued(c, s.Cues, n)
		if len(s.Cues) == 0 && i == len(a.Says)-1 && !(a.Syllable && c.Shouts(0)) {
			far = noCue - 1
		}
		if far < best {
			chosen, best = i, far
		}
	}
	if chosen < 0 {
		return f, false
	}
	f.Spoken = a.Says[chosen].Say
	for i, s := range a.Says {
		if i != chosen && s.Say != f.Spoken {
			f.Others = append(f.Others, s.Say)
		}
	}
	switch {
	case len(f.Others) > 0 && len(a.Says[chosen].Cues) == 0:
		f.Sure = kind.Doubtful
	case len(f.Others) > 0:
		f.Sure = kind.Likely
	}
	return f, true
}

// noCue is further than any word that decides.
const noCue = 9

// cued is how many words off the nearest of the cues stands beside the n tokens
// at the cursor, noCue for none. A name says less than a word does.
func cued(c *token.Cursor, cues []string, n int) int {
	next := c.At(n + c.Gap(n))
	best := noCue
	for _, cue := range cues {
		far := noCue
		switch {
		case cue == ">^":
			if next.Sort == token.Word && token.Capital(next.Text) &&
				(!token.Upper(next.Text) || c.Shouts(0) || token.Capital(lexicon.Meaning(next.Text))) {
				far = 2
			}
		case cue == ">#,":
			far = oneIf(measured(c, n))
		case cue == "<date":
			far = oneIf(c.Paired(kind.Date) || c.Paired(kind.Ordinal))
		case cue[0] == '>' && strings.Contains(cue, "_"):
			far = oneIf(c.After(n, 1)+"_"+c.After(n, 2) == cue[1:])
		case cue == ">#":
			far = oneIf(next.Sort == token.Digits)
		case strings.HasPrefix(cue, ">#/"): // a grade of so many
			far = oneIf(next.Sort == token.Digits && c.At(n+c.Gap(n)+1).Text == "/" && c.At(n+c.Gap(n)+2).Text == cue[3:])
		case cue == ">####":
			far = oneIf(number.IsYear(next.Text))
		case cue == "<####":
			far = oneIf(len(c.Digits(-1-c.Gap(-1))) >= 4 || c.Recent(kind.Telephone, 1))
		case cue == "<#":
			far = oneIf(c.At(-1-c.Gap(-1)).Sort == token.Digits)
		case cue == ">:":
			far = oneIf(next.Text == ":")
		case cue[0] == '>':
			far = oneIf(c.After(n, 1) == cue[1:])
		case cue[0] == '<':
			far = oneIf(c.Before(1) == cue[1:])
		default:
			far = nearby(c, cue, n)
		}
		best = min(best, far)
	}
	return best
}

// measured tells whether a number with a comma or with a unit follows n tokens on, or is
// said of what stands there: TB 3,9; TB là 65 tạ/ha.
func measured(c *token.Cursor, n int) bool {
	n += c.Gap(n)
	if t := c.At(n); t.Text == ":" || t.Low == "là" || t.Low == "đạt" || t.Low == "chỉ" {
		n += 1 + c.Gap(n+1)
	}
	m := number.At(c, n)
	return m.N > 0 && (m.Decimal != "" || unit.At(c, n+m.N+c.Gap(n+m.N)) > 0)
}

func oneIf(hit bool) int {
	if hit {
		return 1
	}
	return noCue
}

// nearby is how many words off a word stands, up to three, on either side.
func nearby(c *token.Cursor, cue string, n int) int {
	for k := 1; k <= 3; k++ {
		if c.Before(k) == cue || c.After(n, k) == cue {
			return k
		}
	}
	return noCue
}
