package pages

import (
	"time"

	"loa/controller/office/asrun"
	"loa/controller/office/exercise"
	"loa/controller/store"
)

// styledSheet is the sheet of a drill in which everything is that can be.
func styledSheet(kind store.ExerciseKind) exercise.Sheet {
	ended, until, mended, louder := ago(2*time.Hour), ago(-48*time.Hour), ago(time.Hour), 1.5
	row := func(outcome string, set func(*exercise.Row)) exercise.Row {
		r := exercise.Row{Node: "loa-" + outcome, Name: "Cụm loa " + outcome, Outcome: outcome}
		set(&r)
		return r
	}
	failed := func(set func(*exercise.Row)) func(*exercise.Row) {
		return func(r *exercise.Row) {
			r.Failed, r.VI, r.EN = true, "Cụm loa mất điện hoặc mất mạng: kiểm tra điện.", "No power or no network: check the mains."
			set(r)
		}
	}
	var wellOff []exercise.Row
	for _, outcome := range codes("exercise_out_") {
		set := func(*exercise.Row) {}
		switch outcome {
		case "not_heard":
			set = failed(func(r *exercise.Row) { r.Who, r.Until = "Anh Tư", &until })
		case "unknown", "wrong":
			set = failed(func(*exercise.Row) {})
		case "partly":
			set = failed(func(r *exercise.Row) { r.Who, r.Mended = "Anh Tư", &mended })
		case "unanswered":
			set = failed(func(r *exercise.Row) { r.Removed = true })
		case "heard":
			set = func(r *exercise.Row) { r.Microphone = asrun.Microphone{Ear: "heard", EarDB: &louder} }
		}
		wellOff = append(wellOff, row(outcome, set))
	}
	return exercise.Sheet{ID: "x-1", Kind: kind, Time: ago(3 * time.Hour), Title: "Diễn tập: Lũ về", Who: "Nguyễn Văn Lâm", Broadcast: "c-1",
		Whole: true, Counts: true, Ended: &ended, Of: 150, Passed: 141, Failed: 9, Mended: 5, Open: 4, Working: 2, Mute: 1,
		Villages: []exercise.Village{{Area: "thon-1", Name: "Thôn 1", Of: 12, Passed: 5, Nodes: wellOff}}}
}

// exerciseSpecimens are the calendar of tests and drills, and sheets.
func exerciseSpecimens() []specimen {
	last, due, late := ago(8*24*time.Hour), ago(-20*24*time.Hour), ago(24*time.Hour)
	full := styledSheet(store.Yearly)
	underWay, part, fine := full, full, full
	underWay.ID, underWay.Kind, underWay.Ended, underWay.Who, underWay.Title, underWay.Broadcast = "x-2", store.Silent, nil, "", "", ""
	part.ID, part.Kind, part.Counts = "x-3", store.Audible, false
	fine.ID, fine.Kind, fine.Who, fine.Title, fine.Broadcast = "x-4", store.Silent, "", "", ""
	fine.Passed, fine.Failed, fine.Villages = 150, 0, nil
	v := exercisesView{Now: styledAt,
		Rule: store.ExerciseRule{SilentDays: 7, SilentAt: "09:30", AudibleDays: 30, YearlyDays: 365, Public: true},
		Set:  true, Run: true, Drill: true, Sheets: []exercise.Sheet{full, underWay, part, fine}, Entries: []exercise.Entry{
			{Kind: store.Silent, Days: 7, Last: &last, LastID: "x-4", Due: &late, Overdue: true, Itself: true},
			{Kind: store.Audible, Days: 30, Last: &last, LastID: "x-3", Due: &due},
			{Kind: store.Yearly, Now: "x-1"}}}
	of := func(s exercise.Sheet) exerciseSheet { return exerciseSheet{styledAt, s, true} }
	return []specimen{{Part: "exercises", Name: "one in each state", Template: "exercises.html", View: partsOf("exercises", "main", v)},
		{Part: "exercises", Name: "nothing was done, for a village head", Template: "exercises_main", View: exercisesView{Now: styledAt}},
		{Part: "exercise", Name: "a sheet", Template: "exercise.html", View: partsOf("exercise", "main", of(full))},
		{Part: "exercise", Name: "under way", Template: "exercise_main", View: of(underWay)},
		{Part: "exercise", Name: "of a part", Template: "exercise_main", View: of(part)},
		{Part: "exercise", Name: "all is well", Template: "exercise_main", View: of(fine)},
		{Part: "exercise", Name: "on paper", Template: "exerciseprint.html", View: exercisePaper{styledFrame("exercises"), of(full)}}}
}
