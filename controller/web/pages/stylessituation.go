package pages

import (
	"time"

	"loa/controller/office/access"
	"loa/controller/office/answers"
	"loa/controller/office/asrun"
	"loa/controller/store"
)

// styledAsked is a question in one of its states.
func styledAsked(set func(*answers.Asked)) answers.Asked {
	q := answers.Asked{ID: "q", Words: "Nhà bà con có bị ngập không?", Answers: []string{"Có", "Không"}, Until: ago(-time.Hour), Now: true,
		Approved: "Trần Văn Nam", Total: []int{41, 9}, Villages: []answers.Answered{{Name: "Thôn 1", Numbers: []int{40, 2}},
			{Name: "Thôn 2", Numbers: []int{1, 7}, Refused: 900, Doubtful: true}}}
	set(&q)
	return q
}

// styledMisheard is a loudspeaker that sounds, and is not understood.
func styledMisheard() *answers.Misheard {
	return &answers.Misheard{Title: "Lũ về nhanh", Time: ago(time.Hour), Clear: 3, Unclear: 4, Unheard: 2, Microphone: asrun.Microphone{Ear: "heard"}}
}

// styledQuestion is what a bulletin asks the people.
func styledQuestion() questionView {
	return questionView{Bulletin: "b1", Words: "Nhà bà con có bị ngập không?", Answers: []string{"Có", "Không", "", "", ""}, Day: "2027-02-06",
		Hour: "17:00", Now: styledAt, Asked: []answers.Asked{
			styledAsked(func(q *answers.Asked) { q.Now, q.Waits, q.May, q.Approved, q.Villages = false, true, true, "", nil }),
			styledAsked(func(q *answers.Asked) { q.Now = false }), styledAsked(func(*answers.Asked) {})}}
}

// situationSpecimens are the page of what villagers say.
func situationSpecimens() []specimen {
	message := func(id, kind string, set func(*answers.Message)) situationMessage {
		m := answers.Message{ID: id, Name: "Thôn 1", Kind: kind, Urgent: answers.Urgent(kind), Words: "Nước vào nhà, cụ già không đi được.",
			At: ago(10 * time.Minute), State: "new"}
		set(&m)
		return situationMessage{Message: m}
	}
	noise := message("m-noise", "noise", func(m *answers.Message) { m.Words = "Năm giờ kém đã kêu." })
	noise.Nodes = []access.Named{{ID: "thon-1-1", Name: "Cụm 1"}, {ID: "thon-1-2", Name: longName}}
	broken := message("m-broken", "loudspeaker", func(m *answers.Message) { m.Words = "Loa im ba hôm nay." })
	broken.Nodes = noise.Nodes[:1]
	v := situationView{Now: styledAt, Open: true, Codes: []answers.Code{{Area: "thon-1", Name: "Thôn 1", Code: "x7k2mp4"}},
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
