package cap

import (
	"slices"
	"strings"
	"time"
)

// Urgent reports whether the event is near enough, bad enough and sure enough to break
// into whatever is on the air: Immediate or Expected, Extreme or Severe, Observed or Likely.
func (i Info) Urgent() bool {
	return (i.Urgency == "Immediate" || i.Urgency == "Expected") && (i.Severity == "Extreme" || i.Severity == "Severe") &&
		(i.Certainty == "Observed" || i.Certainty == "Likely")
}

// AllClear reports whether the message tells that there is no danger any more.
func (i Info) AllClear() bool {
	return slices.Contains(i.ResponseTypes, "AllClear") || i.Urgency == "Past"
}

// Said is the text to be read out: the headline, or the event, and what to do.
func (i Info) Said() (title, text string) {
	title = i.Headline
	if title == "" {
		title = i.Event
	}
	text = i.Instruction
	if text == "" {
		text = i.Description
	}
	return oneLine(title), text
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// In are the Infos in the first of the languages that has one: "vi" is also "vi-VN". None:
// the message cannot be read out there. What names no language is English, by the standard.
func (m Message) In(languages ...string) []Info {
	for _, want := range languages {
		var all []Info
		for _, i := range m.Infos {
			own := i.Language
			if own == "" {
				own = "en-US"
			}
			base, _, _ := strings.Cut(strings.ToLower(own), "-")
			if base == strings.ToLower(want) || strings.EqualFold(own, want) {
				all = append(all, i)
			}
		}
		if len(all) > 0 {
			return all
		}
	}
	return nil
}

// Expiry is when the last of the Infos expires; one that does not say holds for usual
// after it was sent. A message without Infos expires when it is sent.
func (m Message) Expiry(usual time.Duration) time.Time {
	last := m.Sent
	for _, i := range m.Infos {
		until := i.Expires
		if until.IsZero() {
			until = m.Sent.Add(usual)
		}
		if until.After(last) {
			last = until
		}
	}
	return last
}
