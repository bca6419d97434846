package amp

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/speaker"
)

const (
	ms    = time.Millisecond
	block = speaker.Rate / 50 // 20 ms
)

// bench is an amplifier on a table: what is played, what its switch does, what leaves the output.
type bench struct {
	*Amp
	begin    time.Time
	from, to time.Time // of the sound, which is 0.5 throughout
	known    time.Time // from when the player tells of it; zero: never
	takes    time.Duration
	fails    error
	until    time.Time // from when it does not fail; zero: never
	asked    []bool
	on       time.Time
	off      time.Time
	out      []float32
}

// table plays 90 s and returns what came of it.
func table(t *testing.T, b *bench) *bench {
	b.begin = time.Now()
	b.Amp = New(Options{
		Set: func(ctx context.Context, on bool) error {
			b.asked = append(b.asked, on)
			select {
			case <-time.After(b.takes):
			case <-ctx.Done():
			}
			if b.fails != nil && (b.until.IsZero() || time.Now().Before(b.until)) {
				return b.fails
			}
			if on {
				b.on = time.Now()
			} else {
				b.off = time.Now()
			}
			return nil
		},
		Close: func() error { return nil },
		Next: func() time.Time {
			if now := time.Now(); b.known.IsZero() || now.Before(b.known) || !now.Before(b.to) {
				return time.Time{}
			}
			return b.from
		},
		WarmUp: 500 * ms, Idle: 30 * time.Second, Logger: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- b.Run(ctx) }()
	src := b.Source(func(buf []float32, at time.Time) {
		clear(buf)
		frame := func(t time.Time) int {
			return int(max(0, min(block, (t.Sub(at)*speaker.Rate+time.Second-1)/time.Second)))
		}
		for i := frame(b.from); i < frame(b.to); i++ {
			buf[i] = 0.5
		}
	})
	buf := make([]float32, block)
	for end := b.begin.Add(90 * time.Second); time.Now().Before(end); time.Sleep(20 * ms) { // of the bubble
		src(buf, time.Now().Add(60*ms)) // what the output holds
		b.out = append(b.out, buf...)
	}
	cancel()
	require.NoError(t, <-done)
	b.takes = 0
	require.NoError(t, b.Off())
	return b
}

// sounded returns when the first sample left that is not silence, and the last.
func (b *bench) sounded() (first, last time.Duration) {
	first = -1
	for i, v := range b.out {
		if v != 0 {
			if first < 0 {
				first = 60*ms + frames(i)
			}
			last = 60*ms + frames(i)
		}
	}
	return first, last
}

func onTable(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, f)
}

func TestNothingOfAPlannedSoundIsLost(t *testing.T) {
	onTable(t, func(t *testing.T) {
		now := time.Now()
		b := table(t, &bench{from: now.Add(40 * time.Second), to: now.Add(45 * time.Second), known: now.Add(10 * time.Second)})
		first, last := b.sounded()
		require.InDelta(t, (40 * time.Second).Seconds(), first.Seconds(), 1e-4)
		require.InDelta(t, (45 * time.Second).Seconds(), last.Seconds(), 1e-4)
		require.Equal(t, float32(0.5), b.out[int((40*time.Second-60*ms).Seconds()*speaker.Rate)+1], "whole from its first sample on")
		require.Equal(t, []bool{false, true, false, false}, b.asked, "off at the start, on, off after half a minute, off at the end")
		require.InDelta(t, 38.5, b.on.Sub(b.begin).Seconds(), 0.1, "a second more than it needs")
	})
}

func TestItGoesOffHalfAMinuteAfterTheSound(t *testing.T) {
	onTable(t, func(t *testing.T) {
		now := time.Now()
		b := &bench{from: now.Add(10 * time.Second), to: now.Add(20 * time.Second), known: now}
		go func() {
			<-time.After(50*time.Second - ms)
			require.True(t, b.State().On)
			<-time.After(2 * time.Second)
			require.False(t, b.State().On)
		}()
		table(t, b)
	})
}

// A voice that nobody announced waits for the amplifier, which then does not begin with a bang.
func TestWhatNobodyAnnouncedBeginsWithAFadeWhenItIsWarm(t *testing.T) {
	onTable(t, func(t *testing.T) {
		now := time.Now()
		b := table(t, &bench{from: now.Add(5 * time.Second), to: now.Add(9 * time.Second), takes: 30 * ms})
		first, _ := b.sounded()
		require.GreaterOrEqual(t, first, b.on.Sub(b.begin)+500*ms, "not before it is warm")
		require.Less(t, first, 5*time.Second+600*ms)
		at := int((first - 60*ms).Seconds() * speaker.Rate)
		require.Less(t, b.out[at+1], float32(0.01), "faded in")
		require.Equal(t, float32(0.5), b.out[at+fade+2])
	})
}

// The sound is what matters: an amplifier that cannot be switched may well be on.
func TestASwitchThatFailsKeepsNothingFromPlaying(t *testing.T) {
	onTable(t, func(t *testing.T) {
		now := time.Now()
		b := table(t, &bench{from: now.Add(5 * time.Second), to: now.Add(9 * time.Second), fails: errors.New("no such line")})
		first, last := b.sounded()
		require.InDelta(t, 5, first.Seconds(), 0.03)
		require.InDelta(t, 9, last.Seconds(), 1e-4)
		require.Equal(t, "no such line", b.State().Fault)
		require.False(t, b.State().On)
	})
}

func TestASwitchThatHangsKeepsTheSoundForASecondMore(t *testing.T) {
	onTable(t, func(t *testing.T) {
		now := time.Now()
		b := table(t, &bench{from: now.Add(5 * time.Second), to: now.Add(20 * time.Second), takes: time.Hour})
		first, last := b.sounded()
		require.InDelta(t, 6.5, first.Seconds(), 0.03)
		require.InDelta(t, 20, last.Seconds(), 1e-4)
	})
}

// The fault goes when the switch does what it is told, not before.
func TestItIsTriedAgainUntilItWorks(t *testing.T) {
	onTable(t, func(t *testing.T) {
		now := time.Now()
		b := &bench{from: now.Add(5 * time.Second), to: now.Add(60 * time.Second), known: now, fails: errors.New("busy"),
			until: now.Add(30*time.Second + ms)}
		go func() {
			<-time.After(30 * time.Second)
			require.Equal(t, "busy", b.State().Fault)
			<-time.After(11 * time.Second)
			require.Equal(t, State{On: true}, b.State())
		}()
		table(t, b)
		gap := 0
		for _, v := range b.out[5*speaker.Rate : 59*speaker.Rate] {
			if v != 0.5 {
				gap++
			}
		}
		require.Zero(t, gap, "no gap when it comes back")
	})
}

// At the end it is silent before it goes off.
func TestItFadesOutAtTheEnd(t *testing.T) {
	onTable(t, func(t *testing.T) {
		now := time.Now()
		b := &bench{from: now.Add(5 * time.Second), to: now.Add(80 * time.Second), known: now}
		var muted time.Duration
		go func() {
			<-time.After(30*time.Second + ms)
			b.Mute()
			muted = time.Since(b.begin)
		}()
		table(t, b)
		_, last := b.sounded()
		require.InDelta(t, (muted + 80*ms).Seconds(), last.Seconds(), 0.025)
		at := int((last - 60*ms).Seconds() * speaker.Rate)
		require.Less(t, b.out[at], float32(0.01))
		require.Equal(t, float32(0.5), b.out[at-fade])
	})
}

// line is a GPIO line of no chip.
type line struct {
	value  int
	fails  error
	closed bool
}

func (l *line) SetValue(v int) error { l.value = v; return l.fails }
func (l *line) Close() error         { l.closed = true; return nil }

func TestGPIO(t *testing.T) {
	var held *line
	refuse := errors.New("line is in use")
	set, release := GPIO(Pin{"gpiochip0", 17, true}, func(p Pin) (Line, error) {
		require.Equal(t, Pin{"gpiochip0", 17, true}, p)
		if refuse != nil {
			return nil, refuse
		}
		held = &line{value: -1}
		return held, nil
	})
	require.NoError(t, release())
	require.EqualError(t, set(t.Context(), true), "gpio gpiochip0 line 17: line is in use")
	refuse = nil
	require.NoError(t, set(t.Context(), true))
	require.Equal(t, 1, held.value)
	require.NoError(t, set(t.Context(), false))
	require.Equal(t, 0, held.value)
	first := held
	held.fails = errors.New("chip is gone")
	require.ErrorContains(t, set(t.Context(), true), "chip is gone")
	require.True(t, first.closed)
	require.NoError(t, set(t.Context(), true), "asked for anew")
	require.NotSame(t, first, held)
	require.NoError(t, release())
	require.True(t, held.closed)
}

// A board without such a chip says which.
func TestNoSuchChip(t *testing.T) {
	set, release := GPIO(Pin{Chip: "gpiochip999"}, Request)
	require.ErrorContains(t, set(t.Context(), true), "gpiochip999")
	require.NoError(t, release())
}

func TestCommand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "power")
	set := Command([]string{"sh", "-c", "echo on > " + path}, []string{"sh", "-c", "echo the relay is stuck >&2; exit 3"})
	require.NoError(t, set(t.Context(), true))
	said, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "on\n", string(said))
	require.EqualError(t, set(t.Context(), false), "sh: exit status 3: the relay is stuck")
	require.Error(t, Execute(t.Context(), []string{filepath.Join(t.TempDir(), "no-such-program")}))
}

func TestPins(t *testing.T) {
	p, err := ParsePin("gpiochip0:17")
	require.NoError(t, err)
	require.Equal(t, Pin{"gpiochip0", 17, false}, p)
	p, err = ParsePin("gpiochip12:3:low")
	require.NoError(t, err)
	require.Equal(t, Pin{"gpiochip12", 3, true}, p)
	for _, bad := range []string{"", "17", "gpiochip0", "gpiochip0:", "gpiochip0:-1", "gpiochip0:1:high", "gpiochip/../mem:1",
		"gpiochip0:1:low:", "gpiochip:1", "gpiochip0:70000"} {
		_, err := ParsePin(bad)
		require.Error(t, err, bad)
	}
}
