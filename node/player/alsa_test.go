package player

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/cmd/prove/witness"
	"loa/node/speaker"
	"loa/node/speaker/tapcard"
	"loa/node/wire"
	"loa/schedule"
)

// childEnv makes this test binary a node that plays on ALSA: its value is the first start, Unix nanoseconds, or
// "calls".
const childEnv = "LOA_PLAYER_TEST_CHILD"

func TestMain(m *testing.M) {
	if s := os.Getenv(childEnv); s == "calls" {
		os.Exit(childCalls())
	} else if s != "" {
		os.Exit(childMain(s))
	}
	os.Exit(witness.Main(m))
}

const (
	starts     = 8
	startEvery = 600 * time.Millisecond
	startClip  = 200 * time.Millisecond
)

func childMain(first string) int {
	ns, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return 2
	}
	clip, err := io.ReadAll(os.Stdin)
	if err != nil {
		return 2
	}
	var programmes []schedule.Programme
	for i := range starts {
		at := time.Unix(0, ns).Add(time.Duration(i) * startEvery)
		programmes = append(programmes, programme(fmt.Sprint("p", i), schedule.Normal, at,
			schedule.Item{Kind: schedule.Clip, Clip: "c", Length: startClip}))
	}
	sink := speaker.OpenALSA(speaker.ALSAOptions{})
	p, err := New(Options{
		Clips: func(string) (io.ReaderAt, int64, error) { return bytes.NewReader(clip), int64(len(clip)), nil },
		Clock: func(at time.Time) (time.Time, time.Duration, bool) { return time.Unix(0, at.UnixNano()), 0, true },
		Sound: func() bool { return sink.State().OK() },
		Save:  func([]byte) error { return nil }, Load: func() ([]byte, error) { return nil, nil },
		Report: func(q wire.Play) error {
			fmt.Println(q.Outcome)
			return nil
		},
	})
	if err != nil {
		return 2
	}
	p.SetPlan(plan(programmes...))
	ctx, cancel := context.WithDeadline(context.Background(), time.Unix(0, ns).Add(starts*startEvery+2*time.Second))
	defer cancel()
	done := make(chan error)
	go func() { done <- p.Run(ctx) }()
	if sink.Run(ctx, p.Source()) != nil || <-done != nil {
		return 1
	}
	return 0
}

// TestStartsOnTimeThroughALSA measures when the first sample of an airing leaves the horn, on the path that a board
// plays on.
func TestStartsOnTimeThroughALSA(t *testing.T) {
	witness.Play(t, func(t testing.TB) {
		from := time.Now()
		outcomes, off, dry := startsThroughCard(t)
		if dry > 0 {
			witness.Again(t, fmt.Sprintf("the card ran dry %d times", dry))
		}
		witness.Judge(t, from, time.Now(), func(t testing.TB) {
			require.Equal(t, strings.Repeat("heard\n", starts), outcomes)
			require.Len(t, off, starts)
			slices.Sort(off)
			t.Logf("first sample after the planned instant: p50 %v, p99 and max %v, from %v", off[starts/2], off[starts-1], off[0])
			require.Less(t, max(off[starts-1], -off[0]), 20*time.Millisecond)
		})
	})
}

func startsThroughCard(t testing.TB) (outcomes string, off []time.Duration, dry int) {
	card, err := tapcard.New(t.TempDir())
	require.NoError(t, err)
	card.PPM = 40
	rec := &tapcard.Recorder{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- card.Run(ctx, rec.Add) }()

	exe, err := os.Executable()
	require.NoError(t, err)
	first := time.Now().Add(2 * time.Second)
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(append(os.Environ(), fmt.Sprintf("%s=%d", childEnv, first.UnixNano())), card.Env()...)
	cmd.Stdin = bytes.NewReader(noise(t, 5, startClip).file)
	out, err := cmd.Output()
	require.NoError(t, err)
	cancel()
	require.NoError(t, <-done)
	require.NoError(t, card.Close())
	return string(out), offStart(rec, first), card.Dry()
}

// offStart returns how long after its plan each airing began. Silence is exactly zero, so the first sample that is not
// is the clip's first, or within a few of it.
func offStart(rec *tapcard.Recorder, first time.Time) (off []time.Duration) {
	samples, quiet := rec.Samples(), 0
	for i, v := range samples {
		if v == 0 {
			quiet++
			continue
		}
		if quiet > 4800 {
			want := first.Add(time.Duration(len(off)) * startEvery)
			off = append(off, rec.At(i).Sub(want))
		}
		quiet = 0
	}
	return off
}

// told is what childCalls prints of a call.
type told struct {
	Need, Margin time.Duration
	Latency      time.Duration
	Frames       audio.JitterCounters
	Heard        time.Duration
}

const callLength = 3 * time.Second

// childCalls plays two calls on ALSA, whose frames come with a little more than the margin that they need, and with
// less.
func childCalls() int {
	packets, err := io.ReadAll(os.Stdin)
	if err != nil || len(packets) == 0 {
		return 2
	}
	sink := speaker.OpenALSA(speaker.ALSAOptions{})
	feeds := map[string]*Feed{}
	var mu sync.Mutex
	plays := make(chan wire.Play, 2)
	clock := func(at time.Time) (time.Time, time.Duration, bool) { return time.Unix(0, at.UnixNano()), 0, true }
	p, err := New(Options{
		Clips: func(string) (io.ReaderAt, int64, error) { return nil, 0, os.ErrNotExist },
		Feed:  func(id string) (*Feed, bool) { mu.Lock(); defer mu.Unlock(); f, ok := feeds[id]; return f, ok },
		Clock: clock, Sound: func() bool { return sink.State().OK() },
		Save: func([]byte) error { return nil }, Load: func() ([]byte, error) { return nil, nil },
		Report: func(q wire.Play) error { plays <- q; return nil },
	})
	if err != nil {
		return 2
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() { _ = p.Run(ctx) })
	wg.Go(func() { _ = sink.Run(ctx, p.Source()) })
	for sink.State().Latency == 0 || p.Ahead() < 10*time.Millisecond {
		<-time.After(100 * time.Millisecond)
	}
	<-time.After(2 * time.Second) // until the sink knows its card
	out := json.NewEncoder(os.Stdout)
	var calls []schedule.Call
	for i, more := range []time.Duration{10 * time.Millisecond, -10 * time.Millisecond} {
		latency := sink.State().Latency
		t := told{Need: p.Ahead() + latency, Latency: latency}
		t.Margin = t.Need + more
		c := schedule.Call{ID: fmt.Sprint("c", i), Class: schedule.Live, Start: time.Now().Add(time.Second)}
		c.End = c.Start.Add(callLength)
		feed, err := NewFeed(c.Start)
		if err != nil {
			return 2
		}
		mu.Lock()
		feeds[c.ID] = feed
		mu.Unlock()
		calls = append(calls, c)
		p.SetPlan(withCalls(plan(), calls...))
		for n := range int(callLength/audio.FrameLength) + 10 {
			<-time.After(time.Until(c.Start.Add(time.Duration(n)*audio.FrameLength - t.Margin)))
			feed.Push(uint64(n), [][]byte{packets}, time.Now())
		}
		t.Heard = (<-plays).Heard
		t.Frames = feed.Counters()
		if out.Encode(t) != nil {
			return 2
		}
	}
	cancel()
	wg.Wait()
	return 0
}

// TestNeedThroughALSA measures, on the path that a board plays on, that frames which come with the margin that a node
// tells its controller are all heard, and that it takes no more than that.
func TestNeedThroughALSA(t *testing.T) {
	witness.Play(t, func(t testing.TB) {
		from := time.Now()
		calls, dry := needThroughCard(t)
		enough, less := calls[0], calls[1]
		t.Logf("latency %v, need %v; with %v: %+v; with %v: %+v; card dry %d",
			enough.Latency, enough.Need, enough.Margin, enough.Frames, less.Margin, less.Frames, dry)
		if dry > 0 {
			witness.Again(t, fmt.Sprintf("the card ran dry %d times", dry))
		}
		witness.Judge(t, from, time.Now(), func(t testing.TB) {
			require.Zero(t, enough.Frames.Lost, "enough is enough")
			require.Positive(t, less.Frames.Lost, "and less is not")
			require.InDelta(t, callLength, enough.Heard, float64(20*time.Millisecond))
			require.Less(t, enough.Need, 180*time.Millisecond, "with 70 ms for the microphone and the way: 250 ms")
		})
	})
}

func needThroughCard(t testing.TB) (calls []told, dry int) {
	card, err := tapcard.New(t.TempDir())
	require.NoError(t, err)
	card.PPM = -40
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- card.Run(ctx, func([]float32, time.Time) {}) }()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(append(os.Environ(), childEnv+"=calls"), card.Env()...)
	cmd.Stdin = bytes.NewReader(speech(t, 5, audio.FrameLength).packets[0])
	out, err := cmd.Output()
	require.NoError(t, err)
	cancel()
	require.NoError(t, <-done)
	for lines := json.NewDecoder(bytes.NewReader(out)); lines.More(); {
		var c told
		require.NoError(t, lines.Decode(&c))
		calls = append(calls, c)
	}
	require.Len(t, calls, 2)
	require.NoError(t, card.Close())
	return calls, card.Dry()
}
