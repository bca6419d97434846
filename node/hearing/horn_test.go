package hearing

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/ear"
	"loa/node/keyring"
	"loa/node/nodetest"
	"loa/node/wire"
)

// What both ears said of the same sound tells where it ends; what they cannot tell changes nothing.
func TestWhereTheSoundEnds(t *testing.T) {
	for _, c := range []struct {
		mic, line ear.Verdict
		want      string
	}{
		{ear.Heard, "", ""},
		{ear.Heard, ear.Heard, ""},
		{ear.Heard, ear.CannotTell, ""},
		{ear.Heard, ear.NotHeard, wire.FaultLine},
		{ear.NotHeard, "", wire.FaultMuteHorn},
		{ear.NotHeard, ear.CannotTell, wire.FaultMuteHorn},
		{ear.NotHeard, ear.Heard, wire.FaultHorn},
		{ear.NotHeard, ear.NotHeard, wire.FaultLine},
		{ear.CannotTell, ear.NotHeard, wire.FaultLine},
		{ear.CannotTell, ear.Heard, "before"},
		{ear.CannotTell, "", "before"},
	} {
		h := verdict{fault: "before"}
		h.learn(c.mic, c.line)
		require.True(t, h.is(c.want), "%s, %s: %s", c.mic, c.line, h.fault)
	}
}

// A horn that is weak is told by its last test, and not told and taken back by turns; so is an amplifier that is on.
func TestWhatATestTells(t *testing.T) {
	h := &Horn{mic: ear.NewListener(ear.Site{})}
	wrong := func(open ...string) (codes []string) {
		for _, f := range h.Findings(func(code string) bool { return len(open) > 0 && open[0] == code }) {
			if *f.Wrong {
				codes = append(codes, f.Code)
			}
		}
		return codes
	}
	require.Empty(t, wrong())
	level := -12.0
	h.last.Store(&wire.SelfTest{Verdict: "heard", DB: &level})
	require.Equal(t, []string{wire.FaultWeakHorn}, wrong())
	level = -8
	require.Empty(t, wrong())
	require.Equal(t, []string{wire.FaultWeakHorn}, wrong(wire.FaultWeakHorn))
	level = -6
	require.Empty(t, wrong(wire.FaultWeakHorn))
	h.last.Store(&wire.SelfTest{Verdict: "heard", Off: "heard"})
	require.Equal(t, []string{wire.FaultStuckAmp}, wrong())
}

// An order makes one sound: not said again, not after a restart, not late, not for another node.
func TestAnOrderCountsOnce(t *testing.T) {
	office, now := nodetest.NewOffice(), time.Date(2026, 11, 24, 5, 0, 0, 0, time.UTC)
	ring := keyring.New(keyring.Options{Root: office.Public(), Commune: "la-da", Logger: slog.New(slog.DiscardHandler),
		Clock: func(time.Time) (time.Time, time.Duration, bool) { return now, 0, true },
		Load:  func() ([]byte, error) { return nil, nil }, Save: func([]byte) error { return nil }})
	var f flash
	o := Options{Mic: "mic", Target: wire.Target("la-da", "loa-1"), Open: ring.Open, OpenKept: ring.OpenKept, Load: f.load, Save: f.save,
		Logger: slog.New(slog.DiscardHandler)}
	order := func(set func(*wire.Header)) []byte {
		h := wire.Header{Kind: wire.KindSelfTest, Target: wire.Target("la-da", "loa-1"), Seq: uint64(now.UnixMilli()), Issued: now,
			Expires: now.Add(wire.SelfTestLife)}
		set(&h)
		raw, err := wire.Sign(office.Key, h, struct{}{})
		require.NoError(t, err)
		return raw
	}
	first := order(func(*wire.Header) {})
	test := New(o)
	for name, bad := range map[string][]byte{
		"of another node": order(func(h *wire.Header) { h.Target = wire.Target("la-da", "loa-2") }),
		"of all":          order(func(h *wire.Header) { h.Target = wire.Target("la-da", wire.AllNodes) }),
		"of no end":       order(func(h *wire.Header) { h.Expires = time.Time{} }),
		"of the future":   order(func(h *wire.Header) { h.Seq *= 2 }),
		"a stop":          order(func(h *wire.Header) { h.Kind = wire.KindStop }),
		"a bit of it":     append(first[:len(first)-1:len(first)-1], first[len(first)-1]^1),
		"nothing":         nil,
	} {
		require.Error(t, test.order(bad, now), name)
	}
	require.Error(t, test.order(first, now.Add(wire.SelfTestLife+time.Minute)), "too late")
	require.Empty(t, test.orders)
	require.NoError(t, test.order(first, now))
	require.Len(t, test.orders, 1)
	require.ErrorIs(t, test.order(first, now), wire.ErrStale)
	require.ErrorIs(t, New(o).order(first, now), wire.ErrStale, "after a restart")
	require.NoError(t, New(o).order(order(func(h *wire.Header) { h.Seq++ }), now))
	past := now.Add(-2 * time.Hour)
	back := order(func(h *wire.Header) { h.Seq, h.Expires = uint64(past.UnixMilli()), past.Add(wire.SelfTestLife) })
	again := New(o)
	require.NoError(t, again.order(back, past), "the office's clock was set back")
	require.ErrorIs(t, again.order(back, past), wire.ErrStale)
}

func TestHourOfTheTest(t *testing.T) {
	six := time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC) // at the commune
	left, ok := untilHour("06:30", six)
	require.Equal(t, []any{30 * time.Minute, true}, []any{left, ok})
	left, _ = untilHour("06:00", six)
	require.Equal(t, 24*time.Hour, left, "not twice")
	_, ok = untilHour("", six)
	require.False(t, ok)
}
