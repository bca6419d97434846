package reading

// A day is written by numbers: 15/8/2025, 02-9, 31.12.2025.
type day struct {
	n             int
	d, m, y       string
	padded, years bool
}

// day reads a date k tokens on. Without a year only a stroke or a dash parts it.
func (c *cursor) day(k int) day {
	d, by, m := c.digits(k), c.at(k+1).s, c.digits(k+2)
	if by != "/" && by != "-" && by != "." || !dayNumber(d) || !monthNumber(m) {
		return day{}
	}
	t := day{n: 3, d: d, m: m, padded: d[0] == '0' || m[0] == '0'}
	if y := c.digits(k + 4); c.is(k+3, by) && len(y) == 4 && c.ends(k+5) {
		t.n, t.y, t.years = 5, y, true
		return t
	} else if c.is(k+3, by) && len(y) == 2 && by != "." && c.ends(k+5) && !c.is(k+5, by) && t.padded {
		t.n, t.y, t.years = 5, "20"+y, true
		return t
	}
	if by == "." && !dayNames[c.near(k-1, -1, 1)] || !c.ends(k+3) || c.goesOn(k+3) {
		return day{}
	}
	return t
}

// goesOn tells whether a sign k tokens on joins digits to what stands before it.
func (c *cursor) goesOn(k int) bool {
	s := c.at(k).s
	return (s == "/" || s == "-" || s == ".") && c.at(k+1).kind == digits && !(s == "-" && c.is(k+2, "/"))
}

func dayNumber(s string) bool   { n := small(s); return len(s) <= 2 && n >= 1 && n <= 31 }
func monthNumber(s string) bool { n := small(s); return len(s) <= 2 && n >= 1 && n <= 12 }
func yearNumber(s string) bool  { n := small(s); return len(s) == 4 && n >= 1800 && n < 2200 }

func (t day) say() string {
	said := cardinal(t.d) + " tháng " + month(t.m)
	if t.years {
		said += " năm " + cardinal(t.y)
	}
	return said
}

// dateRule recognises dates, spans of dates and months with a year.
func dateRule(c *cursor) (found, bool) {
	if c.at(0).kind != digits || !c.opens() {
		return found{}, false
	}
	for _, r := range []rule{yearFirst, dates, daysOfMonth, monthOfYear, monthSpan, yearSpan} {
		if f, ok := r(c); ok {
			return f, true
		}
	}
	return found{}, false
}

// yearFirst is 2025-08-15.
func yearFirst(c *cursor) (found, bool) {
	y, by := c.digits(0), c.at(1).s
	t := day{y: y, m: c.digits(2), d: c.digits(4), years: true}
	if !yearNumber(y) || by != "-" && by != "/" || !c.is(3, by) || !monthNumber(t.m) || !dayNumber(t.d) || !c.ends(5) || c.goesOn(5) {
		return found{}, false
	}
	return found{n: 5, spoken: c.dayWord() + t.say(), kind: Date, sure: Certain}, true
}

// dates are one date, or two with a dash between them: 5/10 - 7/10.
func dates(c *cursor) (found, bool) {
	a := c.day(0)
	if a.n == 0 {
		return found{}, false
	}
	f := found{n: a.n, spoken: c.dayWord() + a.say(), kind: Date, sure: Certain}
	if d := c.dash(a.n); d > 0 && (a.years || c.dated(a) || !c.parted(a)) {
		if b := c.day(a.n + d); b.n > 0 {
			f.n, f.spoken = a.n+d+b.n, f.spoken+" đến ngày "+b.say()
			return f, true
		}
	}
	if a.years || c.is(1, "/") && c.dated(a) {
		return f, true
	}
	if c.is(1, "/") && c.parted(a) || c.is(1, "-") && (!c.daysBefore() && !c.holidayBefore() || c.after(a.n, 1) == "tháng") {
		return found{}, false
	}
	f.sure, f.others = Doubtful, []string{fractionWords(a.d, a.m)}
	if !c.is(1, "/") {
		f.sure, f.others = Likely, []string{cardinal(a.d) + " đến " + cardinal(a.m)}
	}
	return f, true
}

var (
	dayNames = set("ngày mùng mồng hôm rằm sáng trưa chiều tối đêm khuya đường phố")
	// holidays are words before a day that has a name: Quốc khánh 2-9.
	holidays = set("lễ khánh tết dịp niệm chiến-thắng lao-động phụ-nữ")
	// sayNoDay are words behind which a day is said without the word ngày.
	sayNoDay = set("lễ khánh dịp niệm viện trường chợ cầu")
)

// dayWord is "ngày ", unless a word before the date says it already.
func (c *cursor) dayWord() string {
	if w := c.before(1); dayNames[w] || sayNoDay[w] {
		return ""
	}
	return "ngày "
}

// daysBefore tells whether the word before the cursor announces a day.
func (c *cursor) daysBefore() bool { return dayNames[c.before(1)] }

func (c *cursor) holidayBefore() bool {
	return holidays[c.before(1)] || holidays[c.before(2)+"-"+c.before(1)]
}

// daysOfMonth are 10-12/11 and 1, 2, 3/11: days that share a month.
func daysOfMonth(c *cursor) (found, bool) {
	k, said, commas := 0, "", 0
	for range 8 {
		if c.is(k+1, "/") {
			break
		}
		d, joint := c.dash(k+1), " đến "
		if d == 0 && (c.is(k+1, ",") || c.is(k+1, ";")) {
			d, joint = 1+c.gap(k+2), ", "
			commas++
		} else if w := c.at(k + 2).low; d == 0 && (w == "và" || w == "đến" || w == "tới") {
			d, joint = 3, " "+w+" "
		}
		if d == 0 || !dayNumber(c.digits(k)) || !dayNumber(c.digits(k+1+d)) || small(c.digits(k)) >= small(c.digits(k+1+d)) {
			return found{}, false
		}
		k, said = k+1+d, said+cardinal(c.digits(k))+joint
	}
	b := c.day(k)
	if k == 0 || b.n == 0 || !c.is(k+1, "/") || commas == 1 && !c.daysBefore() || partAfter[c.after(k+b.n, 1)] {
		return found{}, false
	}
	return found{n: k + b.n, spoken: c.dayWord() + said + b.say(), kind: Date, sure: Certain}, true
}

var numbered = set("quý kỳ kì đợt số lần khóa tuần phiên vòng học")

// monthOfYear is 9/2025 and, after tháng, 1 2024.
func monthOfYear(c *cursor) (found, bool) {
	m, y := c.digits(0), c.digits(2)
	if numbered[c.before(1)] && c.is(1, "/") && yearNumber(y) && c.ends(3) && !c.is(3, "/") {
		return found{n: 3, spoken: month(m) + " năm " + cardinal(y), kind: Date, sure: Certain}, true
	}
	if !monthNumber(m) || !yearNumber(y) || !c.ends(3) || c.is(3, "/") && c.at(4).kind != space {
		return found{}, false
	}
	after := c.before(1)
	switch by := c.at(1); {
	case after == "lệ" && by.s == "/": // tỷ lệ 1/2000
		return found{}, false
	case by.s == "/" || by.s == "-" && (after == "tháng" || after == "t"):
	case by.kind == space && after == "tháng":
	default:
		return found{}, false
	}
	said := month(m) + " năm " + cardinal(y)
	if after != "tháng" {
		said = "tháng " + said
	}
	return found{n: 3, spoken: said, kind: Date, sure: Certain}, true
}

// monthSpan is 9-12/2025.
func monthSpan(c *cursor) (found, bool) {
	d := c.dash(1)
	if d == 0 || !monthNumber(c.digits(0)) || !monthNumber(c.digits(1+d)) || !c.is(2+d, "/") || !yearNumber(c.digits(3+d)) || !c.ends(4+d) {
		return found{}, false
	}
	said := month(c.digits(0)) + " đến tháng " + month(c.digits(1+d)) + " năm " + cardinal(c.digits(3+d))
	if c.before(1) != "tháng" {
		said = "tháng " + said
	}
	return found{n: 4 + d, spoken: said, kind: Date, sure: Certain}, true
}

// yearSpan is 2025-2026: two years.
func yearSpan(c *cursor) (found, bool) {
	d := c.dash(1)
	a, b := c.digits(0), c.digits(1+d)
	if d == 0 || !yearNumber(a) || !yearNumber(b) || small(a) >= small(b) || !c.ends(2+d) {
		return found{}, false
	}
	joint := " đến "
	if small(b) == small(a)+1 && c.before(1) == "học" {
		joint = " "
	}
	return found{n: 2 + d, spoken: cardinal(a) + joint + cardinal(b), kind: Date, sure: Likely}, true
}
