package pages

import (
	"cmp"
	"time"

	"loa/controller/backup"
	"loa/controller/fleet"
	"loa/controller/office/approval"
	"loa/controller/office/asrun"
	"loa/controller/office/backups"
	"loa/controller/office/exercise"
	"loa/controller/office/inventory"
	"loa/controller/office/notices"
	"loa/controller/office/preview"
	"loa/controller/problem"
	"loa/controller/store"
)

// frameSpecimens are what stands around every page.
func frameSpecimens() (all []specimen) {
	add := func(name, template string, view any) {
		all = append(all, specimen{Part: "frame", Name: name, Template: template, View: view, In: "bare"})
	}
	add("signed in", "top", styledFrame("today"))
	add("an emergency's page", "top", styledFrame("emergency"))
	add("a new station, before it has a name", "top", frame{Page: "setup", Path: "/setup", Who: WhoFrame{Machine: true, New: true}})
	around := styledFrame("log")
	around.Machine, around.Notices, around.Air = styledMachine(true), styledNotices(), callsView{Now: styledAt, Calls: styledOnAir()}
	add("everything at once", "top", around)
	add("the machine loses something", "machine", styledMachine(true))
	warned := styledMachine(false)
	add("the machine is filling up", "machine", warned)
	standIn := styledMachine(true)
	standIn.From, standIn.Ask = ago(30*time.Hour), false
	add("a stand-in for the database", "machine", standIn)
	add("notices", "notices", styledNotices())
	add("calls on air", "air", callsView{Now: styledAt, Calls: styledOnAir()})
	for _, state := range codes("state_") {
		all = append(all, specimen{Part: "frame", Name: "state " + state, Template: "state", View: state})
	}
	for _, state := range codes("approval_") {
		all = append(all, specimen{Part: "frame", Name: "approval " + state, Template: "approval", View: state})
	}
	for _, state := range codes("logged_") {
		all = append(all, specimen{Part: "frame", Name: "logged " + state, Template: "logged", View: state})
	}
	return append(all, specimen{Part: "frame", Name: "a problem", Template: "problem.html",
		View: problemView{styledFrame(""), problem.Ours.VI}})
}

func styledMachine(alarm bool) *machineView {
	v := &machineView{Alarm: alarm, Ask: true, Troubles: []problem.Trouble{{Problem: problem.New(problem.Full, "disk_low",
		"Ổ đĩa của máy văn phòng sắp đầy, còn 812 MB: hãy xóa bớt tệp không dùng.", "The office machine's disk is filling up, 812 MB are left: "+
			"remove what is not needed."), Since: ago(time.Hour)}}}
	if !alarm {
		return v
	}
	v.Last = &backup.File{Name: "loa-2027-02-04.tar.gz", At: ago(30 * time.Hour), Bytes: 40 << 20}
	v.Troubles = append([]problem.Trouble{{Problem: problem.New(problem.Unavailable, "database_damaged",
		"Cơ sở dữ liệu bị hỏng: hãy khôi phục.",
		"The database is damaged: restore the last backup."), Alarm: true, Since: ago(time.Hour)}}, v.Troubles...)
	return v
}

func styledNotices() notices.View {
	return notices.View{Now: styledAt, Path: "/", Notices: []store.Notice{
		{ID: "n9", Kind: store.NoticeOfExercise, At: styledAt, Title: "Kiểm tra có tiếng quá hạn từ 05/02/2027"},
		{ID: "n8", Kind: store.NoticeOfSummary, At: styledAt, Title: "Bà con gửi 4 tin (Ngập 3, Góp ý 1), xong 1.", Places: "Xã La Dạ"},
		{ID: "n0", Kind: store.NoticeOfMessage, At: styledAt, Title: "Cần cứu giúp", Places: "Thôn 1"},
		{ID: "n3", Kind: store.NoticeOfWarning, At: styledAt, Title: "Lũ quét", Places: "Thôn 1"},
		{ID: "n1", At: ago(time.Hour), Title: "Lũ về nhanh", Who: "Trần Thị Hoa", Places: "Thôn 1, Thôn Đa Mi"},
		{ID: "n2", At: ago(2 * time.Hour), Title: "Cháy rừng", Who: "Trần Thị Hoa", Places: "Xã La Dạ", Approver: "Lê Văn Ba"}}}
}

// todaySpecimens are the first page, with each thing that it may suggest to do.
func todaySpecimens() (all []specimen) {
	add := func(name string, v todayView) {
		v.Now, v.Do.Kind = styledAt, cmp.Or(v.Do.Kind, "fine")
		all = append(all, specimen{Part: "today", Name: name, Template: "today_main", View: v, In: "wrap wide"})
	}
	v := styledToday()
	all = append(all, specimen{Part: "today", Name: "one node in each state, all that was heard", Template: "today.html",
		View: partsOf("today", "main", v)})
	add("a new commune", todayView{Do: suggestion{Kind: "wizard", Path: "/wizard", Count: 4}, Steps: 4})
	add("nothing can say how it is", todayView{Mute: rowsOfNodes(styledNode(string(fleet.NoReturn), 1)), Do: suggestion{Kind: "unheard"}})
	names := []string{"Cụm loa 1", "Cụm loa 2", longName, "Cụm loa 4"}
	for _, do := range []suggestion{{Kind: "machine"}, {Kind: "silent", Path: "/faults", Names: names, At: styledAt.Add(time.Hour)},
		{Kind: "approve", Path: "/approvals", Count: 3}, {Kind: "session", Path: "/bulletins", At: styledAt.Add(8 * time.Hour)},
		{Kind: "look", Path: "/faults", Count: 2}, {Kind: "fine"}} {
		add("to do: "+do.Kind, todayView{Good: 4, Total: 4, Do: do})
	}
	add("fine, as far as is known", todayView{Good: 4, Total: 4, Mute: rowsOfNodes(styledNode(string(fleet.NoReturn), 1)),
		Do: suggestion{Kind: "fine", Count: 1}})
	overdue := ago(24 * time.Hour)
	add("a test is overdue", todayView{Good: 4, Total: 4, Do: suggestion{Kind: "fine"},
		Overdue: []exercise.Entry{{Kind: store.Audible, Days: 30, Due: &overdue, Overdue: true}}})
	add("no good backup, and a damaged log", todayView{Good: 3, Total: 4, Keeping: keepingView{Cut: true, Old: true},
		Review: approval.Counts{Bulletins: 2}})
	add("the backup failed", todayView{Keeping: keepingView{Failed: styledFailure()}, Review: approval.Counts{Programmes: 1}})
	return all
}

func styledFailure() *backups.Sentences {
	return &backups.Sentences{VI: "Ổ đĩa sao lưu đã đầy: hãy cắm ổ khác.", EN: "The backup disk is full: plug in another one."}
}

func rowsOfNodes(nodes ...inventory.Node) (rows []nodeRow) {
	for _, n := range nodes {
		rows = append(rows, nodeRow{Node: n, Next: styledNext()})
	}
	return rows
}

func styledNext() *preview.Airing {
	return &preview.Airing{ID: "a1", Title: "Bản tin chiều", Class: "normal", Start: styledAt.Add(7 * time.Hour), Seconds: 600}
}

func styledToday() todayView {
	v := todayView{Now: styledAt, Next: styledNext(), Heard: styledHeard(), Review: approval.Counts{Bulletins: 2, Programmes: 1, Mine: 3},
		Do: suggestion{Kind: "look", Path: "/faults", Count: 3}}
	v.fillNodes(styledNodes(), styledAreas(), nil)
	return v
}

// styledHeard are airings of before: a node with each outcome, and one with each reason.
func styledHeard() []asrun.Airing {
	heard := asrun.Airing{ID: "h1", Title: "Bản tin sáng", Start: ago(4 * time.Hour), Heard: 1, Total: 5}
	heard.Nodes = append(heard.Nodes, asrun.NodeHeard{Name: longName, Verdict: store.Verdict{Outcome: "heard", Began: ago(4 * time.Hour),
		Heard: 9 * time.Minute, Length: 10 * time.Minute, Ear: "heard", EarDB: pointerTo(-2.0)}})
	for _, outcome := range codes("outcome_") {
		heard.Nodes = append(heard.Nodes, asrun.NodeHeard{Name: "Cụm loa: " + outcome, Verdict: store.Verdict{Outcome: outcome}})
	}
	for _, reason := range codes("reason_") {
		heard.Nodes = append(heard.Nodes, asrun.NodeHeard{Name: "Cụm loa: " + reason, Verdict: store.Verdict{Outcome: "not_heard",
			Reason: reason}})
	}
	for _, ear := range codes("ear_") {
		heard.Nodes = append(heard.Nodes, asrun.NodeHeard{Name: "Cụm loa: " + ear, Verdict: store.Verdict{Outcome: "heard", Ear: ear}})
	}
	return []asrun.Airing{heard, {ID: "h2", Title: longName, Start: ago(5 * time.Hour), Heard: 2, Total: 2},
		{ID: "h3", Title: "Chỉ nơi không có phản hồi", Start: ago(30 * time.Hour)}}
}

// villageSpecimens are the page of a village head.
func villageSpecimens() (all []specimen) {
	v := &villageView{Now: styledAt, Area: "thon-1", Name: "Thôn 1", Good: 2, Total: 6, Mute: 1, Reported: longName, Sheet: true,
		Listens: true, Reports: true, Kinds: inventory.Complaints,
		Asked:    soundAsked{Day: "2027-02-05", Hour: "4:58", At: ago(5 * time.Hour), Sounds: styledNoise()},
		Villages: []villageRow{{ID: "thon-1", Name: "Thôn 1"}, {ID: "thon-2", Name: "Thôn Đa Mi"}}}
	for i, n := range append(styledNodes(), brokenNode()) {
		row := villageNode{nodeRow: rowsOfNodes(n)[0], May: i == 0, Microphone: asrun.Microphone{Ear: "heard"}}
		if i == 0 {
			row.Misheard = styledMisheard()
			for _, kind := range inventory.Complaints {
				row.Reports = append(row.Reports, store.Report{ID: kind, At: ago(time.Hour), Name: "Chị Hoa", Kind: kind, Words: "từ sáng đến giờ"})
			}
		}
		v.Nodes = append(v.Nodes, row)
	}
	for i, state := range append(codes("outcome_"), "planned") {
		v.Times = append(v.Times, villageTime{Start: styledAt.Add(time.Duration(i) * time.Hour), Title: "Buổi phát: " + state, Class: "normal",
			State: state, Heard: 1, Of: 2, Delayed: i == 0})
	}
	all = append(all, specimen{Part: "village", Name: "one in each state", Template: "village.html", View: partsOf("village", "main", v)})
	good := villageNode{nodeRow: rowsOfNodes(styledNode(string(fleet.Good), 1))[0]}
	mute := villageNode{nodeRow: rowsOfNodes(styledNode(string(fleet.NoReturn), 2))[0]}
	for name, v := range map[string]*villageView{
		"all is well":              {Now: styledAt, Nodes: []villageNode{good}, Good: 1, Total: 1, Name: "Thôn 1"},
		"nothing can say it":       {Now: styledAt, Nodes: []villageNode{mute}, Mute: 1, Name: "Thôn 1"},
		"no loudspeaker, no place": {Now: styledAt},
		"the hour is garbled": {Now: styledAt, Nodes: []villageNode{good}, Good: 1, Total: 1, Name: "Thôn 1",
			Asked: soundAsked{Day: "2027-02-05", Hour: "sáng", Why: hourWrong}},
	} {
		all = append(all, specimen{Part: "village", Name: name, Template: "village_main", View: v})
	}
	return all
}
