package web_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/schedule"
)

// listen is somebody else's web server.
func listen(t *testing.T, take func(http.ResponseWriter, *http.Request, string)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // a part is no notice, and the test fails
		take(w, r, string(body))
	}))
	t.Cleanup(s.CloseClientConnections)
	return s.URL
}

// aired is a line of the log, of all villages.
func aired(i int, start time.Time) store.Broadcast {
	id := fmt.Sprint("p", i)
	return store.Broadcast{ID: schedule.AiringID(id, start), Kind: store.AiringKind, Programme: id, Title: fmt.Sprint("Bản tin ", i),
		Class: schedule.Normal, Field: "Nông nghiệp",
		Author: "Cô Hoa", Approver: "Ông Nam", Targets: schedule.Targets{Areas: []string{"la-da"}}, Planned: start, Length: time.Minute,
		Items: 1, Due: start.Add(10 * time.Minute)}
}

func said(b store.Broadcast, node, outcome, reason string) store.Play {
	p := store.Play{Node: node, Programme: b.Programme, Airing: b.ID, At: b.Planned, Outcome: outcome, Reason: reason, Length: time.Minute,
		Volume: 70, Received: b.Planned.Add(time.Minute)}
	if outcome == "heard" {
		p.Began, p.Ended, p.Heard = b.Planned, b.Planned.Add(time.Minute), time.Minute
	}
	return p
}

func TestLog(t *testing.T) {
	zone := time.FixedZone("", 7*3600)
	day := time.Date(2026, 11, 20, 5, 0, 0, 0, zone)
	o := start(t, func(t *testing.T, s *store.Store) {
		old := func(id string) { // they were there then
			n, err := s.Node(t.Context(), id)
			require.NoError(t, err)
			require.NoError(t, s.DeleteNode(t.Context(), id))
			n.Created = day.AddDate(0, -1, 0)
			require.NoError(t, s.PutNode(t.Context(), n))
		}
		for _, v := range []string{"thon-1", "thon-2", "da-mi"} {
			old(v + "-loa")
		}
		whole, part, silent, formula := aired(1, day), aired(2, day.Add(time.Hour)), aired(3, day.Add(24*time.Hour)), aired(4,
			day.Add(25*time.Hour))
		formula.Title, formula.Author, formula.Class = `=HYPERLINK("http://x")`, "@SUM(1)", schedule.Priority
		formula.Targets = schedule.Targets{Areas: []string{"thon-2"}}
		require.NoError(t, s.AddBroadcasts(t.Context(), []store.Broadcast{whole, part, silent, formula}))
		_, err := s.AddPlays(t.Context(), []store.Play{said(whole, "thon-1-loa", "heard", ""), said(whole, "thon-2-loa", "heard", ""),
			said(whole, "da-mi-loa", "heard", ""),
			said(part, "thon-1-loa", "heard", ""), said(part, "thon-2-loa", "not_heard", "missing_clip"), said(formula, "thon-2-loa",
				"not_heard", "quiet_hours")})
		require.NoError(t, err)
	})
	all := o.ask(t, "GET", "/api/v1/log", nil).items()
	require.Len(t, all, 4)
	states := func(items []map[string]any) (s []any) {
		for _, v := range items {
			s = append(s, v["state"])
		}
		return s
	}
	require.Equal(t, []any{"not_heard", "unknown", "partly", "heard"}, states(all), "of one that nobody spoke of nothing is claimed")
	part := all[2]
	require.Equal(t, []any{3.0, 1.0, 1.0, 1.0, "Cô Hoa", "Ông Nam", "Nông nghiệp", 60.0, 70.0},
		[]any{part["nodes"], part["heard"], part["silent"], part["unknown"], part["author"], part["approver"], part["field"],
			part["length_s"], part["volume"]})
	require.Equal(t, array{object{"id": "da-mi-loa", "name": "Cụm loa da-mi", "outcome": "unknown"},
		object{"id": "thon-2-loa", "name": "Cụm loa thon-2", "outcome": "not_heard", "reason": "missing_clip"}}, part["missing"])
	count := func(query string) int { return len(o.ask(t, "GET", "/api/v1/log?"+query, nil).items()) }
	for query, want := range map[string]int{"from=2026-11-20T22:00:00Z": 2, "to=2026-11-20T22:00:00Z": 2, "area=thon-2": 4,
		"area=thon-1": 3, "area=lam-dong": 4, "class=priority": 1,
		"person=Nam": 4, "person=%40SUM": 1, "confirmed=yes": 1, "confirmed=no": 3} {
		require.Equal(t, want, count(query), query)
	}
	page := o.ask(t, "GET", "/api/v1/log?limit=3", nil).object(200)
	require.Equal(t, 1, count("limit=3&before="+url.QueryEscape(page["next"].(string))))
	o.ask(t, "GET", "/api/v1/log?before=junk", nil).problem(422, "cursor_invalid")
	o.ask(t, "GET", "/api/v1/log?class=rumour", nil).problem(422, "request_invalid")
	o.ask(t, "GET", "/api/v1/log.csv?from=junk", nil).problem(422, "time_invalid")

	sheet := o.ask(t, "GET", "/api/v1/log.csv?from=2026-11-21&to=2026-11-21", nil)
	require.True(t, strings.HasPrefix(string(sheet.body), "\uFEFFGiờ phát,"), "Excel knows UTF-8 by it")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(sheet.body), "\uFEFF"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 3, "the last day is meant whole")
	require.Equal(t, `'=HYPERLINK("http://x")`, rows[1][3])
	require.Equal(t, `'@SUM(1)`, rows[1][6])
	require.Contains(t, rows[1][15], "không phát (giờ yên tĩnh)")
	require.Equal(t, "Chưa rõ", rows[2][12])

	text := o.page(t, "/log")
	for _, words := range []string{"Bản tin 2", "Cụm loa thon-2: không phát (chưa nhận được tệp âm thanh)", "chưa rõ, không có phản hồi",
		`class="tag unknown"`, "4 lần phát, 1 lần mọi cụm loa đã phát đủ"} {
		require.Contains(t, text, words)
	}
	require.NotContains(t, o.page(t, "/log?class=priority"), "Bản tin 2")
	require.Contains(t, o.page(t, "/log?lang=en&confirmed=yes"), "Heard")
	paper := o.page(t, "/log/print?from=2026-11-20&to=2026-11-21")
	for _, words := range []string{"NHẬT KÝ PHÁT THANH", "Xã La Dạ", "Từ 20/11/2026 đến 21/11/2026", "Người lập", "Lãnh đạo duyệt",
		"Bản tin 3"} {
		require.Contains(t, paper, words)
	}

	// a village head sees what concerned the village, and of nobody else's loudspeakers
	head := o.somebody(t, "ba", "head", "thon-1")
	mine := head.does(t, "GET", "/api/v1/log", nil)
	require.Len(t, mine.items(), 3)
	require.Equal(t, []any{"unknown", "heard", "heard"}, states(mine.items()))
	require.NotContains(t, string(mine.body), "thon-2-loa")
	require.NotContains(t, string(head.does(t, "GET", "/api/v1/log.csv", nil).body), "Cụm loa thon-2")
}

// What a microphone did not hear was not heard, whatever the node gave out: in
// every count, list and export. What was to be heard can be listened to, if it is
// still there.
func TestMicrophoneInTheLog(t *testing.T) {
	day := time.Now().Add(-3 * time.Hour).Truncate(time.Second)
	db := 3.4
	o := start(t, func(t *testing.T, s *store.Store) {
		for _, v := range []string{"thon-1", "thon-2", "da-mi"} {
			require.NoError(t, s.DeleteNode(t.Context(), v+"-loa"))
			require.NoError(
				t,
				s.PutNode(t.Context(), store.Node{ID: v + "-loa", Name: "Cụm loa " + v, Area: v, Created: day.AddDate(0, -1, 0)}),
			)
		}
		_, err := s.PutProgramme(t.Context(), schedule.Programme{ID: "p1", Title: "Bản tin 1", Class: schedule.Normal,
			Rule: schedule.Rule{At: day}, Rundown: []schedule.Item{{Kind: schedule.Chime}}}, day.AddDate(0, 0, -1))
		require.NoError(t, err)
		b := aired(1, day)
		require.NoError(
			t,
			s.AddClip(t.Context(), store.Clip{ID: strings.Repeat("ab", 32), Name: "tin.m4a", Kind: "recording", Created: day}),
		)
		b.Clips = []string{strings.Repeat("ab", 32), strings.Repeat("cd", 32)}
		require.NoError(t, s.AddBroadcasts(t.Context(), []store.Broadcast{b}))
		loud, mute, vague := said(b, "thon-1-loa", "heard", ""), said(b, "thon-2-loa", "heard", ""), said(b, "da-mi-loa", "heard", "")
		loud.Ear, loud.EarDB, mute.Ear, vague.Ear = "heard", &db, "not_heard", "cannot_tell"
		_, err = s.AddPlays(t.Context(), []store.Play{loud, mute, vague})
		require.NoError(t, err)
	})
	line := o.ask(t, "GET", "/api/v1/log", nil).items()[0]
	require.Equal(t, []any{"partly", 2.0, 1.0, 0.0}, []any{line["state"], line["heard"], line["silent"], line["unknown"]})
	require.Equal(t, array{object{"id": "thon-2-loa", "name": "Cụm loa thon-2", "outcome": "not_heard", "reason": "silent_horn",
		"ear": "not_heard"}}, line["missing"])
	confirmed := line["confirmed"].(array)
	require.Equal(t, []any{"cannot_tell", "heard", 3.4}, []any{confirmed[0].(object)["ear"], confirmed[1].(object)["ear"],
		confirmed[1].(object)["ear_db"]})
	require.Equal(t, array{"/api/v1/clips/" + strings.Repeat("ab", 32) + "/audio"}, line["clips"])
	for _, p := range o.ask(t, "GET", "/api/v1/plays?node=thon-1-loa", nil).items() {
		require.Equal(t, []any{"heard", 3.4}, []any{p["ear"], p["ear_db"]})
	}
	require.Equal(t, 1, len(o.ask(t, "GET", "/api/v1/log?confirmed=no", nil).items()))
	sheet := string(o.ask(t, "GET", "/api/v1/log.csv", nil).body)
	from := "từ " + day.In(time.FixedZone("", 7*3600)).Format("15:04:05")
	for _, words := range []string{"Cụm loa thon-2: không phát (loa đã phát nhưng micro không nghe thấy loa)",
		"Cụm loa da-mi (micro không rõ); Cụm loa thon-1 (micro nghe thấy, +3 dB)"} {
		require.Contains(t, sheet, words)
	}
	page := o.page(t, "/log")
	for _, words := range []string{"đã nghe 2/3", "âm lượng 70 %", "Cụm loa thon-1 " + from + " (micro nghe thấy, +3 dB)",
		"micro không nghe thấy loa", strings.Repeat("ab", 32) + "/audio"} {
		require.Contains(t, page, words)
	}
	require.NotContains(t, page, strings.Repeat("cd", 32))
	paper := o.page(t, "/log/print")
	for _, words := range []string{"Âm lượng", "<td>70</td>",
		"Đã xác nhận: Cụm loa da-mi (micro không rõ), Cụm loa thon-1 (micro nghe thấy, +3 dB)", "Cụm loa thon-2 (micro không nghe thấy)"} {
		require.Contains(t, paper, words)
	}
	today := o.page(t, "/")
	require.Contains(t, today, "2/3 cụm loa đã phát đủ")
	require.Contains(t, today, "Không phát: loa đã phát nhưng micro không nghe thấy loa")
	require.Contains(t, o.page(t, "/village?area=thon-2"), "micro không nghe thấy")
}

// What begins is written down as it was planned, whether anybody heard it or
// not, and stays so when the calendar changes.
func TestAiringsAreLogged(t *testing.T) {
	o := start(t)
	writer := o.somebody(t, "hoa", "operator", "la-da")
	clip := o.clip(t, "Chào bà con.")
	at := time.Now().Add(1500 * time.Millisecond).UTC().Truncate(time.Millisecond)
	id := o.add(t, programme(with("title", "Sáng"), with("at", at.Format(time.RFC3339Nano)), with("rundown", array{object{"clip": clip}})))
	waiting := writer.does(t, "POST", "/api/v1/programmes", programme(with("title", "Không ai duyệt"),
		with("at", at.Format(time.RFC3339Nano)))).object(201)
	require.Equal(t, "waiting", approvalOf(waiting)["state"])
	<-time.After(time.Until(at) + 100*time.Millisecond)
	o.ask(t, "DELETE", "/api/v1/programmes/"+id, nil).into(204, nil)
	line := o.ask(t, "GET", "/api/v1/log", nil).items()
	require.Len(t, line, 1)
	require.Equal(t, []any{"Sáng", "Máy văn phòng", "Máy văn phòng", "under_way", 3.0, 0.0},
		[]any{line[0]["title"], line[0]["author"], line[0]["approver"], line[0]["state"], line[0]["nodes"], line[0]["heard"]})
	require.Equal(t, array{"/api/v1/clips/" + clip + "/audio"}, line[0]["clips"])
	sounds := o.ask(t, "GET", "/api/v1/audit?action=airing", nil).items()
	require.Len(t, sounds, 1, "every sound stands in the log that cannot be changed unseen")
	require.Equal(t, []any{"schedule", "airing.begin", "Sáng"}, []any{sounds[0]["who"], sounds[0]["action"],
		sounds[0]["after"].(object)["title"]})
}

// An airing is over when each loudspeaker has told of all of it, however long one
// might still have taken; one that has told of a part is awaited.
func TestAnAiringIsOverWhenAllHaveSaidSo(t *testing.T) {
	at := time.Now().Add(-time.Minute).Truncate(time.Second)
	o := start(t, func(t *testing.T, s *store.Store) {
		for _, v := range []string{"thon-1", "thon-2", "da-mi"} {
			require.NoError(t, s.DeleteNode(t.Context(), v+"-loa"))
			require.NoError(
				t,
				s.PutNode(t.Context(), store.Node{ID: v + "-loa", Name: "Cụm loa " + v, Area: v, Created: at.AddDate(0, -1, 0),
					NoReturn: v == "da-mi"}),
			)
		}
		airing := func(title string, outcomes ...string) { // of thon-1 and of thon-2, two items each
			b := store.Broadcast{ID: title + "@1", Kind: store.AiringKind, Programme: title, Title: title, Class: schedule.Normal,
				Targets: schedule.Targets{Areas: []string{"la-da"}},
				Planned: at, Length: 20 * time.Second, Items: 2, Due: at.Add(time.Hour)}
			require.NoError(t, s.AddBroadcasts(t.Context(), []store.Broadcast{b}))
			for i, outcome := range outcomes {
				if outcome == "" {
					continue
				}
				play := store.Play{Node: []string{"thon-1-loa", "thon-2-loa"}[i/2], Airing: b.ID, Programme: title, Item: i % 2, At: at,
					Outcome: outcome, Received: at}
				if outcome == "heard" {
					play.Began, play.Ended, play.Heard, play.Length = at, at.Add(10*time.Second), 10*time.Second, 10*time.Second
				}
				_, err := s.AddPlays(t.Context(), []store.Play{play})
				require.NoError(t, err)
			}
		}
		airing("all", "heard", "heard", "heard", "heard")
		airing("one-not", "heard", "heard", "not_heard", "not_heard")
		airing("a-part", "heard", "not_heard", "heard", "heard")
		airing("half-said", "heard", "heard", "heard", "")
		airing("one-silent", "heard", "heard", "", "")
		airing("none")
	})
	states := map[string]any{}
	for _, line := range o.ask(t, "GET", "/api/v1/log", nil).items() {
		states[line["title"].(string)] = line["state"]
	}
	require.Equal(t, map[string]any{"all": "heard", "one-not": "partly", "a-part": "partly", "half-said": "under_way",
		"one-silent": "under_way", "none": "under_way"}, states)
}
