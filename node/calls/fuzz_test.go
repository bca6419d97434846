package calls

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/nodetest"
	"loa/node/wire"
	"loa/schedule"
)

func FuzzCallsOnFlash(f *testing.F) {
	o := nodetest.NewOffice()
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	raw := o.Command(f, wire.KindCall, now, nodetest.VoiceCall("c1", schedule.Live, now))
	for _, s := range []savedCalls{{Floor: 3, Halt: 2, Mark: now},
		{Calls: []savedCall{{"c1", 1, raw, now, silent, now}, {"c2", 2, nil, now, ended, now}, {"c3", 2, raw, now, 9, now}}}} {
		data, _ := wire.Encode(s)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := callsAlone(t, o, now)
		c.opt.Load = func() ([]byte, error) { return data, nil }
		_ = c.Load()
		p := c.Into(wire.Plan{Node: "n1", Areas: []string{"la-da"}})
		for _, call := range p.Calls {
			require.Equal(t, "c1", call.ID, "only what was signed is played")
			require.False(t, call.End.After(now.Add(10*time.Minute)))
		}
		c.watch(time.Now())
		c.wanted()
	})
}

// FuzzCommand says anything to the node, signed and not.
func FuzzCommand(f *testing.F) {
	o := nodetest.NewOffice()
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	f.Add(o.Command(f, wire.KindCall, now, nodetest.VoiceCall("c1", schedule.Live, now)), "c1", "la-da", int64(0), int64(time.Minute),
		uint64(1))
	f.Add(o.Command(f, wire.KindStop, now, wire.CallOff{Targets: nodetest.Everywhere, At: now}), "", "thon-1", int64(-1<<62), int64(1<<62),
		uint64(1<<63))
	f.Add(o.Frames(f, "c1", 5, []byte{8, 1}), "c2", "", int64(1), int64(-1), uint64(0))
	f.Fuzz(func(t *testing.T, raw []byte, id, area string, start, length int64, seq uint64) {
		c := callsAlone(t, o, now)
		on := nodetest.VoiceCall(id, schedule.Emergency, now.Add(time.Duration(start)))
		on.Call.End, on.Targets.Areas = on.Call.Start.Add(time.Duration(length)), []string{area}
		if y := on.Call.Start.Year(); y < 1 || y > 9000 || on.Call.End.Year() > 9000 || on.Call.End.Year() < 1 {
			return // RFC 3339 knows no such years
		}
		c.ReceiveOn(o.Again(t, wire.KindCall, seq, now, on))
		c.ReceiveOff(o.Again(t, wire.KindStop, seq+1, now, wire.CallOff{Call: id, Targets: on.Targets, At: on.Call.Start.Add(1)}))
		c.ReceiveOn(raw)
		c.ReceiveOff(raw)
		for _, call := range []string{"c1", id} {
			c.take(arrival{call, raw, time.Now()})
			c.take(arrival{call, o.Sign(t, wire.Header{Kind: wire.KindFrames, Target: wire.Target("la-da", call), Seq: seq},
				wire.Bundle{First: seq - 1, Frames: [][]byte{raw, {8, 1}}}), time.Now()})
		}
		c.Into(wire.Plan{Node: "n1", Areas: []string{"la-da"}})
		c.watch(time.Now())
		require.LessOrEqual(t, len(c.list), 2)
	})
}

func callsAlone(t *testing.T, o *nodetest.Office, ct time.Time) *Calls {
	return New(Options{Commune: "la-da", Open: wire.By(o.Public()), Kept: wire.By(o.Public()), Logger: slog.New(slog.DiscardHandler),
		Clock: func(time.Time) (time.Time, time.Duration, bool) { return ct, ms, true },
		Told:  func(time.Time) (time.Time, time.Duration, bool) { return ct, ms, true },
		Plan:  func() wire.Plan { return wire.Plan{Node: "n1", Areas: []string{"thon-1", "la-da"}} },
		Save:  func([]byte) error { return nil }, Load: func() ([]byte, error) { return nil, nil },
		Changed: func() {}, SetLive: func([]string) error { return nil }})
}

// BenchmarkTakeBundle is what one signed bundle of 20 ms costs a node until it waits for its play time.
func BenchmarkTakeBundle(b *testing.B) {
	o := nodetest.NewOffice()
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	c := New(Options{Commune: "la-da", Open: wire.By(o.Public()), Kept: wire.By(o.Public()), Logger: slog.New(slog.DiscardHandler),
		Clock: func(time.Time) (time.Time, time.Duration, bool) { return now, ms, true },
		Told:  func(time.Time) (time.Time, time.Duration, bool) { return now, ms, true },
		Plan:  func() wire.Plan { return wire.Plan{Node: "n1", Areas: []string{"la-da"}} },
		Save:  func([]byte) error { return nil }, Changed: func() {}})
	c.ReceiveOn(o.Command(b, wire.KindCall, now, nodetest.VoiceCall("c1", schedule.Live, now)))
	var bundles [][]byte
	for i, p := range nodetest.TonePackets(b) {
		bundles = append(bundles, o.Frames(b, "c1", i, p))
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		c.take(arrival{"c1", bundles[n%len(bundles)], time.Now()})
		n++
	}
}
