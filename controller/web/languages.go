package web

import (
	"slices"
	"strings"

	"loa/controller/i18n"
	"loa/controller/store"
)

// titleIn is what a bulletin is called in the log, when it is heard in another
// language than its first.
func titleIn(title, code string) string {
	const most = 200
	name := " (" + i18n.TongueName(i18n.VI, code) + ")"
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
		if i := slices.IndexFunc(i18n.Tongues, func(s i18n.Tongue) bool { return s.Code == code }); i >= 0 {
			return i
		}
		return len(i18n.Tongues)
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
