// Package i18n is the catalogue of every sentence that the office says to people
// in its own words, Vietnamese and English, and how a length of time, a language
// or what a node said is called in them. (What a *problem* says travels with it:
// see package problem. What a node is *called* comes from people.)
//
// Families of words lie in a file each, by the page or the part of the office
// that says them; keys are one namespace, and one that is in two families stops
// the program at once. A test of the pages holds that each is used and that both
// languages take the same arguments.
//
//	i18n.Say(i18n.VI, "good_of", 3, 4)   "3/4 cụm loa tốt"
//
// The codes of other packages (a state, an outcome, a reason) are keys with a
// prefix; a code that is not known here, of a newer node, has a word of its own
// ("reason_other") or shows itself.
package i18n

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"loa/schedule/figure"
)

// Language is one of the two that every word exists in.
type Language string

// The two languages of the pages.
const (
	VI Language = "vi"
	EN Language = "en"
)

// Span says a length of time in at most two units.
func Span(lang Language, d time.Duration) string {
	d = d.Abs().Round(time.Second)
	switch {
	case d < time.Minute:
		return Say(lang, "seconds", int(d.Seconds()))
	case d < time.Hour:
		return Say(lang, "minutes", int(d.Minutes()))
	case d < 24*time.Hour:
		return Say(lang, "hours", int(d.Hours()), int(d.Minutes())%60)
	default:
		return Say(lang, "days", int(d.Hours()/24))
	}
}

// Some returns the sentences whose keys begin with one of the prefixes, for
// an island.
func Some(lang Language, prefixes []string) map[string]string {
	some := map[string]string{}
	for key := range words {
		for _, p := range prefixes {
			if strings.HasPrefix(key, p) {
				some[key] = Say(lang, key)
			}
		}
	}
	return some
}

// Exists reports whether there is a sentence of this key.
func Exists(key string) bool {
	_, ok := words[key]
	return ok
}

// Say returns a sentence. A key that is missing shows itself, and fails a test.
func Say(lang Language, key string, args ...any) string {
	pair, ok := words[key]
	if !ok {
		return key
	}
	text, in := pair[0], figure.VI
	if lang == EN {
		text, in = pair[1], figure.EN
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, in(args)...)
}

// All returns the whole catalogue: key → Vietnamese, English.
func All() map[string][2]string { return maps.Clone(words) }

// AuditWord is a part of what was done, in words; what a newer Loa wrote shows
// itself.
func AuditWord(lang Language, prefix, key string) string {
	if !Exists(prefix + key) {
		return key
	}
	return Say(lang, prefix+key)
}

// EarWord is what a microphone says, in words, and how loud it was; "" of a node
// that has none.
func EarWord(lang Language, ear string, db *float64) string {
	if !Exists("ear_" + ear) {
		return ""
	}
	text := Say(lang, "ear_"+ear)
	if db != nil {
		text += fmt.Sprintf(", %+.0f dB", *db)
	}
	return text
}

// ReasonWord is why something was not heard, in words.
func ReasonWord(lang Language, code string) string {
	if !Exists("reason_" + code) {
		code = "other"
	}
	return Say(lang, "reason_"+code)
}
