package pages

import (
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/inventory"
)

// beatTitle says what a stretch of the bar shows.
func (p *renderer) beatTitle(lang i18n.Language, b inventory.Beat, now time.Time) string {
	how, length := i18n.Say(lang, "beat_was_"+b.State), b.To.Sub(b.From)
	lasted := time.Duration(b.Lasted * float64(time.Second))
	from, to := p.when(lang, b.From, now), p.when(lang, b.To, now)
	if lasted < length-time.Second {
		return i18n.Say(lang, "beat_partly", from, to, how, lastedFor(lang, lasted))
	}
	return i18n.Say(lang, "beat_wholly", from, to, how, lastedFor(lang, lasted))
}

// beatSum is a bar in a sentence.
func beatSum(lang i18n.Language, b inventory.Beats) string {
	since := i18n.Say(lang, "beat_day")
	if b.To.Sub(b.From) > 24*time.Hour {
		since = i18n.Say(lang, "beat_month")
	}
	var all []string
	for _, state := range []string{"good", "fault", "offline", "maintenance", "unknown"} {
		if d := time.Duration(*b.Total(state) * float64(time.Second)); d >= time.Second {
			all = append(all, i18n.Say(lang, "beat_was_"+state)+" "+lastedFor(lang, d))
		}
	}
	return i18n.Say(lang, "beat_sum", since, strings.Join(all, ", "))
}

// lastedFor is span, with the hours of what lasted for days.
func lastedFor(lang i18n.Language, d time.Duration) string {
	d = d.Round(time.Second)
	if d >= time.Minute {
		d = d.Round(time.Minute)
	}
	if hours := int(d.Hours()); hours >= 24 && hours%24 > 0 {
		return i18n.Say(lang, "days_hours", hours/24, hours%24)
	}
	return i18n.Span(lang, d)
}
