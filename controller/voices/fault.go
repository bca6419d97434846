package voices

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"loa/audio/speech"
	"loa/audio/wav"
	"loa/controller/problem"
)

// What is wrong with an engine.
type What string

// The faults, as they are told apart.
const (
	Missing What = "missing"  // the program is not installed
	NoModel What = "model"    // a file that its command names is not there
	Hangs   What = "hangs"    // it did not end in time
	Fails   What = "fails"    // it ended with an error, or wrote no WAV
	NoSound What = "no_sound" // what it wrote cannot be decoded
	Silent  What = "silent"   // nothing is heard
	Half    What = "half"     // a part of the text is missing
)

// Fault is what is wrong with the program of a voice.
type Fault struct {
	Voice Voice
	What  What
	File  string  // that is not there, of NoModel
	Share float64 // of the text that was spoken, of Half; about
	Err   error   // what the program said; nil of Half
}

// Error is for logs.
func (f *Fault) Error() string {
	if f.Err != nil {
		return fmt.Sprintf("voice %s: %s: %v", f.Voice.ID(), f.What, f.Err)
	}
	return fmt.Sprintf("voice %s: %s", f.Voice.ID(), f.What)
}

// Unwrap is what the program said, and audio.ErrSpeech: whatever it is, no speech came.
func (f *Fault) Unwrap() []error { return []error{speech.ErrFailed, f.Err} }

// Problem is the fault in a sentence; its code is "voice_" and what it is.
func (f *Fault) Problem() *problem.Problem {
	name := f.Voice.Engine.Name
	say := func(vi, en string, args ...any) *problem.Problem {
		args = append([]any{name}, args...)
		return problem.New(problem.Unavailable, "voice_"+string(f.What), vi, en, args...)
	}
	switch f.What {
	case Missing:
		return say("Giọng đọc %s không chạy được: trên máy chủ không có chương trình %s. "+
			"Hãy nhờ kỹ thuật viên cài lại, hoặc đọc bằng giọng có sẵn.",
			"The voice %s does not work: the program %s is not on the controller. Have it installed, or use the built-in voice.", f.Voice.program())
	case NoModel:
		return say("Giọng đọc %s không chạy được: thiếu tệp %s. Hãy nhờ kỹ thuật viên chép lại tệp đó, hoặc đọc bằng giọng có sẵn.",
			"The voice %s does not work: the file %s is missing. Have it put back, or use the built-in voice.", f.File)
	case Hangs:
		return say("Giọng đọc %s chạy mãi không xong nên đã bị dừng. Hãy thử lại một lần; "+
			"nếu vẫn vậy, hãy đọc bằng giọng có sẵn và báo kỹ thuật viên.",
			"The voice %s did not come to an end and was stopped. Try once more; if it is still so, use the built-in voice and tell the technician.")
	case NoSound:
		return say("Giọng đọc %s không ghi ra âm thanh nghe được. Hãy đọc bằng giọng có sẵn và báo kỹ thuật viên.",
			"What the voice %s wrote is no sound. Use the built-in voice and tell the technician.")
	case Silent:
		return say("Giọng đọc %s chỉ ghi ra im lặng. Hãy đọc bằng giọng có sẵn và báo kỹ thuật viên.",
			"The voice %s wrote nothing but silence. Use the built-in voice and tell the technician.")
	case Half:
		return say("Giọng đọc %s chỉ đọc khoảng %d%% văn bản rồi dừng. "+
			"Hãy chia văn bản ngắn hơn, hoặc đọc bằng giọng có sẵn, và báo kỹ thuật viên.",
			"The voice %s spoke only about %d%% of the text. Make the text shorter, or use the built-in voice, and tell the technician.",
			int(100*f.Share))
	}
	vi, en := f.how()
	return say("Giọng đọc %s không đọc được: %[2]s%[4]s. Hãy đọc bằng giọng có sẵn và báo kỹ thuật viên.",
		"The voice %s did not speak: %[3]s%[4]s. Use the built-in voice and tell the technician.", vi, en, f.quoted())
}

// how says in words how a program failed.
func (f *Fault) how() (vi, en string) {
	var exit *exec.ExitError
	switch {
	case errors.As(f.Err, &exit) && exit.Exited():
		return fmt.Sprintf("chương trình dừng với mã lỗi %d", exit.ExitCode()), fmt.Sprintf("its program ended with code %d", exit.ExitCode())
	case exit != nil:
		return "chương trình bị dừng giữa chừng", "its program was ended by force"
	case errors.Is(f.Err, wav.ErrNone) || errors.Is(f.Err, wav.ErrUnusable):
		return "chương trình không ghi ra tệp WAV nghe được", "its program wrote no WAV that can be heard"
	}
	return "chương trình không chạy được", "its program does not run"
}

// quoted is the last of what the program said in its own words, short; they are for those
// who support it.
func (f *Fault) quoted() string {
	const most = 80
	var failure *speech.Failure
	if !errors.As(f.Err, &failure) || strings.TrimSpace(failure.Notes) == "" {
		return ""
	}
	words := []rune(strings.Join(strings.Fields(failure.Notes), " "))
	if len(words) > most {
		return " (“…" + string(words[len(words)-most:]) + "”)"
	}
	return " (“" + string(words) + "”)"
}
