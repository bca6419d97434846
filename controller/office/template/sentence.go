package template

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A sentence has holes, {where}, and parts in brackets that are said only where their
// holes are filled: Mực nước[ {river}] đã lên {level} mét.
var (
	hole = regexp.MustCompile(`\{[a-z_]+\}`)
	part = regexp.MustCompile(`\[[^\[\]]*\]`)
)

// filled puts what is said into the holes of a sentence and tells which they were; false:
// one is empty.
func filled(sentence string, said map[string]string) (text string, holes []string, whole bool) {
	sentence = part.ReplaceAllStringFunc(sentence, func(p string) string {
		for _, h := range hole.FindAllString(p, -1) {
			if said[h[1:len(h)-1]] == "" {
				return ""
			}
		}
		return p[1 : len(p)-1]
	})
	var out strings.Builder
	from := 0
	for _, at := range hole.FindAllStringIndex(sentence, -1) {
		id := sentence[at[0]+1 : at[1]-1]
		if said[id] == "" {
			return "", nil, false
		}
		holes = append(holes, id)
		out.WriteString(sentence[from:at[0]])
		out.WriteString(once(sentence[:at[0]], said[id], sentence[at[1]:]))
		from = at[1]
	}
	out.WriteString(sentence[from:])
	first, n := utf8.DecodeRuneInString(out.String())
	return strings.ToUpper(string(first)) + out.String()[n:], holes, true
}

// longestRepeat is how many words of a sentence people write again in its field.
const longestRepeat = 4

// once is a value without the words that the sentence says before and behind it: of
// “ở thôn 1” in the field of “ở …” only thôn 1 is put in.
func once(before, value, behind string) string {
	words := strings.Fields(value)
	for n := min(longestRepeat, len(words)-1); n > 0; n-- {
		if said := strings.Fields(before); len(said) >= n && same(said[len(said)-n:], words[:n]) {
			words = words[n:]
			break
		}
	}
	for n := min(longestRepeat, len(words)-1); n > 0; n-- {
		if said := strings.Fields(behind); len(said) >= n && same(said[:n], words[len(words)-n:]) {
			words = words[:len(words)-n]
			break
		}
	}
	return strings.TrimLeft(strings.Join(words, " "), ":,;- ")
}

// same tells whether words are the same but for case, signs and the way of writing.
func same(a, b []string) bool {
	for i := range a {
		if folded(a[i]) != folded(b[i]) {
			return false
		}
	}
	return true
}

// beginsWith tells whether a value begins with the words of a noun.
func beginsWith(value, noun string) bool {
	words, nouns := strings.Fields(value), strings.Fields(noun)
	return len(words) > len(nouns) && same(nouns, words[:len(nouns)])
}

func folded(s string) string {
	return strings.ToLower(strings.Trim(norm.NFC.String(s), ".,;:!?-"))
}
