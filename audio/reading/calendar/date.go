package calendar

import (
	"loa/audio/reading/kind"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
	"loa/audio/reading/unit"
)

// A day is written by numbers: 15/8/2025, 02-9, 31.12.2025.
type day struct {
	N             int
	d, m, y       string
	padded, years bool
}

// DayAt reads a date k tokens on. Without a year only a stroke or a dash parts it.
func DayAt(c *token.Cursor, k int) day {
	d, by, m := c.Digits(k), c.At(k+1).Text, c.Digits(k+2)
	if by != "/" && by != "-" && by != "." || !number.IsDay(d) || !number.IsMonth(m) {
		return day{}
	}
	t := day{N: 3, d: d, m: m, padded: d[0] == '0' || m[0] == '0'}
	if y := c.Digits(k + 4); c.Is(k+3, by) && len(y) == 4 && c.Ends(k+5) {
		t.N, t.y, t.years = 5, y, true
		return t
	} else if c.Is(k+3, by) && by == "." && len(y) == 2 && y[0] >= '2' && y[0] <= '4' && c.Ends(k+5) && !joinsOn(c, k+5) &&
		!versions[c.Near(k-1, -1, 1)] {
		t.N, t.y, t.years = 5, "20"+y, true
		return t
	} else if c.Is(k+3, by) && len(y) == 2 && by != "." && c.Ends(k+5) && !c.Is(k+5, by) && (t.padded || dayNames[c.Near(k-1, -1, 1)] ||
		limits[c.Near(k-1, -1, 1)]) {
		t.N, t.y, t.years = 5, "20"+y, true
		return t
	}
	if by == "." && !dayNames[c.Near(k-1, -1, 1)] && !deadline(c, k) || !c.Ends(k+3) || joinsOn(c, k+3) {
		return day{}
	}
	return t
}

// deadlines are words before the day until which something is to be done: trước 20.11.
var deadlines = token.Set("trước hạn chót")

// deadline tells whether two figures of two digits, k tokens on, are such a day: no
// unit follows.
func deadline(c *token.Cursor, k int) bool {
	if len(c.Digits(k)) != 2 || len(c.Digits(k+2)) != 2 || unit.At(c, k+3+c.Gap(k+3)) > 0 {
		return false
	}
	if deadlines[c.Near(k-1, -1, 1)] {
		return true
	}
	for j := 2; j <= 6; j++ { // ngày hội Đại đoàn kết 18.11
		if w := c.Near(k-1, -1, j); (w == "ngày" || w == "lễ" || w == "niệm") && c.Near(k-1, -1, j-1) != "" {
			return token.Capital(c.At(k-2).Text) && c.At(k-1).Sort == token.Space && !nounFollows(c, k+3)
		}
	}
	return false
}

// versions are numbered by points, and are no days: phiên bản 1.2.26, mục 5.1.24.
var versions = token.Set("bản version v ver mục tiểu điểm khoản điều chương phần bài ip hình bảng biểu phụ lục")

// joinsOn tells whether a sign k tokens on joins digits to what stands before it.
func joinsOn(c *token.Cursor, k int) bool {
	s := c.At(k).Text
	return (s == "/" || s == "-" || s == ".") && c.At(k+1).Sort == token.Digits && !(s == "-" && c.Is(k+2, "/"))
}

func (t day) say() string {
	said := number.Cardinal(t.d) + " tháng " + number.Month(t.m)
	if t.years {
		said += " năm " + number.Cardinal(t.y)
	}
	return said
}

// DateRule recognises dates, spans of dates and months with a year.
func DateRule(c *token.Cursor) (token.Found, bool) {
	if c.At(0).Sort != token.Digits || !c.Opens() {
		return token.Found{}, false
	}
	for _, r := range []token.Rule{yearFirst, shareOf, spacedDay, dates, daysOfMonth, monthOfYear, monthSpan, yearSpan, noDay, noSpelledDay} {
		if f, ok := r(c); ok {
			return marked(c, f), true
		}
	}
	return token.Found{}, false
}

// yearFirst is 2025-08-15.
func yearFirst(c *token.Cursor) (token.Found, bool) {
	y, by := c.Digits(0), c.At(1).Text
	t := day{y: y, m: c.Digits(2), d: c.Digits(4), years: true}
	if !number.IsYear(y) || by != "-" && by != "/" || !c.Is(3,
		by) || !number.IsMonth(t.m) || !number.IsDay(t.d) || !c.Ends(5) || joinsOn(c, 5) {
		return token.Found{}, false
	}
	return token.Found{N: 5, Spoken: dayWord(c) + t.say(), Kind: kind.Date, Sure: kind.Certain}, true
}

// dates are one date, or two with a dash between them: 5/10 - 7/10.
func dates(c *token.Cursor) (token.Found, bool) {
	a := DayAt(c, 0)
	if a.N == 0 {
		return token.Found{}, false
	}
	f := token.Found{N: a.N, Spoken: dayWord(c) + a.say(), Kind: kind.Date, Sure: kind.Certain}
	if d := c.Dash(a.N); d > 0 && (a.years || dated(c, a) || !parted(c, a)) {
		if b := DayAt(c, a.N+d); b.N > 0 {
			f.N, f.Spoken = a.N+d+b.N, f.Spoken+" đến ngày "+b.say()
			return f, true
		}
	}
	if a.years || c.Is(1, "/") && dated(c, a) {
		return f, true
	}
	if c.Is(1, "-") && counted(c, a.N) { // quá 30 ngày: 5-8 triệu
		return token.Found{}, false
	}
	if c.Is(1, "-") && days(c, a) {
		return token.Found{N: 3, Spoken: number.Cardinal(a.d) + " đến " + number.Cardinal(a.m), Kind: kind.Date, Sure: kind.Likely,
			Others: []string{a.say()}}, true
	}
	if c.Is(1, "-") && falls(c, a) {
		f.Sure, f.Others = kind.Likely, []string{number.Cardinal(a.d) + " " + number.Cardinal(a.m)}
		return f, true
	}
	if c.Is(1, "/") && parted(c, a) || c.Is(1, "-") && (!daysBefore(c) && !holidayBefore(c) || c.After(a.N, 1) == "tháng") {
		return token.Found{}, false
	}
	f.Sure, f.Others = kind.Doubtful, []string{number.Over(a.d, a.m)}
	if !c.Is(1, "/") {
		f.Sure, f.Others = kind.Likely, []string{number.Cardinal(a.d) + " đến " + number.Cardinal(a.m)}
	}
	return f, true
}

var (
	dayNames = token.Set("ngày mùng mồng hôm rằm sáng trưa chiều tối đêm khuya đường phố")
	// holidays are words before a day that has a name: Quốc khánh 2-9.
	holidays = token.Set("lễ khánh tết dịp niệm chiến-thắng lao-động phụ-nữ")
	// sayNoDay are words behind which a day is said without the word ngày.
	sayNoDay = token.Set("lễ khánh dịp niệm viện trường chợ cầu")
)

// dayWord is "ngày ", unless a word before the date says it already.
func dayWord(c *token.Cursor) string {
	if w := c.Before(1); dayNames[w] || sayNoDay[w] {
		return ""
	}
	return "ngày "
}

// daysBefore tells whether the word before the cursor announces a day.
func daysBefore(c *token.Cursor) bool { return dayNames[c.Before(1)] }

func holidayBefore(c *token.Cursor) bool {
	return holidays[c.Before(1)] || holidays[c.Before(2)+"-"+c.Before(1)]
}

var (
	// occasions are words shortly before a day that is kept: ngày Nhà giáo Việt Nam 20-11.
	occasions = token.Set("ngày lễ mừng niệm dịp")
	// limits are words between which and a day nothing stands.
	limits = token.Set("từ đến tới trước sau hạn hết qua")
)

// counted tells whether what ends n tokens on has a unit behind it.
func counted(c *token.Cursor, n int) bool {
	k := n + c.Gap(n)
	return unit.At(c, k) > 0 || unit.Multiples[c.At(k).Low].Said != "" && c.Ends(k+1)
}

// days tells whether two numbers with a dash are days of a month that was named: tháng 12
// từ ngày 1-5. From a day leads to another one.
func days(c *token.Cursor, t day) bool {
	if w := c.Before(1); (w == "mùng" || w == "mồng") && c.After(t.N, 1) == "tết" { // mùng 1-3 Tết
		return number.Small(t.d) < number.Small(t.m)
	}
	if c.Before(1) != "ngày" || c.Before(2) != "từ" || t.padded || t.years || number.Small(t.d) >= number.Small(t.m) {
		return false
	}
	w := c.After(t.N, 1)
	return w != "đến" && w != "tới" && w != "hết" && w != "tháng"
}

// falls tells whether two numbers with a dash are a day because the second is the
// smaller, as in no span, and no score is told.
func falls(c *token.Cursor, t day) bool {
	d, before := number.Small(t.d), c.Before(1)
	if d <= number.Small(t.m) || number.Scores[before] || number.Scores[c.Before(2)] || number.Small(before) >= 0 && !c.Paired(kind.Date) {
		return false
	}
	if w := c.BeforeWritten(); token.Upper(w) && !c.Shouts(-1) { // NPK 20-10
		return false
	}
	if d > 12 || limits[before] {
		return true
	}
	for k := 1; k <= 8; k++ {
		if occasions[c.Before(k)] {
			return true
		}
	}
	return false
}

// daysOfMonth are 10-12/11 and 1, 2, 3/11: days that share a month.
func daysOfMonth(c *token.Cursor) (token.Found, bool) {
	k, said, commas := 0, "", 0
	for range 8 {
		if c.Is(k+1, "/") {
			break
		}
		d, joint := c.Dash(k+1), " đến "
		if d == 0 && (c.Is(k+1, ",") || c.Is(k+1, ";")) {
			d, joint = 1+c.Gap(k+2), ", "
			commas++
		} else if w := c.At(k + 2).Low; d == 0 && (w == "và" || w == "đến" || w == "tới") {
			d, joint = 3, " "+w+" "
		}
		if d == 0 || !number.IsDay(c.Digits(k)) || !number.IsDay(c.Digits(k+1+d)) ||
			number.Small(c.Digits(k)) >= number.Small(c.Digits(k+1+d)) {
			return token.Found{}, false
		}
		k, said = k+1+d, said+number.Cardinal(c.Digits(k))+joint
	}
	b := DayAt(c, k)
	if k == 0 || b.N == 0 || !c.Is(k+1, "/") || commas == 1 && !daysBefore(c) || partAfter[c.After(k+b.N, 1)] && !c.Is(k+b.N, ")") {
		return token.Found{}, false
	}
	return token.Found{N: k + b.N, Spoken: dayWord(c) + said + b.say(), Kind: kind.Date, Sure: kind.Certain}, true
}

var numbered = token.Set("quý kỳ kì đợt số lần khóa tuần phiên vòng học")

// monthOfYear is 9/2025 and, after tháng, 1 2024.
func monthOfYear(c *token.Cursor) (token.Found, bool) {
	m, y := c.Digits(0), c.Digits(2)
	if paid := c.Before(1) == "kỳ" || c.Before(1) == "kì"; paid && monthly[c.Before(2)] && c.Is(1, "/") && number.IsMonth(m) &&
		number.IsYear(y) &&
		c.Ends(3) {
		return token.Found{
			N:      3,
			Spoken: "tháng " + number.Month(m) + " năm " + number.Cardinal(y),
			Kind:   kind.Date,
			Sure:   kind.Certain,
		}, true
	}
	if numbered[c.Before(1)] && c.Is(1, "/") && number.IsYear(y) && c.Ends(3) && !c.Is(3, "/") {
		return token.Found{N: 3, Spoken: number.Month(m) + " năm " + number.Cardinal(y), Kind: kind.Date, Sure: kind.Certain}, true
	}
	if c.Is(1, "/") && number.OfDocument(c) && number.IsYear(y) && c.Ends(3) && !c.Is(3, "/") { // Thông tư 05/2020
		said := number.Cardinal(m)
		if m[0] == '0' {
			said = number.DigitByDigit(m)
		}
		return token.Found{N: 3, Spoken: said + " năm " + number.Cardinal(y), Kind: kind.Law, Sure: kind.Likely}, true
	}
	if !number.IsMonth(m) || !number.IsYear(y) || !c.Ends(3) || c.Is(3, "/") && c.At(4).Sort != token.Space {
		return token.Found{}, false
	}
	after := c.Before(1)
	switch by := c.At(1); {
	case after == "lệ" && by.Text == "/": // tỷ lệ 1/2000
		return token.Found{}, false
	case by.Text == "/" || by.Text == "-" && (after == "tháng" || after == "t"):
	case by.Sort == token.Space && after == "tháng":
	default:
		return token.Found{}, false
	}
	said := number.Month(m) + " năm " + number.Cardinal(y)
	if after != "tháng" {
		said = "tháng " + said
	}
	return token.Found{N: 3, Spoken: said, Kind: kind.Date, Sure: kind.Certain}, true
}

// monthSpan is 9-12/2025.
func monthSpan(c *token.Cursor) (token.Found, bool) {
	d := c.Dash(1)
	if d == 0 || !number.IsMonth(c.Digits(0)) || !number.IsMonth(c.Digits(1+d)) || !c.Is(2+d,
		"/") || !number.IsYear(c.Digits(3+d)) || !c.Ends(4+d) {
		return token.Found{}, false
	}
	said := number.Month(c.Digits(0)) + " đến tháng " + number.Month(c.Digits(1+d)) + " năm " + number.Cardinal(c.Digits(3+d))
	if c.Before(1) != "tháng" {
		said = "tháng " + said
	}
	return token.Found{N: 4 + d, Spoken: said, Kind: kind.Date, Sure: kind.Certain}, true
}

// yearSpan is 2025-2026: two years.
func yearSpan(c *token.Cursor) (token.Found, bool) {
	d := c.Dash(1)
	if d == 0 && c.Is(1, "/") {
		d = 1
	}
	a, b := c.Digits(0), c.Digits(1+d)
	if d == 0 || !number.IsYear(a) || !number.IsYear(b) || number.Small(a) >= number.Small(b) || !c.Ends(2+d) {
		return token.Found{}, false
	}
	if c.Is(1, "/") && number.Small(b) != number.Small(a)+1 {
		return token.Found{}, false
	}
	return token.Found{N: 2 + d, Spoken: number.Cardinal(a) + " đến " + number.Cardinal(b), Kind: kind.Date, Sure: kind.Likely}, true
}
