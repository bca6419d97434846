package update

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

// packed is the smallest program for this machine's processor, with a mark of
// its own, gzipped.
func packed(t testing.TB, mark string) []byte {
	t.Helper()
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}
	var b bytes.Buffer
	require.NoError(t, binary.Write(&b, binary.LittleEndian, elf.Header64{Ident: ident, Type: uint16(elf.ET_EXEC),
		Machine: uint16(machines[runtime.GOARCH]), Version: uint32(elf.EV_CURRENT), Ehsize: 64, Phentsize: 56, Shentsize: 64}))
	b.WriteString(mark)
	return zip(t, b.Bytes())
}

func zip(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	zw, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	require.NoError(t, err)
	_, err = zw.Write(data)
	require.NoError(t, err)
	require.NoError(t, zw.Close())
	return b.Bytes()
}

func (s *Store) chosen(t *testing.T) string {
	t.Helper()
	path, key, err := s.Choose()
	require.NoError(t, err)
	if path != "" {
		require.FileExists(t, path)
	}
	return key
}

func TestATrialIsStartedOnceAndKeptOnlyIfItSaysSo(t *testing.T) {
	s := Open(filepath.Join(t.TempDir(), "software"), "1")
	require.Empty(t, s.chosen(t), "the packaged one")
	require.Error(t, s.Keep(), "none is on trial")

	require.NoError(t, s.Install("two", bytes.NewReader(packed(t, "2"))))
	require.Equal(t, "two", s.chosen(t))
	require.NoError(t, s.Keep())
	for range 3 {
		require.Equal(t, "two", s.chosen(t))
	}
	require.NoError(t, s.Install("three", bytes.NewReader(packed(t, "3"))))
	require.Equal(t, "three", s.chosen(t))
	require.Equal(t, "two", s.chosen(t), "three did not say that it was well")
	_, _, failed := s.Standing("three")
	require.True(t, failed)
	kept, _, _ := s.Standing("two")
	require.True(t, kept)

	require.NoError(t, s.Leave())
	require.Empty(t, s.chosen(t))
}

func TestWhatIsNotWholeIsNotStarted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "software")
	s := Open(dir, "1")
	require.NoError(t, s.Install("two", bytes.NewReader(packed(t, "2"))))
	require.Equal(t, "two", s.chosen(t))
	require.NoError(t, s.Keep())
	path := s.path(s.load().Kept)
	program, err := os.ReadFile(path)
	require.NoError(t, err)
	program[len(program)/2] ^= 1 // worn flash
	require.NoError(t, os.WriteFile(path, program, 0o700))
	require.Empty(t, s.chosen(t), "rather the packaged one")

	require.NoError(t, s.Install("three", bytes.NewReader(packed(t, "3"))))
	require.NoError(t, os.Truncate(s.path(s.load().Trial), 100))
	require.Empty(t, s.chosen(t))
	for _, raw := range []string{"", "{", `{"base":"1","kept":{"sha256":"../../bin/sh"}}`} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, stateFile), []byte(raw), 0o600))
		require.Empty(t, s.chosen(t), raw)
	}
}

func TestWhatThisBoardCannotRunIsRefused(t *testing.T) {
	s := Open(filepath.Join(t.TempDir(), "software"), "1")
	foreign := []byte("\x7fELF\x02\x01\x01" + string(make([]byte, 64)))
	for what, data := range map[string][]byte{
		"no gzip": []byte("hello"), "no program": zip(t, []byte("#!/bin/sh\n")), "of no processor": zip(t, foreign), "cut": packed(t, "2")[:50],
	} {
		require.Error(t, s.Install("x", bytes.NewReader(data)), what)
		require.Empty(t, s.chosen(t), what)
	}
	left, err := filepath.Glob(filepath.Join(s.dir, ".new-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestAPackageWinsOverWhatCameBefore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "software")
	s := Open(dir, "1")
	require.NoError(t, s.Install("two", bytes.NewReader(packed(t, "2"))))
	require.Equal(t, "two", s.chosen(t))
	require.NoError(t, s.Keep())
	require.Empty(t, Open(dir, "1.1").chosen(t))
	require.Equal(t, "1", Open(dir, "1.1").Under())
}

// Power that comes back is no quiet time: what waits for its trial waits on.
func TestNoTrialAtTheStartOfABoard(t *testing.T) {
	s := Open(filepath.Join(t.TempDir(), "software"), "1")
	require.Empty(t, s.Under())
	s.boot = "monday"
	require.NoError(t, s.Install("two", bytes.NewReader(packed(t, "2"))))
	s.boot = "tuesday"
	require.Empty(t, s.chosen(t))
	_, trial, failed := s.Standing("two")
	require.False(t, trial || failed, "it was not tried")
	require.NoError(t, s.Install("two", bytes.NewReader(packed(t, "2"))))
	require.Equal(t, "two", s.chosen(t), "at a quiet time")
	s.boot = "wednesday"
	require.Empty(t, s.chosen(t))
	_, _, failed = s.Standing("two")
	require.True(t, failed, "it did not say that it was well")
}

// Going back cuts nothing short, and is not put off for ever.
func TestGoingBackWaitsForQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, onAir := range []time.Duration{20 * time.Minute, 24 * time.Hour} {
			b := &board{store: Open(filepath.Join(t.TempDir(), "software"), "1")}
			require.NoError(t, b.store.Install("two", bytes.NewReader(packed(t, "2"))))
			m := b.manager()
			began := time.Now()
			m.opt.Quiet = func() bool { return time.Since(began) >= onAir }
			require.ErrorIs(t, m.Run(t.Context()), ErrRestart)
			require.InDelta(t, min(onAir, trialTime+goBackIn).Seconds(), time.Since(began).Seconds(), 6)
		}
	})
}

// A cut of power after any write leaves something that starts: each step's
// files are what an earlier or the later state names.
func TestACutAtAnyStep(t *testing.T) {
	for _, step := range []string{"install", "choose", "keep"} {
		dir := filepath.Join(t.TempDir(), "software")
		s := Open(dir, "1")
		require.NoError(t, s.Install("two", bytes.NewReader(packed(t, "2"))))
		before, err := os.ReadFile(filepath.Join(dir, stateFile))
		require.NoError(t, err)
		if step != "install" {
			require.Equal(t, "two", s.chosen(t))
		}
		if step == "keep" {
			before, err = os.ReadFile(filepath.Join(dir, stateFile))
			require.NoError(t, err)
			require.NoError(t, s.Keep())
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, stateFile), before, 0o600)) // the rename did not reach flash
		require.NoError(t, os.WriteFile(filepath.Join(dir, ".new-1"), []byte("half"), 0o600))
		want := map[string]string{"install": "two", "choose": "two", "keep": ""}[step]
		require.Equal(t, want, s.chosen(t), step)
	}
}

// manager is one on a board that a test plays.
type board struct {
	store      *Store
	idle, well atomic.Bool
	clips      sync.Map // by sha
}

func (b *board) manager() *Manager {
	_, key, _ := b.store.Choose()
	return New(Options{Store: b.store, Running: key, Logger: slog.New(slog.DiscardHandler),
		Open: func(sha string) (io.ReadCloser, error) {
			data, ok := b.clips.Load(sha)
			if !ok {
				return nil, fs.ErrNotExist
			}
			return io.NopCloser(bytes.NewReader(data.([]byte))), nil
		},
		Idle: b.idle.Load, Well: b.well.Load})
}

func software(sha string, attempt int) *wire.Software {
	return &wire.Software{Version: sha, Attempt: attempt, Clips: map[string]wire.ClipRef{runtime.GOARCH: {SHA: sha, Bytes: 1}}}
}

// ends is what Run ended with, within a day.
func ends(t *testing.T, done chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(24 * time.Hour):
		require.FailNow(t, "it does not end")
		return nil
	}
}

func TestManagerWaitsForQuietAndGoesBackFromWhatIsNotWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{store: Open(filepath.Join(t.TempDir(), "software"), "1")}
		run := func(m *Manager) chan error {
			done := make(chan error, 1)
			go func() { done <- m.Run(t.Context()) }()
			return done
		}
		m := b.manager()
		done := run(m)
		m.Want(software("aa", 1))
		ref, ok := m.Clip()
		require.True(t, ok)
		require.Equal(t, "aa", ref.SHA)
		time.Sleep(time.Hour)
		b.clips.Store("aa", packed(t, "aa"))
		time.Sleep(time.Hour)
		require.Equal(t, wire.SoftwareWaiting, m.State().State)
		require.Empty(t, done, "something is on air")
		b.idle.Store(true)
		require.ErrorIs(t, ends(t, done), ErrRestart)

		// it is not well in time
		began := time.Now()
		m = b.manager()
		m.Want(software("aa", 1))
		require.Equal(t, wire.SoftwareTrial, m.State().State)
		done = run(m)
		for range 9 { // now and then, but never for half a minute
			time.Sleep(20 * time.Second)
			b.well.Store(!b.well.Load())
		}
		b.well.Store(false)
		require.ErrorIs(t, ends(t, done), ErrRestart)
		require.InDelta(t, trialTime.Seconds(), time.Since(began).Seconds(), 2)

		// and is not tried again, until it is asked for anew
		m = b.manager()
		m.Want(software("aa", 1))
		require.Empty(t, m.opt.Running)
		require.Equal(t, wire.SoftwareFailed, m.State().State)
		_, ok = m.Clip()
		require.False(t, ok)
		done = run(m)
		time.Sleep(time.Hour)
		require.Empty(t, done)
		m.Want(software("aa", 2))
		require.ErrorIs(t, ends(t, done), ErrRestart)
		b.well.Store(true)
		m = b.manager()
		m.Want(software("aa", 2))
		done = run(m)
		time.Sleep(time.Minute)
		require.Equal(t, wire.SoftwareKept, m.State().State)
		require.Empty(t, done)

		m.Want(&wire.Software{Version: "packaged"})
		require.ErrorIs(t, ends(t, done), ErrRestart)
		require.Empty(t, b.manager().opt.Running)
	})
}

// Half a minute without a break keeps a version, or what the store was told.
func TestHowLongItMustBeWell(t *testing.T) {
	for wellFor, wants := range map[time.Duration]time.Duration{0: 30 * time.Second, 4 * time.Second: 4 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			b := &board{store: Open(filepath.Join(t.TempDir(), "software"), "1")}
			b.store.WellFor = cmp.Or(wellFor, b.store.WellFor)
			require.NoError(t, b.store.Install("two", bytes.NewReader(packed(t, "2"))))
			b.well.Store(true)
			m := b.manager()
			go func() { _ = m.Run(t.Context()) }()
			time.Sleep(wants - time.Nanosecond)
			_, trial, _ := b.store.Standing("two")
			require.True(t, trial)
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			kept, _, _ := b.store.Standing("two")
			require.True(t, kept)
		})
	}
}

func TestWhatCannotBeInstalledIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{store: Open(filepath.Join(t.TempDir(), "software"), "1")}
		b.idle.Store(true)
		b.clips.Store("bb", []byte("no program"))
		m := b.manager()
		m.Want(software("bb", 1))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- m.Run(ctx) }()
		time.Sleep(time.Minute)
		require.Empty(t, done)
		require.Equal(t, wire.SoftwareFailed, m.State().State)
		m.Want(&wire.Software{Clips: map[string]wire.ClipRef{"mips": {SHA: "cc"}}})
		_, ok := m.Clip()
		require.False(t, ok, "not for this board")
	})
}

func FuzzStateOnFlash(f *testing.F) {
	f.Add([]byte(`{"base":"1","kept":{"key":"a/1","sha256":"00"},"failed":["b/1"]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, stateFile), raw, 0o600))
		path, _, err := Open(dir, "1").Choose()
		require.NoError(t, err)
		require.Empty(t, path, "no program is there")
	})
}

func FuzzPackedProgram(f *testing.F) {
	f.Add(packed(f, "1")[:40])
	f.Add(zip(f, []byte("\x7fELF")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := Open(t.TempDir(), "1")
		if err := s.Install("x", bytes.NewReader(raw)); err == nil {
			require.Equal(t, "x", s.chosen(t))
		} else {
			require.False(t, errors.Is(err, fs.ErrPermission))
		}
	})
}
