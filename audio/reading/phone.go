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

// called tells whether the words before the cursor say that something is called.
func (c *cursor) called() bool {
	for k := 1; k <= 4; k++ {
		w := c.before(k)
		if calling[w] {
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
	n, groups, plus := c.phoneGroups()
	all := strings.Join(groups, "")
	if n == 0 || !c.phoneLike(all, plus, len(groups)) {
		return found{}, false
	}
	if len(groups) == 1 {
		groups = spokenGroups(all)
	}
	said := make([]string, len(groups))
	for i, g := range groups {
		said[i] = digitByDigit(g)
	}
	spoken := strings.Join(said, ", ")
	if plus {
		spoken = "cộng " + spoken
	}
	return found{n: n, spoken: spoken, kind: Telephone, sure: Likely}, true
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

// phoneGroups takes digits in groups, parted by single spaces, points or dashes.
func (c *cursor) phoneGroups() (n int, groups []string, plus bool) {
	k := 0
	if plus = c.is(0, "+"); plus {
		k++
	}
	if c.is(k, "(") {
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
		groups, n, k = append(groups, d), k+1, k+1
		if c.is(k, ")") && (c.is(0, "(") || c.is(1, "(")) {
			k, n = k+1, n+1
		}
		switch t := c.at(k); {
		case t.s == " " || t.s == "." || t.s == "-":
			k++
		case t.kind == digits:
		default:
			return n, groups, plus
		}
	}
	if c.digits(k) != "" {
		return 0, nil, false
	}
	return n, groups, plus
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
