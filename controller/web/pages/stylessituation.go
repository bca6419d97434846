package pages

import (
	"net/url"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/answers"
	"loa/controller/office/asrun"
	"loa/controller/office/brief"
	"loa/controller/office/quick"
	"loa/controller/store"
)

// styledAsked is a question in one of its states.
func styledAsked(set func(*answers.Asked)) answers.Asked {
	q := answers.Asked{ID: "q", Words: "Nhà bà con có bị ngập không?", Answers: []string{"Có", "Không"}, Until: ago(-time.Hour),
		Now:      true,
		Approved: "Trần Văn Nam", Total: []int{41, 9}, Villages: []answers.Answered{{Name: "Thôn 1", Numbers: []int{40, 2}},
			{Name: "Thôn 2", Numbers: []int{1, 7}, Refused: 900, Doubtful: true}}}
	set(&q)
	return q
}

// styledMisheard is a loudspeaker that sounds, and is not understood.
func styledMisheard() *answers.Misheard {
	return &answers.Misheard{Title: "Lũ về nhanh", Time: ago(time.Hour), Clear: 3, Unclear: 4, Unheard: 2,
		Microphone: asrun.Microphone{Ear: "heard"}}
}

// styledQuestion is what a bulletin asks the people.
func styledQuestion() questionView {
	return questionView{Bulletin: "b1", Words: "Nhà bà con có bị ngập không?", Answers: []string{"Có", "Không", "", "", ""},
		Day:  "2027-02-06",
		Hour: "17:00", Now: styledAt, Asked: []answers.Asked{
			styledAsked(func(q *answers.Asked) { q.Now, q.Waits, q.May, q.Approved, q.Villages = false, true, true, "", nil }),
			styledAsked(func(q *answers.Asked) { q.Now = false }), styledAsked(func(*answers.Asked) {})}}
}

// styledHeads are what village heads reported.
func styledHeads() []quick.Quick {
	at := func(level, kind string, late time.Duration, unsure bool) quick.Quick {
		return quick.Quick{ID: "h-" + level, Village: "Thôn 1", Level: level, Kind: kind, Households: 12, Words: "Nước tới sân.",
			Name: "Chị Hoa", Role: "head", Tapped: ago(time.Hour + late), Arrived: ago(time.Hour), Unsure: unsure, Photo: "/styles/none"}
	}
	return []quick.Quick{at("normal", "", 0, false), at("attention", "other", 0, true), at("urgent", "flood", 3*time.Hour, false)}
}

// quickSpecimens are the page of the three taps.
func quickSpecimens() []specimen {
	v := quickView{frame: styledFrame("village"), Villages: []access.Named{{ID: "thon-1", Name: "Thôn 1"}}, Levels: quick.Levels,
		Kinds: quick.Kinds, Sent: true}
	many := v
	many.Villages, many.Sent = append(many.Villages, access.Named{ID: "thon-2", Name: longName}), false
	many.Sentence, many.Typed = "Hãy chọn có việc gì.", url.Values{"level": {"urgent"}, "area": {"thon-2"}, "kind": {"flood"}}
	none := quickView{frame: styledFrame("village")}
	return []specimen{{Part: "quick", Name: "sent", Template: "quick.html", View: v},
		{Part: "quick-many", Name: "not right", Template: "quick.html", View: many},
		{Part: "quick-none", Name: "no village", Template: "quick.html", View: none}}
}

// briefSpecimens are the report for the leaders.
func briefSpecimens() []specimen {
	heard := []answers.VillageHeard{{Name: "Thôn 1", Clear: 41, Unclear: 6, Unheard: 3, Nodes: 2, Sounded: 2},
		{Name: "Thôn 2", Clear: 3, Unclear: 4, Unheard: 2, Nodes: 1, Sounded: 1, Finding: true},
		{Name: "Thôn 3", Unheard: 17, Refused: 4000, Doubtful: true}}
	b := brief.Brief{Place: "Xã La Dạ", From: ago(7 * 24 * time.Hour), To: styledAt, Made: styledAt, More: true,
		Broadcasts: []brief.Broadcast{{Title: "Lũ về nhanh", Time: ago(time.Hour), State: "heard", Nodes: 3, Heard: 3, Ears: 2,
			EarsWell: 1, Villages: heard},
			{Title: longName, Drill: true, Time: ago(2 * time.Hour), State: "partly", Nodes: 3, Heard: 1}},
		Sums:      brief.Sums{Broadcasts: 2, Emergencies: 1, NotHeard: 1, Findings: 1},
		Questions: []answers.Asked{styledAsked(func(*answers.Asked) {})},
		Messages: []answers.Figures{{Name: "Thôn 1", Kind: "flood", Urgent: true, New: 1, Done: 2, TakenS: 240, FinishedS: 7200},
			{Name: "Thôn 2", Kind: "idea", New: 1}},
		Waiting: []answers.Waiting{{Name: "Thôn 1", Kind: "flood", At: ago(time.Hour), State: "doing", Who: "Anh Ba"}},
		Heads: []brief.HeadReport{{Village: "Thôn 1", Level: "urgent", Kind: "flood", Households: 12, Tapped: ago(time.Hour), Arrived: styledAt},
			{Village: "Thôn 2", Level: "normal", Tapped: ago(time.Hour), Arrived: styledAt}},
		Faults: []brief.Fault{{Name: "Thôn 2", Code: "offline", VI: "Mất liên lạc", EN: "Offline", Open: 1, Ended: 3,
			Since: ago(3 * time.Hour)}},
		Reports: []brief.Reported{{Name: "Thôn 2", Kind: "loud", Open: 2, Since: ago(3 * time.Hour)}}}
	v := briefView{frame: styledFrame("situation"), Brief: b, First: "2027-01-29", Last: "2027-02-05", CSV: "/styles/none",
		JSON: "/styles/none",
		By:   "Trần Văn Nam", Presets: []briefPreset{{"today", "/styles/none"}, {"week", "/styles/none"}, {"storm",
			"/styles/none"}}}
	return []specimen{{Part: "brief", Name: "all of it", Template: "brief.html", View: v},
		{Part: "brief-none", Name: "nothing", Template: "brief.html", View: briefView{frame: styledFrame("situation"),
			Wrong: "Khoảng thời gian chưa đúng."}}}
}

// situationSpecimens are the page of what villagers say.
func situationSpecimens() []specimen {
	message := func(id, kind string, set func(*answers.Message)) situationMessage {
		m := answers.Message{ID: id, Name: "Thôn 1", Kind: kind, Urgent: answers.Urgent(kind),
			Words: "Nước vào nhà, cụ già không đi được.",
			At:    ago(10 * time.Minute), State: "new"}
		set(&m)
		return situationMessage{Message: m}
	}
	noise := message("m-noise", "noise", func(m *answers.Message) { m.Words = "Năm giờ kém đã kêu." })
	noise.Nodes = []access.Named{{ID: "thon-1-1", Name: "Cụm 1"}, {ID: "thon-1-2", Name: longName}}
	broken := message("m-broken", "loudspeaker", func(m *answers.Message) { m.Words = "Loa im ba hôm nay." })
	broken.Nodes = noise.Nodes[:1]
	v := situationView{Now: styledAt, Open: true, Heads: styledHeads(), Codes: []answers.Code{{Area: "thon-1", Name: "Thôn 1",
		Code: "x7k2mp4"}},
		States: []store.MessageState{store.MessageNew, store.MessageSeen, store.MessageDoing, store.MessageDone},
		Messages: []situationMessage{noise, broken,
			message("m-passed", "loudspeaker", func(m *answers.Message) { m.State, m.Report = "doing", "r-1" }),
			message("m-help", "help", func(m *answers.Message) {
				m.Phone, m.Photo, m.Point = "0912345678", "/styles/none", &store.Point{Latitude: 11.2512, Longitude: 108.0123}
			}),
			message("m-tree", "tree", func(m *answers.Message) {
				m.Words, m.State, m.Who, m.Reply = "Cây đổ ngang đường.", "doing", "Anh Ba", "Chiều nay dọn."
			}),
			message("m-idea", "idea", func(m *answers.Message) { m.Words, m.State = "Phát chậm hơn.", "done" })},
		Situation: answers.Situation{Wrong: 12, Questions: styledQuestion().Asked,
			Broadcasts: []answers.Heard{{Title: "Lũ về nhanh", Time: ago(time.Hour), Villages: []answers.VillageHeard{
				{Name: "Thôn 1", Clear: 41, Unclear: 6, Unheard: 3, Nodes: 2, Sounded: 2},
				{Name: "Thôn 2", Clear: 3, Unclear: 4, Unheard: 2, Nodes: 1, Sounded: 1, Finding: true},
				{Name: "Thôn 3", Unheard: 17, Refused: 4000, Doubtful: true}}}}}}
	return []specimen{{Part: "situation", Name: "one in each state", Template: "situation.html", View: partsOf("situation", "main", v)},
		{Part: "situation", Name: "nothing, and villagers cannot answer", Template: "situation_main", View: situationView{Now: styledAt}}}
}
