package player

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/node/wire"
	"loa/schedule"
)

// airborne returns a mixer with a clip on air in real time, and its start.
func airborne(t testing.TB) (*mixer, time.Time) {
	clip := noise(t, 1, 10*time.Second).file
	start := time.Now()
	p := plan(programme("p", schedule.Normal, start, schedule.Item{Kind: schedule.Clip, Clip: "c", Length: 10 * time.Second, Repeat: 100}))
	tl := schedule.NewTimeline(p.Plan, start, start.Add(time.Hour))
	m := newMixer(func(at time.Time) (time.Time, time.Duration, bool) { return at, 0, true }, func() bool { return true })
	slot := tl.Slots[0]
	v := newVoice(slot.Programme.Rundown[0], &tally{})
	clips := func(string) (io.ReaderAt, int64, error) { return bytes.NewReader(clip), int64(len(clip)), nil }
	go v.run(t.Context(), func(ctx context.Context) error { return v.decode(ctx, clips) }, slog.New(slog.DiscardHandler))
	m.perform(tl, map[key]*voice{{slot.ID, 0}: v}, map[string]float32{slot.ID: 0.5})
	return m, slot.Begin
}

func TestAudioPathDoesNotAllocate(t *testing.T) {
	m, at := airborne(t)
	buf := make([]float32, audio.FrameSamples)
	require.Zero(t, testing.AllocsPerRun(50, func() {
		m.fill(buf, at)
		at = at.Add(20 * time.Millisecond)
	}))
}

// The same with a voice that comes while it is played, frames that are missing included.
func TestAudioPathOfACallDoesNotAllocate(t *testing.T) {
	start := time.Now()
	c := schedule.Call{ID: "c", Class: schedule.Live, Start: start, End: start.Add(time.Hour)}
	tl := schedule.NewTimeline(schedule.Plan{Calls: []schedule.Call{c}}, start, start.Add(time.Hour))
	m := newMixer(func(at time.Time) (time.Time, time.Duration, bool) { return at, 0, true }, func() bool { return true })
	feed, err := NewFeed(start)
	require.NoError(t, err)
	v := newVoice(tl.Slots[0].Programme.Rundown[0], &tally{})
	m.perform(tl, map[key]*voice{{"c", 0}: v}, map[string]float32{"c": 0.5})
	s := speech(t, 5, 10*time.Second)
	buf, frame := make([]float32, audio.FrameSamples), make([]float32, audio.FrameSamples)
	n, at := 0, start
	require.Zero(t, testing.AllocsPerRun(200, func() {
		if n%10 != 3 {
			feed.jitter.Push(uint64(n), s.packets[n:n+1], at)
		}
		for pos, needed, room := v.roomLive(); room; pos, needed, room = v.roomLive() {
			ok, sound := feed.next(pos/audio.FrameSamples, frame, needed)
			if !ok {
				break
			}
			v.addLive(pos, frame, sound)
		}
		m.fill(buf, at)
		at = at.Add(20 * time.Millisecond)
		n++
	}))
	require.Positive(t, v.tally.heard.Load())
}

// The same while it is brought in step.
func TestAudioPathDoesNotAllocateWhileSteering(t *testing.T) {
	m, at := airborne(t)
	m.servo = servo{on: true, skew: 100e-6}
	buf := make([]float32, audio.FrameSamples)
	require.Zero(t, testing.AllocsPerRun(50, func() {
		m.fill(buf, at)
		at = at.Add(20 * time.Millisecond)
	}))
	require.NotZero(t, m.servo.rate)
}

func BenchmarkFillPlaying(b *testing.B) { benchmarkFill(b, servo{}) }

func BenchmarkFillSteering(b *testing.B) {
	benchmarkFill(b, servo{on: true, skew: 100e-6, rate: 100e-6})
}

func benchmarkFill(b *testing.B, s servo) {
	m, start := airborne(b)
	m.servo = s
	v := m.score.Load().voices[key{m.score.Load().timeline.Slots[0].ID, 0}]
	for _, n := v.room(); n > 0; _, n = v.room() { // the decoder fills the ring
		runtime.Gosched()
	}
	buf := make([]float32, audio.FrameSamples)
	at := start
	b.ReportAllocs()
	for b.Loop() {
		m.fill(buf, at)
		if at = at.Add(20 * time.Millisecond); at.Sub(start) > time.Second {
			at = at.Add(-200 * time.Millisecond) // within what the ring keeps
		}
	}
	b.ReportMetric(float64(v.tally.heard.Load())/float64(b.N*len(buf)), "heard/asked")
}

func BenchmarkFillIdle(b *testing.B) {
	m, at := airborne(b)
	at = at.Add(30 * time.Minute)
	buf := make([]float32, audio.FrameSamples)
	b.ReportAllocs()
	for b.Loop() {
		m.fill(buf, at)
	}
}

func TestOptionsAreComplete(t *testing.T) {
	_, err := New(Options{})
	require.Error(t, err)
}

func TestLedgerThatCannotBeReadIsBegunAnew(t *testing.T) {
	for _, load := range []func() ([]byte, error){
		func() ([]byte, error) { return []byte("{"), nil },
		func() ([]byte, error) { return nil, errors.New("flash is broken") },
	} {
		o := newRig(t).options()
		o.Load = load
		p, err := New(o)
		require.NoError(t, err)
		require.True(t, p.ledger.at.IsZero())
	}
}

// FuzzLedger takes any bytes for a saved ledger and goes on with it.
func FuzzLedger(f *testing.F) {
	f.Add([]byte(`{"at":"2026-11-23T05:00:00Z","open":[{"play":{"airing":"a","item":1,"length":60},"to":"2026-11-23T05:01:00Z","heard":480,"lost":{"off":5}}],"due":[{"airing":"b"}],"done":[{"airing":"c","item":0,"to":"2026-11-23T05:00:00Z"}]}`))
	f.Add([]byte(`{"at":"0001-01-01T00:00:00Z","open":[{"play":{"item":-1}}]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, _ := loadLedger(data, func(*schedule.Slot) int { return 100 })
		at := time.Date(2026, 11, 23, 5, 0, 30, 0, time.UTC)
		l.begin(at, maxBack)
		p := plan(programme("p", schedule.Normal, at, chime))
		slots := schedule.NewTimeline(p.Plan, at, at.Add(time.Hour)).Slots
		l.advance(slots, at.Add(time.Hour), wire.NodeOff)
		l.flush(Options{Save: func([]byte) error { return nil }, Report: func(wire.Play) error { return nil }}, slog.New(slog.DiscardHandler))
		require.Empty(t, l.due)
		for k := range l.open {
			require.False(t, l.open[k].to.Before(l.at.Add(-orphaned)))
		}
	})
}
