package pages

import (
	"fmt"
	"html/template"
	"slices"
	"time"

	"loa/controller/fleet"
	"loa/controller/office/access"
	"loa/controller/office/asrun"
	"loa/controller/office/inventory"
	"loa/controller/office/repair"
	"loa/controller/store"
	"loa/node/wire"
)

// The made-up commune of the sheet. Some names are as long as people make them.

const longName = "Cụm loa Nhà sinh hoạt cộng đồng thôn Đa Mi, cạnh Trường Tiểu học và Trung học cơ sở Nguyễn Thị Minh Khai"

func pointerTo[T any](v T) *T { return &v }

// ago is so long before the sheet's now.
func ago(d time.Duration) time.Time { return styledAt.Add(-d) }

// styledNode is a node in a state, which knows all of itself.
func styledNode(state string, number int) inventory.Node {
	n := inventory.Node{ID: fmt.Sprintf("loa-%s-%d", state, number), Name: fmt.Sprintf("Cụm loa %d", number), Area: "thon-1", Volume: 80,
		State: state, Since: ago(3 * time.Hour), VI: "Vì sao như vậy, bằng một câu.", EN: "Why it is so, in a sentence.",
		LastWord: pointerTo(ago(time.Minute)), LastHeard: pointerTo(ago(2 * time.Hour)), Clips: &inventory.Clips{Held: 3, Of: 4},
		Clock: &wire.Clock{Known: true, Bound: 4 * time.Millisecond, RTT: 40 * time.Millisecond}, Version: "1.2.0", TempC: pointerTo(48.0),
		Mains: pointerTo(true), Signal: pointerTo(72), Modem: &wire.Modem{State: "connected", Operator: "Viettel", Access: "lte"},
		DiskFree: pointerTo(int64(3_400_000_000)), DiskWear: pointerTo(3), MemFree: pointerTo(int64(120_000_000)), Load: pointerTo(0.2),
		LowVolts: pointerTo(false), Amp: pointerTo(true), Sound: &wire.Sound{OK: true, Output: "alsa", Mixer: "Master 80%"}, Ear: true,
		SelfTest: &wire.SelfTest{At: ago(time.Hour), Verdict: "heard", DB: pointerTo(-1.5)},
		Place:    &store.Place{Latitude: 11.2 + float64(number)*.004, Longitude: 107.8 + float64(number%3)*.006}}
	switch fleet.State(state) {
	case fleet.OnAir:
		n.OnAir = &wire.OnAir{Title: "Bản tin sáng", Since: ago(3 * time.Minute)}
	case fleet.Faulty:
		n.Faults = []inventory.Fault{styledFault(wire.FaultMains), styledFault(wire.FaultHot)}
		n.VI, n.EN = n.Faults[0].VI, n.Faults[0].EN
	case fleet.NoReturn:
		n.NoReturn = true
	}
	return n
}

func styledFault(code string) inventory.Fault {
	vi, en := fleet.FaultSentence(code)
	return inventory.Fault{Code: code, VI: vi, EN: en, Since: ago(26 * time.Hour), Care: "Anh Tư, 0912 345 678",
		Known: &inventory.InCare{Who: "Anh Tư, 0912 345 678", Reason: "chờ bộ nguồn mới", Until: pointerTo(ago(-50 * time.Hour))}}
}

// styledMaintenance is work that goes on.
var styledMaintenance = &inventory.AtWork{Until: ago(-3 * time.Hour), Reason: "thay ắc quy", Who: "Đội thợ Viettel"}

// mutedNode has said nothing of itself yet, and has a long name.
func mutedNode() inventory.Node {
	return inventory.Node{ID: "loa-moi", Name: longName, Area: "thon-2", Volume: 100, State: string(fleet.Unknown), Since: ago(time.Hour),
		VI: "Chưa có tín hiệu lần nào.", EN: "Nothing was ever heard of it."}
}

// brokenNode says that much of it is not well.
func brokenNode() inventory.Node {
	n := styledNode(string(fleet.Faulty), 9)
	n.Name, n.Mains, n.LowVolts, n.Amp, n.Spoilt = longName, pointerTo(false), pointerTo(true), pointerTo(false), 2
	n.Clock, n.Sound = &wire.Clock{}, &wire.Sound{Error: "snd_pcm_open: No such device", Output: "alsa"}
	n.SelfTest = &wire.SelfTest{At: ago(time.Hour), Verdict: "not_heard"}
	n.Faults = nil
	for _, code := range fleet.FaultCodes() {
		n.Faults = append(n.Faults, styledFault(code))
	}
	return n
}

// styledNodes are one in each state.
func styledNodes() (all []inventory.Node) {
	for i, state := range tallied {
		all = append(all, styledNode(state, i+1))
	}
	return append(all, mutedNode())
}

// styledPlaces are what can be spoken to.
func styledPlaces() []placeRow {
	return []placeRow{{ID: "la-da", Name: "Xã La Dạ", Nodes: 7, Chosen: true}, {ID: "thon-1", Name: "Thôn 1", Depth: 1, Nodes: 4,
		village: true},
		{
			ID:    "to-3",
			Name:  "Tổ dân phố số 3",
			Depth: 2,
			Nodes: 1,
		}, {ID: "thon-2", Name: "Thôn Đa Mi – Khu tái định cư hồ thủy điện Hàm Thuận",
			Depth: 1, Nodes: 2, village: true}, {ID: "thon-3", Name: "Thôn 3", Depth: 1}}
}

func styledAreas() []store.Area {
	return []store.Area{{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune}, {ID: "thon-1", Parent: "la-da", Name: "Thôn 1",
		Kind: store.Village},
		{ID: "thon-2", Parent: "la-da", Name: "Thôn Đa Mi – Khu tái định cư hồ thủy điện Hàm Thuận", Kind: store.Village},
		{ID: "thon-3", Parent: "la-da", Name: "Thôn 3", Kind: store.Village}}
}

func shownAreas() (all []inventory.Area) {
	for _, a := range styledAreas() {
		all = append(all, inventory.AreaOf(a))
	}
	return all
}

func styledNames(n int) (all []access.Named) {
	for i := range n {
		all = append(all, access.Named{ID: fmt.Sprintf("loa-%d", i+1), Name: fmt.Sprintf("Cụm loa %d", i+1)})
	}
	return all
}

// styledBeats is a day, or a month, in which a node was in every way.
func styledBeats(days int) inventory.Beats {
	span := time.Duration(days) * 24 * time.Hour
	b := inventory.Beats{Node: "loa-1", From: ago(span), To: styledAt}
	states := []string{"good", "fault", "offline", "unknown"}
	cell := 288 / len(states)
	part := span / time.Duration(len(states))
	for i, state := range states {
		from := b.From.Add(time.Duration(i) * part)
		lasted := part.Seconds()
		if state == "fault" {
			lasted /= 2
		}
		b.Beats = append(b.Beats, inventory.Beat{State: state, From: from, To: from.Add(part), Lasted: lasted, X: i * cell, Width: cell})
		*b.Total(state) = lasted
	}
	return b
}

func beatenOf(n inventory.Node, brief bool) beatenNode {
	b := beatenNode{Node: n, Now: styledAt, Brief: brief, Bars: []inventory.Beats{styledBeats(1)}, Misheard: styledMisheard()}
	if !brief {
		b.Bars = append(b.Bars, styledBeats(30))
	}
	return b
}

func styledInvite() *invited {
	svg, err := qrSVG("loa node enrol loa.la-da.vn:8080 K7QM-2XPD")
	if err != nil {
		svg = template.HTML("") // the text is ours, and short
	}
	return &invited{Node: longName, Command: "loa node enrol loa.la-da.vn:8080 K7QM-2XPD-9TRW", Expires: styledAt.Add(24 * time.Hour),
		QR: svg}
}

// nodeSpecimens are the page of one node.
func nodeSpecimens() (all []specimen) {
	page := func(name string, n inventory.Node, change func(*nodePageView)) {
		state := beatenOf(n, false)
		v := nodePageView{frame: styledFrame("nodes"), Now: styledAt, Node: n, Areas: shownAreas(), Written: writePlace(n.Place),
			Map: drawMap(styledNodes(), map[string]string{"thon-1": "Thôn 1"}), Parts: map[string]any{"state": &state}}
		change(&v)
		all = append(all, specimen{Part: "node", Name: name, Template: "node.html", View: v})
	}
	page("all is known", styledNode(string(fleet.Good), 1), func(v *nodePageView) { v.Saved, v.Map.Here = true, v.Node.ID })
	page("nothing is known, a form is refused", mutedNode(), func(v *nodePageView) {
		v.Sentence, v.Invited, v.Map = placeGarbled.VI, styledInvite(), &nodeMap{}
	})
	page("no way to say how it is", styledNode(string(fleet.NoReturn), 2), func(*nodePageView) {})
	state := func(name string, n inventory.Node, sent *sentOrder) {
		v := beatenOf(n, false)
		v.Sent = sent
		all = append(all, specimen{Part: "node", Name: name, Template: "node_state", View: &v, In: "wrap one"})
	}
	state("every fault", brokenNode(), nil)
	state("an order, not obeyed yet", styledNode(string(fleet.Good), 3), &sentOrder{"test", styledAt})
	state("an order, heard", styledNode(string(fleet.Good), 4), &sentOrder{"test", ago(3 * time.Hour)})
	for _, verdict := range codes("selftest_") {
		if !slices.Contains([]string{"heard", "not_heard", "cannot_tell"}, verdict) {
			continue // a word of the page
		}
		n := styledNode(string(fleet.Good), 5)
		n.SelfTest = &wire.SelfTest{At: styledAt, Verdict: verdict}
		state("horn tested: "+verdict, n, &sentOrder{"selftest", ago(time.Minute)})
	}
	worked := styledNode(string(fleet.Offline), 6)
	worked.Maintenance = styledMaintenance
	state("somebody works there", worked, nil)
	return all
}

// nodesSpecimens are the page of all nodes.
func nodesSpecimens() []specimen {
	byArea := map[string][]beatenNode{"thon-1": nil}
	list := &nodesList{Now: styledAt, Days: 1, Good: 2, Total: 6}
	for _, n := range styledNodes() {
		byArea[n.Area] = append(byArea[n.Area], beatenOf(n, true))
		switch {
		case n.NoReturn:
			list.Mute = append(list.Mute, n)
		case !n.Good():
			list.Others = append(list.Others, n)
		}
	}
	may := func(string) bool { return true }
	list.Branches = growTree(styledAreas(), byArea, may)
	v := nodesView{frame: styledFrame("nodes"), Areas: shownAreas(), Name: longName, Area: "thon-2", Open: true, Sentence: placeGarbled.VI,
		Parts: map[string]any{"list": list, "map": drawMap(styledNodes(), map[string]string{"thon-1": "Thôn 1"})}}
	good := styledNode(string(fleet.Good), 1)
	well := &nodesList{Now: styledAt, Days: 30, Good: 1, Total: 1,
		Branches: growTree(styledAreas()[:2], map[string][]beatenNode{"thon-1": {beatenOf(good, true)}}, may)}
	none := v
	none.Areas, none.Sentence = nil, ""
	none.Parts = map[string]any{"list": &nodesList{Now: styledAt, Days: 1}, "map": &nodeMap{}}
	return []specimen{{Part: "nodes", Name: "one in each state", Template: "nodes.html", View: v},
		{Part: "nodes", Name: "no place and no node yet", Template: "nodes.html", View: none},
		{Part: "nodes", Name: "all is well", Template: "nodes_list", View: well, In: "wrap wide"}}
}

// faultSpecimens are the page of the technician.
func faultSpecimens() []specimen {
	v := &faultsView{Now: styledAt, Works: styledWorks(), Times: []repair.Times{{Area: "thon-1", Name: "Thôn 1", Repairs: 4,
		MedianS: 5400, LongS: 190000, Open: 2, OldestS: 93600}, {Area: "thon-2", Name: longName, Repairs: 1, MedianS: 700, LongS: 700}}}
	village := faultVillage{Area: "thon-1", Name: "Thôn 1", May: true}
	overdue := &inventory.InCare{Who: "Anh Tư", Until: pointerTo(ago(time.Hour)), Overdue: true}
	for i, state := range []fleet.State{fleet.Offline, fleet.Offline, fleet.Unknown} {
		n := styledNode(string(state), i)
		c := inventory.Cause{Code: n.State, VI: n.VI, EN: n.EN, Since: n.Since, Known: overdue}
		if state == fleet.Unknown {
			c.Known = nil
		}
		v.add(c, n, village)
	}
	village.May = false
	for i, code := range fleet.FaultCodes() {
		f := styledFault(code)
		n := styledNode(string(fleet.Faulty), i)
		v.add(inventory.Cause{Code: code, VI: f.VI, EN: f.EN, Since: f.Since, Known: f.Known}, n, village)
		v.Past = append(v.Past, inventory.EndedFault{Name: n.Name, Code: code, VI: f.VI, EN: f.EN, Since: ago(50 * time.Hour),
			Until: ago(40 * time.Hour)})
	}
	v.Past = v.Past[:min(3, len(v.Past))]
	for i, kind := range inventory.Complaints {
		r := openReport{
			Asked: i%2 == 0,
			OpenReport: inventory.OpenReport{Report: store.Report{ID: fmt.Sprintf("r-%d", i), At: ago(time.Hour),
				Name: "Chị Hoa", Kind: kind, Words: "nghe như nói trong thùng"}, NodeName: fmt.Sprintf("Cụm loa %d", i), Village: "Thôn 1",
				May: i == 0},
		}
		if i == 2 {
			r.Message, r.Reads = "m-noise", true
			r.Heard, r.Sounds = ago(5*time.Hour), styledNoise()
		}
		v.Reports = append(v.Reports, r)
	}
	return []specimen{{Part: "faults", Name: "every fault, every report", Template: "faults.html", View: partsOf("faults", "main", v)},
		{Part: "faults", Name: "none", Template: "faults_main", View: &faultsView{Now: styledAt}}}
}

// styledNoise is what a loudspeaker gave out.
func styledNoise() []asrun.Sounding {
	return []asrun.Sounding{{Name: "Cụm loa 2", Title: "Bản tin sáng", Began: ago(5 * time.Hour), Ended: ago(290 * time.Minute), Volume: 80,
		Author: "Nguyễn Văn An", Ear: "heard", EarDB: pointerTo(4.0)},
		{Name: "Cụm loa 3", Title: longName, Drill: true, Began: ago(5 * time.Hour), Ended: ago(290 * time.Minute), Volume: 40}}
}

// styledWorks are maintenance that runs, that lies ahead and that is over.
func styledWorks() worksView {
	work := repair.Maintenance{ID: "w-1", Name: "Thôn 1", Since: ago(time.Hour), Until: ago(-3 * time.Hour), Reason: "thay ắc quy",
		Who: "Đội thợ Viettel", Noted: "Chị Hoa", Runs: true, May: true}
	ahead, over := work, work
	ahead.ID, ahead.Name, ahead.Runs, ahead.Since, ahead.Until, ahead.May = "w-2", longName, false, ago(
		-50*time.Hour,
	), ago(
		-55*time.Hour,
	), false
	over.ID, over.Runs, over.Since, over.Until = "w-3", false, ago(70*time.Hour), ago(60*time.Hour)
	return worksView{Pending: []repair.Maintenance{work, ahead}, Past: []repair.Maintenance{over},
		Places: []worksPlace{{"thon-1", "Thôn 1", 0}, {"loa-1", "Cụm loa 1", 1}}}
}

// partsOf is a whole page of one part.
func partsOf(page, name string, view any) pageView {
	return pageView{frame: styledFrame(page), Parts: map[string]any{name: view}}
}
