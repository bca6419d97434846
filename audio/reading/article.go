package reading

import (
	"strings"

	"loa/audio/reading/calendar"
	"loa/audio/reading/kind"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
)

var (
	// citing stand before an article of a law.
	citing = token.Set("theo khoản điểm cứ phạm tại và mục định")
	// laws follow one.
	laws = token.Set("luật bộ blds blhs blld bltths nđ nghị hiến k khoản quy qđ tt pháp lệnh điều nội tội")
)

// article recognises Đ. before a number: điều where a law is spoken of, else đường, whose
// name may be a day: Đ. 45 Luật Đất đai, Đ. 30/4. K. beside a law is khoản.
func article(c *token.Cursor) (token.Found, bool) {
	k := 2 + c.Gap(2)
	d := c.Digits(k)
	if paragraph(c, k, d) {
		return token.Found{N: k + 1, Spoken: "khoản " + number.Cardinal(d), Kind: kind.Law, Sure: kind.Likely}, true
	}
	if !c.Is(0, "Đ") || !c.Is(1, ".") || d == "" || len(d) > 3 || !c.Opens() {
		return token.Found{}, false
	}
	if t := calendar.DayAt(c, k); t.N == 3 && c.Is(k+1, "/") {
		return token.Found{N: k + 3, Spoken: "đường " + number.Cardinal(c.Digits(k)) + " tháng " + number.Month(c.Digits(k+2)),
			Kind: kind.Address, Sure: kind.Certain}, true
	}
	law := citing[c.Before(1)] || citing[c.Before(2)] && c.At(-1-c.Gap(-1)).Sort == token.Digits
	for j := 1; j <= 3; j++ {
		law = law || laws[c.After(k+1, j)]
	}
	f := token.Found{
		N:      k + 1,
		Spoken: "đường " + number.Cardinal(d),
		Kind:   kind.Address,
		Sure:   kind.Likely,
		Others: []string{"điều " + number.Cardinal(d)},
	}
	if law {
		f.Spoken, f.Others[0], f.Kind = f.Others[0], f.Spoken, kind.Law
	}
	if l := c.At(k + 1); l.Sort == token.Word && len(l.Text) == 1 {
		f.N, f.Spoken, f.Others[0] = k+2, f.Spoken+" "+l.Low, f.Others[0]+" "+l.Low
	}
	return f, c.Ends(f.N) && !strings.Contains("/", c.At(f.N).Text)
}

// paragraph tells whether K. before the number d, k tokens on, is that of an article.
func paragraph(c *token.Cursor, k int, d string) bool {
	if !c.Is(0, "K") || !c.Is(1, ".") || d == "" || len(d) > 2 || !c.Opens() || !c.Ends(k+1) {
		return false
	}
	next := c.After(k+1, 1)
	return c.Recent(kind.Law, 4) || citing[c.Before(1)] || laws[next] || next == "đ"
}
