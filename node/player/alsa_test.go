package player

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/speaker"
	"loa/node/speaker/tapcard"
	"loa/node/wire"
	"loa/schedule"
)

// childEnv makes this test binary a node that plays on ALSA: its value is the first start, Unix nanoseconds.
const childEnv = "LOA_PLAYER_TEST_CHILD"

func TestMain(m *testing.M) {
	if s := os.Getenv(childEnv); s != "" {
		os.Exit(childMain(s))
	}
	os.Exit(m.Run())
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
// plays on. A machine so busy that the card ran dry says nothing of that: it is asked again.
func TestStartsOnTimeThroughALSA(t *testing.T) {
	const tries = 4
	for try := 1; ; try++ {
		off, dry := startsThroughCard(t)
		if dry > 0 && try < tries {
			t.Logf("the card ran dry %d times; once more", dry)
			continue
		}
		require.Len(t, off, starts)
		slices.Sort(off)
		t.Logf("first sample after the planned instant: p50 %v, p99 and max %v, from %v", off[starts/2], off[starts-1], off[0])
		require.Less(t, max(off[starts-1], -off[0]), 20*time.Millisecond)
		return
	}
}

func startsThroughCard(t *testing.T) (off []time.Duration, dry int) {
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
	cmd.Stdin = bytes.NewReader(encoded(t, 5, startClip))
	out, err := cmd.Output()
	require.NoError(t, err)
	require.Equal(t, starts, bytes.Count(out, []byte("heard\n")), "%s", out)
	cancel()
	require.NoError(t, <-done)
	require.NoError(t, card.Close())
	return offStart(rec, first), card.Dry()
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
