package web_test

import (
	"bytes"
	"compress/gzip"
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

// head is the village head of thon-1, signed in.
func (w *world) head() (cookie []string) {
	cookie, _ = w.as("head", "thon-1")
	return cookie
}

// A village head sees the own village and no other, and reports a fault; the
// technician sees it, looks after it, and says what was done.
func TestVillageHeadReportsAFault(t *testing.T) {
	w := newWorld(t)
	w.add(t, programme(with("at", time.Now().Add(2*time.Minute).Truncate(time.Second).Format(time.RFC3339)), with("title", "Tin chiều")))
	cookie := w.head()
	page := string(w.send(t, "GET", "/village", nil, cookie...).body)
	require.Contains(t, page, "Thôn 1")
	require.Contains(t, page, "Cụm loa thon-1")
	require.NotContains(t, page, "thon-2", "the neighbour's")
	require.NotContains(t, page, "✓ Tất cả", "a loudspeaker that never spoke is not good")
	if time.Now().Add(2*time.Minute).In(vn).Day() == time.Now().In(vn).Day() {
		require.Contains(t, page, "Tin chiều")
	}
	require.NotContains(t, string(w.send(t, "GET", "/village?area=thon-2", nil, cookie...).body), "thon-2-loa")

	send := func(path string, fields url.Values, as []string) reply {
		return w.form(t, path, fields, as...)
	}
	r := send("/village/thon-1-loa/reports", url.Values{"kind": {"silent"}, "words": {"im từ sáng"}}, cookie)
	require.Equal(t, "/village?reported=thon-1-loa", r.header.Get("Location"))
	require.Equal(t, 403, send("/village/thon-2-loa/reports", url.Values{"kind": {"silent"}}, cookie).status)
	require.Equal(t, 422, send("/village/thon-1-loa/reports", url.Values{"kind": {"haunted"}}, cookie).status)
	page = string(w.send(t, "GET", "/village?reported=thon-1-loa", nil, cookie...).body)
	require.Contains(t, page, "Đã báo hỏng Cụm loa thon-1")
	require.Contains(t, page, "Không kêu – im từ sáng")

	tech, _ := w.as("technician", "la-da")
	page = string(w.send(t, "GET", "/faults", nil, tech...).body)
	require.Contains(t, page, "im từ sáng")
	require.Contains(t, page, "chưa ai lo")
	require.Equal(t, 303, send("/faults/nodes/thon-1-loa", url.Values{"who": {"Anh Tư"}}, tech).status)
	require.Contains(t, string(w.send(t, "GET", "/faults", nil, tech...).body), "Đã biết, đang chờ thợ: Anh Tư")
	require.Equal(
		t,
		303,
		send("/faults/areas/thon-1", url.Values{"who": {"Anh Tư"}, "reason": {"chờ thẻ nhớ"}, "until": {dayAfter()}}, tech).status,
	)
	require.Contains(t, string(w.send(t, "GET", "/village", nil, cookie...).body), "chờ thẻ nhớ · hẹn xong", "the head sees it too")
	require.Equal(t, 422, send("/faults/areas/thon-1", url.Values{"reason": {"chờ"}}, tech).status)
	require.Equal(t, 403, send("/faults/areas/thon-1", url.Values{"who": {"Anh Tư"}}, cookie).status)
	require.Equal(t, "Anh Tư", w.ask(t, "GET", "/api/v1/nodes/thon-1-loa", nil).object(200)["care"])
	began := time.Now().Add(-time.Hour).UTC().Truncate(time.Millisecond)
	for i, state := range []string{"offline", "good"} {
		require.NoError(t, w.store.PutNodeStates(t.Context(),
			[]store.NodeState{{Node: "thon-1-loa", State: state, Since: began.Add(time.Duration(i) * time.Minute)}}))
	}
	past := w.ask(t, "GET", "/api/v1/faults/history", nil).items()
	require.Len(t, past, 1)
	require.Equal(t, []any{"thon-1-loa", "offline", "Mất kết nối"}, []any{past[0]["node"], past[0]["code"], past[0]["vi"]})
	reports := w.ask(t, "GET", "/api/v1/reports", nil).items()
	require.Equal(t, "silent", reports[0]["kind"])
	done := "/faults/reports/" + reports[0]["id"].(string)
	require.Equal(t, 403, send(done, nil, cookie).status)
	require.Equal(t, 303, send(done, url.Values{"remark": {"thay dây"}}, tech).status)
	require.Equal(t, 404, send(done, nil, tech).status, "once")
	require.NotContains(t, string(w.send(t, "GET", "/faults", nil, tech...).body), "im từ sáng")
	require.NotContains(t, string(w.send(t, "GET", "/village", nil, cookie...).body), "im từ sáng")
}

// dayAfter is tomorrow as a field has it.
func dayAfter() string { return time.Now().AddDate(0, 0, 1).In(vn).Format(time.DateOnly) }

// A villager asks what that was before five in the morning: the head finds it in two taps, the
// technician beside the complaint.
func TestWhatWasThatSound(t *testing.T) {
	w := newWorld(t)
	began := time.Now().Add(-3 * time.Hour).Truncate(time.Minute).UTC()
	hour := began.In(vn).Format("15h04")
	play := store.Play{
		Node:      "thon-1-loa",
		Programme: "p1",
		Airing:    schedule.AiringID("p1", began),
		Title:     "Bản tin sớm",
		At:        began,
		Began:     began,
		Ended:     began.Add(2 * time.Minute),
		Heard:     2 * time.Minute,
		Length:    2 * time.Minute,
		Volume:    85,
		Outcome:   "heard",
		Received:  began,
	}
	_, err := w.store.AddPlays(t.Context(), []store.Play{play})
	require.NoError(t, err)
	cookie := w.head()
	page := string(w.send(t, "GET", "/village?day="+began.In(vn).Format(time.DateOnly)+"&hour="+hour, nil, cookie...).body)
	require.Contains(t, page, "Bản tin sớm")
	require.Contains(t, page, "85 %")
	page = string(w.send(t, "GET", "/village?hour=25h", nil, cookie...).body)
	require.Contains(t, page, "Giờ chưa đúng")
	sounded := func(at time.Time) []object {
		return w.ask(t, "GET", "/api/v1/nodes/thon-1-loa/sounded?at="+at.Format(time.RFC3339), nil).items()
	}
	require.Equal(t, "Bản tin sớm", sounded(began.Add(-9 * time.Minute))[0]["title"])
	require.Empty(t, sounded(began.Add(-11*time.Minute)))
	ahead := time.Now().Add(time.Hour).Format(time.RFC3339)
	w.ask(t, "GET", "/api/v1/nodes/thon-1-loa/sounded?at="+url.QueryEscape(ahead), nil).problem(422, "sound_ahead")
	page = string(w.send(t, "GET", "/village?day=2026-02-30&hour=4:58", nil, cookie...).body)
	require.Contains(t, page, "Ngày chưa đúng")
	long := url.Values{"kind": {"loud"}, "words": {strings.Repeat("ồn ", 700)}}
	require.Equal(t, 422, w.form(t, "/village/thon-1-loa/reports", long, cookie...).status, "not half of it")

	r := w.form(t, "/village/thon-1-loa/reports", url.Values{"kind": {"loud"}, "hour": {hour}}, cookie...)
	require.Equal(t, 303, r.status)
	require.Equal(t, 422, w.form(t, "/village/thon-1-loa/reports", url.Values{"kind": {"loud"}, "hour": {"sáng"}}, cookie...).status)
	tech, _ := w.as("technician", "la-da")
	require.Contains(t, string(w.send(t, "GET", "/faults", nil, tech...).body), "Bản tin sớm")
	heard, err := time.Parse(time.RFC3339, w.ask(t, "GET", "/api/v1/reports", nil).items()[0]["heard"].(string))
	require.NoError(t, err)
	require.WithinDuration(t, began, heard, 0)
}

// Maintenance is noted on the page, shows wherever the loudspeaker does, and ends there.
func TestMaintenanceOnThePages(t *testing.T) {
	w := newWorld(t)
	tech, _ := w.as("technician", "la-da")
	today := time.Now().In(vn)
	work := url.Values{
		"place":  {"thon-1"},
		"reason": {"thay ắc quy"},
		"who":    {"Đội thợ"},
		"day":    {today.AddDate(0, 0, -1).Format(time.DateOnly)},
		"from":   {"8"},
		"last":   {dayAfter()},
		"to":     {"17g30"},
	}
	require.Equal(t, 303, w.form(t, "/faults/works", work, tech...).status)
	require.Equal(t, 403, w.form(t, "/faults/works", work, w.head()...).status)
	for _, path := range []string{"/", "/village", "/nodes", "/faults"} {
		require.Contains(t, w.page(t, path), "Đang bảo trì: Đội thợ, thay ắc quy, đến 17:30", path)
	}
	require.Contains(t, w.page(t, "/"), "Đã biết, đang chờ thợ: 1", "nobody has to look there")
	all := w.ask(t, "GET", "/api/v1/maintenance", nil).items()
	require.Len(t, all, 1)
	require.Equal(t, 303, w.form(t, "/faults/works/"+all[0]["id"].(string)+"/end", nil, tech...).status)
	require.NotContains(t, w.page(t, "/"), "Đang bảo trì")
	work.Set("to", "lúc nào xong")
	require.Equal(t, 422, w.form(t, "/faults/works", work, tech...).status)
	require.Equal(t, 200, w.ask(t, "GET", "/api/v1/repairs", nil).status)
}

var vn = time.FixedZone("+07", 7*3600)

// Who only looks after a village begins there; the page can be put on a phone's
// home screen.
func TestHomeScreen(t *testing.T) {
	w := newWorld(t)
	cookie := w.firstAccount(t)
	grant := func(role string) object {
		return object{"login": role + "1", "password": pin, "grants": array{object{"role": role, "area": "thon-1"}}}
	}
	for role, home := range map[string]string{"head": "/village", "operator": "/", "technician": "/"} {
		w.send(t, "POST", "/api/v1/people", grant(role), "Cookie", cookie, "Content-Type", "application/json").object(201)
		require.Equal(t, home, w.form(t, "/signin", url.Values{"login": {role + "1"}, "password": {pin}}).header.Get("Location"))
	}
	page := w.send(t, "GET", "/signin", nil)
	link := regexp.MustCompile(`<link rel="manifest" href="([^"]+)">`).FindSubmatch(page.body)
	require.NotNil(t, link)
	require.Contains(t, page.header.Get("Content-Security-Policy"), "manifest-src 'self'")
	english := string(w.send(t, "GET", "/manifest.webmanifest?lang=en", nil).body)
	require.Contains(t, english, `"id":"/","name":"Loa – the commune's loudspeakers","short_name":"Loa","lang":"en"`)
	require.Contains(t, string(w.send(t, "GET", "/signin?lang=en", nil).body), `href="/manifest.webmanifest?lang=en"`)
	r := w.send(t, "GET", string(link[1]), nil)
	require.Equal(t, "application/manifest+json", r.header.Get("Content-Type"))
	var manifest struct {
		Lang  string
		Icons []struct{ Src string }
	}
	require.NoError(t, json.Unmarshal(r.body, &manifest))
	require.Equal(t, "vi", manifest.Lang)
	require.Len(t, manifest.Icons, 3)
	for _, icon := range manifest.Icons {
		require.Equal(t, 200, w.send(t, "GET", icon.Src, nil).status)
	}
}

// The page says of every airing of today what became of it, however many there
// were, by the word of the village's own loudspeakers: that the neighbour's say
// nothing is no fault of it.
func TestVillageOfAllDay(t *testing.T) {
	now := time.Now()
	local := now.In(vn)
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, vn)
	rule := schedule.Rule{Cron: []string{"*/10 * * * *"}}
	w := newWorld(t, func(t *testing.T, s *store.Store) {
		for _, v := range []string{"thon-1", "thon-2"} {
			require.NoError(t, s.PutNode(t.Context(), store.Node{ID: v + "-loa", Name: "Cụm loa " + v, Area: v,
				Created: midnight.AddDate(0, 0, -1)}))
		}
		p := schedule.Programme{ID: "often", Title: "Tin", Class: schedule.Normal, Level: schedule.CommuneLevel, Rule: rule,
			Targets: schedule.Targets{Areas: []string{"thon-1", "thon-2"}}, Rundown: []schedule.Item{{Kind: schedule.Chime}}}
		_, err := s.PutProgramme(t.Context(), p, midnight.AddDate(0, 0, -1), store.Approval{Kind: store.OfProgramme, ID: p.ID,
			State: store.Approved, Digest: store.Programme{Programme: p}.Digest()})
		require.NoError(t, err)
		var plays []store.Play
		for _, start := range rule.Starts(midnight, now.Add(-time.Minute)) {
			plays = append(plays, store.Play{Node: "thon-1-loa", Programme: "often", Airing: schedule.AiringID("often", start), At: start,
				Began: start, Ended: start, Outcome: "heard", Received: start})
		}
		_, err = s.AddPlays(t.Context(), plays)
		require.NoError(t, err)
	})
	page := string(w.send(t, "GET", "/village", nil, w.head()...).body)
	rows := regexp.MustCompile(`<li class="(\w+)"><time datetime="([^"]+)"`).FindAllStringSubmatch(html.UnescapeString(page), -1)
	require.Len(t, rows, len(rule.Starts(midnight, midnight.AddDate(0, 0, 1))))
	for _, row := range rows {
		at, err := time.Parse(time.RFC3339, row[2])
		require.NoError(t, err)
		switch {
		case at.Before(now.Add(-time.Minute)):
			require.Equal(t, "heard", row[1], row[2])
		case at.After(time.Now()):
			require.Equal(t, "planned", row[1], row[2])
		}
	}
}

// Faults that ended are shown with how long they lasted.
func TestFaultsPage(t *testing.T) {
	w := newWorld(t)
	began := time.Now().Add(-3 * time.Hour).Truncate(time.Second)
	require.NoError(t, w.store.OpenFault(t.Context(), store.Fault{Node: "thon-1-loa", Code: "disk_full", Since: began}))
	require.NoError(t, w.store.CloseFault(t.Context(), "thon-1-loa", "disk_full", began.Add(time.Hour)))
	page := string(w.send(t, "GET", "/faults?lang=en", nil, w.head()...).body)
	require.Contains(t, page, "Over")
	require.Contains(t, page, "(1 h")
	require.Contains(t, page, "Loudspeakers: 1", "of the own village only, and never seen is no state to be green")
}

// The history of a village is not pushed out by the faults of others.
func TestFaultsOfOthersHideNone(t *testing.T) {
	w := newWorld(t)
	began := time.Now().Add(-5 * time.Hour).Truncate(time.Second)
	fault := func(node, code string, since time.Time) {
		require.NoError(t, w.store.OpenFault(t.Context(), store.Fault{Node: node, Code: code, Since: since}))
		require.NoError(t, w.store.CloseFault(t.Context(), node, code, since.Add(time.Minute)))
	}
	fault("thon-1-loa", "disk_full", began)
	for i := range 60 {
		fault("thon-2-loa", "too_hot", began.Add(time.Duration(1+i)*2*time.Minute))
	}
	require.Contains(t, string(w.send(t, "GET", "/faults?lang=en", nil, w.head()...).body), "Over")
}

// KHẨN CẤP and Thôn của tôi cost a cheap phone 40 kB at most, everything
// together.
func TestLightPages(t *testing.T) {
	w := newWorld(t)
	speaker, _ := w.as("speaker", "la-da")
	asset := regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`)
	for _, path := range []string{"/village", "/emergency"} {
		total := 0
		weigh := func(path string) []byte {
			r := w.send(t, "GET", path, nil, append(speaker, "Accept", "text/html")...)
			require.Equal(t, 200, r.status, path)
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			_, _ = z.Write(r.body)
			require.NoError(t, z.Close())
			total += b.Len()
			return r.body
		}
		seen := map[string]bool{}
		for _, m := range asset.FindAllSubmatch(weigh(path), -1) {
			if link := string(m[1]); !seen[link] {
				seen[link] = true
				weigh(link)
			}
		}
		t.Logf("%s: %d kB gzip over the wire", path, total>>10)
		require.LessOrEqual(t, total, 40<<10, path)
	}
}

// What is on air is on every page, but the button that stops it only where
// every reader may press it.
func TestStopIsForThoseWhoMay(t *testing.T) {
	w := newWorld(t)
	w.begin(t, village())
	speaker, _ := w.as("speaker", "la-da")
	for who, c := range map[string]struct {
		cookie []string
		stop   bool
	}{"a village head": {w.head(), false}, "who speaks": {speaker, true}} {
		page := string(w.send(t, "GET", "/village", nil, c.cookie...).body)
		require.Contains(t, page, `class="banner live"`, who)
		require.Equal(t, c.stop, strings.Contains(page, "data-stop="), who)
	}
}

// What is put on the calendar at noon was not missed in the morning.
func TestVillageOfAYoungCalendar(t *testing.T) {
	o := start(t)
	zone, err := time.LoadLocation(schedule.DefaultZone)
	require.NoError(t, err)
	daily := func(title string, at time.Time) {
		o.add(t, without(programme(with("title", title), with("cron", fmt.Sprintf("%d %d * * *", at.Minute(), at.Hour()))), "at"))
	}
	now := time.Now().In(zone)
	earlier, later := now.Add(-time.Hour), now.Add(time.Hour)
	daily("Đã qua", earlier)
	daily("Sắp đến", later)
	page := o.page(t, "/village")
	require.Equal(t, earlier.Day() != now.Day(), strings.Contains(page, "Đã qua"), "after midnight, it is today's that is to come")
	require.Equal(t, later.Day() == now.Day(), strings.Contains(page, "Sắp đến"))
}
