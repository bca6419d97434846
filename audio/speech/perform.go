package speech

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode"

	"loa/audio"
	"loa/audio/level"
	"loa/audio/reading/document"
	"loa/audio/tune"
	"loa/audio/wav"
)

const (
	evenMost   = 8.0   // dB by which a group is made louder or softer to be even
	performTop = 0.84  // of full scale that no sample exceeds
	crest      = 11.5  // dB over its loudness that a group's peaks reach: the limiter of a clip then finds nothing to take
	toneUnder  = 1.0   // dB under the voice, which has rests and seems softer
	soundUnder = 40.0  // dB under its loudest window what is no sound of a group any more
	soundFloor = -60.0 // LUFS: a group that is nowhere louder says nothing
)

// Perform says a text in its style into the WAV file dst, which appears whole or
// not at all. Errors are those of [Program.Say].
//
// Indoor is Say. The others start the program for each group of words: only so are
// the silences true ones, whatever the program does at a comma, and is each group
// measured by itself. Two run at once. Of a program that is not espeak-ng only some
// starts are asked for; groups of a longer text are then joined, and it rests in
// them as it will.
func (s Program) Perform(ctx context.Context, p Performance, dst string) error {
	if p.Style == "" || p.Style == Indoor {
		return s.Say(ctx, p.Text, p.Voice, p.Rate, dst)
	}
	starts := s.starts(p.Style)
	s = s.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, s.patience(p.Text))
	defer cancel()
	text, voice, rate, err := s.check(ctx, p.Text, p.Voice, p.Rate)
	if err != nil {
		return err
	}
	if p.Style == Urgent {
		rate = max(MinRate, rate*UrgentRate)
	}
	groups := units(document.Groups(text), starts)
	if len(groups) == 0 {
		return ErrEmptyText
	}
	dir, err := os.MkdirTemp(filepath.Dir(dst), ".groups-*")
	if err != nil {
		return fmt.Errorf("speech: %w", err)
	}
	defer os.RemoveAll(dir)
	said := &said{dir: dir, groups: groups, heard: make([]heard, len(groups))}
	if err := said.all(ctx, func(ctx context.Context, words, path string) error {
		return s.sayInto(ctx, words, voice, rate, path)
	}); err != nil {
		return err
	}
	if err := said.judge(p.Style); err != nil {
		return err
	}
	return said.write(p, dst)
}

// sayInto speaks words into a file that it makes.
func (s Program) sayInto(ctx context.Context, words, voice string, rate float64, path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("speech: %w", err)
	}
	return errors.Join(s.speak(ctx, words, voice, rate, f), f.Close())
}

// said is a text as a program said it, group by group, in files of dir.
type said struct {
	dir    string
	groups []document.Group
	heard  []heard
	level  float64 // LUFS of all groups
}

// heard is what is known of a group's file, once its silence is cut and its peaks
// are held; zero: nothing sounds.
type heard struct {
	loud float64 // LUFS
	peak float32
}

func (h heard) sounds() bool { return h.peak > 0 }

func (d *said) path(i int) string { return filepath.Join(d.dir, fmt.Sprintf("%d.wav", i)) }

// all has every group spoken and listens to it. The first error ends it.
func (d *said) all(ctx context.Context, say func(ctx context.Context, words, path string) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(atOnce, len(d.groups)) {
		workers.Go(func() {
			for i := range next {
				if err := d.one(ctx, i, say); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range d.groups {
		next <- i
	}
	close(next)
	workers.Wait()
	return context.Cause(ctx)
}

func (d *said) one(ctx context.Context, i int, say func(ctx context.Context, words, path string) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := say(ctx, d.groups[i].Words, d.path(i)); err != nil {
		return err
	}
	pcm, err := wav.Read(d.path(i))
	if err != nil {
		return wavError(err)
	}
	pcm = trimmed(pcm)
	holdPeaks(pcm)
	level.FadeEnds(pcm, 0, int64(len(pcm)), level.CutFade)
	for _, x := range pcm {
		d.heard[i].peak = max(d.heard[i].peak, x, -x)
	}
	d.heard[i].loud = level.Loudness(windowsOf(pcm))
	if err := wav.Keep(d.path(i), pcm); err != nil {
		return wavError(err)
	}
	return nil
}

func windowsOf(pcm []float32) []float64 {
	m := level.NewMeter()
	m.WriteQuiet(pcm)
	return m.Windows()
}

// trimmed is a group without the silence around it; nil: it is nothing else.
func trimmed(pcm []float32) []float32 {
	windows := windowsOf(pcm)
	if len(windows) == 0 {
		return nil
	}
	floor := max(soundFloor, level.LUFS(slices.Max(windows))-soundUnder)
	sounds := func(e float64) bool { return level.LUFS(e) > floor }
	first := slices.IndexFunc(windows, sounds)
	if first < 0 {
		return nil
	}
	last := len(windows) - 1
	for !sounds(windows[last]) {
		last--
	}
	return pcm[max(0, first-1)*level.WindowSamples : min(len(pcm), (last+2)*level.WindowSamples)]
}

// holdPeaks limits a group to what its loudness lets a clip hold.
func holdPeaks(pcm []float32) {
	if len(pcm) == 0 {
		return
	}
	l := level.NewLimiter(level.Loudness(windowsOf(pcm)) + crest)
	late := append(slices.Clone(pcm), make([]float32, level.LimiterDelay)...)
	l.Process(late)
	copy(pcm, late[level.LimiterDelay:])
}

// judge finds the level that all groups are brought to: their middle, or less if
// a peak would not fit. A group of which nothing is heard is an error, unless it holds
// nothing that this voice can say, or an emergency would not be heard at all because of it.
func (d *said) judge(style Style) error {
	var louds []float64
	for i, h := range d.heard {
		if h.sounds() {
			louds = append(louds, h.loud)
		} else if style != Urgent && sayable(d.groups[i].Words) {
			return fmt.Errorf("%w: nothing is heard of “%s”", ErrFailed, d.groups[i].Words)
		}
	}
	if len(louds) == 0 {
		return fmt.Errorf("%w: nothing is heard", ErrFailed)
	}
	slices.Sort(louds)
	d.level = louds[len(louds)/2]
	for _, h := range d.heard {
		if over := audio.DB(float64(h.peak)) + d.gain(h) - audio.DB(performTop); h.sounds() && over > 0 {
			d.level -= over
		}
	}
	return nil
}

// sayable tells whether a voice of ours has to make something heard of words: a Latin
// letter or a digit is in them. Of 漢字 or ☎ it need not, and a bulletin is heard without.
func sayable(words string) bool {
	return strings.ContainsFunc(words, func(r rune) bool { return unicode.Is(unicode.Latin, r) || unicode.IsDigit(r) })
}

// gain makes a group as loud as the others, dB.
func (d *said) gain(h heard) float64 { return min(evenMost, max(-evenMost, d.level-h.loud)) }

// write puts together what is heard: attention sound, groups and silences.
func (d *said) write(p Performance, dst string) error {
	tmp, err := os.CreateTemp(filepath.Dir(dst), ".speech-*.wav")
	if err != nil {
		return fmt.Errorf("speech: %w", err)
	}
	defer os.Remove(tmp.Name())
	out := wav.NewWriter(tmp)
	err = d.play(p, out)
	if err := errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("speech: %w", err)
	}
	if err := os.Rename(tmp.Name(), dst); err != nil {
		return fmt.Errorf("speech: %w", err)
	}
	return nil
}

func (d *said) play(p Performance, out *wav.Writer) error {
	times := 1
	if p.Style == Urgent {
		times = 2
		if tone, ok := tune.Attention(p.Tone); ok {
			// As loud as the voice: neither startles beside the other.
			out.Write(tone, audio.Gain(d.level-level.TargetLUFS-toneUnder))
			out.Silence(breathAfterTone)
		}
	}
	for n := range times {
		for i, h := range d.heard {
			if !h.sounds() {
				continue
			}
			pcm, err := wav.Read(d.path(i))
			if err != nil {
				return wavError(err)
			}
			out.Write(pcm, audio.Gain(d.gain(h)))
			if i+1 < len(d.heard) {
				out.Silence(restAfter(d.groups[i].Rest))
			}
		}
		if n+1 < times {
			out.Silence(betweenTimes)
		}
	}
	return nil
}
