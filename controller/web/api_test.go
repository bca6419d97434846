package web_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/schedule"
)

const sentence = "Xin chào bà con. Mời bà con đi họp."

func hasKeys(t *testing.T, o object, keys ...string) {
	t.Helper()
	for _, k := range keys {
		require.Contains(t, o, k)
	}
}

// The library: a recording and a text become clips, and are found again.
func TestLibrary(t *testing.T) {
	o := start(t)
	m4a := ffmpeg(t, "họp.m4a", "-f", "lavfi", "-i", "sine=frequency=440:duration=3", "-ac", "2", "-ar", "44100")
	recorded := o.upload(t, "họp thôn.m4a", m4a).object(201)
	hasKeys(t, recorded, "id", "sha256", "seconds", "lufs", "peak_dbtp")
	require.Equal(t, recorded["id"], recorded["sha256"])
	require.InDelta(t, 3, recorded["seconds"], 0.3)
	require.InDelta(t, -16, recorded["lufs"], 1)
	require.LessOrEqual(t, recorded["peak_dbtp"], -1.0)
	require.Equal(t, "họp thôn.m4a", recorded["name"])

	spoken := o.ask(t, "POST", "/api/v1/speech", object{"text": sentence, "voice": "vi-vn-x-south", "rate": 1.2}).object(201)
	hasKeys(t, spoken, "id", "sha256", "seconds", "lufs", "peak_dbtp")
	require.InDelta(t, -16, spoken["lufs"], 1)
	again := o.ask(t, "POST", "/api/v1/speech", object{"text": sentence, "voice": "vi-vn-x-south", "rate": 1.2}).object(201)
	require.Equal(t, spoken, again)

	list := o.ask(t, "GET", "/api/v1/clips", nil).items()
	require.Equal(t, []any{spoken["id"], recorded["id"]}, []any{list[0]["id"], list[1]["id"]}, "newest first")
	page := o.ask(t, "GET", "/api/v1/clips?limit=1", nil).object(200)
	require.NotEmpty(t, page["next"])
	rest := o.ask(t, "GET", "/api/v1/clips?limit=1&before="+url.QueryEscape(page["next"].(string)), nil).items()
	require.Equal(t, recorded["id"], rest[0]["id"])
	require.Empty(t, o.ask(t, "GET", "/api/v1/jobs", nil).items())

	audio := o.ask(t, "GET", "/api/v1/clips/"+spoken["id"].(string)+"/audio", nil)
	require.Equal(t, "audio/ogg", audio.header.Get("Content-Type"))
	require.True(t, strings.HasPrefix(string(audio.body), "OggS"))
	part := o.ask(t, "GET", "/api/v1/clips/"+spoken["id"].(string)+"/audio", nil, "Range", "bytes=0-3", "Accept-Encoding", "gzip")
	require.Equal(t, 206, part.status)
	require.Equal(t, "OggS", string(part.body))

	var names []string
	for _, v := range o.ask(t, "GET", "/api/v1/voices", nil).items() {
		names = append(names, v["id"].(string))
		require.NotEmpty(t, v["label"])
	}
	require.Contains(t, names, "vi")
}

// A programme keeps every field that it was written with.
func TestProgrammeRoundTrip(t *testing.T) {
	o := start(t)
	clip := o.clip(t, sentence)
	bulletin := o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Lịch cắt điện", "clips": object{"vi": clip}}).object(201)["id"].(string)
	from := soon.Add(-24 * time.Hour)
	written := object{
		"title": "Bản tin sáng", "class": "priority", "cron": []string{"0 5,17 * * *", "30 6 * * 1#1"}, "time_zone": "Asia/Bangkok",
		"from": from.Format(time.RFC3339), "until": soon.AddDate(1, 0, 0).Format(time.RFC3339), "every_weeks": 2.0,
		"except": array{"2030-02-17"}, "extra": array{later(30 * time.Hour)}, "start_late_s": 90.0, "order": 3.0,
		"targets": object{"areas": array{"thon-1"}, "nodes": array{"da-mi-loa"}},
		"rundown": array{object{"chime": true}, object{"clip": clip, "repeat": 2.0, "gain_db": -3.0}, object{"gap_s": 1.5},
			object{"bulletin": bulletin}},
	}
	made := o.ask(t, "POST", "/api/v1/programmes", written).object(201)
	id := made["id"].(string)
	path := "/api/v1/programmes/" + id
	got := o.ask(t, "GET", path, nil).object(200)
	require.Equal(t, made, got)
	want, err := json.Marshal(written)
	require.NoError(t, err)
	again := maps.Clone(got)
	for _, k := range []string{"id", "version", "seconds", "words", "next", "approval"} {
		delete(again, k)
	}
	back, err := json.Marshal(again)
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(back))
	require.Positive(t, got["seconds"])
	sent := o.ask(t, "PUT", path, got).object(200)
	require.Equal(t, []any{1.0, 2.0}, []any{got["version"], sent["version"]})
	got["version"] = 2.0
	require.Equal(t, got, sent, "what was read can be sent back")
	require.Equal(t, got, o.ask(t, "GET", "/api/v1/programmes", nil).items()[0])

	// One rule may be a plain string.
	o.ask(t, "PUT", path, programme(with("cron", "0 5 * * *"), func(p object) { delete(p, "at") })).object(200)
	got = o.ask(t, "GET", path, nil).object(200)
	require.Equal(t, []any{"0 5 * * *"}, got["cron"])
	require.NotContains(t, got, "at")
	require.NotContains(t, got, "until")

	o.ask(t, "DELETE", path, nil).into(204, nil)
	require.NotEmpty(t, o.ask(t, "GET", path, nil).object(200)["cancelled"])
	require.Empty(t, o.ask(t, "GET", "/api/v1/programmes", nil).items())
	o.ask(t, "DELETE", path, nil).problem(404, "not_found")
	o.ask(t, "PUT", path, programme()).problem(404, "not_found")
	o.ask(t, "POST", path+"/skip", object{"start": later(time.Hour)}).problem(404, "not_found")
	o.ask(t, "GET", "/api/v1/programmes/nobody", nil).problem(404, "not_found")
}

func TestSkipOneAiring(t *testing.T) {
	o := start(t)
	first := soon.Add(time.Hour)
	id := o.add(t, programme(with("cron", fmt.Sprintf("%d * * * *", first.Minute())), with("time_zone", "UTC"),
		func(p object) { delete(p, "at") }))
	path := "/api/v1/programmes/" + id
	starts := func() (all []string) {
		for _, a := range o.airings(t, soon, soon.Add(12*time.Hour), "") {
			all = append(all, a["start"].(string))
		}
		return all
	}
	before := starts()
	require.Contains(t, before, later(time.Hour))
	skip := object{"start": first.In(time.FixedZone("", 7*3600)).Format(time.RFC3339)}
	o.ask(t, "POST", path+"/unskip", skip).problem(422, "airing_unknown")
	require.Equal(t, []any{later(time.Hour)}, o.ask(t, "POST", path+"/skip", skip).object(200)["skipped"])
	require.NotContains(t, starts(), later(time.Hour))
	require.Len(t, starts(), len(before)-1)
	o.ask(t, "POST", path+"/skip", skip).problem(422, "airing_unknown")
	o.ask(t, "POST", path+"/skip", object{"start": first.Add(time.Second)}).problem(422, "airing_unknown")

	kept := o.ask(t, "GET", path, nil).object(200)
	delete(kept, "skipped")
	o.ask(t, "PUT", path, kept).object(200)
	require.NotContains(t, starts(), later(time.Hour), "a change does not call it on again")
	o.ask(t, "POST", path+"/unskip", skip).object(200)
	require.Equal(t, before, starts())

	var wg sync.WaitGroup // nobody's skip is lost by another's
	for i := range 6 {
		wg.Go(func() {
			o.ask(t, "POST", path+"/skip", object{"start": first.Add(time.Duration(i) * time.Hour)})
		})
	}
	wg.Wait()
	require.Len(t, o.ask(t, "GET", path, nil).object(200)["skipped"], 6)
}

// The preview must say what Decide says, at any instant, for every node.
func TestPreviewIsDecide(t *testing.T) {
	o := start(t)
	long := func(minutes float64) func(object) {
		return with("rundown", array{object{"chime": true}, object{"gap_s": minutes * 60}})
	}
	at := func(minutes int) func(object) { return with("at", later(time.Duration(minutes)*time.Minute)) }
	late := func(minutes float64) func(object) { return with("start_late_s", minutes*60) }
	to := func(areas ...any) func(object) { return with("targets", object{"areas": areas}) }
	a := o.add(t, programme(at(60), long(20), with("title", "A")))
	b := o.add(t, programme(at(65), long(5), with("class", "priority"), to("thon-1")))
	c := o.add(t, programme(at(70), long(5), late(0)))
	d := o.add(t, programme(at(72), long(5), late(30)))
	e := o.add(t, programme(at(200), long(5), late(0)))
	f := o.add(t, programme(at(201), long(1), with("class", "emergency"), to("da-mi")))
	nowhere := o.ask(t, "PUT", "/api/v1/areas/thon-3", object{"name": "Thôn 3", "kind": "village", "parent": "la-da"}).object(200)
	unheard := o.add(t, programme(at(90), to(nowhere["id"])))
	zone, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	require.NoError(t, err)
	clock := func(minutes int) string {
		return soon.Add(time.Duration(minutes) * time.Minute).In(zone).Format("15:04")
	}
	o.ask(t, "PUT", "/api/v1/quiet", object{"items": array{object{"from": clock(195), "to": clock(210)}}}).object(200)

	end := soon.Add(5 * time.Hour)
	plans := o.plans(t)
	for node, plan := range plans {
		heard := audible(t, o.airings(t, soon, end, "&node="+node))
		tl := schedule.NewTimeline(plan, soon, end)
		for now := soon; now.Before(end); now = now.Add(20 * time.Second) {
			want := ""
			if s := tl.At(now).Slot; s != nil {
				want = s.ID
			}
			require.Equal(t, want, heard(now), "%s at %s", node, now)
		}
	}
	require.Len(t, plans, 3)

	all := map[string]object{}
	for _, v := range o.airings(t, soon, end, "") {
		hasKeys(t, v, "id", "programme", "start", "seconds", "nodes", "displaced", "title", "class")
		all[v["programme"].(string)] = v
		start, err := time.Parse(time.RFC3339, v["start"].(string))
		require.NoError(t, err)
		require.Equal(t, schedule.AiringID(v["programme"].(string), start), v["id"])
	}
	require.Len(t, all, 7)
	losses := func(p string) (out []string) {
		for _, l := range all[p]["displaced"].([]any) {
			l := l.(object)
			by, _ := l["by"].(string)
			by, _, _ = strings.Cut(by, "@")
			out = append(out, fmt.Sprint(l["cause"], " by ", by, " on ", l["nodes"]))
		}
		slices.Sort(out)
		return out
	}
	three := "[da-mi-loa thon-1-loa thon-2-loa]"
	require.Equal(t, []string{"preempted by " + b + " on [thon-1-loa]"}, losses(a))
	require.Empty(t, losses(b))
	require.ElementsMatch(
		t,
		[]string{"displaced by " + a + " on [da-mi-loa thon-2-loa]", "displaced by " + b + " on [thon-1-loa]"},
		losses(c),
	)
	require.Equal(t, later(80*time.Minute+2500*time.Millisecond), cut(all[d]["begin"]), "it waits for A")
	require.Equal(t, all[f]["nodes"], []any{"da-mi-loa"})
	require.Empty(t, losses(f), "an emergency sounds in quiet hours")
	for _, l := range losses(e) {
		require.Contains(t, l, "quiet_hours")
	}
	require.NotContains(t, all[e], "begin")
	require.Equal(t, three, fmt.Sprint(all[a]["nodes"]))
	require.Empty(t, all[unheard]["nodes"])
	require.Empty(t, all[unheard]["displaced"])
}

func cut(v any) string {
	t, err := time.Parse(time.RFC3339, v.(string))
	if err != nil {
		return err.Error()
	}
	return t.Truncate(time.Second).Format(time.RFC3339)
}

// plans reads from the store what each node is told.
func (o *office) plans(t *testing.T) map[string]schedule.Plan {
	t.Helper()
	s := open(t, o.dir)
	defer s.Close()
	programmes, err := s.Calendar(t.Context())
	require.NoError(t, err)
	tree, err := s.Tree(t.Context())
	require.NoError(t, err)
	nodes, err := s.Nodes(t.Context())
	require.NoError(t, err)
	quiet, err := s.Quiet(t.Context())
	require.NoError(t, err)
	plans := map[string]schedule.Plan{}
	for _, n := range nodes {
		plan := schedule.Plan{Quiet: quiet}
		for _, p := range programmes {
			if p.Targets.Covers(tree, n.ID, n.Area) {
				plan.Programmes = append(plan.Programmes, p.Programme)
			}
		}
		plans[n.ID] = plan
	}
	return plans
}

// audible reads one node's preview as a script would: an airing is heard from
// begin for so many seconds, except where it is displaced.
func audible(t *testing.T, airings []map[string]any) func(time.Time) string {
	data, err := json.Marshal(airings)
	require.NoError(t, err)
	var views []struct {
		ID        string
		Begin     *time.Time
		Seconds   float64
		Displaced []struct{ From, To time.Time }
	}
	require.NoError(t, json.Unmarshal(data, &views))
	return func(now time.Time) string {
		heard := ""
		for _, v := range views {
			if v.Begin == nil || now.Before(*v.Begin) || !now.Before(v.Begin.Add(time.Duration(v.Seconds*1e9))) {
				continue
			}
			lost := false
			for _, l := range v.Displaced {
				lost = lost || !now.Before(l.From) && now.Before(l.To)
			}
			if !lost {
				require.Empty(t, heard, "never two at once")
				heard = v.ID
			}
		}
		return heard
	}
}

// A bulletin that changes takes its programmes with it, or does not change.
func TestBulletin(t *testing.T) {
	o := start(t)
	short, long := o.clip(t, "Một."), o.clip(t, sentence+" "+sentence+" "+sentence)
	written := object{"title": "Cắt điện", "field": "Điện", "class": "priority", "language": "vi", "source": "Điện lực",
		"summary": "Cắt điện thôn 1", "clips": object{"vi": short, "k'ho": long}, "expires": later(1000 * time.Hour)}
	b := o.ask(t, "POST", "/api/v1/bulletins", written).object(201)
	path := "/api/v1/bulletins/" + b["id"].(string)
	for k, v := range written {
		require.EqualValues(t, v, b[k], k)
	}
	require.Equal(t, "Máy văn phòng", b["author"], "whoever made it, whatever is said")
	o.ask(t, "POST", "/api/v1/bulletins", object{"title": "x", "author": "Chị Lan", "clips": object{"vi": short}}).problem(422,
		"request_invalid")
	require.Equal(t, b, o.ask(t, "GET", path, nil).object(200))
	require.Equal(t, b, o.ask(t, "GET", "/api/v1/bulletins?limit=1", nil).items()[0])
	o.ask(t, "GET", "/api/v1/bulletins/nobody", nil).problem(404, "not_found")
	require.Equal(
		t,
		"normal",
		o.ask(t, "POST", "/api/v1/bulletins", object{"title": "x", "clips": object{"vi": short}}).object(201)["class"],
	)

	id := o.add(t, programme(with("rundown", array{object{"bulletin": b["id"], "repeat": 5}})))
	seconds := func() any { return o.ask(t, "GET", "/api/v1/programmes/"+id, nil).object(200)["seconds"] }
	both := seconds()
	b["clips"] = object{"vi": short}
	o.ask(t, "PUT", path, b).object(200)
	before := seconds()
	require.Greater(t, both, before, "both languages were to be heard")
	b["clips"] = object{"vi": long}
	b["title"] = "Cắt điện thôn 1"
	require.Equal(t, "Cắt điện thôn 1", o.ask(t, "PUT", path, b).object(200)["title"])
	require.Greater(t, seconds(), before)
	after := o.plans(t)["thon-1-loa"].Programmes[0].Rundown[0]
	require.Equal(t, long, after.Clip)
	require.Equal(t, "Cắt điện thôn 1", after.Title)

	// Every minute is too often for the longer one.
	minutely := func(p object) { delete(p, "at"); p["cron"] = "* * * * *" }
	b["clips"] = object{"vi": short}
	o.ask(t, "PUT", path, b).object(200)
	o.add(t, programme(minutely, with("rundown", array{object{"bulletin": b["id"], "repeat": 20}})))
	all := o.everything(t)
	b["clips"] = object{"vi": long}
	o.ask(t, "PUT", path, b).problem(422, "overlaps_itself")
	require.Equal(t, all, o.everything(t), "not in one programme and not in the other")
}

func TestPlaces(t *testing.T) {
	o := start(t)
	area := object{"id": "thon-3", "name": " Thôn 3 ", "kind": "village", "parent": "la-da"}
	require.Equal(t, "Thôn 3", o.ask(t, "PUT", "/api/v1/areas/thon-3", area).object(200)["name"])
	require.Len(t, o.ask(t, "GET", "/api/v1/areas", nil).items(), 6)
	n := o.ask(t, "PUT", "/api/v1/nodes/cho", object{"name": "Chợ", "area": "thon-3"}).object(200)
	hasKeys(t, n, "id", "name", "area", "state", "since", "faults", "vi", "en")
	require.Equal(t, "unknown", n["state"])
	require.Equal(t, []any{}, n["faults"])
	require.EqualValues(t, 80, n["volume"])
	since, err := time.Parse(time.RFC3339, n["since"].(string))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), since, time.Minute)
	require.Equal(t, n, o.ask(t, "GET", "/api/v1/nodes/cho", nil).object(200))
	require.Len(t, o.ask(t, "GET", "/api/v1/nodes", nil).items(), 4)
	require.EqualValues(
		t,
		0,
		o.ask(t, "PUT", "/api/v1/nodes/cho", object{"name": "Chợ", "area": "da-mi", "volume": 0}).object(200)["volume"],
	)
	o.ask(t, "GET", "/api/v1/nodes/nobody", nil).problem(404, "not_found")

	o.ask(t, "DELETE", "/api/v1/areas/da-mi", nil).problem(409, "area_in_use")
	o.ask(t, "DELETE", "/api/v1/areas/la-da", nil).problem(409, "area_in_use")
	o.ask(t, "DELETE", "/api/v1/areas/thon-3", nil).into(204, nil)
	o.ask(t, "DELETE", "/api/v1/areas/thon-3", nil).problem(404, "not_found")
	o.ask(t, "DELETE", "/api/v1/nodes/cho", nil).into(204, nil)
	o.ask(t, "DELETE", "/api/v1/nodes/cho", nil).problem(404, "not_found")
	require.Len(t, o.ask(t, "GET", "/api/v1/nodes", nil).items(), 3)
}

func TestQuietHours(t *testing.T) {
	o := start(t)
	require.Empty(t, o.ask(t, "GET", "/api/v1/quiet", nil).items())
	hours := array{object{"from": "21:30", "to": "04:45"}, object{"from": "11:00", "to": "13:00", "time_zone": "Asia/Bangkok"}}
	require.Len(t, o.ask(t, "PUT", "/api/v1/quiet", object{"items": hours}).items(), 2)
	require.Equal(t, "21:30", o.ask(t, "GET", "/api/v1/quiet", nil).items()[0]["from"])
	require.Empty(t, o.ask(t, "PUT", "/api/v1/quiet", object{"items": array{}}).items())
	require.Empty(t, o.ask(t, "GET", "/api/v1/quiet", nil).items())
}

// The log comes in pages, each line once, and can be asked for in parts.
func TestPlays(t *testing.T) {
	const lines = 2500
	noon := time.Date(2026, 11, 20, 5, 0, 0, 0, time.UTC)
	nodes := []string{"thon-1-loa", "thon-2-loa"}
	o := start(t, func(t *testing.T, s *store.Store) {
		plays := make([]store.Play, lines)
		for i := range plays {
			at := noon.Add(time.Duration(i/2) * time.Minute)
			plays[i] = store.Play{
				Node:      nodes[i%2],
				Programme: fmt.Sprint("p", i/2%5),
				Airing:    schedule.AiringID("p", at),
				Item:      1,
				Title:     "Tin",
				At:        at,
				Began:     at,
				Ended:     at.Add(time.Second),
				Heard:     900 * time.Millisecond,
				Length:    time.Second,
				Volume:    70,
				Outcome:   "partly",
				Reason:    "preempted",
				Received:  at,
			}
		}
		plays[0].Outcome, plays[0].Reason, plays[0].Began, plays[0].Ended = "not_heard", "missing_clip", time.Time{}, time.Time{}
		_, err := s.AddPlays(t.Context(), plays)
		require.NoError(t, err)
	})
	seen := map[string]bool{}
	query, pages := "", 0
	for {
		r := o.ask(t, "GET", "/api/v1/plays?limit=600"+query, nil)
		for _, p := range r.items() {
			hasKeys(t, p, "node", "programme", "airing", "item", "heard_s", "volume", "outcome")
			key := fmt.Sprint(p["node"], p["airing"], p["item"])
			require.False(t, seen[key])
			seen[key] = true
		}
		pages++
		next, more := r.object(200)["next"].(string)
		if !more {
			break
		}
		query = "&before=" + url.QueryEscape(next)
	}
	require.Len(t, seen, lines)
	require.Equal(t, 5, pages)
	first := o.ask(t, "GET", "/api/v1/plays", nil).items()
	require.Len(t, first, 1000)
	require.Equal(t, "preempted", first[0]["reason"])
	hasKeys(t, first[0], "began", "ended")
	count := func(query string) int { return len(o.ask(t, "GET", "/api/v1/plays?"+query, nil).items()) }
	require.Equal(t, 500, count("programme=p0"))
	require.Equal(t, 250, count("programme=p0&node=thon-1-loa"))
	require.Equal(t, 4, count("from=2026-11-20T05:10:00Z&to=2026-11-20T12:12:00%2B07:00"))
	require.Zero(t, count("node=nobody"))
	missed := o.ask(t, "GET", "/api/v1/plays?to=2026-11-20T05:01:00Z&node=thon-1-loa", nil).items()
	require.Equal(t, "not_heard", missed[0]["outcome"])
	require.Contains(t, missed[0], "began")
	require.Nil(t, missed[0]["began"], "never, and named all the same")
	o.ask(t, "GET", "/api/v1/plays?before=junk", nil).problem(422, "cursor_invalid")
}
