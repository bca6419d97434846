package number

import (
	"strings"
)

var units = [10]string{"không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"}

// longestNumber is how many digits are said as a number; more are said one by one.
const longestNumber = 21

// DigitByDigit says digits one by one: "2025" is hai không hai năm.
func DigitByDigit(digits string) string {
	said := make([]string, 0, len(digits))
	for _, d := range digits {
		said = append(said, units[d-'0'])
	}
	return strings.Join(said, " ")
}

// Cardinal says a whole number as one says a year or a number: 1001 is một nghìn linh một.
func Cardinal(digits string) string { return count(digits, false) }

// Amount says a whole number as one counts: 1001 is một nghìn không trăm linh một.
func Amount(digits string) string { return count(digits, true) }

func count(digits string, full bool) string {
	digits = strings.TrimLeft(digits, "0")
	switch {
	case digits == "":
		return units[0]
	case len(digits) > longestNumber:
		return DigitByDigit(digits)
	}
	return strings.Join(billions(nil, digits, false, full), " ")
}

// billions appends the words of a number; behind says that others come before it.
func billions(said []string, digits string, behind, full bool) []string {
	if len(digits) > 9 {
		cut := len(digits) - 9
		said = append(billions(said, digits[:cut], behind, full), "tỷ")
		digits, behind = digits[cut:], true
	}
	digits = strings.Repeat("0", 9-len(digits)) + digits
	for i, name := range []string{"triệu", "nghìn", ""} {
		group := digits[3*i : 3*i+3]
		if group == "000" {
			continue
		}
		said = hundreds(said, group, behind && (full || name == ""), full)
		if name != "" {
			said = append(said, name)
		}
		behind = true
	}
	return said
}

// hundreds appends the words of three digits; behind says that larger groups come before them.
func hundreds(said []string, group string, behind, full bool) []string {
	h, t, u := group[0]-'0', group[1]-'0', group[2]-'0'
	switch {
	case h > 0:
		said = append(said, units[h], "trăm")
	case behind && full:
		said = append(said, "không", "trăm")
	}
	switch {
	case t == 0 && u == 0:
		return said
	case t == 0 && (h > 0 || behind):
		return append(said, "linh", units[u])
	case t == 0:
		return append(said, units[u])
	}
	return tens(said, t, u)
}

func tens(said []string, t, u byte) []string {
	if t == 1 {
		said = append(said, "mười")
	} else {
		said = append(said, units[t], "mươi")
	}
	switch {
	case u == 0:
		return said
	case u == 5:
		return append(said, "lăm")
	case u == 1 && t > 1:
		return append(said, "mốt")
	case u == 4 && t > 1:
		return append(said, "tư")
	}
	return append(said, units[u])
}

// Month says the number of a month: the fourth is tháng tư.
func Month(digits string) string {
	if n := Small(digits); n == 4 {
		return "tư"
	}
	return Cardinal(digits)
}

// Small is the value of up to four digits, or -1 for more and for none.
func Small(digits string) int {
	if digits == "" || len(digits) > 4 {
		return -1
	}
	n := 0
	for _, d := range digits {
		if d < '0' || d > '9' {
			return -1
		}
		n = 10*n + int(d-'0')
	}
	return n
}

// IsDay, IsMonth and IsYear tell whether digits may be the number of one.
func IsDay(s string) bool { n := Small(s); return len(s) <= 2 && n >= 1 && n <= 31 }

func IsMonth(s string) bool { n := Small(s); return len(s) <= 2 && n >= 1 && n <= 12 }

func IsYear(s string) bool { n := Small(s); return len(s) == 4 && n >= 1800 && n < 2200 }
