package token

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// IsASCII tells whether a word has no letter of ours: wifi.
func IsASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// initials and rimes of Vietnamese syllables, without tones. Longer ones first.
var (
	initials = strings.Fields("ngh ch gh gi kh ng nh ph qu th tr b c d đ g h k l m n p r s t v x")
	rimes    = Set(`a ac ach ai am an ang anh ao ap at au ay ă ăc ăm ăn ăng ăp ăt â âc âm ân âng âp ât âu ây
		e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu
		o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot
		ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uê uênh uêch ui um un ung uôc uôi uôm uôn uông uôt up ut uc
		uơ uy uya uych uyên uyêt uynh uyt uyu uyn ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu
		y yên yêm yêt yêu yêng ynh êng ep oc`)
)

// Set is a set of the words of a line.
func Set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// Syllable tells whether a folded word can be said by the rules of Vietnamese.
func Syllable(low string) bool {
	if len(low) > 24 {
		return false
	}
	base := toneless(low)
	if rimes[base] {
		return true
	}
	for _, in := range initials {
		if rest, ok := strings.CutPrefix(base, in); ok && (rimes[rest] || rest == "" && in == "gi") {
			return true
		}
		if in == "gi" || in == "qu" { // gì, giêng, quốc: the vowel counts twice
			if rest, ok := strings.CutPrefix(base, in[:1]); ok && rimes[rest] {
				return true
			}
		}
	}
	return false
}

// toned are the vowels with a tone, each group after the vowel without one.
var toned = func() map[rune]rune {
	m := map[rune]rune{}
	for _, g := range strings.Fields("aàáảãạ ăằắẳẵặ âầấẩẫậ eèéẻẽẹ êềếểễệ iìíỉĩị oòóỏõọ ôồốổỗộ ơờớởỡợ uùúủũụ ưừứửữự yỳýỷỹỵ") {
		rs := []rune(g)
		for _, r := range rs[1:] {
			m[r] = rs[0]
		}
	}
	return m
}()

func toneless(low string) string {
	return strings.Map(func(r rune) rune {
		if v, ok := toned[r]; ok {
			return v
		}
		return r
	}, low)
}

// Upper tells whether a word has letters and all of them are capitals.
func Upper(s string) bool {
	some := false
	for _, r := range s {
		if unicode.IsLower(r) {
			return false
		}
		some = some || unicode.IsUpper(r)
	}
	return some
}

// Capital tells whether a word begins with a capital.
func Capital(s string) bool { return unicode.IsUpper(FirstRune(s)) }

// shouting marks the tokens that stand in a run of capitals: two syllables or
// more, with nothing in small letters between them. There THÔNG is a word.
func shouting(toks []Token) []bool {
	caps := make([]bool, len(toks))
	from, syllables := -1, 0
	close := func(to int) {
		for j := from; syllables >= 2 && j >= 0 && j < to; j++ {
			caps[j] = true
		}
		from, syllables = -1, 0
	}
	for i, t := range toks {
		switch {
		case t.Sort == Line || t.Sort == Word && !Upper(t.Text):
			close(i)
		case t.Sort == Word:
			if from < 0 {
				from = i
			}
			if len(t.Text) > 1 && Syllable(t.Low) {
				syllables++
			}
		}
	}
	close(len(toks))
	return caps
}

// Pauses are the signs at which a voice rests; they lean on the word before them.
const Pauses = ",;:.?!…"

// FirstRune is 0 of an empty text.
func FirstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}
