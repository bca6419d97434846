package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/cache"
	"loa/node/health"
	"loa/node/link"
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
	plan.Calls = []schedule.Call{{ID: "c1", Class: schedule.Emergency, Level: schedule.CommuneLevel, Start: now, End: now.Add(time.Hour),
		Rundown: []schedule.Item{{Kind: schedule.Clip, Clip: "d", Length: time.Second}}}}
	require.Equal(t, "d", soonest(plan, now)[0].SHA, "an emergency's goes first")
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
	r := newReporter("v")
	ending := false
	r.ending = func(time.Time) bool { return ending }
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
	// flash is blamed for what it does, not for what arrives
	for err, want := range map[error]string{cache.ErrSpoilt: wire.FaultClip, syscall.ENOSPC: wire.FaultDisk, syscall.EROFS: wire.FaultReadOnly,
		syscall.EIO: wire.FaultStore} {
		faults := r.faults(now, status(now, true), "", fmt.Errorf("fetch: %w", err))
		require.Len(t, faults, 1)
		require.Equal(t, want, faults[0].Code)
	}
	ending = true
	require.Equal(t, wire.FaultCert, r.faults(now, status(now, true), "", nil)[0].Code)
}

// A SIM without data leaves its modem connected; only where there is a modem is
// it blamed, and not before minutes without the office.
func TestASIMWithoutData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReporter("v")
		r.link = link.New(link.Options{})
		blamed := func(m *wire.Modem) bool {
			f := r.unreached(time.Now(), m, health.Finding{Code: wire.FaultModem})
			return f.Wrong != nil && *f.Wrong
		}
		connected := &wire.Modem{State: "connected"}
		<-time.After(cutOffAfter - 1)
		require.False(t, blamed(connected))
		<-time.After(1)
		require.True(t, blamed(connected))
		require.False(t, blamed(nil))
		require.False(t, blamed(&wire.Modem{State: wire.ModemGone}))
	})
}

// Whatever fails on a board is told within 100 s (EN 54-16), stays told while the sensor is silent, and is over when
// the sensor says so.
func TestABoardsFaultsAreToldInTimeAndClearedByEvidence(t *testing.T) {
	const limit = 100 * time.Second
	cases := []struct{ code, path, good, bad string }{
		{wire.FaultMains, "sys/class/power_supply/ac/online", "1\n", "0\n"},
		{wire.FaultVoltage, "sys/devices/platform/soc/soc:firmware/get_throttled", "50000\n", "50005\n"},
		{wire.FaultHot, "sys/class/thermal/thermal_zone0/temp", "61000\n", "88000\n"},
		{wire.FaultWear, "sys/block/mmcblk0/device/life_time", "0x03 0x03\n", "0x03 0x09\n"},
		{wire.FaultMemory, "proc/meminfo", "MemAvailable: 300000 kB\n", "MemAvailable: 9000 kB\n"},
		{wire.FaultLoad, "proc/loadavg", "0.10 0.10 0.10 1/99 1\n", "4000.0 9.0 9.0 1/99 1\n"},
		{wire.FaultModem, "modem", "connected", "registered"},
	}
	synctest.Test(t, func(t *testing.T) {
		root := t.TempDir()
		put := func(path, text string) {
			require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, path)), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(root, path), []byte(text), 0o644))
		}
		put("sys/class/power_supply/ac/type", "Mains\n")
		for _, c := range cases {
			put(c.path, c.good)
		}
		r := newReporter("v")
		r.ending = func(time.Time) bool { return false }
		r.board = &health.Watch{Reader: health.Reader{Root: root, Disk: root}, Modem: func(context.Context) *wire.Modem {
			state, err := os.ReadFile(filepath.Join(root, "modem"))
			if err != nil {
				return nil
			}
			return &wire.Modem{State: string(state)}
		}}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.board.Run(ctx) }()
		defer func() { cancel(); require.NoError(t, <-done) }()
		// told is what the next statuses say, until one says so or time is up
		told := func(code string, want bool) time.Duration {
			for begin := time.Now(); ; {
				<-time.After(statusEvery)
				s := wire.Status{Sent: time.Now(), Sound: wire.Sound{OK: true}, Clock: wire.Clock{Known: true}}
				r.board.Fill(&s, time.Now())
				open := slices.ContainsFunc(r.faults(time.Now(), s, "", nil), func(f wire.Fault) bool { return f.Code == code })
				if took := time.Since(begin); open == want || took > limit {
					return took
				}
			}
		}
		for _, c := range cases {
			require.LessOrEqual(t, told(c.code, false), statusEvery, c.code)
			put(c.path, c.bad)
			took := told(c.code, true)
			t.Logf("%s: told after %v", c.code, took)
			require.Less(t, took, limit, c.code)
			require.NoError(t, os.Remove(filepath.Join(root, c.path)))
			require.Greater(t, told(c.code, false), limit, "%s: no sensor is no evidence", c.code)
			put(c.path, c.good)
			require.Less(t, told(c.code, false), limit, c.code)
		}
	})
}
