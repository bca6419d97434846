package web

import (
	"slices"
	"strings"

	"loa/controller/store"
)

// tongue is a language that is spoken in communes.
type tongue struct{ Code, VI, EN string }

// spokenLanguages are offered, the first as what a bulletin is in. Codes are ISO
// 639 as BCP 47 has them.
var spokenLanguages = []tongue{
	{"vi", "Tiếng Việt", "Vietnamese"}, {"tyz", "Tày", "Tày"}, {"nut", "Nùng", "Nùng"}, {"hmn", "Mông", "Hmong"}, {"ium", "Dao", "Dao"},
	{"tai", "Thái", "Thai (Tai)"}, {"mtq", "Mường", "Mường"}, {"km", "Khmer", "Khmer"}, {"cjm", "Chăm", "Cham"}, {"rad", "Ê Đê", "Ê Đê"},
	{"jra", "Gia Rai", "Jarai"}, {"bdq", "Ba Na", "Bahnar"}, {"kpm", "Cơ Ho", "Koho"}, {"cma", "Mạ", "Maa"}, {"mnn", "Mnông", "Mnong"},
	{"stt", "Xtiêng", "Stieng"}, {"bru", "Bru", "Bru"}, {"zh", "Hoa", "Chinese"}, {"en", "Tiếng Anh", "English"},
}

// languageName is what a language is called on a page; one that is not offered
// is called by its code.
func languageName(lang language, code string) string {
	for _, s := range spokenLanguages {
		if s.Code == code {
			return map[language]string{vi: s.VI, en: s.EN}[lang]
		}
	}
	return code
}

// titleIn is what a bulletin is called in the log, when it is heard in another
// language than its first.
func titleIn(title, code string) string {
	const most = 200
	name := " (" + languageName(vi, code) + ")"
	if room := most - len([]rune(name)); len([]rune(title)) > room {
		title = string([]rune(title)[:room])
	}
	return title + name
}

// spokenOf is in which languages a bulletin is heard, in this order: its own
// first, the others as they are offered.
func spokenOf(b store.Bulletin) []string {
	rank := func(code string) int {
		if code == b.Language {
			return -1
		}
		if i := slices.IndexFunc(spokenLanguages, func(s tongue) bool { return s.Code == code }); i >= 0 {
			return i
		}
		return len(spokenLanguages)
	}
	all := make([]string, 0, len(b.Clips))
	for code := range b.Clips {
		all = append(all, code)
	}
	slices.SortFunc(all, func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return all
}
