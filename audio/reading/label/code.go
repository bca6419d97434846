package label

import (
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/lexicon"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
	"loa/audio/reading/unit"
)

// codeWords announce digits that are said one by one.
var codeWords = token.Set("thuế mst cccd cmnd cmtnd cmt căn cước khoản stk tk hiệu mã thẻ seri sê ri serial bhyt bhxh định danh hộ " +
	"chiếu otp pin imei tin vận đơn kh")

// Code recognises long numbers that name something: a tax number, an account.
func Code(c *token.Cursor) (token.Found, bool) {
	d := c.Digits(0)
	lettered := c.At(-1).Sort == token.Word && lexicon.Letters[c.At(-1).Low] != "" // H37.12
	if d == "" || !c.Opens() && !lettered || !c.Ends(1) {
		return token.Found{}, false
	}
	if m := number.At(c, 0); m.Grouped && c.At(1).Text == "." && d[0] != '0' { // 1.500.000 is an amount
		return token.Found{}, false
	}
	near := false
	for k := 1; k <= 4; k++ {
		near = near || codeWords[c.Before(k)]
	}
	near = near || drawn(c, d)
	if !near || unit.At(c, 1+c.Gap(1)) > 0 {
		return token.Found{}, false
	}
	n, groups := 1, []string{d}
	for len(groups) < 6 && (c.Is(n, "-") || c.Is(n, ".") || c.Is(n, " ") && len(c.Digits(n+1)) >= 3) && c.Digits(n+1) != "" {
		groups, n = append(groups, c.Digits(n+1)), n+2
	}
	if len(strings.Join(groups, "")) < 5 || !c.Ends(n) {
		return token.Found{}, false
	}
	if len(groups) == 1 {
		groups = threes(d)
	}
	for i, g := range groups {
		groups[i] = number.DigitByDigit(g)
	}
	f := token.Found{N: n, Spoken: strings.Join(groups, ", "), Kind: kind.Number, Sure: kind.Likely}
	if n == 1 {
		f.Others = []string{number.Amount(d)}
	}
	return f, true
}

// drawn tells whether digits are what was drawn for a prize: giải nhất 45210.
func drawn(c *token.Cursor, d string) bool {
	if len(d) != 5 && len(d) != 6 || c.Is(1, ".") && c.Digits(2) != "" || c.Is(1, ",") && c.Digits(2) != "" {
		return false
	}
	for k := 1; k <= 3; k++ {
		if w := c.Before(k); w == "giải" || w == "số" && c.Before(k+1) == "vé" {
			return true
		}
	}
	return false
}

// threes parts digits into groups that one says in a breath.
func threes(d string) []string {
	var groups []string
	for len(d) > 5 {
		groups, d = append(groups, d[:3]), d[3:]
	}
	return append(groups, d)
}

// Plate recognises the plate of a vehicle: 49A-123.45, 86B1-567.89.
func Plate(c *token.Cursor) (token.Found, bool) {
	place, n := c.Digits(0), 1
	if c.Is(1, "-") {
		n = 2
	}
	l := c.At(n)
	if len(place) != 2 || l.Sort != token.Word || !token.Upper(l.Text) || len(l.Text) > 2 || !c.Opens() {
		return token.Found{}, false
	}
	n++
	said := number.Cardinal(place) + " " + lexicon.Spelled(l.Text)
	if s := c.Digits(n); len(s) == 1 {
		n, said = n+1, said+" "+number.Cardinal(s)
	}
	if !c.Is(n, "-") && !c.Is(n, ".") && !c.Is(n, " ") {
		return token.Found{}, false
	}
	d := c.Digits(n + 1)
	n += 2
	if more := c.Digits(n + 1); len(d) == 3 && c.Is(n, ".") && len(more) == 2 {
		d, n = d+more, n+2
	}
	if len(d) != 4 && len(d) != 5 || !c.Ends(n) {
		return token.Found{}, false
	}
	return token.Found{N: n, Spoken: said + ", " + number.DigitByDigit(d), Kind: kind.Name, Sure: kind.Likely}, true
}

var standards = token.Set("tcvn qcvn iso tcxd tcxdvn qcvm")

// Ratio recognises 1:500 and, where one tells a score, 2:1.
func Ratio(c *token.Cursor) (token.Found, bool) {
	a, b := c.Digits(0), c.Digits(2)
	if a == "" || b == "" || !c.Is(1, ":") || !c.Opens() || !c.Ends(3) || c.Is(3, ":") {
		return token.Found{}, false
	}
	if m := number.At(c, 2); m.N > 1 && m.Decimal == "" { // 1:2.000
		return token.Found{N: 2 + m.N, Spoken: number.Amount(a) + " trên " + m.Say(true), Kind: kind.Number, Sure: kind.Likely}, true
	}
	joint := " trên "
	if standards[c.Before(1)] && number.IsYear(b) {
		return token.Found{N: 3, Spoken: number.Cardinal(a) + " năm " + number.Cardinal(b), Kind: kind.Number, Sure: kind.Certain}, true
	}
	if (number.Scores[c.Before(1)] || number.Scores[c.Before(2)]) && c.Before(1) != "lệ" && c.Before(2) != "lệ" {
		joint = " "
	}
	return token.Found{N: 3, Spoken: number.Amount(a) + joint + number.Amount(b), Kind: kind.Number, Sure: kind.Likely}, true
}
