package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio/tune"
	"loa/schedule"
)

// What programmes begin with is the commune's choice: nodes get it with their
// plans, the preview reckons with it, and nothing needs to be approved again.
func TestOpenings(t *testing.T) {
	o := start(t)
	at := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	clip := o.clip(t, "Kính mời bà con dự họp thôn.")
	id := o.add(t, programme(with("at", at.Format(time.RFC3339)), with("rundown", array{object{"chime": true}, object{"clip": clip}})))
	first := func() schedule.Item { return o.plans(t)["thon-1-loa"].Programmes[0].Rundown[0] }
	preview := func() time.Duration {
		items := o.ask(t, "GET", "/api/v1/airings?from="+at.Add(-time.Minute).Format(time.RFC3339)+
			"&to="+at.Add(time.Hour).Format(time.RFC3339), nil).items()
		require.Len(t, items, 1)
		return time.Duration(items[0]["seconds"].(float64) * float64(time.Second))
	}
	require.Equal(t, object{"live": "usual", "scheduled": "usual"}, o.ask(t, "GET", "/api/v1/openings", nil).object(200))
	require.Empty(t, first().Clip)
	usual := preview()

	head := o.somebody(t, "nam", "admin", "la-da")
	head.form(t, "/settings/openings", url.Values{"live": {"two"}, "scheduled": {"gong"}}).saved("/settings?saved=openings#openings")
	require.Equal(t, object{"live": "two", "scheduled": "gong"}, o.ask(t, "GET", "/api/v1/openings", nil).object(200))
	require.Equal(t, schedule.Chime, first().Kind)
	require.InDelta(t, 3.5, first().Length.Seconds(), 0.2, "its silent end is cut")
	require.NotEmpty(t, first().Clip)
	require.Equal(t, first().Length-tune.ChimeDuration, preview()-usual)
	view := o.ask(t, "GET", "/api/v1/programmes/"+id, nil).object(200)
	require.Equal(t, "approved", view["approval"].(object)["state"])
	require.Equal(t, true, view["rundown"].(array)[0].(object)["chime"])
	require.Contains(t, o.page(t, "/settings"), `<option value="gong" selected>`)

	head.form(t, "/settings/openings", url.Values{"live": {"usual"}, "scheduled": {"none"}}).saved("/settings?saved=openings#openings")
	require.Equal(t, schedule.Gap, first().Kind)
	require.Less(t, preview(), usual-2*time.Second)
	require.Len(t, o.plans(t)["thon-1-loa"].Programmes[0].Rundown, 2, "what follows keeps its number")

	own := "clip:" + clip
	require.Equal(t, own, o.ask(t, "PUT", "/api/v1/openings", object{"live": own, "scheduled": own}).object(200)["live"])
	require.Equal(t, clip, first().Clip)
	long := o.clip(t, strings.Repeat(sentence+" ", 8))
	for _, c := range []struct{ live, scheduled, code string }{
		{"none", "usual", "opening_live"}, {"clip:" + long, "usual", "opening_length"}, {"usual", "clip:nobody", "clip_unknown"}, {"usual",
			"siren", "request_invalid"},
	} {
		o.ask(t, "PUT", "/api/v1/openings", object{"live": c.live, "scheduled": c.scheduled}).problem(422, c.code)
	}
	require.Equal(t, clip, first().Clip, "what is refused changes nothing")
	wav := o.ask(t, "GET", "/openings/two.wav", nil)
	require.Equal(t, 200, wav.status)
	require.Equal(t, "RIFF", string(wav.body[:4]))
	require.Equal(t, 404, o.ask(t, "GET", "/openings/siren.wav", nil).status)
}
