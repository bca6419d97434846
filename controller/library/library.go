// Package library makes clips: a recording is uploaded, or a text typed, and
// what comes out is one levelled Ogg Opus file, named by its sha256, kept by
// the store, with the uploaded original beside it.
//
//	receiving ─▶ waiting ─▶ (speaking) ─▶ levelling ─▶ storing ─▶ done
//	     └──────────┴───────────┴────────────┴───────────┴──────▶ failed
//
// Each piece of work is a [Job] in its own folder in the store's TempDir, which
// is removed when the work ends, however it ends; what a crash left is removed
// when the store is next opened. Two jobs run at once, of two people; the others wait; a caller that goes away gives up its place.
// What an emergency or a drill says has a lane of its own, [Library.SpeakNow]: it
// stands behind no upload, in bounded time, and all else pauses meanwhile.
// Files move into the store with a rename after they are synced, and the row
// that makes them a clip comes last: until then there is no clip, and a failed
// row takes the files back out. A crash between the two leaves a file that
// nothing refers to, which the same upload would use.
//
// The same recording makes the same bytes, so uploading it again returns the
// clip that is there. What was mended is noted in the file: another recording of the same
// sound shares its clip only if the same is to be said of it. Speech is looked up by command, voice, rate, style and
// text before anything is run.
//
// Errors are problems (package problem) where the person can do something;
// everything else is a fault of ours or of the machine.
package library

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"loa/audio/ffmpeg"
	"loa/audio/program"
	"loa/audio/reading"
	"loa/audio/speech"
	"loa/controller/share"
	"loa/controller/store"
	"loa/controller/text"
	"loa/controller/voices"
)

const (
	defaultMaxBytes = 1 << 30 // an hour of stereo WAV is 0.7 GB
	defaultMaxText  = 20000
	running         = 2  // jobs that decode and encode at once
	ownRunning      = 1  // of one person
	maxJobs         = 32 // with those that wait or are still being received
	maxEach         = 8  // of one person
	urgentAtOnce    = 2  // that are spoken for an emergency
	urgentWithin    = 20 * time.Second
	pauseMost       = time.Minute // that other work waits for those, at a time
)

// Options of a library. Store and Logger are required.
type Options struct {
	Store    *store.Store
	FFmpeg   ffmpeg.Program // zero: from the PATH, recordings of up to an hour
	Voices   *voices.Set    // nil: espeak-ng alone
	MaxText  int            // characters that are written; 0 is 20,000
	MaxBytes int64          // of an upload; 0 is 1 GiB
	// TooLarge reports whether an error of an upload's reader says that more came than
	// its own limit; nil: it has none.
	TooLarge func(error) bool
	Logger   *slog.Logger
	OnChange func(Job) // hears of every job's progress, by whole per cents; must not block
}

// Library is safe for concurrent use.
type Library struct {
	opt     Options
	line    *share.Line
	urgent  chan struct{} // one for each that is spoken now
	storing sync.Mutex    // one job at a time decides which files are its own

	mu   sync.Mutex
	jobs map[string]*Job
	own  map[string]int // jobs of each person
	last int

	calm    *sync.Cond // what is spoken for an emergency has come to its end
	hurries int        // of these, guarded by calm's lock

	previews   recent
	previewing chan struct{} // one for each that is spoken now

	urgentFor time.Duration // what an emergency says may take so long

	reader atomic.Pointer[reading.Reader] // with the commune's own words
}

// New makes a library over a store.
func New(opt Options) *Library {
	if opt.MaxBytes <= 0 {
		opt.MaxBytes = defaultMaxBytes
	}
	if opt.TooLarge == nil {
		opt.TooLarge = func(error) bool { return false }
	}
	if opt.FFmpeg.MaxDuration <= 0 {
		opt.FFmpeg.MaxDuration = time.Hour
	}
	if opt.MaxText <= 0 {
		opt.MaxText = defaultMaxText
	}
	if opt.Voices == nil {
		opt.Voices = voices.Default()
	}
	if opt.OnChange == nil {
		opt.OnChange = func(Job) {}
	}
	l := &Library{opt: opt, line: share.NewLine(share.Room{Places: running, Own: ownRunning, Each: maxEach, All: maxJobs}),
		urgent: make(chan struct{}, urgentAtOnce), previewing: make(chan struct{}, previewsAtOnce), calm: sync.NewCond(new(sync.Mutex)),
		jobs: map[string]*Job{}, own: map[string]int{}, urgentFor: urgentWithin}
	l.Use(nil)
	return l
}

// Upload makes a clip of the recording that r streams, for somebody, of whom it
// counts. name is what its owner calls it. The original is kept.
func (l *Library) Upload(ctx context.Context, who, name string, r io.Reader) (store.Clip, error) {
	name = cleanName(filepath.Base(strings.ReplaceAll(name, `\`, "/")))
	return l.do(ctx, who, name, Receiving, func(j *job) (store.Clip, error) {
		original := filepath.Join(j.dir, "original")
		sha, err := l.receive(ctx, r, original)
		if err != nil {
			return store.Clip{}, err
		}
		release, err := l.wait(ctx, j)
		if err != nil {
			return store.Clip{}, err
		}
		defer release()
		ctx := program.Nicely(ctx)
		clip, err := l.level(ctx, j, original, store.Clip{Name: name, Kind: store.Recording, OriginalSHA: sha})
		if err != nil {
			return clip, err
		}
		kept, err := l.keep(ctx, j, original, clip)
		kept.Name = name // who sent it looks for that, whatever it was called before
		return kept, err
	})
}

// say speaks a text and makes a clip of it.
func (l *Library) say(ctx context.Context, j *job, sp saying) (store.Clip, error) {
	if l.long(sp.text) {
		return store.Clip{}, speech.ErrTextTooLong
	}
	j.stage(Speaking)
	wav := filepath.Join(j.dir, "speech.wav")
	say := l.opt.Voices.Say
	if j.who == nobody {
		say = l.opt.Voices.SayNow
	}
	speaking, cancel := ctx, func() {}
	if sp.within > 0 {
		speaking, cancel = context.WithTimeout(ctx, sp.within)
	}
	defer cancel()
	if err := say(speaking, sp.voice, sp.performance(), wav); err != nil {
		return store.Clip{}, saidTooLong(err)
	}
	clip, err := l.level(ctx, j, wav, store.Clip{Name: j.Name, Kind: store.Speech, Text: sp.text, Said: sp.aloud(), Style: string(sp.style)})
	if err != nil {
		return clip, err
	}
	if j.who == nobody {
		return l.opt.Store.HoldClip(j.out(), clip, sp.key)
	}
	if clip, err = l.keep(ctx, j, wav, clip); err != nil {
		return clip, err
	}
	if err := l.opt.Store.CacheSpeech(ctx, sp.key, clip.ID); err != nil {
		l.opt.Logger.Warn("speech is not remembered, it would be made again", "err", err)
	}
	return clip, nil
}

// saidTooLong is an error of speech, of a text that is short enough as it is written.
func saidTooLong(err error) error {
	if errors.Is(err, speech.ErrTextTooLong) {
		return fmt.Errorf("%w: %w", errSaidTooLong, err)
	}
	return err
}

// Voices lists the voices that Speak takes.
func (l *Library) Voices(ctx context.Context) ([]voices.Voice, error) {
	return l.opt.Voices.List(ctx)
}

// Engines are the speech programs themselves, to be tried.
func (l *Library) Engines() *voices.Set { return l.opt.Voices }

// speechKey names a way to speak a text.
func speechKey(s saying) string {
	key := []any{s.voice.Engine.Command, s.voice.Name, s.rate, s.text + "\x00" + s.said}
	if s.style != speech.Indoor { // which is how all was said before there were styles
		key = append(key, s.style, s.tone)
	}
	b, err := json.Marshal(key)
	if err != nil { // the rate is not a number: Say will refuse it
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// spoken finds the clip of an earlier Speak, if its file is still there.
func (l *Library) spoken(ctx context.Context, key string) (store.Clip, bool) {
	clip, err := l.opt.Store.CachedSpeech(ctx, key)
	if err != nil {
		if !errors.Is(err, store.ErrNotFound) {
			l.opt.Logger.Warn("cannot look up earlier speech", "err", err)
		}
		return clip, false
	}
	_, err = os.Stat(l.opt.Store.ClipPath(clip.ID))
	return clip, err == nil
}

// receive writes r to path and returns its sha256.
func (l *Library) receive(ctx context.Context, r io.Reader, path string) (sha string, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("receive: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	in := &source{ctx: ctx, r: io.LimitReader(r, l.opt.MaxBytes+1)}
	n, err := io.Copy(io.MultiWriter(f, sum), in)
	switch {
	case in.err != nil:
		return "", brokenOff(ctx, in.err)
	case err != nil:
		return "", fmt.Errorf("receive: %w", err)
	case n > l.opt.MaxBytes:
		return "", l.tooBig()
	case n == 0:
		return "", emptyFile
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// source tells errors of reading from errors of writing, and stops with ctx.
type source struct {
	ctx context.Context
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	if s.err = s.ctx.Err(); s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		s.err = err
	}
	return n, err
}

// alertBitrate is that of what is said in an emergency, bit/s: no node holds it yet, and
// over a link of 64 kbit/s it has to be there when its first word is due. At 12,000 and 16,000
// the coder changes its ways within the tone, and no gain is right for both.
const alertBitrate = 10000

// level makes of src the file of a clip, out of the job, and adds to what clip says of it.
func (l *Library) level(ctx context.Context, j *job, src string, clip store.Clip) (store.Clip, error) {
	j.stage(Levelling)
	ffmpeg := l.opt.FFmpeg
	if j.who == nobody { // an alert is said twice, and is not to wait for it
		ffmpeg.Quick, ffmpeg.Bitrate = true, alertBitrate
	}
	info, err := ffmpeg.Level(ctx, src, j.out(), j.fraction)
	if err != nil {
		return clip, err
	}
	if clip.ID, err = hashFile(j.out()); err != nil {
		return clip, err
	}
	clip.Seconds, clip.LUFS, clip.PeakDBTP = info.Duration.Seconds(), info.LUFS, info.PeakDBTP
	clip.Bytes, clip.Created = info.Size, time.Now()
	if clip.Kind == store.Recording { // of our own voice there is nothing to say
		clip.Notes = notesOf(info.Notes)
	}
	j.stage(Storing)
	return clip, nil
}

// keep stores the clip that a job has made of src.
func (l *Library) keep(ctx context.Context, j *job, src string, clip store.Clip) (store.Clip, error) {
	if err := l.install(ctx, src, j.out(), clip); err != nil {
		return clip, err
	}
	return l.opt.Store.GetClip(ctx, clip.ID)
}

// install moves the files of a clip into the store and notes it there, or leaves
// the store as it was.
func (l *Library) install(ctx context.Context, src, out string, clip store.Clip) (err error) {
	l.storing.Lock()
	defer l.storing.Unlock()
	var added []string
	defer func() {
		for _, path := range added {
			if err != nil {
				err = errors.Join(err, os.Remove(path))
			}
		}
	}()
	place := func(tmp, path string) error {
		_, statErr := os.Stat(path)
		if err := l.opt.Store.Install(tmp, path); err != nil {
			return err
		}
		if errors.Is(statErr, fs.ErrNotExist) {
			added = append(added, path)
		}
		return nil
	}
	if clip.OriginalSHA != "" {
		if err := place(src, l.opt.Store.OriginalPath(clip.OriginalSHA)); err != nil {
			return err
		}
	}
	if err := place(out, l.opt.Store.ClipPath(clip.ID)); err != nil {
		return err
	}
	return l.opt.Store.AddClip(ctx, clip)
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("hash clip: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("hash clip: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

const maxName = 120 // characters

// cleanName makes a name fit to be shown: one line, valid, not too long.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(name, "?"))
	return text.Line(name, maxName)
}

// firstWords is how a text begins, to name its clip by.
func firstWords(text string) string {
	const words = 12
	f := strings.Fields(text[:min(len(text), 1000)])
	if len(f) <= words {
		return strings.Join(f, " ")
	}
	return strings.Join(f[:words], " ") + " …"
}
