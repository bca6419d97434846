// Package library turns what people bring, a recording of any phone or a typed
// text, into clips: levelled, checked, named by their sha256, and in the store.
//
//	Upload: bytes --spool, sha256--> original --audio.Level--> clip --Install--> store
//	Speak:  text  --audio.Say-----> WAV ------'
//
// Everything is made in the store's folder for unfinished files and moved into
// place when it is whole; the row in the store comes last. So a failure, or a
// cut of power, at any step leaves nothing half-stored: at most a file that no
// row names, which the same upload finds in its place.
//
// A few works run at once and the others wait; each is a [Job] that can be
// watched. What fails comes back as a *problem.Problem with a sentence that
// says what to do.
package library

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"loa/audio"
	"loa/controller/store"
)

const (
	defaultMaxBytes = 200 << 20 // an hour of WAV from a phone is 300 MB; of m4a, 30 MB
	defaultAtOnce   = 1         // ffmpeg takes a whole core; the other is for the broker
	nameLength      = 120       // runes
)

// Options of a Library.
type Options struct {
	Store    *store.Store
	FFmpeg   audio.FFmpeg
	Speech   audio.Speech
	MaxBytes int64     // of an upload; 0 means 200 MiB
	OnChange func(Job) // a job began, got on or ended
	Logger   *slog.Logger
}

// Library makes clips. Its methods may be called from any goroutine.
type Library struct {
	opt  Options
	jobs jobs
	slot chan struct{}
}

// New makes a library over a store.
func New(opt Options) *Library {
	if opt.MaxBytes <= 0 {
		opt.MaxBytes = defaultMaxBytes
	}
	return &Library{opt: opt, jobs: jobs{onChange: opt.OnChange, open: map[string]*Job{}}, slot: make(chan struct{}, defaultAtOnce)}
}

// Upload reads a recording to its end and returns its clip. The same
// recording twice is the same clip.
func (l *Library) Upload(ctx context.Context, name string, r io.Reader) (store.Clip, error) {
	name = shorten(filepath.Base(strings.ReplaceAll(name, "\\", "/")))
	job := l.jobs.begin(name, Receiving)
	defer l.jobs.end(job)
	dir, err := os.MkdirTemp(l.opt.Store.TempDir(), "upload-")
	if err != nil {
		return store.Clip{}, l.explain(err)
	}
	defer l.clean(dir)
	original := filepath.Join(dir, "original")
	sha, err := l.spool(original, r)
	if err != nil {
		return store.Clip{}, l.explain(err)
	}
	clip := store.Clip{Name: name, Kind: store.Recording, OriginalSHA: sha}
	clip, err = l.make(ctx, job, dir, original, clip)
	return clip, l.explain(err)
}

// Speak returns the clip of a text in a voice at a rate (1 is the voice's
// own; 0 means 1). The same three give the clip made before.
func (l *Library) Speak(ctx context.Context, text, voice string, rate float64) (store.Clip, error) {
	text = strings.TrimSpace(text)
	key := l.speechKey(text, voice, rate)
	clip, err := l.opt.Store.CachedSpeech(ctx, key)
	if err == nil || !errors.Is(err, store.ErrNotFound) {
		return clip, l.explain(err)
	}
	job := l.jobs.begin(shorten(text), Waiting)
	defer l.jobs.end(job)
	dir, err := os.MkdirTemp(l.opt.Store.TempDir(), "speech-")
	if err != nil {
		return store.Clip{}, l.explain(err)
	}
	defer l.clean(dir)
	spoken := filepath.Join(dir, "spoken.wav")
	if err := l.say(ctx, job, text, voice, rate, spoken); err != nil {
		return store.Clip{}, l.explainSpeech(ctx, err, voice)
	}
	clip, err = l.make(ctx, job, dir, spoken, store.Clip{Name: shorten(text), Kind: store.Speech, Text: text})
	if err == nil {
		err = l.opt.Store.CacheSpeech(ctx, key, clip.ID)
	}
	return clip, l.explain(err)
}

func (l *Library) say(ctx context.Context, job *Job, text, voice string, rate float64, dst string) error {
	if err := l.enter(ctx); err != nil {
		return err
	}
	defer l.leave()
	l.jobs.set(job, Speaking, 0)
	return l.opt.Speech.Say(ctx, text, voice, rate, dst)
}

// Voices lists the voices that can be spoken with.
func (l *Library) Voices(ctx context.Context) ([]audio.Voice, error) {
	voices, err := l.opt.Speech.Voices(ctx)
	return voices, l.explain(err)
}

// Jobs returns what is being worked on, oldest first.
func (l *Library) Jobs() []Job { return l.jobs.list() }

// spool writes an upload to a file, within the limit, and returns its sha256.
func (l *Library) spool(path string, r io.Reader) (sha string, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), io.LimitReader(r, l.opt.MaxBytes+1))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	switch {
	case err != nil:
		return "", err
	case n > l.opt.MaxBytes:
		return "", errTooBig
	case n == 0:
		return "", errEmpty
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// make levels src and puts clip and original into the store.
func (l *Library) make(ctx context.Context, job *Job, dir, src string, clip store.Clip) (store.Clip, error) {
	l.jobs.set(job, Waiting, 0)
	if err := l.enter(ctx); err != nil {
		return clip, err
	}
	defer l.leave()
	l.jobs.set(job, Levelling, 0)
	levelled := filepath.Join(dir, "clip.opus")
	info, err := l.opt.FFmpeg.Level(ctx, src, levelled, func(fraction float64) { l.jobs.set(job, Levelling, fraction) })
	if err != nil {
		return clip, err
	}
	l.jobs.set(job, Storing, 1)
	sha, size, err := hashFile(levelled)
	if err != nil {
		return clip, err
	}
	clip.ID, clip.Bytes, clip.Seconds = sha, size, info.Duration.Seconds()
	clip.LUFS, clip.PeakDBTP, clip.Created = info.LUFS, info.PeakDBTP, time.Now().UTC()
	if clip.OriginalSHA != "" {
		if err := l.opt.Store.Install(src, l.opt.Store.OriginalPath(clip.OriginalSHA)); err != nil {
			return clip, err
		}
	}
	if err := l.opt.Store.Install(levelled, l.opt.Store.ClipPath(sha)); err != nil {
		return clip, err
	}
	if err := l.opt.Store.AddClip(ctx, clip); err != nil {
		return clip, err
	}
	return l.opt.Store.GetClip(ctx, sha) // as it was first stored, if it was
}

// enter waits for a turn to work.
func (l *Library) enter(ctx context.Context) error {
	select {
	case l.slot <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *Library) leave() { <-l.slot }

// clean removes a work folder; what it cannot remove, the next start does.
func (l *Library) clean(dir string) {
	if err := os.RemoveAll(dir); err != nil {
		l.opt.Logger.Warn("work folder not removed", "dir", dir, "err", err)
	}
}

func (l *Library) speechKey(text, voice string, rate float64) string {
	if rate == 0 {
		rate = 1
	}
	if voice == "" {
		voice = audio.DefaultVoice
	}
	h := sha256.Sum256(fmt.Appendf(nil, "%q %q %.3f %q", l.opt.Speech.Command, voice, rate, text))
	return hex.EncodeToString(h[:])
}

func hashFile(path string) (sha string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// shorten makes a name of a line of text.
func shorten(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if utf8.RuneCountInString(s) <= nameLength {
		return s
	}
	return string([]rune(s)[:nameLength-1]) + "…"
}
