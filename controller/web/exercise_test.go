package web_test

import (
	"encoding/csv"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/schedule"
)

// drilled is a commune of two villages that had a drill yesterday: one loudspeaker was
// heard, one was off, and one is of another village.
func drilled(t *testing.T, s *store.Store) {
	ctx, began := t.Context(), time.Now().Add(-24*time.Hour).Truncate(time.Millisecond)
	oneVillage(t, s)
	require.NoError(t, s.PutArea(ctx, store.Area{ID: "thon-2", Parent: "la-da", Name: "Thôn 2", Kind: store.Village}))
	for id, area := range map[string]string{"loa-1": "thon-1", "loa-2": "thon-1", "loa-3": "thon-2"} {
		require.NoError(t, s.PutNode(ctx, store.Node{ID: id, Name: "Cụm " + id, Area: area, Volume: 80, Created: began.Add(-time.Hour)}))
	}
	c := store.Call{Call: schedule.Call{ID: "c-1", Class: schedule.Live, Title: "Diễn tập: Lũ về", Start: began, End: began.Add(time.Minute)},
		Targets: schedule.Targets{Areas: []string{"la-da"}}, Author: "Chị Hoa", Drill: true, Ended: began.Add(time.Minute), Reason: "stopped"}
	require.NoError(t, s.PutCall(ctx, c))
	for _, n := range []string{"loa-1", "loa-3"} {
		_, err := s.AddPlays(ctx, []store.Play{{Node: n, Programme: "c-1", Airing: "c-1", At: began, Began: began, Ended: began.Add(time.Minute),
			Heard: time.Minute, Length: time.Minute, Outcome: "heard"}})
		require.NoError(t, err)
	}
	require.NoError(t, s.AddExercise(ctx, store.Exercise{ID: "x-c-1", Kind: store.Yearly, At: began, Broadcast: "c-1", Title: c.Title,
		Who: "Chị Hoa", Whole: true}))
}

// sheet is what the tests read of one.
type sheet struct {
	ID, Kind                         string
	Of, Passed, Failed, Open, Mended int
	Ended                            *time.Time
	Villages                         []struct {
		Area  string
		Nodes []struct{ Node, Outcome, VI, Who string }
	}
}

func (o *office) drawn(t *testing.T) (s sheet) {
	t.Helper()
	require.Eventually(t, func() bool {
		require.NoError(t, json.Unmarshal(o.ask(t, "GET", "/api/v1/exercises/x-c-1", nil).body, &s))
		return s.Ended != nil
	}, time.Minute, 10*time.Millisecond)
	return s
}

// The sheet of a drill, on the page, on paper, as a table and for programs: who was heard of
// whom, why not, who repairs it. A village head sees the own village.
func TestExerciseSheet(t *testing.T) {
	o := start(t, drilled)
	s := o.drawn(t)
	require.Equal(t, []int{3, 2, 1, 1}, []int{s.Of, s.Passed, s.Failed, s.Open})
	o.ask(t, "PUT", "/api/v1/nodes/loa-2/care", object{"who": "Anh Tư"})
	page := string(o.ask(t, "GET", "/exercises/x-c-1", nil).body)
	for _, text := range []string{"Diễn tập hằng năm ngày", "Nghe được 2/3 cụm loa", "1 chưa đạt", "Thôn 1 · 1/2", "Thôn 2 · 1/1", "Cụm loa-2",
		"Chưa sửa xong", "Anh Tư"} {
		require.Contains(t, page, text)
	}
	require.Contains(t, string(o.ask(t, "GET", "/exercises/x-c-1/print", nil).body), "<td>Anh Tư</td>")
	table, err := csv.NewReader(strings.NewReader(string(o.ask(t, "GET", "/api/v1/exercises/x-c-1/sheet.csv", nil).body))).ReadAll()
	require.NoError(t, err)
	require.Len(t, table, 4)
	require.Equal(t, []string{"Thôn 1", "Cụm loa-2"}, table[1][:2], "what failed first")
	require.Equal(t, "Anh Tư", table[1][4])
	list := string(o.ask(t, "GET", "/exercises", nil).body)
	require.Contains(t, list, "Nghe được 2/3 cụm loa")
	require.Contains(t, list, `href="/drill?exercise=audible"`)
	require.Contains(t, list, `action="/exercises/silent"`)
	require.Equal(t, 404, o.ask(t, "GET", "/exercises/x-none", nil).status)

	head := o.somebody(t, "truong-thon", "head", "thon-2")
	require.NoError(t, json.Unmarshal(head.does(t, "GET", "/api/v1/exercises/x-c-1", nil).body, &s))
	require.Equal(t, []int{1, 1, 0}, []int{s.Of, s.Passed, s.Failed})
	own := string(head.does(t, "GET", "/exercises/x-c-1", nil).body)
	require.NotContains(t, own, "Thôn 1")
	require.NotContains(t, own, "Cụm loa-2")
	list = string(head.does(t, "GET", "/exercises", nil).body)
	for _, not := range []string{"/drill?exercise", "/exercises/silent", "/exercises/rule"} {
		require.NotContains(t, list, not, "what they may not do")
	}
}

// The calendar is set by those that govern, on the page and by programs; what is overdue waits
// on the first page of those that can begin it, and of nobody else.
func TestExerciseCalendar(t *testing.T) {
	o := start(t, oneVillage, func(t *testing.T, s *store.Store) {
		require.NoError(t, s.PutExercisesTold(t.Context(), store.ExercisesTold{Since: time.Now().AddDate(0, 0, -60)}))
	})
	speaker := o.somebody(t, "phat-thanh", "operator", "la-da")
	head := o.somebody(t, "truong-thon", "head", "la-da")
	const waits = `class="todo" href="/exercises#entry-audible"`
	require.Contains(t, string(speaker.does(t, "GET", "/", nil).body), waits)
	require.NotContains(t, string(head.does(t, "GET", "/", nil).body), waits)
	require.Eventually(t, func() bool {
		return strings.Contains(string(speaker.does(t, "GET", "/", nil).body), `aria-label="Kiểm tra, diễn tập quá hạn"`)
	}, time.Minute, 100*time.Millisecond, "and they are told")

	form := func(values url.Values) reply {
		return o.ask(t, "POST", "/exercises/rule", strings.NewReader(values.Encode()), "Content-Type", "application/x-www-form-urlencoded")
	}
	form(url.Values{"silent": {"0"}, "at": {"9:5"}, "audible": {"90"}, "yearly": {"365"}, "public": {"1"}})
	var rule store.ExerciseRule
	require.NoError(t, json.Unmarshal(o.ask(t, "GET", "/api/v1/exercise-rule", nil).body, &rule))
	require.Equal(t, store.ExerciseRule{SilentAt: "09:05", AudibleDays: 90, YearlyDays: 365, Public: true}, rule)
	require.NotContains(t, string(speaker.does(t, "GET", "/", nil).body), waits)
	wrong := form(url.Values{"silent": {"bảy"}, "at": {"9 giờ"}, "audible": {"90"}, "yearly": {"365"}})
	require.Equal(t, 422, wrong.status)
	require.Contains(t, string(wrong.body), "Lịch chưa đúng")
	require.Contains(t, string(wrong.body), `value="9 giờ"`, "what was typed is still there")
	o.ask(t, "PUT", "/api/v1/exercise-rule", object{"silent_days": 7, "silent_at": "25:00", "audible_days": 1, "yearly_days": 1,
		"public": false}).problem(422, "exercise_rule")
}

// A drill that is begun from the calendar belongs to its entry; the form has the whole
// commune chosen, and says what it is for. A silent test is begun there, too, and makes no
// call.
func TestExerciseIsBegun(t *testing.T) {
	o := start(t, oneVillage)
	page := string(o.ask(t, "GET", "/drill?exercise=yearly", nil).body)
	require.Contains(t, page, `data-exercise="yearly"`)
	require.Regexp(t, `value="la-da"[^>]* checked`, page)
	page = string(o.ask(t, "GET", "/drill?exercise=silent", nil).body)
	require.NotContains(t, page, "data-exercise")
	require.NotRegexp(t, `value="la-da"[^>]* checked`, page)

	call := o.begin(t, object{"class": "live", "drill": true, "title": "Lũ về", "armed": o.armDrill(t), "exercise": "yearly",
		"targets": object{"areas": array{"la-da"}}})
	id := "x-" + call["id"].(string)
	s := o.ask(t, "GET", "/api/v1/exercises/"+id, nil).object(200)
	require.Equal(t, "yearly", s["kind"])
	require.Equal(t, true, s["whole"])
	require.Nil(t, s["ended"])
	o.ask(t, "POST", "/api/v1/exercises", nil).problem(409, "exercise_on_air")
	o.ask(t, "POST", "/api/v1/calls/"+call["id"].(string)+"/stop", nil).object(200)
	require.Eventually(t, func() bool {
		return o.ask(t, "GET", "/api/v1/calls/"+call["id"].(string), nil).object(200)["ended"] != nil
	}, time.Minute, 20*time.Millisecond)
	before := len(o.ask(t, "GET", "/api/v1/calls", nil).items())
	begun := o.ask(t, "POST", "/api/v1/exercises", nil).object(202)["id"].(string)
	o.ask(t, "POST", "/api/v1/exercises", nil).problem(409, "exercise_under_way")
	require.Equal(t, "silent", o.ask(t, "GET", "/api/v1/exercises/"+begun, nil).object(200)["kind"])
	require.Len(t, o.ask(t, "GET", "/api/v1/calls", nil).items(), before, "nothing sounds")
	audit := string(o.ask(t, "GET", "/api/v1/audit", nil).body)
	require.Contains(t, audit, `"exercise.begin"`)
}
