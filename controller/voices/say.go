package voices

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"loa/audio"
	"loa/audio/reading"
)

const (
	// shortest is what no voice needs less for, of a syllable, at its usual rate and
	// without pauses. espeak-ng takes 0.19 to 0.24 s, a fast newsreader 0.15 s.
	shortest = 120 * time.Millisecond
	// part is how much of its own pace a voice must reach: figures and names vary by a
	// fifth; half of the text is half.
	part = 0.65
	// fewest are the syllables that say something of a pace.
	fewest = 8
)

// trial is spoken to learn the pace of a voice, and to see whether it speaks at all.
const trial = "Mời bà con đến nhà văn hóa thôn để nghe phổ biến lịch tiêm chủng cho trẻ em trong tuần này."

// Say speaks a text into the WAV file dst, which appears whole or not at all. Errors:
// those of audio.Speech.Say, and a *Fault where it is the program that is at fault.
func (s *Set) Say(ctx context.Context, text string, v Voice, rate float64, dst string) error {
	return s.judged(ctx, text, v, rate, dst, s.paceOf)
}

// SayNow is Say in a hurry: the program runs once, and is judged by what is known of it.
func (s *Set) SayNow(ctx context.Context, text string, v Voice, rate float64, dst string) error {
	return s.judged(ctx, text, v, rate, dst, func(context.Context, Voice) (time.Duration, error) {
		pace, _ := s.known(v)
		return pace, nil
	})
}

func (s *Set) judged(ctx context.Context, text string, v Voice, rate float64, dst string, paceOf func(context.Context, Voice) (time.Duration, error)) error {
	err := s.say(ctx, text, v, rate, dst)
	if err == nil && !v.Engine.BuiltIn() { // espeak-ng is known; in an emergency nothing else may stand in its way
		err = s.listen(ctx, text, v, rate, dst, paceOf)
	}
	var fault *Fault
	if errors.As(err, &fault) || err == nil {
		s.note(v.Engine.Name, fault)
	}
	if err != nil {
		return errors.Join(err, removed(dst))
	}
	return nil
}

func removed(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// say runs the program; what is its fault is a *Fault.
func (s *Set) say(ctx context.Context, text string, v Voice, rate float64, dst string) error {
	speech := v.Engine.speech(s.opt.Timeout)
	speech.MaxText = maxText
	err := speech.Say(ctx, text, v.Name, rate, dst)
	if err == nil || ctx.Err() != nil {
		return err
	}
	fault := &Fault{Voice: v, Err: err}
	switch {
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) && !exists(v.program()):
		fault.What = Missing
	case errors.Is(err, context.DeadlineExceeded):
		fault.What = Hangs
	case errors.Is(err, audio.ErrSpeech):
		fault.What = Fails
	default:
		return err
	}
	if file := v.lacks(); file != "" && fault.What == Fails {
		fault.What, fault.File = NoModel, file
	}
	return fault
}

// listen judges what was spoken.
func (s *Set) listen(ctx context.Context, text string, v Voice, rate float64, wav string, paceOf func(context.Context, Voice) (time.Duration, error)) error {
	heard, err := s.heard(ctx, v, wav)
	if err != nil {
		return err
	}
	syllables := reading.Syllables(text)
	if syllables < fewest {
		return nil
	}
	pace, err := paceOf(ctx, v)
	if err != nil {
		return err
	}
	return tooShort(v, heard, syllables, rate, pace)
}

// tooShort says that a text was not spoken to its end. pace is what a syllable takes
// at the usual rate; 0: nobody knows.
func tooShort(v Voice, heard time.Duration, syllables int, rate float64, pace time.Duration) error {
	if rate == 0 {
		rate = 1
	}
	each := time.Duration(float64(heard) * rate / float64(syllables))
	if each >= shortest && float64(each) >= part*float64(pace) {
		return nil
	}
	usual := max(pace, 3*shortest/2)
	return &Fault{Voice: v, What: Half, Share: min(0.9, float64(each)/float64(usual))}
}

// heard is how long a voice is heard in a file.
func (s *Set) heard(ctx context.Context, v Voice, wav string) (time.Duration, error) {
	d, err := s.opt.FFmpeg.Voiced(ctx, wav)
	switch {
	case err == nil || ctx.Err() != nil:
		return d, err
	case errors.Is(err, audio.ErrSilent):
		return 0, &Fault{Voice: v, What: Silent, Err: err}
	case errors.Is(err, audio.ErrHollow) || errors.Is(err, audio.ErrUndecodable) || errors.Is(err, audio.ErrNoAudio):
		return 0, &Fault{Voice: v, What: NoSound, Err: err}
	}
	return 0, err
}

// paceOf is what a syllable of a voice takes, which the trial shows, once.
func (s *Set) paceOf(ctx context.Context, v Voice) (time.Duration, error) {
	if pace, ok := s.known(v); ok {
		return pace, nil
	}
	dir, err := os.MkdirTemp("", "loa-voice-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir) // a folder in the folder of the system that empties itself
	heard, err := s.tried(ctx, v, trial, filepath.Join(dir, "trial.wav"))
	if err != nil {
		return 0, err
	}
	pace := heard / time.Duration(reading.Syllables(trial))
	s.mu.Lock()
	s.pace[v.ID()] = pace
	s.mu.Unlock()
	return pace, nil
}

func (s *Set) known(v Voice) (pace time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pace, ok = s.pace[v.ID()]
	return pace, ok
}

// tried speaks a text at the usual rate and says how long the voice is heard.
func (s *Set) tried(ctx context.Context, v Voice, text, wav string) (time.Duration, error) {
	if err := s.say(ctx, text, v, 1, wav); err != nil {
		return 0, err
	}
	heard, err := s.heard(ctx, v, wav)
	if err == nil {
		err = tooShort(v, heard, reading.Syllables(text), 1, 0)
	}
	return heard, err
}

func (v Voice) program() string {
	if v.Engine.BuiltIn() {
		return BuiltIn
	}
	return v.Engine.Command[0]
}

func exists(path string) bool {
	if !strings.Contains(path, "/") {
		_, err := exec.LookPath(path)
		return err == nil
	}
	_, err := os.Stat(path)
	return err == nil
}

// lacks is a file that the command names and that is not there; "": it has them all.
func (v Voice) lacks() string {
	for _, arg := range v.Engine.Command[min(1, len(v.Engine.Command)):] {
		if strings.Contains(arg, "{out}") || strings.Contains(arg, "{text}") {
			continue
		}
		_, file, ok := strings.Cut(arg, "=")
		if !ok {
			file = arg
		}
		file = strings.ReplaceAll(file, "{voice}", v.Name)
		if filepath.IsAbs(file) && !exists(file) {
			return file
		}
	}
	return ""
}
