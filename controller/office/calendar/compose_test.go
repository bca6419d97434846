package calendar

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// small is a commune of one area, one node, one clip and two bulletins.
func small(now time.Time) *Composer {
	return &Composer{
		now:  now,
		area: func(id string) bool { return id == "la-da" },
		node: func(id string) bool { return id == "loa" },
		Clip: func(id string) (store.Clip, error) {
			if id != "clip" {
				return store.Clip{}, store.ErrNotFound
			}
			return store.Clip{ID: id, Seconds: 12.3456789, Name: "Tin"}, nil
		},
		Own: func(id string) (store.Clip, error) {
			if id != "clip" {
				return store.Clip{}, store.ErrNotFound
			}
			return store.Clip{ID: id, Seconds: 12.3456789, Name: "Tin"}, nil
		},
		bulletin: func(id string) (store.Bulletin, error) {
			b := store.Bulletin{ID: id, Title: "Bản tin", Language: "vi", Clips: map[string]string{"vi": "clip"}}
			switch id {
			case "bulletin":
			case "old":
				b.Expires = now.Add(-time.Second)
			default:
				return b, store.ErrNotFound
			}
			return b, nil
		},
	}
}

// Whatever is written: it is refused with a reason, or it can be aired, kept
// and shown.
func FuzzProgrammeJSON(f *testing.F) {
	for _, text := range []string{
		`{"title":"a","class":"normal","at":"2026-11-24T05:00:00+07:00","targets":{"areas":["la-da"]},"rundown":[{"chime":true},{"gap_s":2},{"clip":"clip","repeat":3,"gain_db":-3},{"bulletin":"bulletin"}]}`,
		`{"title":"a","class":"priority","cron":["0 5,17 * * *","30 6 * * 1#1"],"every_weeks":2,"from":"2026-11-01T00:00:00Z","until":"2027-11-01T00:00:00Z","except":["2027-02-17"],"extra":["2026-12-01T05:00:00Z"],"targets":{"nodes":["loa"]},"start_late_s":0.5,"order":-1,"rundown":[{"clip":"clip"}]}`,
		`{"title":"a","class":"emergency","cron":"* * * * *","time_zone":"Europe/Paris","targets":{"areas":["la-da"]},"rundown":[{"gap_s":1e308}]}`,
		`{"title":"a","class":"normal","at":"9999-12-31T23:59:59-12:00","targets":{"areas":["la-da"]},"rundown":[{"bulletin":"old"}]}`,
		`{"cron":null,"rundown":[{"chime":true,"gap_s":1}],"targets":{"areas":["x"],"nodes":["y"]}}`,
		`{"cron":"CRON_TZ=","extra":["0000-01-01T00:00:00+23:59"],"start_late_s":-0.0}`,
	} {
		f.Add(text)
	}
	now := time.Date(2026, 11, 23, 3, 4, 5, 0, time.UTC)
	c := small(now)
	f.Fuzz(func(t *testing.T, text string) {
		var body ProgrammeBody
		if json.Unmarshal([]byte(text), &body) != nil {
			return
		}
		p, err := c.compose("id", body)
		if err != nil {
			var inv *schedule.Invalid
			if _, ok := problem.Of(err); !ok && !errors.As(err, &inv) {
				t.Fatalf("no reason that a person can act on: %v", err)
			}
			return
		}
		if err := p.Check(now); err != nil {
			t.Fatal(err)
		}
		kept, err := json.Marshal(p)
		if err != nil {
			t.Fatalf("cannot be kept: %v", err)
		}
		var back schedule.Programme
		if err := json.Unmarshal(kept, &back); err != nil {
			t.Fatalf("does not come back: %v", err)
		}
		shown, err := json.Marshal(viewProgramme(store.Programme{Programme: back}))
		if err != nil {
			t.Fatalf("cannot be shown: %v", err)
		}
		var again ProgrammeBody
		if err := json.Unmarshal(shown, &again); err != nil {
			t.Fatalf("cannot be sent back: %v", err)
		}
		if _, err := c.compose("id", again); err != nil {
			t.Fatalf("is refused as it was shown: %v\n%s", err, shown)
		}
	})
}

// A programme that is over keeps its place; one that could no longer be aired
// keeps the bulletin from changing.
func TestRenew(t *testing.T) {
	now := time.Date(2026, 11, 23, 3, 4, 5, 0, time.UTC)
	c := small(now)
	b, err := c.bulletin("bulletin")
	require.NoError(t, err)
	b.Title, b.Expires = "Mới", now.Add(-time.Hour)
	p := schedule.Programme{ID: "p", Title: "P", Class: schedule.Normal, Rule: schedule.Rule{At: now.Add(-24 * time.Hour)},
		Rundown: []schedule.Item{{Kind: schedule.Clip, Bulletin: "bulletin", Title: "Cũ", Clip: "other", Length: time.Second, Repeat: 3}}}
	before := p.Rundown
	touched, err := c.renew(&p, b)
	require.NoError(t, err)
	require.True(t, touched)
	require.Equal(t, schedule.Item{Kind: schedule.Clip, Bulletin: "bulletin", Title: "Mới", Clip: "clip", Length: Seconds(12.3456789),
		Repeat: 3, Expires: b.Expires}, p.Rundown[0])
	require.Equal(t, "Cũ", before[0].Title, "what others hold is not changed under them")

	p.Rule = schedule.Rule{Cron: []string{"* * * * *"}}
	p.Rundown[0].Repeat = 10
	_, err = c.renew(&p, b)
	got, ok := problem.Of(err)
	require.True(t, ok)
	require.Equal(t, "overlaps_itself", got.Code)
	require.Contains(t, got.EN, "“P”")

	other := b
	other.ID = "another"
	touched, err = c.renew(&p, other)
	require.NoError(t, err)
	require.False(t, touched)
}
