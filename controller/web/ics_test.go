package web_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// readICS is a calendar as Debian's python3-icalendar reads it.
const readICS = `
import sys, json, icalendar
c = icalendar.Calendar.from_ical(open(sys.argv[1], "rb").read())
print(json.dumps([{"uid": str(e["UID"]), "start": e["DTSTART"].dt.isoformat(), "end": e["DTEND"].dt.isoformat(), "title": str(e["SUMMARY"]),
  "status": str(e["STATUS"]), "sequence": int(e["SEQUENCE"]), "where": str(e.get("LOCATION", ""))} for e in c.walk("VEVENT")]))
`

// events are what a calendar at an address reads.
func (o *office) events(t *testing.T, path string) []object {
	t.Helper()
	r := o.send(t, "GET", path, nil)
	require.Equal(t, []any{200, "text/calendar; charset=utf-8"}, []any{r.status, r.header.Get("Content-Type")})
	file := filepath.Join(t.TempDir(), "a.ics")
	require.NoError(t, os.WriteFile(file, r.body, 0o600))
	out, err := exec.Command("/usr/bin/python3", "-c", readICS, file).CombinedOutput()
	require.NoError(t, err, "python3-icalendar: %s", out)
	var all []object
	require.NoError(t, json.Unmarshal(out, &all))
	return all
}

// The holder of a place's address reads what is aired there, each airing at its instant, what
// was called off struck out; another address reads nothing.
func TestTheCalendarIsSubscribedTo(t *testing.T) {
	o := start(t)
	const long = "Bản tin sáng: phòng cháy, chữa cháy rừng mùa khô; mời bà con thôn 1 nghe và ghi nhớ"
	at := time.Now().Add(50 * time.Hour).Truncate(time.Hour).UTC()
	id := o.add(t, programme(with("title", long), with("at", at.Format(time.RFC3339)), with("targets", object{"areas": array{"thon-1"}})))
	daily := o.add(t, programme(with("title", "Mỗi ngày"), with("cron", "0 5 * * *"), func(p object) { delete(p, "at") }))
	o.ask(t, "POST", "/api/v1/calendar-feeds/sao-hoa/renew", nil).problem(422, "area_unknown")
	for _, area := range []string{"thon-1", "thon-2"} {
		o.ask(t, "POST", "/api/v1/calendar-feeds/"+area+"/renew", nil).into(204, nil)
	}
	paths := map[string]string{}
	for _, f := range o.ask(t, "GET", "/api/v1/calendar-feeds", nil).items() {
		paths[f["area"].(string)], _ = f["path"].(string)
	}
	require.Empty(t, paths["la-da"])
	named := func(all []object, title string) (some []object) {
		for _, e := range all {
			if e["title"] == title {
				some = append(some, e)
			}
		}
		return some
	}
	all := o.events(t, paths["thon-1"])
	one := named(all, long)
	require.Len(t, one, 1)
	read, err := time.Parse(time.RFC3339, one[0]["start"].(string))
	require.NoError(t, err)
	require.True(t, at.Equal(read), read)
	require.Equal(t, []any{"CONFIRMED", "Thôn 1"}, []any{one[0]["status"], one[0]["where"]})
	days := len(named(all, "Mỗi ngày"))
	require.InDelta(t, 67, days, 1)
	require.Empty(t, named(o.events(t, paths["thon-2"]), long), "another village's")

	r := o.send(t, "GET", paths["thon-1"], nil)
	require.Equal(t, 304, o.send(t, "GET", paths["thon-1"], nil, "If-None-Match", r.header.Get("ETag")).status)
	require.Equal(t, 404, o.send(t, "GET", "/ics/nothing.ics", nil).status)

	// Called off, and taken out of the calendar: struck out under the same name.
	tomorrow := named(all, "Mỗi ngày")[days/2]
	o.ask(t, "POST", "/api/v1/programmes/"+daily+"/skip", object{"start": tomorrow["start"]}).object(200)
	o.ask(t, "DELETE", "/api/v1/programmes/"+id, nil).into(204, nil)
	o.ask(t, "POST", "/api/v1/calendar-feeds/la-da/renew", nil).into(204, nil)
	for _, f := range o.ask(t, "GET", "/api/v1/calendar-feeds", nil).items() {
		paths[f["area"].(string)], _ = f["path"].(string)
	}
	all = o.events(t, paths["la-da"]) // made now; a village's is kept for half a minute
	gone := named(all, long)
	require.Len(t, gone, 1)
	require.Equal(t, []any{"CANCELLED", one[0]["uid"]}, []any{gone[0]["status"], gone[0]["uid"]})
	require.Greater(t, gone[0]["sequence"], one[0]["sequence"])
	struck := 0
	for _, e := range named(all, "Mỗi ngày") {
		if e["uid"] == tomorrow["uid"] {
			require.Equal(t, "CANCELLED", e["status"])
			struck++
		}
	}
	require.Equal(t, 1, struck)

	old := paths["thon-1"]
	o.ask(t, "POST", "/api/v1/calendar-feeds/thon-1/renew", nil).into(204, nil)
	require.Equal(t, 404, o.send(t, "GET", old, nil).status, "who has the old address reads nothing more")
	require.Contains(t, o.page(t, "/neighbours"), "/ics/")
}

// A calendar program of Debian's takes it as it is.
func TestKhalReadsTheCalendar(t *testing.T) {
	o := start(t)
	at := time.Now().Add(50 * time.Hour).Truncate(time.Hour)
	o.add(t, programme(with("title", "Họp thôn; mời, nghe"), with("at", at.UTC().Format(time.RFC3339))))
	o.ask(t, "POST", "/api/v1/calendar-feeds/la-da/renew", nil).into(204, nil)
	var path string
	for _, f := range o.ask(t, "GET", "/api/v1/calendar-feeds", nil).items() {
		if p, ok := f["path"].(string); ok {
			path = p
		}
	}
	dir := t.TempDir()
	file, config := filepath.Join(dir, "a.ics"), filepath.Join(dir, "khal.conf")
	require.NoError(t, os.WriteFile(file, o.send(t, "GET", path, nil).body, 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "loa"), 0o700))
	require.NoError(t, os.WriteFile(config, []byte("[calendars]\n[[loa]]\npath = "+filepath.Join(dir, "loa")+
		"\n[locale]\nlocal_timezone = Asia/Ho_Chi_Minh\ndefault_timezone = Asia/Ho_Chi_Minh\ntimeformat = %H:%M\ndateformat = %Y-%m-%d\n"+
		"longdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n[sqlite]\npath = "+
		filepath.Join(dir, "khal.db")+"\n"), 0o600))
	khal := func(args ...string) string {
		cmd := exec.Command("khal", append([]string{"-c", config}, args...)...)
		cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "XDG_DATA_HOME="+dir, "XDG_CACHE_HOME="+dir)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	khal("import", "--batch", "-a", "loa", file)
	zone := time.FixedZone("", 7*3600)
	listed := khal("list", "--format", "{start-date} {start-time} {title}", at.In(zone).Format("2006-01-02"), "2d")
	require.Contains(t, strings.ReplaceAll(listed, "\n", " "), at.In(zone).Format("2006-01-02 15:04")+" Họp thôn; mời, nghe")
}
