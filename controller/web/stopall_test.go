package web_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What is on air can be stopped from every page, those without a script of their
// own too.
func TestStopIsOnEveryPage(t *testing.T) {
	w := newWorld(t)
	w.begin(t, village(with("title", "Họp thôn")))
	admin, _ := w.as("admin", "la-da")
	for path, status := range map[string]int{"/people": 200, "/account": 200, "/trust": 404, "/nowhere": 404, "/settings": 200, "/wizard/hours": 200, "/nodes": 200, "/log": 200, "/": 200} {
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
	w.begin(t, village(with("title", "Họp thôn")))
	_, operator := w.as("operator", "la-da")
	require.Contains(t, w.page(t, "/emergency"), `id="stop-all"`)
	w.send(t, "POST", "/api/v1/stop", object{"targets": object{"areas": array{"thon-1"}}}, append(operator, "Content-Type", "application/json")...).into(204, nil)
	for _, path := range []string{"/emergency?part=alerts", "/live?part=calls"} {
		page := w.page(t, path)
		require.Regexp(t, `DỪNG TẤT CẢ lúc \d\d:\d\d ở Thôn 1, người dừng: operator la-da`, page, path)
		require.Contains(t, page, "đã cắt Họp thôn", path)
	}
	after := w.ask(t, "GET", "/api/v1/audit?action=call.stop_all", nil).items()[0]["after"].(object)
	require.Equal(t, array{"Họp thôn"}, after["cut"])
}
