package reading

import "strings"

// fractionWords says a fraction: ba phần tư.
func fractionWords(above, below string) string {
	if b := small(below); b > 12 && small(above) > b {
		return amount(above) + " trên " + amount(below)
	}
	said := cardinal(below)
	if said == "bốn" {
		said = "tư"
	}
	return cardinal(above) + " phần " + said
}

var (
	dateBefore = set(`lễ dịp tết khánh niệm vào trước sau hết nay mai kia qua đến tới từ là hạn chiến động phụ nữ
		hai tư năm sáu bảy nhật 2 3 4 5 6 7 truyền thống dân giải phóng nam binh sĩ mừng sự kiện`)
	dateAfter  = set("âm dương hàng hằng tới này vừa sắp lịch năm al dl")
	partBefore = set("khoảng gần hơn quá chiếm đạt còn bằng tăng giảm có cả được nhất đa thiểu tỷ tỉ mất hại cháy ngập đủ thu chỉ phải hết")
	partAfter  = set("dân diện số tổng đại hội thành viên hộ phần lượng sản chiều lít kg cốc thìa muỗng bát chén ly quãng đoạn thời giờ thế học cử đảng thôn giá mức quân công cán cây con người nhà đàn ruộng cánh vườn lúa")
)

// functionWords go on after a date; a noun goes on after a part of something.
var functionWords = set(`và tại ở để bà xã sẽ thì các do được nếu trên khi đã đang có theo từ đến tới với của cho là mà nhưng hoặc hay ngày lúc vào năm hàng hằng âm dương vừa này
	tất toàn mọi mỗi những ubnd chúng ta tôi ban đoàn phải cần mời nghỉ tổ trường trạm công chi đảng hội như nhằm dưới trong ngoài sáng trưa chiều tối đêm bắt kết diễn`)

// nounFollows tells whether a word that may be divided follows n tokens on.
func (c *cursor) nounFollows(n int) bool {
	t := c.at(n + 1)
	return c.at(n).kind == space && t.kind == word && !capital(t.s) && !functionWords[t.low]
}

// dated tells whether the words beside a/b say that it is a date.
func (c *cursor) dated(t day) bool {
	switch {
	case t.padded, c.daysBefore():
		return true
	case c.bare(t.n):
		return small(t.d) > 12
	case c.paired(Date), dateAfter[c.after(t.n, 1)]:
		return true
	case small(t.d) < small(t.m) && (c.wholeBefore() || partAfter[c.after(t.n, 1)]):
		return false
	case small(t.d) < small(t.m) && small(t.m) <= 5 && c.nounFollows(t.n):
		return false
	}
	return dateBefore[c.before(1)] || small(t.d) > 12 && !partBefore[c.before(1)] || c.is(-1, "(") && c.is(t.n, ")")
}

// parted tells whether they say that it is a part of something. Without a
// word, a half, a third and the like are parts: a day is written 01/2.
func (c *cursor) parted(t day) bool {
	a, b := small(t.d), small(t.m)
	switch {
	case c.bare(t.n), c.paired(Fraction), c.wholeBefore() && a < b:
		return true
	case partAfter[c.after(t.n, 1)] && a < b, partBefore[c.before(1)] && a <= b:
		return true
	case c.at(t.n).kind == space && c.at(t.n+1).kind == word && c.unitAt(t.n+1) > 0:
		return true
	}
	return a < b && (a == 1 || b <= 5)
}

// bare tells whether a line holds no words beside the n tokens at the cursor.
func (c *cursor) bare(n int) bool { return c.before(1) == "" && c.after(n, 1) == "" }

// wholeBefore tells whether a whole number stands before a fraction: 5 1/2.
func (c *cursor) wholeBefore() bool { return c.at(-1).kind == space && c.at(-2).kind == digits }

// paired tells whether what stands before the cursor, joined by và or a comma,
// was of a kind: 30/4 và 1/5.
func (c *cursor) paired(k Kind) bool {
	if c.lastKind != k || c.i-c.lastEnd > 4 {
		return false
	}
	for j := c.lastEnd; j < c.i; j++ {
		if t := c.toks[j]; t.kind == word && !joining[t.low] || t.kind == line {
			return false
		}
	}
	return true
}

var joining = set("và hoặc hay đến tới ngày")

// fraction recognises parts: 3/4, 5 1/2.
func fraction(c *cursor) (found, bool) {
	if !c.opens() {
		return found{}, false
	}
	p := c.span(0, c.fractionAt)
	if p.n == 0 {
		return found{}, false
	}
	f := found{n: p.n, spoken: p.said, kind: Fraction, sure: Likely}
	if d := c.day(0); d.n == p.n {
		f.others = []string{"ngày " + d.say()}
		if !c.bare(p.n) && !partBefore[c.before(1)] && !partAfter[c.after(p.n, 1)] {
			f.sure = Doubtful
		}
	}
	return f, true
}

// fractionAt is a fraction k tokens on, with the whole number before it.
func (c *cursor) fractionAt(k int) part {
	n, said := 0, ""
	if c.is(k, "-") && (c.at(k-1).kind == space || c.at(k-1).kind == line) {
		n, said = 1, "âm "
	}
	if d := c.digits(k + n); c.at(k+n+1).s == " " && c.over(k+n+2) && d != "" && len(d) < 4 && small(c.digits(k+n+2)) < small(c.digits(k+n+4)) {
		said += cardinal(c.digits(k+n)) + " và "
		n += 2
	}
	if !c.over(k+n) || n == 1 && said == "" {
		return part{}
	}
	above, below := c.digits(k+n), c.digits(k+n+2)
	if n == 0 && (c.before(1) == "lệ" || c.countsOff(k, above, below)) {
		return part{n: 3, said: amount(above) + " trên " + amount(below)}
	}
	return part{n: n + 3, said: said + fractionWords(above, below)}
}

// countsOff tells whether a/b counts things, 12/15 thôn, and is no part of one.
func (c *cursor) countsOff(k int, above, below string) bool {
	a, b := small(above), small(below)
	if w := c.after(k+3, 1); w == "điểm" || w == "tiêu" || w == "chỉ" {
		return true
	}
	return a == b && a > 2 && !c.bare(3) || b > 10 && a > 1 && c.at(k+3).kind == space && c.at(k+4).kind == word && !capital(c.at(k+4).s)
}

// over tells whether a number stands over another: a/b, and no third one.
func (c *cursor) over(k int) bool {
	a, b := c.digits(k), c.digits(k+2)
	if a == "" || b == "" || !c.is(k+1, "/") || strings.Trim(b, "0") == "" || b[0] == '0' {
		return false
	}
	third := c.is(k+3, "/") && c.at(k+4).kind != space && c.unitAt(k+4) == 0
	return !third && !(c.is(k-1, "/") && c.at(k-2).kind == digits) && len(a) <= 4 && len(b) <= 4
}
