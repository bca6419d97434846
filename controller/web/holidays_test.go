package web_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// On a day off nothing is aired by rule, on any node; what was put on it by itself
// is. The calendar says why.
func TestHolidays(t *testing.T) {
	o := start(t)
	clip := o.clip(t, "Kính mời bà con dự họp thôn.")
	zone, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	require.NoError(t, err)
	day := time.Now().In(zone).AddDate(0, 0, 3)
	next := day.AddDate(0, 0, 1)
	at := time.Date(day.Year(), day.Month(), day.Day(), 9, 0, 0, 0, zone)
	daily := o.add(t, without(programme(with("cron", "0 17 * * *"), with("rundown", array{object{"clip": clip}})), "at"))
	once := o.add(t, programme(with("at", at.Format(time.RFC3339)), with("rundown", array{object{"clip": clip}})))
	from := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
	aired := func() (ids []string) {
		for _, a := range o.ask(t, "GET", "/api/v1/airings?from="+url.QueryEscape(from.Format(time.RFC3339))+
			"&to="+url.QueryEscape(from.AddDate(0, 0, 3).Format(time.RFC3339)), nil).items() {
			ids = append(ids, a["programme"].(string))
		}
		return ids
	}
	require.Equal(t, []string{once, daily, daily, daily}, aired())
	iso := func(d time.Time) string { return d.Format(time.DateOnly) }

	head := o.somebody(t, "nam", "admin", "la-da")
	head.form(t, "/settings/holidays", url.Values{"from": {iso(day), "", ""}, "to": {iso(next), "", ""},
		"name": {"Tết", "", ""}}).saved("/settings?saved=holidays#holidays")
	require.Equal(t, array{object{"from": iso(day), "to": iso(next), "name": "Tết"}},
		o.ask(t, "GET", "/api/v1/holidays", nil).object(200)["items"])
	require.Equal(t, []string{once, daily}, aired())
	plan := o.plans(t)["thon-1-loa"]
	for _, p := range plan.Programmes {
		if p.ID == daily {
			require.Len(t, p.Rule.Except, 2)
		}
	}
	view := o.ask(t, "GET", "/api/v1/programmes/"+daily, nil).object(200)
	require.Equal(t, "approved", view["approval"].(object)["state"], "the programme itself is as it was")
	require.Empty(t, view["except"])
	require.Contains(t, o.page(t, "/calendar/day/"+iso(day)), "Nghỉ: Tết")

	head.form(t, "/settings/holidays", url.Values{"from": {iso(next)}, "to": {iso(day)}}).refused(422, "ngày cuối không trước ngày đầu",
		`value="`+iso(next)+`"`)
	for _, bad := range []object{{"from": "hôm nay", "to": "mai", "name": ""},
		{"from": iso(day), "to": iso(day.AddDate(0, 2, 0)), "name": "x"}} {
		o.ask(t, "PUT", "/api/v1/holidays", object{"items": array{bad}}).problem(422, "holiday_invalid")
	}
	head.form(t, "/settings/holidays", url.Values{"from": {""}, "to": {""}, "name": {""}}).saved("/settings?saved=holidays#holidays")
	require.Len(t, aired(), 4)
}
