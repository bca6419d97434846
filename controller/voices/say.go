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

	"loa/audio/ffmpeg"
	"loa/audio/reading"
	"loa/audio/speech"
)

// trial is spoken to learn the pace of a voice, and to see whether it speaks at all.
const trial = "Mời bà con đến nhà văn hóa thôn để nghe phổ biến lịch tiêm chủng cho trẻ em trong tuần này."

// Say says a text in its style into the WAV file dst, which appears whole or not at
// all; the voice that p names does not count. Errors: those of speech.Program.Perform, and
// a *Fault where it is the program that is at fault.
func (s *Set) Say(ctx context.Context, v Voice, p speech.Performance, dst string) error {
	return s.judged(ctx, v, p, dst, s.paceOf)
}

// SayNow is Say in a hurry: nothing is tried out, the program is judged by what is known
// of it.
func (s *Set) SayNow(ctx context.Context, v Voice, p speech.Performance, dst string) error {
	return s.judged(ctx, v, p, dst, func(context.Context, Voice) (time.Duration, error) {
		pace, _ := s.known(v)
		return pace, nil
	})
}

func (s *Set) judged(ctx context.Context, v Voice, p speech.Performance, dst string,
	paceOf func(context.Context, Voice) (time.Duration, error)) error {
	var err error
	if v.Engine.BuiltIn() { // espeak-ng is known; in an emergency nothing else may stand in its way
		err = s.say(ctx, v, p, dst, nil)
	} else {
		heard := listener{set: s, voice: v}
		if err = s.say(ctx, v, p, dst, heard.listen); err == nil {
			err = heard.judge(ctx, paceOf)
		}
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

// say runs the program, as often as the style wants; what is its fault is a *Fault.
func (s *Set) say(ctx context.Context, v Voice, p speech.Performance, dst string,
	heard func(context.Context, string, float64, string) error) error {
	program := v.Engine.speech(s.opt.Timeout)
	program.MaxText, program.Heard = maxText, heard
	p.Voice = v.Name
	err := program.Perform(ctx, p, dst)
	var fault *Fault
	if err == nil || ctx.Err() != nil || errors.As(err, &fault) {
		return err
	}
	fault = &Fault{Voice: v, Err: err}
	switch {
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) && !exists(v.program()):
		fault.What = Missing
	case errors.Is(err, context.DeadlineExceeded):
		fault.What = Hangs
	case errors.Is(err, speech.ErrFailed):
		fault.What = Fails
	default:
		return err
	}
	if file := v.lacks(); file != "" && fault.What == Fails {
		fault.What, fault.File = NoModel, file
	}
	return fault
}

// heard is how long a voice is heard in a file.
func (s *Set) heard(ctx context.Context, v Voice, wav string) (time.Duration, error) {
	d, err := s.opt.FFmpeg.Voiced(ctx, wav)
	switch {
	case err == nil || ctx.Err() != nil:
		return d, err
	case errors.Is(err, ffmpeg.ErrSilent):
		return 0, &Fault{Voice: v, What: Silent, Err: err}
	case errors.Is(err, ffmpeg.ErrHollow) || errors.Is(err, ffmpeg.ErrUndecodable) || errors.Is(err, ffmpeg.ErrNoAudio):
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
	if err := s.say(ctx, v, speech.Performance{Text: text}, wav, nil); err != nil {
		return 0, err
	}
	heard, err := s.heard(ctx, v, wav)
	if err == nil {
		err = utterance{reading.Syllables(text), heard}.whole(v, 0)
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
