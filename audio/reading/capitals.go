package reading

import (
	"strings"
	"unicode/utf8"
)

// longestShout is how many words of capitals are one piece.
const longestShout = 12

// capitals recognises words written in capitals: THÔNG BÁO is said as thông báo,
// for a voice would spell it.
func capitals(c *cursor) (found, bool) {
	if !c.shouted(0) {
		return found{}, false
	}
	f := found{n: 1, kind: Capitals, sure: Certain}
	said := []string{c.at(0).low}
	if !c.caps[c.i] && isASCII(c.at(0).s) {
		f.sure, f.others = Doubtful, []string{spelled(c.at(0).s)}
		f.spoken = strings.ToLower(c.at(0).s)
		return f, true
	}
	start := c.i
	for len(said) < longestShout && c.at(f.n).s == " " && c.shouted(f.n+1) {
		c.i = start + f.n + 1
		_, known := abbreviated(c)
		if !known {
			_, known = romanRule(c)
		}
		c.i = start
		if known {
			break
		}
		f.n += 2
		said = append(said, "")
	}
	for k := range said {
		said[k] = strings.ToLower(c.at(2 * k).s)
	}
	f.spoken = strings.Join(said, " ")
	return f, true
}

// lettersAndDigits recognises codes such as ST25: their letters are spelled.
func lettersAndDigits(c *cursor) (found, bool) {
	t := c.at(0)
	if t.kind != word || !upper(t.s) || c.at(-1).kind != digits && c.at(1).kind != digits || utf8.RuneCountInString(t.s) < 2 || len(t.s) > 8 {
		return found{}, false
	}
	return found{n: 1, spoken: spelled(t.s), kind: Name, sure: Likely, others: []string{strings.ToLower(t.s)}}, true
}

// shouted tells whether a word in capitals that can be said stands k tokens on.
func (c *cursor) shouted(k int) bool {
	t := c.at(k)
	return t.kind == word && upper(t.s) && syllable(t.low) && (utf8.RuneCountInString(t.s) > 1 || c.i+k < len(c.caps) && c.caps[c.i+k])
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// letters are their names, as one spells.
var letters = pairs(`a a ă á â ớ b bê c xê d dê đ đê e e ê ê f ép g gờ h hát i i j di k ca l lờ m mờ n nờ o o ô ô ơ ơ p pê q quy r rờ s ét t tê u u ư ư v vê
	w vê_kép x ích y i_dài z dét`)

// spelled says a word letter by letter; what is no letter of ours stays.
func spelled(s string) string {
	var said []string
	for _, r := range strings.ToLower(s) {
		name := letters[string(r)]
		switch {
		case r == '\'':
			continue
		case name == "":
			name = string(r)
		}
		said = append(said, strings.ReplaceAll(name, "_", " "))
	}
	return strings.Join(said, " ")
}
