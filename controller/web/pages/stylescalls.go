package pages

import (
	"fmt"
	"time"

	"loa/controller/office/calls"
	texts "loa/controller/office/template"
	"loa/controller/store"
)

// styledCall is a call of a class, on air or over.
func styledCall(class string, change func(*callRow)) callRow {
	r := callRow{Where: "Thôn 1, Thôn Đa Mi", Lasted: 95 * time.Second, MayStop: true, Text: "Xin đính chính: tin vừa phát không đúng.",
		Call: calls.Call{ID: "c-" + class, Title: "Thông báo khẩn", Class: class, Author: "Trần Thị Hoa", Start: ago(95 * time.Second),
			Nodes: 4,
			Heard: []calls.Heard{{ID: "loa-1", Name: "Cụm loa 1", Since: ago(time.Minute)}}, Missing: styledNames(2), Now: styledNames(1),
			NoReturn: styledNames(1)}}
	if change != nil {
		change(&r)
	}
	return r
}

func ended(reason string) func(*callRow) {
	return func(r *callRow) { r.ID, r.Ended, r.Reason = "c-"+reason, pointerTo(styledAt), reason }
}

// styledOnAir are the calls that can be on air, a relay in each of its ways.
func styledOnAir() (all []callRow) {
	all = append(all, styledCall("live", func(r *callRow) { r.Own, r.person, r.Title = true, true, longName }),
		styledCall("live", func(r *callRow) { r.ID, r.MayStop = "c-other", false }),
		styledCall("emergency", nil), styledCall("emergency", func(r *callRow) {
			r.ID, r.Corrects, r.Title = "c-right", "c-1", "Đính chính: lũ về nhanh"
		}),
		styledCall("emergency", func(r *callRow) { r.ID, r.Drill = "c-drill", true }),
		styledCall("emergency", func(r *callRow) { r.ID, r.Drill, r.Closing = "c-closing", true, true }))
	for _, state := range []string{"connecting", "on_air", "reconnecting", "failed"} {
		all = append(all, styledCall("relay", func(r *callRow) {
			r.ID, r.Title, r.Relay = "c-relay-"+state, "Đài Tiếng nói Việt Nam", &calls.Relay{State: state}
			r.VI, r.EN = "Tiếp sóng: "+state, "Relay: "+state
		}))
	}
	return all
}

func styledStops() []calls.Stop {
	return []calls.Stop{{At: ago(time.Hour), Who: "Trần Thị Hoa", Where: "Xã La Dạ", Cut: []string{"Bản tin sáng", "Nhạc"}},
		{At: ago(2 * time.Hour), Who: "Lê Văn Ba", Where: "Thôn 1"}}
}

// speakingSpecimens are what the pages have on which people speak: its scripts show it.
func speakingSpecimens(part string) []specimen {
	return []specimen{{Part: part, Name: "a call", Template: "session", Bare: true},
		{Part: part, Name: "fields of what may be said", Template: "template_fields", View: texts.Views(""), Bare: true},
		{Part: part, Name: "no places", Template: "places"}}
}

// liveSpecimens are the page of live speech.
func liveSpecimens() []specimen {
	v := pageView{frame: styledFrame("live"), Parts: map[string]any{"quiet": styledAt.Add(2 * time.Hour), "places": styledPlaces(),
		"calls": callsView{Now: styledAt, Calls: styledOnAir(), Stops: styledStops()}}}
	return append([]specimen{{Part: "live", Name: "with calls on air, in quiet hours", Template: "live.html", View: v},
		{Part: "live", Name: "silence", Template: "live_calls", View: callsView{Now: styledAt}},
		{Part: "live", Name: "places", Template: "live_places", View: styledPlaces()}}, speakingSpecimens("live")...)
}

// styledRecorded are alerts that the nodes hold.
func styledRecorded() []recordedView {
	return []recordedView{{ID: "b1", Digest: "d1", Title: "Lũ về nhanh", Length: 40 * time.Second, Held: 7, Nodes: 7},
		{ID: "b2", Digest: "d2", Title: longName, Length: 80 * time.Second, Held: 1, Nodes: 9,
			Unsure: []string{"Loa 1", "Loa 2", "Loa 3", "Loa 4", "Loa 5", "Loa 6", "Loa 7", "Loa 8"}}}
}

// reachOf says that all hear an alert, or that some do not.
func reachOf(all bool) reachView {
	if all {
		return reachView{Now: styledAt, Up: 6, Total: 6}
	}
	nodes := styledNodes()
	return reachView{Now: styledAt, Up: 3, Total: 5, Gone: nodes[:2], Mute: nodes[len(nodes)-2:]}
}

// emergencySpecimens are the page of emergencies.
func emergencySpecimens() (all []specimen) {
	was := callsView{Now: styledAt, Calls: styledAlerts(), Stops: styledStops()}
	v := pageView{frame: styledFrame("emergency"), Parts: map[string]any{"reach": reachOf(false), "recorded": styledRecorded(),
		"places": styledPlaces(), "alerts": was}}
	all = append(all, specimen{Part: "emergency", Name: "alerts on air and before", Template: "emergency.html", View: v},
		specimen{Part: "emergency", Name: "all hear it", Template: "emergency_reach", View: reachOf(true)},
		specimen{Part: "emergency", Name: "no alerts", Template: "emergency_alerts", View: callsView{Now: styledAt}},
		specimen{Part: "emergency", Name: "recorded alerts", Template: "emergency_recorded", View: styledRecorded()},
		specimen{Part: "emergency", Name: "places", Template: "emergency_places", View: styledPlaces()})
	return append(all, speakingSpecimens("emergency")...)
}

// styledAlerts are alerts in every way, one that ended by each reason.
func styledAlerts() (all []callRow) {
	all = append(all, styledCall("emergency", nil), styledCall("emergency", func(r *callRow) {
		r.ID, r.Approver, r.Said = "c-said", "Lê Văn Ba", &store.Said{Instead: "piper"}
	}), styledCall("emergency", func(r *callRow) { r.ID, r.Corrects = "c-right", "c-1" }))
	for _, reason := range codes("end_") {
		all = append(all, styledCall("emergency", ended(reason)))
	}
	corrected := styledCall("emergency", ended("limit"))
	corrected.ID, corrected.Heard = "c-corrected", nil
	corrected.Corrected = pointerTo(styledCall("emergency", ended("stopped")))
	corrected.MaySound = []calls.Still{{ID: "loa-2", Name: "Cụm loa 2", Until: styledAt.Add(20 * time.Minute)}}
	return append(all, corrected)
}

// drillSpecimens are the page of drills.
func drillSpecimens() (all []specimen) {
	past := callsView{Now: styledAt, Calls: []callRow{styledCall("emergency", nil), styledCall("emergency", func(r *callRow) {
		r.ID, r.Closing = "c-closing", true
	})}}
	for i, reason := range codes("end_") {
		over := styledCall("emergency", ended(reason))
		over.ID = fmt.Sprintf("c-past-%d", i)
		past.Calls = append(past.Calls, over)
	}
	v := pageView{frame: styledFrame("drill"), Parts: map[string]any{"reach": reachOf(false), "recorded": styledRecorded(),
		"places": styledPlaces(), "past": past, "entry": "audible"}}
	return []specimen{{Part: "drill", Name: "drills on air and before", Template: "drill.html", View: v},
		{Part: "drill", Name: "all hear it", Template: "drill_reach", View: reachOf(true)},
		{Part: "drill", Name: "of the calendar", Template: "drill_entry", View: "yearly"},
		{Part: "drill", Name: "no drills", Template: "drill_past", View: callsView{Now: styledAt}},
		{Part: "drill", Name: "recorded alerts", Template: "drill_recorded", View: styledRecorded()},
		{Part: "drill", Name: "places", Template: "drill_places", View: styledPlaces()}}
}
