package label

import (
	"strings"

	"loa/audio/reading/kind"
	"loa/audio/reading/number"
	"loa/audio/reading/token"
	"loa/audio/reading/unit"
)

// shortNumbers are called by three or four digits.
var shortNumbers = token.Set("111 112 113 114 115 116 117 118 119 1022 1080 1088 1089 18001090 156 5656 195 197 199 198")

var (
	// calling announce that something is called.
	calling = token.Set("gọi đài nóng cứu hỏa sát 113 114 115 thoại điện đt sđt hotline tel bấm nhắn pccc alo lh zalo tổng máy")
	// leading stand between them and a number.
	leading = token.Set("số ngay theo là qua đến tới về cho hoặc và")
)

// rescues follow cứu where a short number is called: cứu hộ 114.
var rescues = token.Set("hộ hỏa hoả nạn thương")

var (
	// answering are those who answer a number of their own: hotline 1789, tổng đài 18001.
	answering = token.Set("hotline đài nóng gọi")
	// heads are counted, not called: gọi 120 thanh niên.
	heads = token.Set("hộ người thanh cháu em học sinh con chiếc cái nam nữ lao đảng đoàn hội suất phần đơn bao xe máy ngày giờ lần")
)

// service tells whether digits are the number of a service that answers calls: 18000, 1789.
func service(c *token.Cursor, d string) bool {
	switch {
	case c.Before(1) == "gửi" && len(d) >= 3 && len(d) <= 5 && texted(c):
		return true
	case len(d) == 5:
		return strings.HasPrefix(d, "1800") || strings.HasPrefix(d, "1900")
	case len(d) == 4 || len(d) == 3:
		return d[0] == '1' && answering[c.Before(1)] && c.Digits(1+c.Gap(1)) == "" && c.Digits(2) == ""
	}
	return false
}

// texted tells whether a message is sent: soạn tin TC gửi 8079.
func texted(c *token.Cursor) bool {
	for k := 2; k <= 6; k++ {
		if w := c.Before(k); w == "tin" || w == "soạn" || w == "nhắn" {
			return true
		}
	}
	return false
}

// called tells whether the words before the cursor say that something is called.
func called(c *token.Cursor) bool {
	if listed(c) {
		return true
	}
	for k := 1; k <= 4; k++ {
		w := c.Before(k)
		if calling[w] || w == "gửi" && k == 1 && texted(c) || rescues[w] && c.Before(k+1) == "cứu" ||
			w == "cháy" && c.Before(k+1) == "báo" ||
			w == "em" && c.Before(k+1) == "trẻ" {
			return true
		}
		if !leading[w] {
			return k == 1 && (w == "báo" || w == "an" || w == "tin")
		}
	}
	return false
}

// answerers answer a short number and stand in the brackets behind it: 113 (công an).
var answerers = token.Set("ca công an pccc cứu cấp hộ chữa cháy y tế bđbp biên phòng")

// listed tells whether a number with its answerer in brackets stands before the cursor:
// 113 (CA), 114 (PCCC).
func listed(c *token.Cursor) bool {
	k := -1
	for c.Is(k, " ") || c.Is(k, ",") || c.Is(k, ";") {
		k--
	}
	if !c.Is(k, ")") {
		return false
	}
	answers := false
	for end := k - 10; k > end && !c.Is(k, "("); k-- {
		answers = answers || answerers[c.At(k).Low]
	}
	for k--; c.Is(k, " "); {
		k--
	}
	return answers && shortNumbers[c.Digits(k)]
}

// local announce a number without its area.
var local = token.Set("gọi thoại đt sđt tel hotline bàn máy")

// Phone recognises telephone numbers, said digit by digit in the groups in which
// they are written, or in which one says them.
func Phone(c *token.Cursor) (token.Found, bool) {
	if !c.Opens() || c.Digits(0) == "" && !c.Is(0, "+") && !c.Is(0, "(") {
		return token.Found{}, false
	}
	if f, ok := shortNumber(c); ok {
		return f, true
	}
	if f, ok := typedIn(c); ok {
		return f, true
	}
	groups, ends, plus := phoneGroups(c)
	m := len(groups)
	for m > 0 && !(phoneLike(c, strings.Join(groups[:m], ""), plus, m) && phoneEnds(c, ends[m-1])) {
		m--
	}
	if m == 0 {
		return token.Found{}, false
	}
	groups = groups[:m]
	if m == 1 {
		groups = spokenGroups(groups[0])
	}
	said := make([]string, len(groups))
	for i, g := range groups {
		said[i] = number.DigitByDigit(g)
	}
	spoken := strings.Join(said, ", ")
	if plus {
		spoken = "cộng " + spoken
	}
	n := ends[m-1]
	for {
		more, size := another(c, n)
		if size == 0 {
			break
		}
		n, spoken = n+size, spoken+", "+more
	}
	return token.Found{N: n, Spoken: spoken, Kind: kind.Telephone, Sure: kind.Likely}, true
}

// typed are words before figures that are typed in one by one: ID 812 345 678.
var typed = token.Set("id pass password pin otp passcode")

// typedIn recognises such figures; they count nothing.
func typedIn(c *token.Cursor) (token.Found, bool) {
	w := c.Before(1)
	groups, n := digitGroups(c, 0)
	if len(groups) == 0 || !typed[w] && !(w == "khẩu" && c.Before(2) == "mật") || len(strings.Join(groups, "")) < 3 || !c.Ends(n) {
		return token.Found{}, false
	}
	said := make([]string, len(groups))
	for i, g := range groups {
		said[i] = number.DigitByDigit(g)
	}
	return token.Found{N: n, Spoken: strings.Join(said, ", "), Kind: kind.Number, Sure: kind.Likely}, true
}

// another is the next number behind a dash or a slash, k tokens on: of the same area,
// 0252.3883.115 - 3883.116, or a whole one, 0912.345.678/0987.654.321.
func another(c *token.Cursor, k int) (said string, n int) {
	n = c.Dash(k)
	if c.Is(k, "/") {
		n = 1
	}
	if n == 0 {
		return "", 0
	}
	groups, size := digitGroups(c, k+n)
	all := strings.Join(groups, "")
	switch {
	case len(groups) > 1 && (len(all) == 7 || len(all) == 8):
	case whole(all):
	default:
		return "", 0
	}
	if len(groups) == 1 {
		groups = spokenGroups(all)
	}
	if !phoneEnds(c, k+n+size) {
		return "", 0
	}
	var words []string
	for _, g := range groups {
		words = append(words, number.DigitByDigit(g))
	}
	return strings.Join(words, ", "), n + size
}

// digitGroups are groups of digits parted by points or spaces, k tokens on, and how many
// tokens they are.
func digitGroups(c *token.Cursor, k int) (groups []string, n int) {
	for len(groups) < 4 && c.Digits(k+n) != "" {
		groups = append(groups, c.Digits(k+n))
		n++
		if !c.Is(k+n, ".") && !c.Is(k+n, " ") || c.Digits(k+n+1) == "" {
			break
		}
		n++
	}
	return groups, n
}

// whole tells whether digits are a telephone number with its area.
func whole(all string) bool {
	return (len(all) == 10 || len(all) == 11) && all[0] == '0' && all[1] != '0'
}

// phoneEnds tells whether what stands k tokens on is no part of another number:
// 1900 1009 24/7.
func phoneEnds(c *token.Cursor, k int) bool {
	if c.Is(k, "/") {
		groups, _ := digitGroups(c, k+1)
		if whole(strings.Join(groups, "")) {
			return true
		}
	}
	return c.Ends(k) && !((c.Is(k, "/") || c.Is(k, ":")) && c.Digits(k+1) != "")
}

// shortNumber is 113, 1022 and the like where something is called.
func shortNumber(c *token.Cursor) (token.Found, bool) {
	d := c.Digits(0)
	if !shortNumbers[d] && !service(c, d) || !c.Ends(1) || c.Is(1, ".") && c.At(2).Sort == token.Digits ||
		c.Is(1, ",") && c.At(2).Sort == token.Digits {
		return token.Found{}, false
	}
	if unit.At(c, 1+c.Gap(1)) > 0 || heads[c.After(1, 1)] && c.At(1).Sort == token.Space || !(called(c) || c.Paired(kind.Telephone)) {
		return token.Found{}, false
	}
	return token.Found{
		N:      1,
		Spoken: number.DigitByDigit(d),
		Kind:   kind.Telephone,
		Sure:   kind.Likely,
		Others: []string{number.Amount(d)},
	}, true
}

// phoneGroups takes digits in groups, parted by single spaces, points or dashes,
// and the tokens behind which each ends.
func phoneGroups(c *token.Cursor) (groups []string, ends []int, plus bool) {
	k := 0
	if plus = c.Is(0, "+"); plus {
		k++
	}
	bracket := c.Is(k, "(")
	if bracket {
		k++
		if c.Is(k, "+") {
			k, plus = k+1, true
		}
	}
	for len(groups) < 6 {
		d := c.Digits(k)
		if d == "" || len(d) > 12 {
			break
		}
		k++
		if bracket && c.Is(k, ")") {
			k, bracket = k+1, false
		}
		groups, ends = append(groups, d), append(ends, k)
		if t := c.At(k); t.Text == " " || t.Text == "." || t.Text == "-" {
			k++
		}
	}
	return groups, ends, plus
}

// phoneLike tells whether digits are a telephone number of Vietnam: a leading 0
// and ten or eleven of them, +84, or 1800 and 1900.
func phoneLike(c *token.Cursor, all string, plus bool, groups int) bool {
	switch {
	case plus:
		return len(all) >= 9 && len(all) <= 13
	case strings.HasPrefix(all, "0") && all[1:] != "" && all[1] != '0':
		return len(all) == 10 || len(all) == 11
	case strings.HasPrefix(all, "1800") || strings.HasPrefix(all, "1900"):
		return len(all) == 8 || len(all) == 10 && groups > 1 || len(all) == 6 && called(c)
	case strings.HasPrefix(all, "84"):
		return len(all) == 11
	}
	return local[c.Before(1)] && groups > 1 && len(all) >= 7 && len(all) <= 8 && !number.At(c, 0).Grouped
}

// spokenGroups are the groups in which one says a number written without any.
func spokenGroups(all string) []string {
	switch len(all) {
	case 8:
		return []string{all[:4], all[4:]}
	case 7, 9:
		return []string{all[:3], all[3:6], all[6:]}
	case 10, 11:
		return []string{all[:4], all[4:7], all[7:]}
	}
	return []string{all}
}
