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
	f := token.Found{N: k + 1 + n, Kind: kind.Law}
	letters := strings.ReplaceAll(strings.Join(codes, ""), " ", "")
	if form := c.Before(1); forms[form] || forms[c.Before(2)] && form == "số" { // mẫu 02/TK-KH: letters of one office
		f.Spoken, f.Sure = said+" "+lexicon.Spelled(letters), kind.Likely
		return f, true
	}
	who, sure := lawWords(c, codes, f.N)
	f.Spoken, f.Sure = strings.TrimSpace(said+" "+who), sure
	if sure < kind.Likely {
		f.Others = []string{said + " " + lexicon.Spelled(letters)}
	}
	return f, true
}

// forms have a number whose letters name an office's own thing.
var forms = token.Set("mẫu biểu đơn")

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

// lawWords says who made what. A kind of document that stands before the number of n
// tokens is not said again, nor who made it, if that follows: 12/QĐ-TTg của Thủ tướng.
func lawWords(c *token.Cursor, codes []string, n int) (string, float64) {
	var said []string
	sure, first := kind.Certain, codes[0]
	if what := lexicon.Documents[codes[0]]; what != "" {
		codes = codes[1:]
		if !namedBefore(c, what) {
			said = append(said, what)
		}
	} else if lexicon.Issuers[codes[0]] == "" {
		if _, known := codeSaid(codes[0]); !known || ambiguous(codes[0]) {
			sure = kind.Doubtful
		}
	}
	of := len(said) == 0 && lexicon.Documents[first] != ""
	by := append(maker(c, n), madeBy(c)...)
	for _, code := range codes {
		s, known := codeSaid(code)
		if !known {
			sure = kind.Doubtful
		}
		if makes(by, code, s) { // what follows in the number is a department of it
			break
		}
		if of {
			said, of = append(said, "của"), false
		}
		said = append(said, s)
	}
	return strings.Join(said, " "), sure
}

// ambiguous tells whether letters stand for several things.
func ambiguous(code string) bool {
	for _, a := range lexicon.Abbreviations[token.Fold(code)] {
		if len(a.Write) == 1 && len(a.Says) > 1 {
			return true
		}
	}
	return false
}

// dating are words between a law number and who made the law.
var dating = token.Set("ngày tháng năm ra ký")

// farthestMaker and mostWords bound where one looks for who made a law.
const farthestMaker, mostWords = 20, 8

// maker is the words behind của, or do, that say who made the law whose number takes n
// tokens; a date may stand between. None: nobody is named.
func maker(c *token.Cursor, n int) (words []token.Token) {
	k := n
	for ; k < n+farthestMaker; k++ {
		t := c.At(k)
		if t.Sort == token.Word && (t.Low == "của" || t.Low == "do") {
			break
		}
		if t.Sort == token.Line || t.Sort == token.Word && !dating[t.Low] || t.Sort == token.Sign && !strings.Contains("/-.,()", t.Text) {
			return nil
		}
	}
	for j := k + 1; j < k+2*mostWords && len(words) < mostWords; j++ {
		t := c.At(j)
		if t.Sort == token.Line || t.Sort == token.Sign && strings.Contains(token.Pauses, t.Text) && t.Text != "," {
			break
		}
		if t.Sort == token.Word {
			words = append(words, *t)
		}
	}
	return words
}

// madeBy is the words between của and số that say who made the law whose number stands at
// the cursor.
func madeBy(c *token.Cursor) (words []token.Token) {
	if c.Before(1) != "số" {
		return nil
	}
	seen := false
	for k := -1; k > -2*mostWords-4; k-- {
		switch t := c.At(k); {
		case t.Sort == token.Word && t.Low == "của":
			return words
		case t.Sort == token.Word && t.Low == "số" && !seen:
			seen = true
		case t.Sort == token.Word && seen:
			words = append([]token.Token{*t}, words...)
		case t.Sort != token.Space && !(t.Text == ":" && !seen):
			return nil
		}
	}
	return nil
}

// ofParty are those who make what the letters TW stand for.
var ofParty = token.Set("bộ ban trung hội bct bbt bch bchtw btv")

// makes tells whether the words that say who made a law begin with, or hold, those that
// a code of its number stands for.
func makes(by []token.Token, code, said string) bool {
	want := strings.Fields(said)
	for i, w := range by {
		switch {
		case w.Text == code:
			return true
		case code == "TW" && i == 0 && ofParty[w.Low]:
			return true
		case len(want) > 0 && w.Low == token.Fold(want[0]) && (len(want) == 1 || i+1 < len(by) && by[i+1].Low == token.Fold(want[1])):
			return true
		}
	}
	return false
}

// namedBefore tells whether words stand before the cursor, with số between.
func namedBefore(c *token.Cursor, what string) bool {
	f := strings.Fields(what)
	if what == "quyết định" && namedBefore(c, "quy định") { // QĐ of the Party
		return true
	}
	if c.Before(1) == "số" && madeBy(c) != nil { // Thông báo của UBND xã số 45/TB-UBND
		for k := 2; k < mostWords; k++ {
			if c.Before(k) == "của" && c.Before(k+1) == token.Fold(f[len(f)-1]) {
				return true
			}
		}
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
