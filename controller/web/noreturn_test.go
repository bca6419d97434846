package web_test

import (
	"encoding/csv"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/schedule"
)

// Loudspeakers that are joined through an integration device cannot answer. They
// are never good and never broken, in no number, and what they were to play is
// planned and no more.
func TestLoudspeakersWithoutAReturnPath(t *testing.T) {
	day := time.Now().Add(-3 * time.Hour).Truncate(time.Minute)
	o := start(t, func(t *testing.T, s *store.Store) {
		require.NoError(t, s.DeleteNode(t.Context(), "da-mi-loa"))
		for id, area := range map[string]string{"fm-1": "thon-1", "fm-2": "da-mi"} {
			require.NoError(t, s.PutNode(t.Context(), store.Node{ID: id, Name: "Loa FM " + id, Area: area, Volume: 80,
				Created: day.Add(-time.Hour), NoReturn: true}))
		}
		require.NoError(t, s.DeleteNode(t.Context(), "thon-1-loa"))
		require.NoError(t, s.PutNode(t.Context(), store.Node{ID: "thon-1-loa", Name: "Cổng làng", Area: "thon-1", Volume: 80,
			Created: day.Add(-time.Hour)}))
		both, only := aired(1, day), aired(2, day.Add(time.Hour))
		only.Targets = schedule.Targets{Areas: []string{"da-mi"}}
		require.NoError(t, s.AddBroadcasts(t.Context(), []store.Broadcast{both, only}))
		for _, node := range []string{"thon-1-loa", "thon-2-loa"} {
			_, err := s.AddPlays(t.Context(), []store.Play{said(both, node, "heard", "")})
			require.NoError(t, err)
		}
	})
	head := o.somebody(t, "lan", "admin", "la-da")
	read := func(path string) string { return string(head.does(t, "GET", path, nil).body) }

	n := o.ask(t, "GET", "/api/v1/nodes/fm-1", nil).object(200)
	require.Equal(t, []any{"no_return", true}, []any{n["state"], n["no_return"]})
	today := read("/")
	require.Contains(t, today, "0/2 cụm loa tốt · thêm 2 cụm không có phản hồi")
	require.Contains(t, today, `<span class="state no_return"><span aria-hidden="true">○</span> Không có phản hồi</span>`)
	require.NotContains(t, today, `class="state good"`)
	require.Contains(t, read("/nodes"), "0/2 cụm loa tốt · thêm 2 cụm không có phản hồi")
	tree := read("/nodes?part=list")
	require.Regexp(t, `(?s)>Xã La Dạ</span><span class="tally"><span class="of">0/2 cụm loa tốt</span>.*class="state no_return"><span aria-hidden="true">○</span> Không có phản hồi: 2<`, tree, "counted apart")
	require.Regexp(t, `(?s)id="under-da-mi" data-trouble="">\s*<summary>.{0,120}<span class="tally">\s*<span class="state no_return"`,
		tree, "no trouble, and no good")
	require.NotContains(t, tree, `class="state good"`)
	village := read("/village?area=da-mi")
	require.Contains(t, village, "Các cụm loa ở đây không có phản hồi")
	require.NotContains(t, village, "✓")
	require.Contains(t, read("/village?area=thon-1"), "0/1 cụm loa tốt · thêm 1 cụm không có phản hồi")
	faults, _, _ := strings.Cut(read("/faults"), `id="works"`) // below it somebody may note work at them
	require.NotContains(t, faults, "Loa FM", "nor are they faulty")
	require.Contains(t, read("/emergency"), "○ Không có phản hồi: Loa FM fm-1, Loa FM fm-2")
	require.Contains(t, string(o.ask(t, "GET", "/metrics", nil).body), `loa_nodes{state="no_return"} 2`)

	// the log
	rows := map[string]object{}
	for _, row := range o.ask(t, "GET", "/api/v1/log", nil).items() {
		rows[row["title"].(string)] = row
	}
	whole, only := rows["Bản tin 1"], rows["Bản tin 2"]
	require.Equal(t, []any{"heard", 2.0, 2.0, 2}, []any{whole["state"], whole["nodes"], whole["heard"], len(whole["no_return"].([]any))})
	require.Empty(t, whole["missing"])
	require.Equal(t, []any{"planned", 0.0, 1}, []any{only["state"], only["nodes"], len(only["no_return"].([]any))})
	require.Len(t, o.ask(t, "GET", "/api/v1/log?confirmed=yes", nil).items(), 1, "what is planned is not confirmed")
	log := read("/log")
	require.Contains(t, log, "○</span> Đã lên lịch, không có phản hồi")
	require.Contains(t, log, "Loa FM fm-2: đã lên lịch, không ai xác nhận được")
	require.NotContains(t, log, "0/0")
	require.Contains(t, read("/log/print"), "Không có phản hồi: Loa FM fm-1, Loa FM fm-2")
	text, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(o.ask(t, "GET", "/api/v1/log.csv", nil).body), "\ufeff"))).ReadAll()
	require.NoError(t, err)
	require.Contains(t, text[0], "Không có phản hồi")
	require.Contains(t, text[1], "Đã lên lịch, không có phản hồi")

	// a call
	call := o.ask(t, "POST", "/api/v1/calls", object{"class": "live", "title": "Họp", "targets": object{"areas": array{"thon-1"}}}).object(201)
	require.Equal(t, []any{1.0, 1}, []any{call["nodes"], len(call["no_return"].([]any))})
	require.Len(t, call["missing"], 1)
	require.Contains(t, read("/"), "đã nghe 0/1 · thêm 1 cụm không có phản hồi")

	// from the page, with no board to invite; and no more, once there is one
	made := o.form(t, "/nodes", url.Values{"name": {"Loa dây"}, "area": {"thon-2"}, "no_return": {"1"}}, "Cookie", head.cookie)
	require.Equal(t, []any{303, "/nodes/thon-2-loa-day?saved"}, []any{made.status, made.header.Get("Location")})
	require.NotContains(t, read("/nodes/thon-2-loa-day"), "/invite")
	o.ask(t, "POST", "/api/v1/nodes/thon-2-loa-day/invite", nil).problem(409, "node_no_return")
	o.ask(t, "POST", "/api/v1/nodes/thon-2-loa-day/test", nil).problem(409, "node_no_return")
	o.form(t, "/nodes/thon-2-loa-day", url.Values{"name": {"Loa dây"}, "area": {"thon-2"}, "volume": {"80"}}, "Cookie", head.cookie)
	require.Equal(t, "unknown", o.ask(t, "GET", "/api/v1/nodes/thon-2-loa-day", nil).object(200)["state"])
}
