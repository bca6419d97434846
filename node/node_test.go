package node

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
	"loa/schedule"
)

// The clip of the soonest airing is fetched first, those that no airing of the
// coming week needs last.
func TestClipsAreFetchedInTheOrderOfTheirAirings(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	programme := func(id string, in time.Duration, clips ...string) schedule.Programme {
		p := schedule.Programme{ID: id, Class: schedule.Normal, Rule: schedule.Rule{At: now.Add(in)}}
		for _, c := range clips {
			p.Rundown = append(p.Rundown, schedule.Item{Kind: schedule.Clip, Clip: c, Length: time.Second})
		}
		return p
	}
	plan := wire.Plan{Plan: schedule.Plan{Programmes: []schedule.Programme{
		programme("later", 5*time.Hour, "c", "a"), programme("past", -time.Hour, "d"), programme("soon", time.Hour, "b", "a")}}}
	for _, sha := range []string{"a", "b", "c", "d"} {
		plan.Clips = append(plan.Clips, wire.ClipRef{SHA: sha})
	}
	var order strings.Builder
	for _, ref := range soonest(plan, now) {
		order.WriteString(ref.SHA)
	}
	require.Equal(t, "bacd", order.String())
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	good := Config{ID: "loa-1", Commune: "la-da", Broker: "b:8883", Data: "d", Sound: "wav", WAV: "horn.wav"}
	require.NoError(t, good.Check())
	for setting, spoil := range map[string]func(*Config){
		"id":      func(c *Config) { c.ID = "Cụm loa 1" },
		"commune": func(c *Config) { c.Commune = "la-da/#" },
		"broker":  func(c *Config) { c.Broker = "" },
		"data":    func(c *Config) { c.Data = "" },
		"sound":   func(c *Config) { c.Sound = "pulse" },
		"wav":     func(c *Config) { c.WAV = "" },
	} {
		c := good
		spoil(&c)
		require.ErrorContains(t, c.Check(), "setting "+setting)
	}
	_, err := Config{CommuneKey: "AAAA"}.communeKey()
	require.ErrorContains(t, err, "commune_key")
}

// A fault keeps its since until evidence clears it, and is new when it comes
// again.
func TestFaultsKeepTheirSince(t *testing.T) {
	r := newReporter(nil, "v")
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	status := func(sent time.Time, ok bool) wire.Status {
		r.looked = sent // no look for clips: there is no app here
		return wire.Status{Sent: sent, Clock: wire.Clock{Known: true}, Sound: wire.Sound{OK: ok}}
	}
	faults := r.faults(now, status(now, false), "no_sound_device", nil)
	require.Equal(t, []wire.Fault{{Code: wire.FaultSound, Since: now}}, faults)
	require.Equal(t, now, r.faults(now, status(now.Add(time.Minute), false), "no_sound_device", nil)[0].Since)
	require.Empty(t, r.faults(now, status(now.Add(2*time.Minute), true), "", nil))
	again := now.Add(3 * time.Minute)
	require.Equal(t, again, r.faults(now, status(again, false), "no_sound_device", nil)[0].Since)
	require.Empty(t, r.faults(now, status(again, false), "sound_starting", nil), "starting is no fault")

	free := int64(1 << 20)
	s := status(now, true)
	s.DiskFree, s.Clock.Known = &free, false
	var codes []string
	for _, f := range r.faults(now, s, "", wire.ErrForged) {
		codes = append(codes, f.Code)
	}
	require.Equal(t, []string{wire.FaultClock, wire.FaultDisk, wire.FaultStore}, codes)
}
