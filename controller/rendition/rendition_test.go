package rendition

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio/ffmpeg"
	"loa/cmd/prove/witness"
	"loa/controller/store"
	"loa/controller/store/storetest"
)

// shop is a maker at work, whose ffmpeg counts how often it is run, and how many at once.
type shop struct {
	*Maker
	store  *store.Store
	dir    string
	source string
	urgent atomic.Bool
	asked  atomic.Int64 // whether it is
}

func open(t *testing.T, change func(*Options)) *shop {
	t.Helper()
	dir := t.TempDir()
	storetest.Fill(t, dir)
	s, err := store.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	x := &shop{store: s, dir: dir, source: filepath.Join(dir, "tone.opus")}
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=frequency=440:duration=2:sample_rate=48000",
		"-c:a", "libopus", x.source).CombinedOutput()
	require.NoError(t, err, "%s", out)
	program := filepath.Join(dir, "ffmpeg-counted")
	script := fmt.Sprintf("#!/bin/sh\necho run >> %[1]s/runs\nmkdir %[1]s/inside 2>/dev/null || echo two >> %[1]s/runs\n"+
		"ffmpeg \"$@\"\ncode=$?\nrmdir %[1]s/inside\nexit $code\n", dir)
	require.NoError(t, os.WriteFile(program, []byte(script), 0o700))
	opt := Options{Store: s, FFmpeg: ffmpeg.Program{Path: program}, MinFree: 1, Logger: slog.New(slog.DiscardHandler),
		Urgent: func() (bool, []string) { x.asked.Add(1); return x.urgent.Load(), []string{sha(99)} }}
	if change != nil {
		change(&opt)
	}
	x.Maker = New(opt)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- x.Run(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-done); require.NoError(t, s.Close()) })
	return x
}

func (x *shop) runs() []string {
	data, _ := os.ReadFile(filepath.Join(x.dir, "runs")) // none yet
	return strings.Fields(string(data))
}

func TestMain(m *testing.M) { os.Exit(witness.Main(m)) }

func sha(n int) string { return fmt.Sprintf("%064x", n) }

// However many ask for one, it is made once; and one at a time.
func TestOnceAndOneAtATime(t *testing.T) {
	x := open(t, nil)
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			path, err := x.Get(t.Context(), sha(i%3), x.source)
			if err != nil || path != x.store.RenditionPath(sha(i%3)) {
				t.Error(path, err)
			}
		})
	}
	all.Wait()
	require.Equal(t, []string{"run", "run", "run"}, x.runs())
	path, size, ok := x.Ready(sha(0))
	require.True(t, ok)
	require.Positive(t, size)
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=codec_name,channels", "-of", "csv=p=0", path).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, "aac,1", strings.TrimSpace(string(out)))
	left, err := os.ReadDir(x.store.TempDir())
	require.NoError(t, err)
	require.Empty(t, left)
}

// While an emergency is on the air only what it says is made; what was asked for meanwhile comes after it.
func TestAnEmergencyGoesFirst(t *testing.T) {
	x := open(t, nil)
	x.urgent.Store(true)
	require.NoError(t, x.Order(sha(1), x.source))
	short, cancel := context.WithTimeout(t.Context(), 3*lookEvery)
	defer cancel()
	_, err := x.Get(short, sha(1), x.source)
	require.ErrorIs(t, err, ErrBusy)
	require.Empty(t, x.runs())
	_, err = x.Get(t.Context(), sha(99), x.source)
	require.NoError(t, err, "but what the emergency says")
	require.Len(t, x.runs(), 1)
	x.urgent.Store(false)
	witness.Await(t, "it is made", time.Minute, func() bool { _, _, ok := x.Ready(sha(1)); return ok })
}

// What is under way when an emergency begins is broken off, and made afterwards.
func TestAnEmergencyBreaksOff(t *testing.T) {
	slow := filepath.Join(t.TempDir(), "slow")
	x := open(t, func(o *Options) {
		require.NoError(t, os.WriteFile(slow, []byte("#!/bin/sh\necho run >> "+o.Store.TempDir()+"/../runs\nexec sleep 600\n"), 0o700))
		o.FFmpeg.Path = slow
	})
	require.NoError(t, x.Order(sha(1), x.source))
	witness.Await(t, "it runs", time.Minute, func() bool { return len(x.runs()) == 1 })
	x.urgent.Store(true)
	require.NoError(t, os.WriteFile(slow+".new", []byte("#!/bin/sh\nexec ffmpeg \"$@\"\n"), 0o700))
	require.NoError(t, os.Rename(slow+".new", slow))
	before := x.asked.Load()
	witness.Await(t, "the emergency is seen", time.Minute, func() bool { return x.asked.Load() > before+2 })
	x.urgent.Store(false)
	witness.Await(t, "it is made", time.Minute, func() bool { _, _, ok := x.Ready(sha(1)); return ok })
}

// A full queue refuses; so does a disk that is nearly full, and what cannot be made is not
// tried again and again.
func TestRefused(t *testing.T) {
	x := open(t, func(o *Options) { o.MinFree = 1 << 60 })
	_, err := x.Get(t.Context(), sha(1), x.source)
	require.ErrorIs(t, err, ErrBusy)
	require.Empty(t, x.runs())
	require.ErrorIs(t, x.Order(sha(1), x.source), ErrBusy)
	x = open(t, nil)
	x.urgent.Store(true)
	refused := 0
	for i := range mostWaiting + 10 {
		if x.Order(sha(i), x.source) != nil {
			refused++
		}
	}
	require.Equal(t, 10, refused)
	require.NoError(t, x.Order(sha(99), x.source), "what an emergency says has room")
	broken := filepath.Join(x.dir, "broken.opus")
	require.NoError(t, os.WriteFile(broken, []byte("no sound"), 0o600))
	y := open(t, nil)
	for range 3 {
		_, err := y.Get(t.Context(), sha(7), broken)
		require.ErrorIs(t, err, ErrBusy)
	}
	require.Len(t, y.runs(), 1)
}

// What may be heard no more is removed; while that is not known nothing is.
func TestTidied(t *testing.T) {
	known := false
	x := open(t, nil)
	for i := range 2 {
		_, err := x.Get(t.Context(), sha(i), x.source)
		require.NoError(t, err)
	}
	x.opt.Kept = func(context.Context) (func(string) bool, bool) {
		return func(s string) bool { return s == sha(1) }, known
	}
	x.tidy(t.Context())
	_, _, ok := x.Ready(sha(0))
	require.True(t, ok)
	known = true
	x.tidy(t.Context())
	_, _, ok = x.Ready(sha(0))
	require.False(t, ok)
	_, _, ok = x.Ready(sha(1))
	require.True(t, ok)
}
