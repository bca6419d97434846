package calendar

import (
	"loa/audio/reading/kind"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
	"loa/audio/reading/unit"
)

var (
	dateBefore = token.Set(`lễ dịp tết khánh niệm vào trước sau hết nay mai kia qua đến tới từ là hạn chiến động phụ nữ
		hai tư năm sáu bảy nhật 2 3 4 5 6 7 truyền thống dân giải phóng nam binh sĩ mừng sự kiện`)
	dateAfter  = token.Set("âl âm dương hàng hằng tới này vừa sắp lịch năm al dl")
	partBefore = token.Set("khoảng gần hơn quá chiếm đạt còn bằng tăng giảm có cả được nhất đa thiểu tỷ tỉ mất hại cháy ngập đủ thu chỉ " +
		"phải hết")
	partAfter = token.Set("dân diện số tổng đại hội thành viên hộ phần lượng sản chiều lít kg cốc thìa muỗng bát chén ly quãng đoạn thời " +
		"giờ thế học cử đảng thôn giá mức quân công cán cây con người nhà đàn ruộng cánh vườn lúa")
)

// functionWords go on after a date; a noun goes on after a part of something.
var functionWords = token.Set(`và tại ở để bà xã sẽ thì các do được nếu trên khi đã đang có theo từ đến tới với của cho là mà nhưng hoặc hay ngày lúc vào năm hàng hằng âm dương vừa này
	tất toàn mọi mỗi những ubnd chúng ta tôi ban đoàn phải cần mời nghỉ tổ trường trạm công chi đảng hội như nhằm dưới trong ngoài sáng trưa chiều tối đêm bắt kết diễn`)

// nounFollows tells whether a word that may be divided follows n tokens on.
func nounFollows(c *token.Cursor, n int) bool {
	t := c.At(n + 1)
	return c.At(n).Sort == token.Space && t.Sort == token.Word && !token.Capital(t.Text) && !functionWords[t.Low]
}

// turns are what has its turn on a day.
var turns = token.Set("thôn ấp bản buôn bon xóm khu phố tổ tdp khóm đợt ca điểm nhóm đội cụm")

// turn tells whether the day of n tokens at the cursor is one of a list, by whose turn it
// is: Thôn 1: 5/12; thôn 2 (6/12); thôn 3 - 7/12. 8/12: thôn 4.
func turn(c *token.Cursor, n int) bool {
	k := -1 - c.Gap(-1)
	if s := c.At(k).Text; s == ":" || s == "," || s == "(" || (s == "-" || s == "–" || s == "—") && c.Gap(-1) == 1 && c.Gap(k-1) == 1 {
		k -= 1 + c.Gap(k-1)
		if c.Digits(k) != "" && turns[c.At(k-1-c.Gap(k-1)).Low] {
			return true
		}
	}
	return c.Is(n, ":") && turns[c.At(n+1+c.Gap(n+1)).Low]
}

// dated tells whether the words beside a/b say that it is a date.
func dated(c *token.Cursor, t day) bool {
	switch {
	case t.padded, daysBefore(c), turn(c, t.N):
		return true
	case number.Bare(c, t.N):
		return number.Small(t.d) > 12
	case c.Paired(kind.Date), dateAfter[c.After(t.N, 1)]:
		return true
	case number.Small(t.d) < number.Small(t.m) && (number.WholeBefore(c) || partAfter[c.After(t.N, 1)]):
		return false
	case number.Small(t.d) < number.Small(t.m) && number.Small(t.m) <= 5 && nounFollows(c, t.N):
		return false
	}
	return dateBefore[c.Before(1)] || number.Small(t.d) > 12 && !partBefore[c.Before(1)] || c.Is(-1, "(") && c.Is(t.N, ")")
}

// parted tells whether they say that it is a part of something. Without a
// word, a half, a third and the like are parts: a day is written 01/2.
func parted(c *token.Cursor, t day) bool {
	a, b := number.Small(t.d), number.Small(t.m)
	switch {
	case number.Bare(c, t.N), c.Paired(kind.Fraction), number.WholeBefore(c) && a < b:
		return true
	case partAfter[c.After(t.N, 1)] && a < b, partBefore[c.Before(1)] && a <= b:
		return true
	case c.At(t.N).Sort == token.Space && c.At(t.N+1).Sort == token.Word && unit.At(c, t.N+1) > 0:
		return true
	}
	return a < b && (a == 1 || b <= 5)
}

// FractionRule recognises parts: 3/4, 5 1/2.
func FractionRule(c *token.Cursor) (token.Found, bool) {
	if !c.Opens() {
		return token.Found{}, false
	}
	p := c.Span(0, number.FractionAt)
	if p.N == 0 {
		return token.Found{}, false
	}
	f := token.Found{N: p.N, Spoken: p.Said, Kind: kind.Fraction, Sure: kind.Likely}
	if d := DayAt(c, 0); d.N == p.N {
		f.Others = []string{"ngày " + d.say()}
		if !number.Bare(c, p.N) && !partBefore[c.Before(1)] && !partAfter[c.After(p.N, 1)] {
			f.Sure = kind.Doubtful
		}
	}
	return f, true
}
