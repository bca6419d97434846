package asrun

import (
	"net/url"
	"strings"
	"time"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// FilterOf reads from, to, area, class, person, confirmed and before of a query. Days are
// those of the commune, and the last is meant whole; RFC 3339 is understood too.
func FilterOf(q url.Values) (f store.BroadcastFilter, err error) {
	f = store.BroadcastFilter{Area: q.Get("area"), Class: schedule.Class(q.Get("class")), Person: strings.TrimSpace(q.Get("person")),
		Confirmed: q.Get("confirmed"), Before: q.Get("before")}
	for key, at := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		said := q.Get(key)
		if said == "" {
			continue
		}
		if *at, err = time.ParseInLocation(time.DateOnly, said, schedule.Zone()); err == nil {
			if key == "to" {
				*at = at.AddDate(0, 0, 1)
			}
			continue
		}
		if *at, err = time.Parse(time.RFC3339, said); err != nil {
			return f, problem.New(problem.Invalid, "time_invalid",
				"Ngày %s chưa đúng: hãy viết như 2026-11-23.", "The day %s is not right: write it as 2026-11-23.", text.Shown(said))
		}
	}
	return f, nil
}
