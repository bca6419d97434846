package pages

import (
	"time"

	"loa/controller/office/replay"
	"loa/controller/problem"
)

// replaySpecimens are the office's page of what the people hear again, and its sheet.
func replaySpecimens() []specimen {
	line := func(id string, set func(*replay.Line)) replay.Line {
		l := replay.Line{ID: id, Time: ago(time.Hour), Title: "Họp thôn tối thứ Bảy", Class: "normal", Where: []string{"Thôn 1"}, Public: true,
			Audible: true, May: true}
		set(&l)
		return l
	}
	over := ago(time.Minute)
	v := replayView{Now: styledAt, URL: "https://nghe.lada.vn", Sheets: []boardLink{{"la-da", "Xã La Dạ"}, {"thon-1", "Thôn 1"}},
		Copy: &copied{Last: ago(time.Minute)},
		Lines: []replay.Line{
			line("flood", func(l *replay.Line) {
				l.Title, l.Class, l.Emergency, l.InForce = "Lũ về nhanh", "emergency", true, true
			}),
			line("fire", func(l *replay.Line) { l.Title, l.Class, l.Emergency, l.Over = "Cháy rừng", "emergency", true, &over }),
			line("voice", func(l *replay.Line) {
				l.Title, l.Class, l.Voice, l.Public, l.Audible, l.Recording = "Chủ tịch nói chuyện", "live", true, false, false, "/styles/none"
			}),
			line("released", func(l *replay.Line) {
				l.Class, l.Voice, l.Recording, l.Shown, l.Summary = "live", true, "/styles/none", "yes", "Mời bà con họp."
			}),
			line("withdrawn", func(l *replay.Line) { l.Shown, l.Public, l.Audible = "no", false, false }),
			line("drill", func(l *replay.Line) { l.Class, l.Drill, l.May = "live", true, false }),
		}}
	sheet := sheetView{frame: styledFrame("replay"), Name: "Thôn 1", URL: "https://nghe.lada.vn/t/x7k2m"}
	sheet.QR, _ = qrSVG(sheet.URL) // an address of ours fits
	return []specimen{{Part: "replay", Name: "one in each state", Template: "replay.html", View: partsOf("replay", "main", v)},
		{Part: "replay", Name: "nothing, and no pages for the people", Template: "replay_main", View: replayView{Now: styledAt}},
		{Part: "replay", Name: "a copy that is behind", Template: "replay_main", View: replayView{Now: styledAt, URL: "https://nghe.lada.vn",
			Copy: &copied{Since: ago(time.Hour), Why: problem.Ours}}},
		{Part: "sheet", Name: "of a village", Template: "sheet.html", View: sheet}}
}
