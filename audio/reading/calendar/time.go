package calendar

import (
	"loa/audio/reading/kind"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
	"loa/audio/reading/unit"
)

// TimeRule recognises times of the day and spans of them: 14h30, 7 giờ 5', 7g,
// 5:00, 17h–18h30, 7-9h, 24/24, 24/7.
func TimeRule(c *token.Cursor) (token.Found, bool) {
	if c.At(0).Sort != token.Digits || !c.Opens() {
		return token.Found{}, false
	}
	if f, ok := roundTheClock(c); ok {
		return f, true
	}
	p := c.Span(0, ClockAt)
	if p.N == 0 {
		p = hourSpan(c)
	}
	if p.N == 0 {
		return noTime(c)
	}
	f := token.Found{Kind: kind.Time, Sure: kind.Certain}
	if late(c, p.N) {
		f.Sure = kind.Doubtful
	}
	if c.Is(p.N, "/") { // 7h00/23/9
		if d := DayAt(c, p.N+1); d.N > 0 {
			p = token.Part{N: p.N + 1 + d.N, Said: p.Said + " ngày " + d.say()}
		} else if hourOfDay(c, p.N+1) {
			p = token.Part{N: p.N + 2, Said: p.Said + " ngày " + number.Cardinal(c.Digits(p.N+1))}
		}
	}
	f.N, f.Spoken = p.N, p.Said
	return f, true
}

// hourOfDay tells whether the number behind an hour and a stroke is the day, as in weather
// reports: từ 19h/12 đến 19h/13. 8h/2 người and 24h/7 are none.
func hourOfDay(c *token.Cursor, k int) bool {
	d := c.Digits(k)
	if !number.IsDay(d) || !c.Ends(k+1) || c.Is(k+1, "/") || c.Digits(0) == "24" || !beforeClock[c.Before(1)] || c.Before(1) == "khoảng" {
		return false
	}
	if (c.Is(k+1, ".") || c.Is(k+1, ",")) && c.Digits(k+2) != "" {
		return false
	}
	if w := c.Before(1); w == "từ" || w == "đến" || w == "tới" { // đến 13h/21 mưa
		return !unit.Per[c.After(k+1, 1)]
	}
	return !nounFollows(c, k+1)
}

// roundTheClock is 24/24 and 24/7; what follows (giờ, h) stays.
func roundTheClock(c *token.Cursor) (token.Found, bool) {
	if d := c.Digits(0); d != "24" && c.Is(1, "/") && c.Digits(2) == "24" && number.Small(d) > 0 && number.Small(d) < 24 &&
		c.At(3).Low == "h" { // 16/24h
		return token.Found{N: 4, Spoken: number.Cardinal(d) + " trên hai mươi tư giờ", Kind: kind.Time, Sure: kind.Certain}, true
	}
	if c.Digits(0) != "24" || !c.Is(1, "/") || !c.Ends(3) && c.At(3).Low != "h" && c.At(3).Low != "g" {
		return token.Found{}, false
	}
	f := token.Found{N: 3, Kind: kind.Time, Sure: kind.Certain}
	switch c.Digits(2) {
	case "24":
		f.Spoken = "hai mươi tư trên hai mươi tư"
	case "7":
		f.Spoken = "hai mươi tư trên bảy"
	default:
		return f, false
	}
	if !c.Ends(3) {
		f.N, f.Spoken = 4, f.Spoken+" giờ"
	}
	return f, true
}

// hourSpan are 7-9h: two hours that share the word.
func hourSpan(c *token.Cursor) token.Part {
	d := c.Dash(1)
	if d == 0 || len(c.Digits(0)) > 2 {
		return token.Part{}
	}
	b := ClockAt(c, 1+d)
	if b.N == 0 {
		return b
	}
	return token.Part{N: 1 + d + b.N, Said: number.Cardinal(c.Digits(0)) + " đến " + b.Said}
}

// ClockAt is one time of the day k tokens on.
func ClockAt(c *token.Cursor, k int) token.Part {
	h := c.Digits(k)
	if h == "" || len(h) > 3 {
		return token.Part{}
	}
	if c.Is(k+1, ":") {
		return colonsAt(c, k)
	}
	g := c.Gap(k + 1)
	switch unit := c.At(k + 1 + g); {
	case unit.Low == "h" || unit.Low == "giờ" || unit.Low == "g" && g == 1 && quarters[c.Digits(k+4)] && c.At(k+3).Sort == token.Space ||
		unit.Low == "g" && (minutes(c, k+2+g) != "" || clockWords(c, k, k+2+g)):
		p := token.Part{N: 2 + g, Said: number.Cardinal(h) + " giờ"}
		if c.Is(k+p.N, ":") && len(c.Digits(k+p.N+1)) == 2 { // 8h:30
			p.N++
		}
		return withMinutes(c, k, p, unit.Low == "giờ")
	}
	return token.Part{}
}

// quarters are the minutes that stand apart from a g: 14 g 00.
var quarters = token.Set("00 15 30 45")

// withMinutes adds the minutes that follow an hour. Behind the word giờ written
// out, they may be the start of something else.
func withMinutes(c *token.Cursor, k int, p token.Part, spelled bool) token.Part {
	g := c.Gap(k + p.N)
	m := minutes(c, k+p.N+g)
	apart := c.At(k+1).Sort == token.Space && len(m) == 2 && c.Ends(k+p.N+g+1) // 7 h 30
	if m == "" || g > 0 && !spelled && !apart && unitOfMinutes(c, k+p.N+g+1) == 0 {
		if spelled {
			return token.Part{} // 7 giờ: nothing but a number and a word
		}
		if c.At(k+p.N).Sort == token.Digits || c.At(k+p.N).Sort == token.Word {
			return token.Part{}
		}
		return p
	}
	n := p.N + g + 1
	n += unitOfMinutes(c, k+n)
	if number.Small(m) > 0 {
		p.Said += " " + number.Cardinal(m) + " phút"
	}
	if s := c.Digits(k + n); s != "" && len(s) <= 2 {
		size := 2
		if c.Is(k+n+1, "'") && c.Is(k+n+2, "'") {
			size = 3
		} else if c.At(k+n+1).Low != "s" && !c.Is(k+n+1, "\"") {
			return token.Part{}
		}
		n, p.Said = n+size, p.Said+" "+number.Cardinal(s)+" giây"
	}
	p.N = n
	if !c.Ends(k + n) {
		return token.Part{}
	}
	return p
}

// minutes gives one or two digits below 60, "" for none.
func minutes(c *token.Cursor, k int) string {
	m := c.Digits(k)
	if len(m) > 2 || number.Small(m) > 59 || m != "" && (c.Is(k+1, "/") && DayAt(c, k+2).N == 0 || c.Is(k+1, ",") && c.Digits(k+2) != "" ||
		c.Is(k+1, ".") && c.Digits(k+2) != "") {
		return ""
	}
	if len(m) == 1 && unitOfMinutes(c, k+1) == 0 {
		return ""
	}
	return m
}

// unitOfMinutes is how many tokens ', p, ph or phút take.
func unitOfMinutes(c *token.Cursor, k int) int {
	g := c.Gap(k)
	switch t := c.At(k + g); {
	case t.Text == "'" && g == 0:
		return 1
	case (t.Low == "p" || t.Low == "ph" || t.Low == "phút") && (c.Ends(k+g+1) || c.At(k+g+2).Low == "s"):
		return g + 1
	}
	return 0
}

var (
	beforeClock = token.Set("lúc hồi từ vào đúng trước sau đến tới khoảng")
	afterClock  = token.Set("sáng trưa chiều tối đêm ngày hôm kém rưỡi khuya hằng mỗi")
)

// clockWords tells whether the words around say that 7g is a time, not a weight.
func clockWords(c *token.Cursor, from, to int) bool {
	if n := number.Small(c.Digits(from)); n < 0 || n > 24 {
		return false
	}
	return c.Ends(to) && (beforeClock[c.Near(from-1, -1, 1)] || afterClock[c.Near(to, 1, 1)] || untilClock(c, from-1))
}

// untilClock tells whether the minutes of another time and a dash end at a token: 7g30 - 11g.
func untilClock(c *token.Cursor, k int) bool {
	k -= c.Gap(k)
	if s := c.At(k).Text; s != "-" && s != "–" && s != "—" {
		return false
	}
	k -= 1 + c.Gap(k-1)
	return len(c.Digits(k)) == 2 && (c.At(k-1).Low == "g" || c.At(k-1).Low == "h") && c.Digits(k-2) != ""
}

var ratioWords = token.Set("lệ số")

// colonsAt are 8:30 and 6:10:05. After tỷ lệ and tỷ số a colon stands for more.
func colonsAt(c *token.Cursor, k int) token.Part {
	h, m := c.Digits(k), c.Digits(k+2)
	if number.Small(h) > 24 || len(m) != 2 || number.Small(m) > 59 || ratioWords[c.Near(k-1, -1, 1)] {
		return token.Part{}
	}
	p := token.Part{N: 3, Said: number.Cardinal(h) + " giờ"}
	if number.Small(m) > 0 {
		p.Said += " " + number.Cardinal(m) + " phút"
	}
	if s := c.Digits(k + 4); c.Is(k+3, ":") && len(s) == 2 && number.Small(s) < 60 {
		p.N = 5
		if number.Small(s) > 0 {
			p.Said += " " + number.Cardinal(s) + " giây"
		}
	}
	if t := c.At(k + p.N).Low; t == "h" || t == "p" || t == "'" {
		p.N++
	}
	if !c.Ends(k + p.N) {
		return token.Part{}
	}
	return p
}

// HalfDay recognises AM and PM behind a time.
func HalfDay(c *token.Cursor) (token.Found, bool) {
	t := c.At(0)
	if t.Low != "am" && t.Low != "pm" || !c.Ends(1) || c.At(-1).Sort != token.Digits && (c.At(-1).Sort != token.Space ||
		c.At(-2).Sort != token.Digits && c.At(-2).Low != "h") {
		return token.Found{}, false
	}
	said := "sáng"
	if t.Low == "pm" {
		said = "chiều"
	}
	return token.Found{N: 1, Spoken: said, Kind: kind.Time, Sure: kind.Likely, Others: []string{"tối"}}, true
}

// Lasting recognises how long something takes: 3p20s, 30s, 5', 45ph.
func Lasting(c *token.Cursor) (token.Found, bool) {
	if c.At(0).Sort != token.Digits || !c.Opens() {
		return token.Found{}, false
	}
	p := c.Span(0, lastsAt)
	if p.N == 0 {
		return token.Found{}, false
	}
	return token.Found{N: p.N, Spoken: p.Said, Kind: kind.Time, Sure: kind.Likely}, true
}

// raced is how a runner's time ends k tokens on, in seconds and their hundredths: 12"35.
func raced(c *token.Cursor, k int) (string, int) {
	s, h := c.Digits(k), c.Digits(k+2)
	if number.Small(s) < 0 || number.Small(s) > 59 || !c.Is(k+1, "\"") || h == "" || len(h) > 2 || !c.Ends(k+3) {
		return "", 0
	}
	if h[0] == '0' {
		return number.Cardinal(s) + " giây " + number.DigitByDigit(h), 3
	}
	return number.Cardinal(s) + " giây " + number.Cardinal(h), 3
}

func lastsAt(c *token.Cursor, k int) token.Part {
	d := c.Digits(k)
	if d == "" {
		return token.Part{}
	}
	if s, n := raced(c, k); n > 0 {
		return token.Part{N: n, Said: s}
	}
	switch u := c.At(k + 1).Low; u {
	case "p", "ph", "'":
		if u == "'" && c.Is(k+2, "'") { // two strokes
			return token.Part{N: 3, Said: number.Cardinal(d) + " giây"}
		}
		p := token.Part{N: 2, Said: number.Cardinal(d) + " phút"}
		if s, n := raced(c, k+2); u == "'" && n > 0 {
			return token.Part{N: 2 + n, Said: p.Said + " " + s}
		}
		if s := c.Digits(k + 2); s != "" && (c.At(k+3).Low == "s" || c.Is(k+3, "\"")) && c.Ends(k+4) {
			return token.Part{N: 4, Said: p.Said + " " + number.Cardinal(s) + " giây"}
		}
		if c.Ends(k + 2) {
			return p
		}
	case "s":
		if c.Ends(k+2) && c.Is(k+1, "s") { // 16-16-8+13S: sulphur
			return token.Part{N: 2, Said: number.Cardinal(d) + " giây"}
		}
	}
	return token.Part{}
}
