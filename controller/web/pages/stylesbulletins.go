package pages

import (
	"time"

	"loa/audio/reading/lexicon"
	"loa/controller/office/approval"
	"loa/controller/office/calendar"
	"loa/controller/office/clips"
	"loa/controller/office/dictionary"
	"loa/controller/office/preview"
	"loa/controller/store"
	"loa/schedule"
)

func styledApproval(state string) approval.View {
	v := approval.View{State: state, Digest: "4f2a", Author: "Trần Thị Hoa", Submitted: pointerTo(ago(3 * time.Hour))}
	switch store.ApprovalState(state) {
	case store.Approved:
		v.By, v.Decided = "Lê Văn Ba", pointerTo(ago(2*time.Hour))
	case store.Returned:
		v.Reason = "Sai ngày họp: hãy sửa thành thứ Bảy."
	}
	return v
}

func styledBulletin(state, class string) calendar.Bulletin {
	v := styledApproval(state)
	return calendar.Bulletin{ID: "b-" + state + "-" + class, Author: "Trần Thị Hoa", Created: ago(26 * time.Hour), Approval: &v,
		BulletinBody: calendar.BulletinBody{Title: "Họp thôn: " + state, Field: "Nông nghiệp", Class: class, Language: "vi", Source: "UBND xã",
			Summary: "Mời bà con họp tối thứ Bảy.", Clips: map[string]string{"vi": "c1", "cjm": "c2"},
			Expires: pointerTo(styledAt.AddDate(0, 1, 0))}}
}

func styledSounds(styles []string) (all []spokenClip) {
	codes := []string{"vi", "cjm", "kpm"}
	for i, style := range styles {
		all = append(all, spokenClip{codes[i%len(codes)], "c1", 42 * time.Second, []clips.Remark{{Code: "quiet", VI: "Tiếng hơi nhỏ.",
			EN: "Rather quiet."}}, style})
	}
	return all
}

// styledForm is the form of a new bulletin.
func styledForm(w bulletinWritten) bulletinsForm {
	return bulletinsForm{Now: styledAt, Places: styledPlaces(), Nodes: 7, Quiet: "21:30-05:00", Evening: styledAt.Add(8 * time.Hour),
		Morning: styledAt.Add(20 * time.Hour), Hours: store.UsualHours{Morning: "05:30", Evening: "17:30"}, Written: w}
}

// bulletinsSpecimens are the page of all bulletins.
func bulletinsSpecimens() (all []specimen) {
	page := func(name string, form bulletinsForm, list bulletinsList) {
		list.Now = styledAt
		all = append(all, specimen{Part: "bulletins", Name: name, Template: "bulletins.html",
			View: pageView{frame: styledFrame("bulletins"), Parts: map[string]any{"form": form, "list": list}}})
	}
	page("in each state, in each class", styledForm(bulletinWritten{Class: "normal", When: "weekly", Days: []string{"1", "3"}, Hour: "17:00",
		Language: "vi", Made: longName}), bulletinsList{Rows: styledRows(), Writer: true, More: true})
	form := styledForm(bulletinWritten{Title: longName, Text: "Mời bà con họp.", Class: "emergency", When: "now", Language: "vi",
		Style:    "indoor",
		Sentence: "Giọng đọc không chạy: hãy thử giọng có sẵn.", Voice: true, Sure: "Phát “Họp thôn” ở toàn xã, 7 cụm loa?", Quiet: true})
	form.Evening, form.Morning, form.Places = form.Morning, form.Evening, nil
	page("refused, and asked", form, bulletinsList{Query: "không có"})
	return append(all, specimen{Part: "bulletins", Name: "none yet", Template: "bulletins_list", View: bulletinsList{Now: styledAt}},
		specimen{Part: "bulletins", Name: "places", Template: "bulletins_form", View: styledForm(bulletinWritten{}), In: "wrap form places"},
		specimen{Part: "bulletins", Name: "a sound, as its script shows it", Template: "sound", Bare: true},
		specimen{Part: "bulletins", Name: "names of places", Template: "place_names", View: styledPlaces()})
}

// styledRows are bulletins in each state and of each class.
func styledRows() (rows []bulletinListRow) {
	for _, state := range codes("approval_") {
		rows = append(rows, bulletinListRow{Bulletin: styledBulletin(state, "normal"), Clip: "c1", Length: 42 * time.Second, Mine: true,
			Spoken: styledSounds([]string{""}), Next: pointerTo(styledAt.Add(time.Hour))})
	}
	for _, class := range []schedule.Class{schedule.Priority, schedule.Emergency} {
		rows = append(rows, bulletinListRow{Bulletin: styledBulletin("approved", string(class)), Clip: "c1", Length: 84 * time.Second,
			Spoken: styledSounds([]string{"", ""}), Over: class == schedule.Emergency})
	}
	rows[0].Title = longName
	return rows
}

// bulletinSpecimens are the page of one bulletin.
func bulletinSpecimens() []specimen {
	v := bulletinView{frame: styledFrame("bulletins"), Now: styledAt, Bulletin: styledBulletin("approved", "normal"),
		Expires: "2027-03-01", Question: styledQuestion(),
		Speaks: true, Sounds: styledSounds(codes("bul_said_")), Saved: true}
	held := v
	held.Bulletin, held.Saved, held.Sentence, held.Voice = styledBulletin("returned", "emergency"), false, "Hãy viết tiêu đề.", true
	held.Bulletin.Title, held.Holds, held.Speaks = longName, []string{"Bản tin sáng", "Bản tin chiều"}, false
	held.Sounds = held.Sounds[:1]
	return []specimen{{Part: "bulletin", Name: "saved, said in each style", Template: "bulletin.html", View: v},
		{Part: "bulletin", Name: "refused, and held by programmes", Template: "bulletin.html", View: held},
		{Part: "bulletin", Name: "a sound, as its script shows it", Template: "sound", Bare: true}}
}

// airingStates are how an airing stands in the calendar, beside the states of a
// programme that is not approved.
var airingStates = []string{"planned", "late", "partly", "silent", "nobody", "skipped"}

func styledAiring(state, class string, start time.Time) airingRow {
	a := airingRow{ID: "a-" + state, Programme: "p-" + state + "-" + class, Title: "Buổi phát: " + state, Class: class, Start: start,
		Length: 12 * time.Minute, State: state, Nodes: 3, Past: start.Before(styledAt), Edge: state == "planned",
		Why: schedule.Preempted}
	if state == "late" {
		a.Begin = start.Add(5 * time.Minute)
	}
	return a
}

// styledCalendar is a week, or a day, with an airing in each state, one for each cause,
// and more than there is room for.
func styledCalendar(one bool) *calendarView {
	day := time.Date(2027, 2, 5, 0, 0, 0, 0, schedule.Zone())
	v := &calendarView{Now: styledAt, One: one, From: day, To: day.AddDate(0, 0, 1), Programmes: "{}", Writer: true,
		Quiet: []schedule.Quiet{{From: "21:30", To: "05:00"}}}
	if !one {
		v.From, v.To = day.AddDate(0, 0, -4), day.AddDate(0, 0, 3)
	}
	for d := v.From; d.Before(v.To); d = d.AddDate(0, 0, 1) {
		v.Days = append(v.Days, v.day(d))
	}
	if !one {
		v.Days[6].Off, v.Days[6].Holiday = true, "Tết Nguyên đán"
	}
	for _, row := range styledAirings(day) {
		v.put(row, schedule.Zone())
	}
	v.lay()
	return v
}

func styledAirings(day time.Time) (rows []airingRow) {
	for i, state := range append(airingStates, string(store.Waiting), string(store.Draft), string(store.Returned)) {
		rows = append(rows, styledAiring(state, "normal", day.Add(time.Duration(6+i)*time.Hour)))
		if state == "partly" || state == "silent" {
			rows = append(rows, styledAiring(state, "live", day.Add(time.Duration(6+i)*time.Hour+30*time.Minute)))
			rows[len(rows)-1].By = "Đài Tiếng nói Việt Nam"
		}
	}
	for i, why := range []schedule.Cause{schedule.Preempted, schedule.Displaced, schedule.Replaced, schedule.QuietHours} {
		row := styledAiring("silent", string(why), day.AddDate(0, 0, 1).Add(time.Duration(7+i)*time.Hour))
		row.Class, row.Why = "priority", why
		partly := styledAiring("partly", "p"+string(why), row.Start.Add(30*time.Minute))
		partly.Class, partly.Why = "normal", why
		rows = append(rows, row, partly)
	}
	rows = append(rows, styledAiring("planned", "emergency", day.Add(18*time.Hour)), styledAiring("planned", "priority",
		day.Add(19*time.Hour)))
	for i := range maxInHour + 2 {
		rows = append(rows, styledAiring("planned", "normal", day.AddDate(0, 0, -1).Add(12*time.Hour+time.Duration(i)*time.Minute)))
		rows[len(rows)-1].Programme = "p-many"
	}
	late := styledAiring("planned", "normal", day.AddDate(0, 0, -1).Add(23*time.Hour+55*time.Minute))
	late.Length = time.Hour
	return append(rows, late)
}

// styledHears is the question what is heard where, and an answer.
func styledHears(answer *preview.Hears) hearsForm {
	return hearsForm{Now: styledAt, Areas: styledAreas(), Area: "thon-1", On: "2027-02-05", At: "17:30", Answer: answer}
}

// calendarSpecimens are a week and a day.
func calendarSpecimens() (all []specimen) {
	sounds := preview.Sounds{Title: "Bản tin chiều", From: styledAt, To: styledAt.Add(10 * time.Minute), Nodes: 3}
	heard := styledHears(&preview.Hears{At: styledAt, InArea: "Thôn 1", Nodes: 4, Heard: []preview.Sounds{sounds}, Next: &sounds})
	week := pageView{frame: styledFrame("calendar"), Parts: map[string]any{"main": styledCalendar(false), "hears": heard}}
	silence := styledHears(&preview.Hears{At: styledAt, InArea: "Thôn 1", Nodes: 4, Quiet: true})
	wrong := styledHears(nil)
	wrong.Why = hourWrong
	empty := &calendarView{Now: styledAt, One: true, From: time.Date(2027, 2, 5, 0, 0, 0, 0, schedule.Zone()), Programmes: "{}"}
	empty.To = empty.From.AddDate(0, 0, 1)
	empty.Days = append(empty.Days, empty.day(empty.From))
	empty.lay()
	return append(all, specimen{Part: "calendar", Name: "a week, an airing in each state", Template: "calendar.html", View: week},
		specimen{Part: "calendar", Name: "a day", Template: "calendar_main", View: styledCalendar(true), In: "wrap wide wider"},
		specimen{Part: "calendar", Name: "an empty day, to read", Template: "calendar_main", View: empty, In: "wrap wide wider"},
		specimen{Part: "calendar", Name: "nothing is heard", Template: "calendar_hears", View: silence, In: "wrap wide wider"},
		specimen{Part: "calendar", Name: "no answer", Template: "calendar_hears", View: wrong, In: "wrap wide wider"})
}

func styledItem(kind, state, class string) approval.Item {
	return approval.Item{Pending: approval.Pending{Kind: kind, ID: kind + "-" + state + "-" + class, Title: "Họp thôn", Class: class,
		Where: []string{"Thôn 1", "Thôn Đa Mi"}, Approval: styledApproval(state), May: true}, Field: "Nông nghiệp", Summary: "Mời bà con họp.",
		Clips: []approval.Sound{{Title: "Họp thôn", ID: "c1", Text: "Mời bà con họp tối thứ Bảy.", Length: 42 * time.Second, Repeat: 2}},
		Next:  []time.Time{styledAt.Add(time.Hour), styledAt.Add(25 * time.Hour)}, Writer: true}
}

// approvalSpecimens are the page of what waits for approval.
func approvalSpecimens() []specimen {
	everywhere := styledItem("programme", "waiting", "emergency")
	everywhere.All = &approval.Everywhere{Villages: []string{"Thôn 1", "Thôn Đa Mi"}, Nodes: 7, Length: 80 * time.Second}
	relayed := styledItem("programme", "waiting", "normal")
	relayed.Next, relayed.Station, relayed.Clips, relayed.May = nil, "Đài Tiếng nói Việt Nam", nil, false
	relayed.Title = longName
	ruled := styledItem("programme", "approved", "normal")
	ruled.Approval.By = ""
	v := approvalsView{Now: styledAt, Writer: true, Waiting: []approval.Item{styledItem("bulletin", "waiting", "priority"), everywhere,
		relayed},
		Back:     []approval.Item{styledItem("bulletin", "returned", "normal"), styledItem("programme", "draft", "normal")},
		Approved: []approval.Item{styledItem("bulletin", "approved", "normal"), ruled, styledItem("bulletin", "aired", "emergency")}}
	return []specimen{{Part: "approvals", Name: "in each state", Template: "approvals.html", View: partsOf("approvals", "main", v)},
		{Part: "approvals", Name: "none", Template: "approvals_main", View: approvalsView{Now: styledAt}}}
}

// dictionarySpecimens are the page of the words.
func dictionarySpecimens() []specimen {
	v := dictionaryView{frame: styledFrame("dictionary"), Writes: true, Saved: true, Own: []dictionary.Word{{Write: "K'Brơi",
		Say: "ca brơi"},
		{Write: "HTX", Say: "hợp tác xã"}}, Word: dictionary.Word{Write: "UBND", Say: "ủy ban"}, Lines: "K'Brơi,ca brơi\nHTX,hợp tác xã",
		Query: "ủy", Known: []knownWord{{lexicon.Known{Write: "UBND", Says: []string{"ủy ban nhân dân"}}, false},
			{lexicon.Known{Write: "HTX", Says: []string{"hát tê ích", "hợp tác xã"}}, true}}}
	wrong := v
	wrong.Saved, wrong.Sentence, wrong.Bulk, wrong.Own = false, "Dòng 2 chưa đúng: hãy viết một dấu phẩy.", true, nil
	read := dictionaryView{frame: styledFrame("dictionary"), Known: knownWords(nil, "")}
	return []specimen{{Part: "dictionary", Name: "saved", Template: "dictionary.html", View: v},
		{Part: "dictionary", Name: "refused", Template: "dictionary.html", View: wrong},
		{Part: "dictionary", Name: "to read only, many words", Template: "dictionary.html", View: read}}
}
