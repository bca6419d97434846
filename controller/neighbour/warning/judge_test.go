package warning

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/neighbour/cap"
	"loa/controller/store"
)

var noon = time.Date(2026, 10, 29, 12, 0, 0, 0, time.FixedZone("", 7*3600))

func message(edits ...func(*cap.Message)) cap.Message {
	m := cap.Message{Identifier: "1", Sender: "kt", Sent: noon.Add(-time.Minute), Status: cap.Actual, Type: cap.Alert, Scope: cap.Public,
		Infos: []cap.Info{{Language: "vi-VN", Event: "Lũ", Headline: "Lũ quét ở thôn 1", Instruction: "Bà con lên đồi",
			Urgency:  "Immediate",
			Severity: "Severe", Certainty: "Observed", Areas: []cap.Area{{Description: "thôn 1",
				Geocodes: []cap.Named{{Name: "thôn", Value: "t1"}}}}}}}
	for _, e := range edits {
		e(&m)
	}
	return m
}

// What may become of a message: by itself only what is real, urgent, here, now, signed, and
// of a source that may.
func TestJudge(t *testing.T) {
	places := map[string][]cap.Place{"thon-1": {{Codes: []string{"t1", "xa"}}}, "thon-2": {{Codes: []string{"t2", "xa"}}}}
	severe := store.WarningSource{ID: "s", Automatic: "severe"}
	info := func(set func(*cap.Info)) func(*cap.Message) { return func(m *cap.Message) { set(&m.Infos[0]) } }
	for _, c := range []struct {
		name         string
		m            cap.Message
		from         store.WarningSource
		signed, weak bool
		state        store.WarningState
		why          string
		automatic    bool
	}{
		{"all is right", message(), severe, true, false, "proposed", "", true},
		{"not signed", message(), severe, false, false, "proposed", "not_signed", false},
		{"SHA-1", message(), severe, true, true, "proposed", "weak", false},
		{"a new source", message(), store.WarningSource{ID: "s"}, true, false, "proposed", "by_hand", false},
		{"nobody's", message(), store.WarningSource{}, false, false, "proposed", "no_source", false},
		{"only extreme", message(), store.WarningSource{ID: "s", Automatic: "extreme"}, true, false, "proposed", "by_hand", false},
		{"exercise", message(func(m *cap.Message) { m.Status = cap.Exercise }), severe, true, false, "proposed", "exercise", false},
		{"test", message(func(m *cap.Message) { m.Status = cap.Test }), severe, true, false, "shown", "status", false},
		{"system", message(func(m *cap.Message) { m.Status = cap.System }), severe, true, false, "shown", "status", false},
		{"draft", message(func(m *cap.Message) { m.Status = cap.Draft }), severe, true, false, "shown", "status", false},
		{"private", message(func(m *cap.Message) { m.Scope = cap.Private }), severe, true, false, "shown", "scope", false},
		{"ack", message(func(m *cap.Message) { m.Type = cap.Ack }), severe, true, false, "shown", "type", false},
		{"old", message(func(m *cap.Message) { m.Sent = noon.Add(-25 * time.Hour) }), severe, true, false, "shown", "old", false},
		{"tomorrow", message(func(m *cap.Message) { m.Sent = noon.Add(24 * time.Hour) }), severe, true, false, "shown", "future", false},
		{"a clock of a minute", message(func(m *cap.Message) { m.Sent = noon.Add(time.Minute) }), severe, true, false,
			"proposed", "", true},
		{"English", message(info(func(i *cap.Info) { i.Language = "" })), severe, true, false, "shown", "language", false},
		{"elsewhere", message(info(func(i *cap.Info) { i.Areas[0].Geocodes[0].Value = "t3" })), severe, true, false,
			"shown", "place", false},
		{"nowhere", message(info(func(i *cap.Info) { i.Areas = nil })), severe, true, false, "shown", "place", false},
		{"a name alone", message(info(func(i *cap.Info) { i.Areas[0].Geocodes = nil })), severe, true, false, "shown", "place", false},
		{"moderate", message(info(func(i *cap.Info) { i.Severity = "Moderate" })), severe, true, false, "proposed", "not_urgent", false},
		{"only possible", message(info(func(i *cap.Info) { i.Certainty = "Possible" })), severe, true, false, "proposed",
			"not_urgent", false},
		{"past", message(info(func(i *cap.Info) { i.Urgency = "Past" })), severe, true, false, "proposed", "not_urgent", false},
		{"all clear", message(info(func(i *cap.Info) { i.ResponseTypes = []string{"AllClear"} })), severe, true, false, "proposed",
			"not_urgent", false},
		{"tonight", message(info(func(i *cap.Info) { i.Effective = noon.Add(8 * time.Hour) })), severe, true, false,
			"proposed", "later", false},
		{"nothing", message(func(m *cap.Message) { m.Infos = nil }), severe, true, false, "shown", "language", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := judge(c.m, c.from, c.signed, c.weak, noon, places, "xa-la-da")
			require.Equal(t, []any{c.state, c.why, c.automatic}, []any{j.state, j.why, j.automatic})
			require.Contains(t, append([]string{""}, keys()...), j.why)
		})
	}
	j := judge(message(), severe, true, false, noon, places, "xa-la-da")
	require.Equal(t, []string{"thon-1"}, j.areas)
	require.Equal(t, "Lũ quét ở thôn 1. Bà con lên đồi.", j.words)
	j = judge(message(info(func(i *cap.Info) { i.Areas[0].Geocodes[0].Value = "xa" })), severe, true, false, noon, places, "xa-la-da")
	require.Equal(t, []string{"xa-la-da"}, j.areas, "all of them is the commune")
}

func keys() (all []string) {
	for k := range reasons {
		all = append(all, k)
	}
	return all
}

// Two languages, two areas: what is said is of the places here, and in Vietnamese.
func TestWhatIsSaid(t *testing.T) {
	places := map[string][]cap.Place{"thon-1": {{Codes: []string{"t1"}}}, "thon-2": {{Codes: []string{"t2"}}},
		"thon-9": {{Codes: []string{"t9"}}}}
	m := message()
	english, second, far := m.Infos[0], m.Infos[0], m.Infos[0]
	english.Language, english.Headline = "en-US", "Flash flood"
	second.Headline, second.Severity, second.Areas = "Lũ ở thôn 2!", "Extreme",
		[]cap.Area{{Geocodes: []cap.Named{{Name: "t", Value: "t2"}}}}
	far.Headline, far.Areas = "Lũ ở xa", []cap.Area{{Geocodes: []cap.Named{{Name: "t", Value: "t7"}}}}
	m.Infos = append(m.Infos, english, second, far)
	j := judge(m, store.WarningSource{}, false, false, noon, places, "xa")
	require.Equal(t, "Lũ quét ở thôn 1. Bà con lên đồi. Lũ ở thôn 2! Bà con lên đồi.", j.words)
	require.Equal(t, []any{"Extreme", "Lũ quét ở thôn 1", []string{"thon-1", "thon-2"}}, []any{j.severity, j.title, j.areas})
}

func TestFitting(t *testing.T) {
	require.Equal(t, "Một hai. Ba bốn.", fitting("Một hai. Ba bốn. Năm sáu bảy tám", 20))
	require.Equal(t, "Một hai ba…", fitting("Một hai ba bốn năm", 12))
	require.Equal(t, "Một", fitting("Một", 12))
	require.Equal(t, "Chào.", sentence(" Chào\n"))
	require.Equal(t, "Lũ về.", sentence("Lũ \u202evề\x07"), "nothing that turns or rings")
	require.Equal(t, "Chào!", sentence("Chào!"))
}
