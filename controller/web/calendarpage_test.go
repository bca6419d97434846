package web_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/schedule"
)

var here = time.FixedZone("+07", 7*3600)

// monday is one that lies ahead, in the commune.
func monday() time.Time {
	now := time.Now().In(here)
	return time.Date(now.Year(), now.Month(), now.Day()+8-int(now.Weekday()+6)%7+6, 0, 0, 0, 0, here)
}

// The week shows what will be heard and what will not, and why.
func TestCalendarPage(t *testing.T) {
	o := start(t)
	mon := monday()
	at := func(hour, minute int) string {
		return mon.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute).Format(time.RFC3339)
	}
	long := array{object{"chime": true}, object{"gap_s": 600}}
	o.ask(t, "PUT", "/api/v1/quiet", object{"items": array{object{"from": "21:30", "to": "04:45"}}}).into(200, nil)
	o.add(t, programme(with("title", "Tin chiều"), with("at", at(17, 0)), with("rundown", long)))
	o.add(t, programme(with("title", "Tin sau"), with("at", at(17, 5)), with("rundown", long)))
	o.add(t, programme(with("title", "Tin khuya"), with("at", at(22, 0))))
	o.add(t, programme(with("title", "Bản thảo"), with("at", at(6, 30)), with("draft", true)))
	off := o.add(t, programme(with("title", "Cho nghỉ"), with("at", nil), with("cron", "0 7 * * *")))
	o.ask(t, "POST", "/api/v1/programmes/"+off+"/skip", object{"start": at(7, 0)}).into(200, nil)

	week := o.page(t, "/calendar/week/"+mon.AddDate(0, 0, 3).Format(time.DateOnly))
	require.Contains(t, week, "Thứ Hai <span>"+mon.Format("02/01"))
	for state, n := range map[string]int{"planned": 7, "late": 1, "silent": 1, "draft": 1,
		"skipped": 1} { // Tin chiều, and six days of the daily one
		require.Equal(t, n, strings.Count(week, fmt.Sprintf("data-state=%q", state)), state)
	}
	for _, words := range []string{"lùi đến 17:10", "không phát: giờ yên tĩnh", "Nháp", "đã cho nghỉ", "Giờ yên tĩnh 21:30–04:45"} {
		require.Contains(t, week, words)
	}
	day := o.page(t, "/calendar/day/"+mon.Format(time.DateOnly))
	require.Equal(t, 5, strings.Count(day, "data-state="))
	require.Contains(t, day, `href="/calendar/day/`+mon.AddDate(0, 0, 1).Format(time.DateOnly))
	for _, path := range []string{"/calendar/week/2026-13-01", "/calendar/month/2026-11-01", "/calendar/week/0000-01-01"} {
		require.Equal(t, 404, o.ask(t, "GET", path, nil).status, path)
	}

	// what a village hears at 17:05, by page and by API
	q := url.Values{"area": {"thon-1"}, "on": {mon.Format(time.DateOnly)}, "at": {"17:05"}}
	require.Contains(t, o.page(t, "/calendar?"+q.Encode()), "“Tin chiều”, từ 17:00:00 đến 17:10:0")
	var hears struct {
		Nodes int
		Quiet bool
		Heard []struct{ Title string }
		Next  struct {
			Title string
			From  time.Time
		}
	}
	o.ask(t, "GET", "/api/v1/areas/la-da/hears?"+url.Values{"at": {at(17, 5)}}.Encode(), nil).into(200, &hears)
	require.Equal(t, 3, hears.Nodes)
	require.Equal(t, "Tin chiều", hears.Heard[0].Title)
	require.Equal(t, "Tin sau", hears.Next.Title)
	require.True(t, hears.Next.From.After(mon.Add(17*time.Hour+10*time.Minute)))
	o.ask(t, "GET", "/api/v1/areas/la-da/hears?"+url.Values{"at": {at(22, 0)}}.Encode(), nil).into(200, &hears)
	require.True(t, hears.Quiet)
	require.Empty(t, hears.Heard)
	o.ask(t, "GET", "/api/v1/areas/nowhere/hears?"+url.Values{"at": {at(22, 0)}}.Encode(), nil).problem(404)
	require.Contains(t, o.page(t, "/calendar?area=thon-1&at=25:00"), "Giờ chưa đúng")
	o.ask(t, "PUT", "/api/v1/usual-hours", object{"morning": "06:10", "evening": "18:20"}).into(200, nil)
	require.Regexp(t, `name="at" value="(06:10|18:20)"`, o.page(t, "/calendar"), "it asks about the commune's own hours")
	require.Contains(t, o.page(t, "/calendar?on="+mon.Format(time.DateOnly)), `name="on" value="`+mon.Format(time.DateOnly)+`"`)
	require.Contains(t, o.page(t, "/calendar?on="+mon.Format(time.DateOnly)), `name="at" value="06:10"`)
}

func (o *office) starts(t *testing.T, from time.Time, days int) (all []string) {
	t.Helper()
	for _, a := range o.airings(t, from, from.AddDate(0, 0, days), "") {
		start, err := time.Parse(time.RFC3339, a["start"].(string))
		require.NoError(t, err)
		all = append(all, start.In(here).Format("Mon 15:04"))
	}
	return all
}

// One airing moves out of its series; it and all that follow; all.
func TestMoveAiring(t *testing.T) {
	o := start(t)
	mon := monday()
	id := o.add(t, programme(with("at", nil), with("cron", "0 17 * * *")))
	move := func(id string, start, to time.Time, which string) reply {
		return o.ask(t, "POST", "/api/v1/programmes/"+id+"/move", object{"start": start.Format(time.RFC3339), "to": to.Format(time.RFC3339),
			"which": which})
	}
	five := func(day int) time.Time { return mon.AddDate(0, 0, day).Add(17 * time.Hour) }
	moved := move(id, five(1), five(2).Add(time.Hour), "this").object(200)
	require.NotEqual(t, id, moved["id"])
	require.Equal(t, []string{"Mon 17:00", "Wed 17:00", "Wed 18:00", "Thu 17:00"}, o.starts(t, mon, 4))

	move(id, five(3), five(3).Add(90*time.Minute), "following").into(200, nil)
	require.Equal(t, []string{"Mon 17:00", "Wed 17:00", "Wed 18:00", "Thu 18:30", "Fri 18:30", "Sat 18:30", "Sun 18:30"}, o.starts(t, mon, 7))

	move(id, five(0), five(0).Add(-time.Hour), "all").into(200, nil)
	require.Equal(t, []string{"Mon 16:00", "Wed 16:00", "Wed 18:00", "Thu 18:30"}, o.starts(t, mon, 4)[:4],
		"what was moved away does not come back at the new hour")

	require.Equal(t, []string{"Thu 18:30", "Fri 18:30", "Sat 18:30", "Sun 18:30"}, o.starts(t, mon.AddDate(0, 0, 3), 4),
		"where the one ended, the other begins")

	o.ask(t, "POST", "/api/v1/programmes/"+id+"/move", object{"start": five(0).Format(time.RFC3339),
		"to": five(1).Format(time.RFC3339)}).problem(422, "airing_unknown")
	move(id, five(0).Add(-time.Hour), five(1), "all").problem(422, "move_day")
	move(id, five(0).Add(-time.Hour), time.Now().Add(-time.Hour), "this").problem(422, "move_past")

	once := o.add(t, programme(with("at", five(8).Format(time.RFC3339))))
	require.Equal(t, once, move(once, five(8), five(9), "following").object(200)["id"], "of one airing there is nothing to leave behind")
}

// What is made less stays approved; a day is taken out, the rest called off.
func TestEndAndExcept(t *testing.T) {
	o := start(t)
	mon := monday()
	id := o.add(t, programme(with("at", nil), with("cron", "0 17 * * *")))
	o.ask(t, "PUT", "/api/v1/approval", object{"need": "all", "classes": array{}, "sources": array{}, "own": false}).into(200, nil)
	state := func() string {
		return o.ask(t, "GET", "/api/v1/programmes/"+id, nil).object(200)["approval"].(object)["state"].(string)
	}
	require.Equal(t, "approved", state())
	o.ask(t, "POST", "/api/v1/programmes/"+id+"/except", object{"date": mon.AddDate(0, 0, 1).Format(time.DateOnly)}).into(200, nil)
	require.Equal(t, "approved", state(), "a holiday needs no approval")
	require.Equal(t, []string{"Mon 17:00", "Wed 17:00"}, o.starts(t, mon, 3))
	o.ask(t, "POST", "/api/v1/programmes/"+id+"/end",
		object{"start": mon.AddDate(0, 0, 2).Add(17 * time.Hour).Format(time.RFC3339)}).into(200, nil)
	require.Equal(t, "approved", state())
	require.Equal(t, []string{"Mon 17:00"}, o.starts(t, mon, 14))
	o.ask(t, "POST", "/api/v1/programmes/"+id+"/end",
		object{"start": mon.AddDate(0, 0, 9).Add(17 * time.Hour).Format(time.RFC3339)}).problem(422, "airing_unknown")
	o.ask(t, "POST", "/api/v1/programmes/"+id+"/except", object{"date": "mai"}).problem(422, "date_invalid")
	r := o.ask(t, "POST", "/api/v1/programmes/"+id+"/move", object{"start": mon.Add(17 * time.Hour).Format(time.RFC3339),
		"to": mon.Add(18 * time.Hour).Format(time.RFC3339)})
	require.Equal(t, "waiting", r.object(200)["approval"].(object)["state"], "another hour does")
}

// What was done to a programme is taken back by the person that did it, whole: its approval,
// and what was moved out of it; once, and not over what others did since.
func TestRestore(t *testing.T) {
	o := start(t)
	mon := monday()
	five := func(day int) string { return mon.AddDate(0, 0, day).Add(17 * time.Hour).Format(time.RFC3339) }
	id := o.add(t, programme(with("at", nil), with("cron", "0 17 * * *")))
	o.ask(t, "PUT", "/api/v1/approval", object{"need": "all", "classes": array{}, "sources": array{}, "own": false}).into(200, nil)
	path := "/api/v1/programmes/" + id
	before, heard := o.ask(t, "GET", path, nil).object(200), o.starts(t, mon, 7)
	require.Equal(t, "approved", approvalOf(before)["state"])
	writer := o.somebody(t, "hoa", "operator", "la-da")
	o.ask(t, "POST", path+"/restore", object{}).problem(409, "undo_late")
	for _, deed := range []struct {
		method, does string
		body         any
		status       int
	}{
		{"POST", "/move", object{"start": five(1), "to": mon.AddDate(0, 0, 1).Add(18 * time.Hour).Format(time.RFC3339)}, 200},
		{"POST", "/move", object{"start": five(2), "to": mon.AddDate(0, 0, 2).Add(18 * time.Hour).Format(time.RFC3339), "which": "following"},
			200},
		{"POST", "/move", object{"start": five(2), "to": mon.AddDate(0, 0, 2).Add(18 * time.Hour).Format(time.RFC3339), "which": "all"}, 200},
		{"POST", "/except", object{"date": mon.AddDate(0, 0, 1).Format(time.DateOnly)}, 200},
		{"POST", "/end", object{"start": five(2)}, 200},
		{"DELETE", "", nil, 204},
	} {
		o.ask(t, deed.method, path+deed.does, deed.body).into(deed.status, nil)
		require.NotEqual(t, heard, o.starts(t, mon, 7), "%v", deed)
		writer.does(t, "POST", path+"/restore", object{}).problem(409, "undo_late")
		o.ask(t, "POST", path+"/restore", object{}).into(200, nil)
		back := o.ask(t, "GET", path, nil).object(200)
		require.Greater(t, back["version"], before["version"], "who read what was taken back must not write it")
		before["version"] = back["version"]
		require.Equal(t, before, back, "%v", deed)
		require.Equal(t, heard, o.starts(t, mon, 7), "%v", deed)
		require.Len(t, o.ask(t, "GET", "/api/v1/programmes", nil).items(), 1)
		o.ask(t, "POST", path+"/restore", object{}).problem(409, "undo_late")
	}
	o.ask(t, "POST", path+"/except", object{"date": mon.Format(time.DateOnly)}).into(200, nil)
	writer.does(t, "POST", path+"/skip", object{"start": five(3)}).into(200, nil)
	o.ask(t, "POST", path+"/restore", object{}).problem(409, "undo_late")
	writer.does(t, "POST", path+"/restore", object{}).into(200, nil)
	require.Equal(t, "programme.restore", o.ask(t, "GET", "/api/v1/audit?action=programme", nil).items()[0]["action"])
}

// The page knows, before anything is done, what a change would take off the air
// and whom it reaches.
func TestCalendarKnows(t *testing.T) {
	o := start(t)
	at := monday().Add(17 * time.Hour)
	relay := object{"stream": "http://dai.example/x", "length_s": 900}
	all := o.add(t, programme(with("at", at.Format(time.RFC3339)), with("rundown", array{relay, object{"gap_s": 5}})))
	one := o.add(t, programme(with("at", at.Add(time.Hour).Format(time.RFC3339)), with("targets", object{"areas": array{"thon-1"}}),
		with("rundown", array{relay, relay})))
	type known struct {
		Waits, May, Alarm bool
		All               []string
		Seconds, Stream   float64
	}
	page := func(body []byte) (of map[string]known) {
		m := regexp.MustCompile(`data-programmes="([^"]*)"`).FindSubmatch(body)
		require.NotNil(t, m)
		require.NoError(t, json.Unmarshal([]byte(html.UnescapeString(string(m[1]))), &of))
		return of
	}
	path := "/calendar/week/" + at.Format(time.DateOnly)
	writer := o.somebody(t, "hoa", "operator", "la-da")
	for _, c := range []struct {
		need  string
		waits bool
	}{{"all", true}, {"none", false}} {
		o.ask(t, "PUT", "/api/v1/approval", object{"need": c.need, "classes": array{}, "sources": array{}, "own": true}).into(200, nil)
		mine, theirs := page(o.ask(t, "GET", path, nil).body), page(writer.does(t, "GET", path, nil).body)
		require.False(t, mine[all].Waits, "who may approve does so by saving")
		require.Equal(t, c.waits, theirs[all].Waits, c.need)
		require.True(t, theirs[all].May)
		require.Equal(t, []string{"Thôn 1", "Thôn 2", "Thôn Đa Mi"}, theirs[all].All)
		require.Empty(t, theirs[one].All)
		require.Equal(t, 900.0, theirs[all].Stream)
		require.Zero(t, theirs[one].Stream, "of two, which?")
	}
	o.ask(t, "PUT", "/api/v1/approval", object{"need": "all", "classes": array{}, "sources": array{}, "own": true}).into(200, nil)
	writer.does(t, "POST", "/api/v1/programmes/"+all+"/move", object{"start": at.Format(time.RFC3339),
		"to": at.Add(2 * time.Hour).Format(time.RFC3339)}).into(200, nil)
	require.False(t, page(writer.does(t, "GET", path, nil).body)[all].Waits, "it is off the air already")
}

// One bulletin is found among many, however old; what others wrote is text.
func TestBulletinsPage(t *testing.T) {
	o := start(t)
	clip := o.clip(t, "Kính chào bà con.")
	for b := range 102 {
		o.ask(t, "POST", "/api/v1/bulletins", object{"title": fmt.Sprint("Tin số ", b), "clips": object{"vi": clip}}).into(201, nil)
	}
	id := o.ask(t, "POST", "/api/v1/bulletins", object{"title": "<b>Họp THÔN</b>", "field": "Y tế", "class": "priority",
		"clips": object{"vi": clip}}).object(201)["id"].(string)
	at := monday().Add(17 * time.Hour)
	o.add(t, programme(with("at", at.Format(time.RFC3339)), with("rundown", array{object{"bulletin": id}})))
	r := o.ask(t, "GET", "/bulletins", nil)
	require.Contains(t, string(r.body), "&lt;b&gt;Họp THÔN")
	require.NotContains(t, string(r.body), "<b>Họp THÔN")
	text := o.page(t, "/bulletins")
	require.Contains(t, text, "Phát tiếp 17:00 "+at.Format("02/01/2006"))
	require.Contains(t, text, "Còn bản tin cũ hơn")
	require.NotContains(t, text, `data-title="Tin số 0"`)
	found := o.page(t, "/bulletins?q="+url.QueryEscape("tin số 0"))
	require.Contains(t, found, `data-title="Tin số 0"`)
	require.Equal(t, 1, strings.Count(found, "<article"))
	require.Contains(t, o.page(t, "/bulletins?q=zzz"), "Không có bản tin nào như vậy")
	require.Contains(t, o.page(t, "/bulletins?lang=en"), "Save and schedule")
}

// A calendar that is longer than a loudspeaker takes is told on the calendar's page, with
// what to do, and in /readyz's body.
func TestACalendarThatIsTooLongIsTold(t *testing.T) {
	o := start(t, func(t *testing.T, s *store.Store) {
		var all []store.Programme
		for i := range 40 {
			p := schedule.Programme{ID: fmt.Sprint("p", i), Title: "Bản tin", Class: schedule.Normal, Level: schedule.CommuneLevel,
				Rule: schedule.Rule{At: soon.Add(time.Duration(i) * time.Hour)}, Targets: inVillage}
			for range schedule.MaxItems {
				p.Rundown = append(p.Rundown, schedule.Item{Kind: schedule.Gap, Length: time.Second, Title: strings.Repeat("Thông báo ", 15)})
			}
			all = append(all, store.Programme{Programme: p, Approval: store.Approval{Kind: store.OfProgramme, ID: p.ID, State: store.Approved,
				Digest: store.Programme{Programme: p}.Digest()}})
		}
		require.NoError(t, s.PutProgrammes(t.Context(), time.Now(), all...))
		for _, p := range all {
			require.NoError(t, s.PutApprovals(t.Context(), p.Approval))
		}
	})
	require.Eventually(t, func() bool {
		return strings.Contains(o.page(t, "/calendar"), "dài quá mức một cụm loa nhận được")
	}, time.Minute, 50*time.Millisecond)
	require.Contains(t, o.page(t, "/calendar"), "Cụm loa thon-1")
	require.Contains(t, string(o.send(t, "GET", "/readyz", nil).body), "plan_too_long")
}
