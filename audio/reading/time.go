package reading

// timeRule recognises times of the day and spans of them: 14h30, 7 giờ 5', 7g,
// 5:00, 17h–18h30, 7-9h, 24/24, 24/7.
func timeRule(c *cursor) (found, bool) {
	if c.at(0).kind != digits || !c.opens() {
		return found{}, false
	}
	if f, ok := c.roundTheClock(); ok {
		return f, true
	}
	p := c.span(0, c.clock)
	if p.n == 0 {
		p = c.hours()
	}
	if p.n == 0 {
		return found{}, false
	}
	if c.is(p.n, "/") { // 7h00/23/9
		if d := c.day(p.n + 1); d.n > 0 {
			p = part{n: p.n + 1 + d.n, said: p.said + " ngày " + d.say()}
		}
	}
	return found{n: p.n, spoken: p.said, kind: Time, sure: Certain}, true
}

// roundTheClock is 24/24 and 24/7; what follows (giờ, h) stays.
func (c *cursor) roundTheClock() (found, bool) {
	if c.digits(0) != "24" || !c.is(1, "/") || !c.ends(3) && c.at(3).low != "h" && c.at(3).low != "g" {
		return found{}, false
	}
	f := found{n: 3, kind: Time, sure: Certain}
	switch c.digits(2) {
	case "24":
		f.spoken = "hai mươi tư trên hai mươi tư"
	case "7":
		f.spoken = "hai mươi tư trên bảy"
	default:
		return f, false
	}
	if !c.ends(3) {
		f.n, f.spoken = 4, f.spoken+" giờ"
	}
	return f, true
}

// hours are 7-9h: two hours that share the word.
func (c *cursor) hours() part {
	d := c.dash(1)
	if d == 0 || len(c.digits(0)) > 2 {
		return part{}
	}
	b := c.clock(1 + d)
	if b.n == 0 {
		return b
	}
	return part{n: 1 + d + b.n, said: cardinal(c.digits(0)) + " đến " + b.said}
}

// clock is one time of the day k tokens on.
func (c *cursor) clock(k int) part {
	h := c.digits(k)
	if h == "" || len(h) > 3 {
		return part{}
	}
	if c.is(k+1, ":") {
		return c.colons(k)
	}
	g := c.gap(k + 1)
	switch unit := c.at(k + 1 + g); {
	case unit.low == "h" || unit.low == "giờ" || unit.low == "g" && (c.minutes(k+2+g) != "" || c.clockWords(k, k+2+g)):
		p := part{n: 2 + g, said: cardinal(h) + " giờ"}
		if c.is(k+p.n, ":") && len(c.digits(k+p.n+1)) == 2 { // 8h:30
			p.n++
		}
		return c.withMinutes(k, p, unit.low == "giờ")
	}
	return part{}
}

// withMinutes adds the minutes that follow an hour. Behind the word giờ written
// out, they may be the start of something else.
func (c *cursor) withMinutes(k int, p part, spelled bool) part {
	g := c.gap(k + p.n)
	m := c.minutes(k + p.n + g)
	if m == "" || g > 0 && !spelled && c.unitOfMinutes(k+p.n+g+1) == 0 {
		if spelled {
			return part{} // 7 giờ: nothing but a number and a word
		}
		if c.at(k+p.n).kind == digits || c.at(k+p.n).kind == word {
			return part{}
		}
		return p
	}
	n := p.n + g + 1
	n += c.unitOfMinutes(k + n)
	if small(m) > 0 {
		p.said += " " + cardinal(m) + " phút"
	}
	if s := c.digits(k + n); s != "" && len(s) <= 2 {
		size := 2
		if c.is(k+n+1, "'") && c.is(k+n+2, "'") {
			size = 3
		} else if c.at(k+n+1).low != "s" && !c.is(k+n+1, "\"") {
			return part{}
		}
		n, p.said = n+size, p.said+" "+cardinal(s)+" giây"
	}
	p.n = n
	if !c.ends(k + n) {
		return part{}
	}
	return p
}

// minutes gives one or two digits below 60, "" for none.
func (c *cursor) minutes(k int) string {
	m := c.digits(k)
	if len(m) > 2 || small(m) > 59 || m != "" && (c.is(k+1, "/") && c.day(k+2).n == 0 || c.is(k+1, ",") && c.digits(k+2) != "" || c.is(k+1, ".") && c.digits(k+2) != "") {
		return ""
	}
	if len(m) == 1 && c.unitOfMinutes(k+1) == 0 {
		return ""
	}
	return m
}

// unitOfMinutes is how many tokens ', p, ph or phút take.
func (c *cursor) unitOfMinutes(k int) int {
	g := c.gap(k)
	switch t := c.at(k + g); {
	case t.s == "'" && g == 0:
		return 1
	case (t.low == "p" || t.low == "ph" || t.low == "phút") && (c.ends(k+g+1) || c.at(k+g+2).low == "s"):
		return g + 1
	}
	return 0
}

var (
	beforeClock = set("lúc hồi từ vào đúng trước sau đến tới khoảng")
	afterClock  = set("sáng trưa chiều tối đêm ngày hôm kém rưỡi khuya hằng mỗi")
)

// clockWords tells whether the words around say that 7g is a time, not a weight.
func (c *cursor) clockWords(from, to int) bool {
	if n := small(c.digits(from)); n < 0 || n > 24 {
		return false
	}
	return c.ends(to) && (beforeClock[c.near(from-1, -1, 1)] || afterClock[c.near(to, 1, 1)])
}

var ratioWords = set("lệ số")

// colons are 8:30 and 6:10:05. After tỷ lệ and tỷ số a colon stands for more.
func (c *cursor) colons(k int) part {
	h, m := c.digits(k), c.digits(k+2)
	if small(h) > 24 || len(m) != 2 || small(m) > 59 || ratioWords[c.near(k-1, -1, 1)] {
		return part{}
	}
	p := part{n: 3, said: cardinal(h) + " giờ"}
	if small(m) > 0 {
		p.said += " " + cardinal(m) + " phút"
	}
	if s := c.digits(k + 4); c.is(k+3, ":") && len(s) == 2 && small(s) < 60 {
		p.n = 5
		if small(s) > 0 {
			p.said += " " + cardinal(s) + " giây"
		}
	}
	if t := c.at(k + p.n).low; t == "h" || t == "p" || t == "'" {
		p.n++
	}
	if !c.ends(k + p.n) {
		return part{}
	}
	return p
}

// halfDay recognises AM and PM behind a time.
func halfDay(c *cursor) (found, bool) {
	t := c.at(0)
	if t.low != "am" && t.low != "pm" || !c.ends(1) || c.at(-1).kind != digits && (c.at(-1).kind != space || c.at(-2).kind != digits && c.at(-2).low != "h") {
		return found{}, false
	}
	said := "sáng"
	if t.low == "pm" {
		said = "chiều"
	}
	return found{n: 1, spoken: said, kind: Time, sure: Likely, others: []string{"tối"}}, true
}

// lasting recognises how long something takes: 3p20s, 30s, 5', 45ph.
func lasting(c *cursor) (found, bool) {
	if c.at(0).kind != digits || !c.opens() {
		return found{}, false
	}
	p := c.span(0, c.lasts)
	if p.n == 0 {
		return found{}, false
	}
	return found{n: p.n, spoken: p.said, kind: Time, sure: Likely}, true
}

func (c *cursor) lasts(k int) part {
	d := c.digits(k)
	if d == "" {
		return part{}
	}
	switch u := c.at(k + 1).low; u {
	case "p", "ph", "'":
		if u == "'" && c.is(k+2, "'") { // two strokes
			return part{n: 3, said: cardinal(d) + " giây"}
		}
		p := part{n: 2, said: cardinal(d) + " phút"}
		if s := c.digits(k + 2); s != "" && (c.at(k+3).low == "s" || c.is(k+3, "\"")) && c.ends(k+4) {
			return part{n: 4, said: p.said + " " + cardinal(s) + " giây"}
		}
		if c.ends(k + 2) {
			return p
		}
	case "s":
		if c.ends(k + 2) {
			return part{n: 2, said: cardinal(d) + " giây"}
		}
	}
	return part{}
}
