package reading

import "strings"

// shortNumbers are called by three or four digits.
var shortNumbers = set("111 112 113 114 115 116 117 118 119 1022 1080 1088 1089 18001090 156 5656 195 197 199 198")

var (
	// calling announce that something is called.
	calling = set("gọi đài nóng cứu hỏa sát 113 114 115 thoại điện đt sđt hotline tel bấm nhắn pccc alo lh zalo tổng máy")
	// leading stand between them and a number.
	leading = set("số ngay theo là qua đến tới về cho hoặc và")
)

// rescues follow cứu where a short number is called: cứu hộ 114.
var rescues = set("hộ hỏa hoả nạn thương")

// called tells whether the words before the cursor say that something is called.
func (c *cursor) called() bool {
	for k := 1; k <= 4; k++ {
		w := c.before(k)
		if calling[w] || rescues[w] && c.before(k+1) == "cứu" {
			return true
		}
		if !leading[w] {
			return k == 1 && (w == "báo" || w == "an" || w == "tin")
		}
	}
	return false
}

// local announce a number without its area.
var local = set("gọi thoại đt sđt tel hotline bàn máy")

// phone recognises telephone numbers, said digit by digit in the groups in which
// they are written, or in which one says them.
func phone(c *cursor) (found, bool) {
	if !c.opens() || c.digits(0) == "" && !c.is(0, "+") && !c.is(0, "(") {
		return found{}, false
	}
	if f, ok := c.shortNumber(); ok {
		return f, true
	}
	groups, ends, plus := c.phoneGroups()
	m := len(groups)
	for m > 0 && !(c.phoneLike(strings.Join(groups[:m], ""), plus, m) && c.phoneEnds(ends[m-1])) {
		m--
	}
	if m == 0 {
		return found{}, false
	}
	groups = groups[:m]
	if m == 1 {
		groups = spokenGroups(groups[0])
	}
	said := make([]string, len(groups))
	for i, g := range groups {
		said[i] = digitByDigit(g)
	}
	spoken := strings.Join(said, ", ")
	if plus {
		spoken = "cộng " + spoken
	}
	return found{n: ends[m-1], spoken: spoken, kind: Telephone, sure: Likely}, true
}

// phoneEnds tells whether what stands k tokens on is no part of another number:
// 1900 1009 24/7.
func (c *cursor) phoneEnds(k int) bool {
	return c.ends(k) && !((c.is(k, "/") || c.is(k, ":")) && c.digits(k+1) != "")
}

// shortNumber is 113, 1022 and the like where something is called.
func (c *cursor) shortNumber() (found, bool) {
	d := c.digits(0)
	if !shortNumbers[d] || !c.ends(1) || c.is(1, ".") && c.at(2).kind == digits || c.is(1, ",") && c.at(2).kind == digits {
		return found{}, false
	}
	if c.unitAt(1+c.gap(1)) > 0 || !(c.called() || c.paired(Telephone)) {
		return found{}, false
	}
	return found{n: 1, spoken: digitByDigit(d), kind: Telephone, sure: Likely, others: []string{amount(d)}}, true
}

// phoneGroups takes digits in groups, parted by single spaces, points or dashes,
// and the tokens behind which each ends.
func (c *cursor) phoneGroups() (groups []string, ends []int, plus bool) {
	k := 0
	if plus = c.is(0, "+"); plus {
		k++
	}
	bracket := c.is(k, "(")
	if bracket {
		k++
		if c.is(k, "+") {
			k, plus = k+1, true
		}
	}
	for len(groups) < 6 {
		d := c.digits(k)
		if d == "" || len(d) > 12 {
			break
		}
		k++
		if bracket && c.is(k, ")") {
			k, bracket = k+1, false
		}
		groups, ends = append(groups, d), append(ends, k)
		if t := c.at(k); t.s == " " || t.s == "." || t.s == "-" {
			k++
		}
	}
	return groups, ends, plus
}

// phoneLike tells whether digits are a telephone number of Vietnam: a leading 0
// and ten or eleven of them, +84, or 1800 and 1900.
func (c *cursor) phoneLike(all string, plus bool, groups int) bool {
	switch {
	case plus:
		return len(all) >= 9 && len(all) <= 13
	case strings.HasPrefix(all, "0") && all[1:] != "" && all[1] != '0':
		return len(all) == 10 || len(all) == 11
	case strings.HasPrefix(all, "1800") || strings.HasPrefix(all, "1900"):
		return len(all) == 8 || len(all) == 10 && groups > 1 || len(all) == 6 && c.called()
	case strings.HasPrefix(all, "84"):
		return len(all) == 11
	}
	return local[c.before(1)] && groups > 1 && len(all) >= 7 && len(all) <= 8 && !c.numeral(0).grouped
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
