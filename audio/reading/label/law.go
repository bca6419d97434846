package label

import (
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/lexicon"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

// Law recognises the number of a document of the state or the Party:
// 49/2024/NĐ-CP, 15-NQ/TW, 1234/QĐ-UBND, 59/2020/QH14.
func Law(c *token.Cursor) (token.Found, bool) {
	d := c.Digits(0)
	if d == "" || len(d) > 6 || !c.Opens() {
		return token.Found{}, false
	}
	k, year := 1, ""
	if y := c.Digits(2); (c.Is(1, "/") || c.Is(1, ":")) && len(y) == 4 && c.Is(3, "/") {
		k, year = 3, y
	}
	if !c.Is(k, "/") && !c.Is(k, "-") && !c.Is(k, "–") {
		return token.Found{}, false
	}
	codes, n := codesAt(c, k+1)
	if n == 0 {
		return token.Found{}, false
	}
	said := lawNumber(d)
	if year != "" {
		said += " năm " + number.Cardinal(year)
	}
	who, sure := lawWords(c, codes)
	return token.Found{N: k + 1 + n, Spoken: said + " " + who, Kind: kind.Law, Sure: sure}, true
}

// lawNumber says a leading zero: chỉ thị không năm.
func lawNumber(d string) string {
	if d[0] == '0' {
		return number.DigitByDigit(d)
	}
	return number.Amount(d)
}

// codesAt are the letters of a law number k tokens on, parted by -, / and &.
func codesAt(c *token.Cursor, k int) (codes []string, n int) {
	for len(codes) < 6 {
		t := c.At(k + n)
		if t.Sort != token.Word || !token.Capital(t.Text) || !lawCode(t.Text, len(codes)) {
			return nil, 0
		}
		code := t.Text
		n++
		if d := c.Digits(k + n); d != "" && len(d) <= 2 {
			code += " " + d
			n++
		}
		codes = append(codes, code)
		joint := c.At(k + n).Text
		if joint != "-" && joint != "/" && joint != "&" && joint != "–" || c.At(k+n+1).Sort != token.Word {
			break
		}
		n++
	}
	if !c.Ends(k+n) || len(codes) == 1 && !aLawCode(codes[0]) {
		return nil, 0
	}
	return codes, n
}

// aLawCode tells whether letters by themselves make a law number.
func aLawCode(s string) bool {
	_, known := codeSaid(s)
	return known && number.Roman(token.Fold(s)) == 0
}

func lawCode(s string, before int) bool {
	if lexicon.Documents[s] != "" || lexicon.Issuers[s] != "" || token.Upper(s) && len([]rune(s)) > 1 {
		return true
	}
	_, known := codeSaid(s)
	return known && before > 0
}

// lawWords says who made what. A kind of document that stands before the number
// is not said again.
func lawWords(c *token.Cursor, codes []string) (string, float64) {
	var said []string
	sure := kind.Certain
	if what := lexicon.Documents[codes[0]]; what != "" {
		codes = codes[1:]
		switch {
		case !namedBefore(c, what):
			said = append(said, what)
		case len(codes) > 0:
			said = append(said, "của")
		}
	}
	for _, code := range codes {
		s, known := codeSaid(code)
		if !known {
			sure = kind.Doubtful
		}
		said = append(said, s)
	}
	return strings.Join(said, " "), sure
}

// namedBefore tells whether words stand before the cursor, with số between.
func namedBefore(c *token.Cursor, what string) bool {
	f := strings.Fields(what)
	if what == "quyết định" && namedBefore(c, "quy định") { // QĐ of the Party
		return true
	}
	for skip := 0; skip <= 3; skip++ {
		all := true
		for i := range f {
			all = all && c.Before(skip+len(f)-i) == token.Fold(f[i])
		}
		if all || lexicon.Documents[beforeCode(c, skip+1)] == what {
			return true
		}
	}
	return false
}

// beforeCode is the k-th word before the cursor as it is written, if it is near.
func beforeCode(c *token.Cursor, k int) string {
	for j := -1; j >= -6; j-- {
		if t := c.At(j); t.Sort == token.Word {
			if k--; k == 0 {
				return t.Text
			}
		}
	}
	return ""
}

func codeSaid(code string) (string, bool) {
	letters, term, _ := strings.Cut(code, " ")
	tail := ""
	if term != "" {
		tail = " khóa " + number.Cardinal(term)
	}
	if s := lexicon.Issuers[letters]; s != "" {
		return s + tail, true
	}
	if s := lexicon.Documents[letters]; s != "" {
		return s + tail, true
	}
	for _, a := range lexicon.Abbreviations[token.Fold(letters)] {
		if len(a.Write) == 1 && (a.Write[0].Text == letters || a.AnyCase) {
			return a.Says[len(a.Says)-1].Say + tail, true
		}
	}
	if tail != "" {
		tail = " " + number.Cardinal(term)
	}
	return lexicon.Spelled(letters) + tail, false
}
