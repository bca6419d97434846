package voices

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"loa/audio/reading"
	"loa/controller/problem"
)

// long is spoken after the trial: of several lines and sentences some programs keep
// only the first, or the last.
const long = trial +
	"\n\nMỗi gia đình mang theo sổ theo dõi của cháu.\nLịch của thôn một là sáng thứ hai; thôn hai là chiều thứ hai.\n" +
	"Ai chưa rõ thì hỏi trạm y tế xã. Xin cảm ơn bà con đã lắng nghe."

// Finding is how an engine did when it was asked to speak.
type Finding struct {
	Engine   Engine
	OK       bool
	Fault    *problem.Problem // nil: it speaks
	Took     time.Duration    // for both texts
	Syllable time.Duration    // what one takes, without pauses
}

// Check has an engine speak with its usual voice, and says what is wrong.
func (s *Set) Check(ctx context.Context, e Engine) Finding {
	began := time.Now()
	f := Finding{Engine: e}
	pace, err := s.examine(ctx, Voice{Engine: e, Name: e.usual()})
	f.Took, f.Syllable, f.OK = time.Since(began), pace, err == nil
	var fault *Fault
	if errors.As(err, &fault) || err == nil {
		s.note(e.Name, fault)
	}
	if f.OK {
		return f
	}
	if fault == nil && errors.Is(err, context.DeadlineExceeded) { // of the caller, who waited long enough
		fault = &Fault{Voice: Voice{Engine: e, Name: e.usual()}, What: Hangs, Err: err}
	}
	known := false
	if fault != nil {
		f.Fault = fault.Problem()
	} else if f.Fault, known = problem.Of(err); !known {
		f.Fault = problem.New(problem.Unavailable, "voice_untried",
			"Chưa thử được giọng đọc %s. Hãy thử lại; nếu vẫn vậy, hãy báo kỹ thuật viên.",
			"The voice %s could not be tried. Try again; if it is still so, tell the technician.", e.Name)
	}
	return f
}

// examine is what a syllable takes.
func (s *Set) examine(ctx context.Context, v Voice) (time.Duration, error) {
	dir, err := os.MkdirTemp("", "loa-voice-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	heard, err := s.tried(ctx, v, trial, filepath.Join(dir, "trial.wav"))
	if err != nil {
		return 0, err
	}
	pace := heard / time.Duration(reading.Syllables(trial))
	more, err := s.tried(ctx, v, long, filepath.Join(dir, "long.wav"))
	if err != nil {
		return pace, err
	}
	return pace, utterance{reading.Syllables(long), more}.whole(v, pace)
}

// Named finds an engine by its name.
func (s *Set) Named(name string) (Engine, bool) {
	for _, e := range s.engines {
		if e.Name == name {
			return e, true
		}
	}
	return Engine{}, false
}
