package library

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/problem"
	"loa/controller/voices"
)

// What an emergency says stands behind no upload: neither behind those that are
// being received, nor behind those that have both places. They pause for it.
func TestAnAlertStandsBehindNoUpload(t *testing.T) {
	levelling := make(chan struct{})
	hold := make(chan struct{})
	l, _ := bench(t, Options{OnChange: func(j Job) {
		if j.Stage == Levelling && j.Fraction == 0 && strings.HasPrefix(j.Name, "long") {
			levelling <- struct{}{}
			<-hold
		}
	}})
	wav := recording(t, "a.wav")
	done := make(chan error, 2)
	for _, who := range []string{"p1", "p2"} {
		go func() {
			_, err := l.Upload(t.Context(), who, "long.wav", bytes.NewReader(wav))
			done <- err
		}()
	}
	<-levelling
	<-levelling
	for n := range maxJobs - 2 {
		_, err := l.begin(fmt.Sprint("q", n), "slow", Receiving)
		require.NoError(t, err)
	}
	_, err := l.Upload(t.Context(), "p9", "a.wav", bytes.NewReader(wav))
	requireProblem(t, err, problem.TooMany, "library_busy")
	clip, err := l.SpeakNow(t.Context(), Text{Text: sentence})
	require.NoError(t, err)
	require.Equal(t, sentence, clip.Text)
	again, err := l.SpeakNow(t.Context(), Text{Text: sentence})
	require.NoError(t, err)
	require.Equal(t, clip, again, "said before")
	close(hold)
	require.NoError(t, <-done)
	require.NoError(t, <-done)
}

// While an alert is spoken nothing else goes on, and after it all goes on.
func TestOtherWorkPausesForAnAlert(t *testing.T) {
	l, _ := bench(t, Options{})
	j, err := l.begin("p1", "x", Levelling)
	require.NoError(t, err)
	done := l.hurry()
	went := make(chan struct{})
	go func() { j.fraction(0.5); close(went) }()
	urgent, err := l.begin(nobody, "lũ", Levelling)
	require.NoError(t, err)
	urgent.fraction(0.5) // never waits for itself
	select {
	case <-went:
		require.FailNow(t, "it went on")
	default:
	}
	done()
	<-went
}

// One person cannot fill the lane of the others.
func TestAPersonHasAShare(t *testing.T) {
	l, _ := bench(t, Options{})
	for range maxEach {
		_, err := l.begin("p1", "x", Receiving)
		require.NoError(t, err)
	}
	_, err := l.Upload(t.Context(), "p1", "a.wav", strings.NewReader("x"))
	requireProblem(t, err, problem.TooMany, "library_yours")
	_, err = l.Speak(t.Context(), "p2", Text{Text: sentence})
	require.NoError(t, err)
}

// The built-in voice that hangs, or is not there, is told at once and in a sentence.
func TestTheBuiltInVoiceThatFailsIsTold(t *testing.T) {
	l, _ := bench(t, Options{})
	programs := t.TempDir()
	t.Setenv("PATH", programs)
	_, err := l.SpeakNow(t.Context(), Text{Text: sentence})
	requireProblem(t, err, problem.Unavailable, "speech_failed")
	require.NoError(t, os.WriteFile(filepath.Join(programs, "espeak-ng"), []byte("#!/bin/sh\nexec /bin/sleep 100\n"), 0o700))
	l.urgentFor = 200 * time.Millisecond
	_, err = l.SpeakNow(t.Context(), Text{Text: sentence})
	requireProblem(t, err, problem.Unavailable, "speech_late")
}

// With a disk that takes nothing an alert is spoken all the same: it is held in
// memory, and is on the disk once that takes it.
func TestAnAlertNeedsNoDisk(t *testing.T) {
	l, dir := bench(t, Options{})
	for _, folder := range []string{"tmp", "clips"} { // files where folders should be: nothing can be written there
		require.NoError(t, os.RemoveAll(filepath.Join(dir, folder)))
		require.NoError(t, os.WriteFile(filepath.Join(dir, folder), nil, 0o600))
	}
	clip, err := l.SpeakNow(t.Context(), Text{Text: sentence})
	require.NoError(t, err)
	held := l.opt.Store.ClipPath(clip.ID)
	require.NotContains(t, held, dir)
	sum, err := hashFile(held)
	require.NoError(t, err)
	require.Equal(t, clip.ID, sum)
	again, err := l.SpeakNow(t.Context(), Text{Text: sentence})
	require.NoError(t, err)
	require.Equal(t, clip, again, "nobody speaks it anew")
	require.Eventually(t, func() bool { return l.opt.Store.Backlog().Err != nil }, time.Minute, time.Millisecond, "it is told")
	_, err = l.Speak(t.Context(), "p1", Text{Text: "Một."})
	require.Error(t, err, "what can wait waits for the disk")

	for _, folder := range []string{"tmp", "clips"} {
		require.NoError(t, os.Remove(filepath.Join(dir, folder)))
		require.NoError(t, os.Mkdir(filepath.Join(dir, folder), 0o700))
	}
	require.Eventually(t, func() bool { return l.opt.Store.Backlog().Count == 0 }, time.Minute, time.Millisecond)
	require.Equal(t, []string{filepath.Join("clips", clip.ID[:2], clip.ID+".opus")}, files(t, dir))
	require.NoFileExists(t, held)
	written, err := l.opt.Store.GetClip(t.Context(), clip.ID)
	require.NoError(t, err)
	require.Equal(t, clip, written)
}

// Of what a disk refuses, whatever its reason, a person is told a sentence.
func TestWhatADiskRefusesIsTold(t *testing.T) {
	l, _ := bench(t, Options{})
	for reason, code := range map[error]string{syscall.ENOSPC: "disk_full", syscall.EDQUOT: "disk_full", syscall.EROFS: "disk_unwritable",
		syscall.EACCES: "disk_unwritable", syscall.EPERM: "disk_unwritable", syscall.EIO: "disk_unwritable"} {
		err := l.explain(t.Context(), fmt.Errorf("begin: %w", &os.PathError{Op: "open", Path: "x", Err: reason}))
		requireProblem(t, err, problem.Full, code)
	}
}

// The programs of what can wait give way to those of what cannot.
func TestUploadsRunNicely(t *testing.T) {
	voice := filepath.Join(t.TempDir(), "voice")
	said := filepath.Join(t.TempDir(), "nice")
	// A voice that says how nice it is.
	require.NoError(t, os.WriteFile(voice,
		[]byte("#!/bin/sh\nsleep 0.2\nnice > "+said+"\ncat > /dev/null\nprintf 'Xin chào' | espeak-ng -v vi --stdout\n"), 0o700))
	l, _ := bench(t, Options{Voices: engines(t, voices.Engine{Name: "nice", Command: []string{voice}}), Logger: slog.New(slog.DiscardHandler)})
	own, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
	require.NoError(t, err)
	own = 20 - own // as the kernel tells it
	niceness := func() int {
		data, err := os.ReadFile(said)
		require.NoError(t, err)
		n, err := strconv.Atoi(strings.TrimSpace(string(data)))
		require.NoError(t, err)
		return n
	}
	_, err = l.Speak(t.Context(), "p1", Text{Text: "Một."})
	require.NoError(t, err)
	require.Equal(t, max(own, 15), niceness())
	_, err = l.SpeakNow(t.Context(), Text{Text: "Hai."})
	require.NoError(t, err)
	require.Equal(t, own, niceness())
}
