package web_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What is on air can be stopped from every page, those without a script of their
// own too.
func TestStopIsOnEveryPage(t *testing.T) {
	w := newWorld(t)
	w.begin(t, village(with("title", "Họp thôn")))
	admin, _ := w.as("admin", "la-da")
	for path, status := range map[string]int{"/people": 200, "/account": 200, "/trust": 404, "/nowhere": 404, "/settings": 200,
		"/wizard/hours": 200, "/nodes": 200, "/log": 200, "/": 200} {
		r := w.send(t, "GET", path, nil, admin...)
		require.Equal(t, status, r.status, path)
		page := string(r.body)
		require.Contains(t, page, `class="banner live"`, path)
		require.Regexp(t, `data-stop=|class="closing"`, page, path)
		require.Regexp(t, `src="/static/dist/(today|nodes)\.js`, page, path)
		require.Contains(t, page, "Bấm lần nữa để dừng", path)
	}
	require.NotContains(t, string(w.send(t, "GET", "/", nil, admin...).body), `class="key"`, "it is somebody else's")
	require.Contains(t, w.page(t, "/"), "hoặc bấm Esc hai lần", "the office machine's own")
	require.NotContains(t, string(w.send(t, "GET", "/signin", nil).body), "banner", "nobody is told there")
}

// DỪNG TẤT CẢ is on KHẨN CẤP too, and it stands there who silenced what.
func TestStopOfAllIsSeen(t *testing.T) {
	w := newWorld(t)
	w.linked(t)
	w.begin(t, village(with("title", "Họp thôn")))
	_, operator := w.as("operator", "la-da")
	require.Contains(t, w.page(t, "/emergency"), `id="stop-all"`)
	w.send(t, "POST", "/api/v1/stop", object{"targets": object{"areas": array{"thon-1"}}},
		append(operator, "Content-Type", "application/json")...).into(204, nil)
	for _, path := range []string{"/emergency?part=alerts", "/live?part=calls"} {
		page := w.page(t, path)
		require.Regexp(t, `DỪNG TẤT CẢ lúc \d\d:\d\d ở Thôn 1, người dừng: operator la-da`, page, path)
		require.Contains(t, page, "đã cắt Họp thôn", path)
	}
	after := w.ask(t, "GET", "/api/v1/audit?action=call.stop_all", nil).items()[0]["after"].(object)
	require.Equal(t, array{"Họp thôn"}, after["cut"])
}

// A stop of everything is a line of the log: who, where, when, and who fell
// silent by their own word. Of what said nothing, nothing is claimed.
func TestStopOfAllIsLogged(t *testing.T) {
	w := newWorld(t)
	w.linked(t)
	w.begin(t, village(with("title", "Họp thôn")))
	_, operator := w.as("operator", "la-da")
	w.send(t, "POST", "/api/v1/stop", object{"targets": object{"areas": array{"thon-1"}}},
		append(operator, "Content-Type", "application/json")...).into(204, nil)
	stops := func(query string) []map[string]any { return w.ask(t, "GET", "/api/v1/log?"+query, nil).items() }
	lines := stops("class=stop")
	require.Len(t, lines, 1)
	line := lines[0]
	require.Equal(t, []any{"stop", "Họp thôn", "operator la-da · t", array{"Thôn 1"}, "awaited", 1.0, 0.0, 1.0},
		[]any{line["kind"], line["title"], line["speaker"], line["where"], line["state"], line["nodes"], line["heard"], line["unknown"]})
	require.Equal(t, "unknown", line["missing"].(array)[0].(object)["outcome"])
	for query, want := range map[string]int{"class=stop&person=operator": 1, "class=stop&person=nobody": 0, "class=stop&area=thon-2": 0,
		"class=stop&area=thon-1":   1,
		"class=stop&confirmed=yes": 0, "class=stop&confirmed=no": 1, "class=stop&to=2026-01-01T00:00:00Z": 0} {
		require.Len(t, stops(query), want, query)
	}
	page := w.page(t, "/log?class=stop")
	for _, words := range []string{"■</span> DỪNG TẤT CẢ", "đã cắt Họp thôn", "Người dừng: operator la-da", "Đang chờ cụm loa báo",
		"đã im 0/1", "0 lần phát,"} {
		require.Contains(t, page, words)
	}
	require.Contains(t, w.page(t, "/log/print?class=stop"), "DỪNG TẤT CẢ: đã cắt Họp thôn")
	require.Contains(t, w.page(t, "/log/print?class=stop&lang=en"), "Stop of everything")
	sheet := string(w.ask(t, "GET", "/api/v1/log.csv?class=stop", nil).body)
	require.Contains(t, sheet, "DỪNG TẤT CẢ,Dừng tất cả,")
	require.Contains(t, sheet, "đã cắt Họp thôn")

	// the node's own word
	id, said := line["id"].(string), time.Now()
	require.NoError(t, w.store.StopSaid(t.Context(), id, "thon-1-loa", false, said))
	line = stops("class=stop")[0]
	require.Equal(t, []any{1.0, "sounding"}, []any{line["silent"], line["missing"].(array)[0].(object)["outcome"]})
	require.Contains(t, w.page(t, "/log?class=stop"), "vẫn đang phát")
	require.NoError(t, w.store.StopSaid(t.Context(), id, "thon-1-loa", true, said))
	require.Equal(t, "silenced", stops("class=stop&confirmed=yes")[0]["state"])
	page = w.page(t, "/log?class=stop")
	for _, words := range []string{"✓</span> Đã im hết", "Đã báo im (1)", "từ " + said.In(vn).Format("15:04:05")} {
		require.Contains(t, page, words)
	}
	head := w.somebody(t, "ba", "head", "thon-2")
	require.Empty(t, head.does(t, "GET", "/api/v1/log?class=stop", nil).items(), "nobody's business there")
}
