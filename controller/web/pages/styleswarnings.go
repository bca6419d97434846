package pages

import (
	"fmt"
	"time"

	"loa/controller/neighbour/warning"
	"loa/controller/store"
)

// warningSpecimens are the page of other offices' warnings.
func warningSpecimens() []specimen {
	shown := func(id string, set func(*warning.Shown)) warning.Shown {
		w := warning.Shown{Warning: store.Warning{ID: id, Sender: "khituong@lamdong.example", Kind: "Alert", Sent: ago(time.Minute),
			Expires: styledAt.Add(6 * time.Hour), State: store.WarningProposed, Urgent: true, Severity: "Extreme",
			Title: "Lũ quét trên sông La Ngà", Words: "Lũ quét trên sông La Ngà. Bà con lên đồi ngay.", Areas: []string{"thon-1"},
			Signer: "Đài khí tượng"}, Where: []string{"Thôn 1"}}
		set(&w)
		return w
	}
	because := func(w *warning.Shown) {
		w.Reason = &warning.Reason{VI: "nguồn này không được tự phát ở mức này", EN: "this source may not air by itself at this severity"}
	}
	v := warningsView{Now: styledAt, NoPlaces: 4, Governs: true, Commune: "la-da", Codes: "24823, 68", Waiting: []warning.Shown{
		shown("w-flood", because),
		shown("w-drill", func(w *warning.Shown) { w.Drill, w.Signer = true, "" }),
		shown("w-cancel", func(w *warning.Shown) { w.Kind, w.Words, w.Title = "Cancel", "", "Lũ quét trên sông La Ngà" }),
		shown("w-rain", func(w *warning.Shown) { w.Urgent, w.Title, w.Words = false, "Mưa to", "Mưa to. Bà con chú ý." })}}
	for _, state := range codes("warning_state_") {
		for _, severity := range codes("warning_severity_") {
			v.Others = append(v.Others, shown(fmt.Sprint("w-", state, severity), func(w *warning.Shown) {
				because(w)
				w.State, w.Severity, w.Who, w.Call = store.WarningState(state), severity, "Trần Thị Hoa", "c1"
			}))
		}
	}
	answered := ago(time.Hour)
	fault := &warning.Reason{VI: "Nguồn không trả lời được: hãy kiểm tra mạng và địa chỉ.", EN: "The source does not answer."}
	for _, automatic := range []string{"", "extreme", "severe"} {
		v.Sources = append(v.Sources, warning.Source{ID: "s-" + automatic, Account: "Trần Thị Hoa", Signer: "Đài khí tượng", Until: "2028-01-01",
			SourceBody: warning.SourceBody{Name: "Khí tượng", Kind: warning.Feed, Address: "https://khituong.example/cap.xml", SilentH: 6,
				Automatic: automatic}, Link: warning.Link{Answered: &answered, Fault: fault, Refused: fault, Silent: true}})
	}
	v.Sources = append(v.Sources, warning.Source{ID: "s-f", SourceBody: warning.SourceBody{Name: "Thư mục", Kind: warning.Folder, SilentH: 6}},
		warning.Source{ID: "s-p", SourceBody: warning.SourceBody{Name: "Hồ Hàm Thuận", Kind: warning.Program, SilentH: 6}})
	return []specimen{{Part: "warnings", Name: "one in each state", Template: "warnings.html", View: partsOf("warnings", "main", v)},
		{Part: "warnings", Name: "nothing", Template: "warnings_main", View: warningsView{Now: styledAt}}}
}
