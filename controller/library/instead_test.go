package library

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio/speech"
	"loa/controller/problem"
	"loa/controller/voices"
)

// engines is a set of voices.
func engines(t testing.TB, all ...voices.Engine) *voices.Set {
	t.Helper()
	s, err := voices.New(voices.Options{Engines: all})
	require.NoError(t, err)
	return s
}

// counted is an engine that fails and counts how often it was asked.
func counted(t testing.TB, does string) (e voices.Engine, asked func() int) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "asked")
	e = voices.Engine{Name: "piper", Command: []string{"sh", "-c", "echo >>" + log + "; " + does}}
	return e, func() int {
		data, err := os.ReadFile(log)
		if err != nil {
			return 0
		}
		return len(data)
	}
}

// At a bulletin a voice that fails is told; the built-in one speaks only if the person
// says so, and then at once. That is noted on the clip, and not on that of a bulletin
// that was to be spoken so.
func TestAnotherVoiceSpeaksOnlyIfAsked(t *testing.T) {
	bad, asked := counted(t, "cat >/dev/null; exit 1")
	l, _ := bench(t, Options{Voices: engines(t, bad)})
	_, err := l.Speak(t.Context(), "p1", Text{Text: sentence})
	p := requireProblem(t, err, problem.Unavailable, "voice_fails")
	require.Contains(t, p.VI, "piper")
	before := asked()
	require.Positive(t, before)
	clip, err := l.Speak(t.Context(), "p1", Text{Text: sentence, Instead: true})
	require.NoError(t, err)
	require.Equal(t, before, asked(), "it is not waited for a second time")
	require.Equal(t, "piper", InsteadOf(clip))
	remark, ok := Remark(clip.Notes[0])
	require.True(t, ok)
	require.Contains(t, remark.VI, "giọng có sẵn")
	meant, err := l.Speak(t.Context(), "p1", Text{Text: sentence, Voice: "vi"})
	require.NoError(t, err)
	require.Equal(t, clip.ID, meant.ID, "made once")
	require.Empty(t, meant.Notes)
	_, err = l.Speak(t.Context(), "p1", Text{Text: sentence, Voice: "festival/vi", Instead: true})
	requireProblem(t, err, problem.Invalid, "voice_unknown")
}

// In an emergency it takes over at once, whatever the other does, and says so.
func TestAnAlertFallsBackToTheBuiltInVoice(t *testing.T) {
	for name, does := range map[string]string{"fails": "exit 1", "hangs": "sleep 100", "garbage": "head -c 5000 /dev/urandom",
		"silence": "ffmpeg -v error -f lavfi -i anullsrc=d=5 -f wav -"} {
		t.Run(name, func(t *testing.T) {
			bad, asked := counted(t, does)
			l, _ := bench(t, Options{Voices: engines(t, bad)})
			began := time.Now()
			clip, err := l.SpeakNow(t.Context(), Text{Text: sentence, Style: speech.Urgent, Tone: "flood"})
			require.NoError(t, err)
			t.Logf("the built-in voice has spoken after %v", time.Since(began).Round(time.Millisecond))
			require.Equal(t, "piper", InsteadOf(clip))
			require.Equal(t, "urgent", clip.Style, "it says the same as the other was to say")
			before := asked()
			require.Positive(t, before)
			clip, err = l.SpeakNow(t.Context(), Text{Text: "Lũ về.", Style: speech.Urgent})
			require.NoError(t, err)
			require.Equal(t, "piper", InsteadOf(clip))
			require.Equal(t, before, asked(), "what failed a minute ago is not tried again")
		})
	}
	l, _ := bench(t, Options{Voices: engines(t,
		voices.Engine{Name: "piper", Command: []string{"espeak-ng", "-v", "vi", "--stdin", "--stdout"}})})
	clip, err := l.SpeakNow(t.Context(), Text{Text: sentence, Style: speech.Urgent, Tone: "flood"})
	require.NoError(t, err)
	require.Empty(t, InsteadOf(clip))
}

// An alert runs a program for nothing but its words: there is no time to learn its pace.
func TestAnAlertTriesNothingOut(t *testing.T) {
	good, asked := counted(t, "espeak-ng -v vi --stdin --stdout")
	l, _ := bench(t, Options{Voices: engines(t, good)})
	_, err := l.SpeakNow(t.Context(), Text{Text: "Nước lũ đang lên nhanh, bà con di chuyển ngay lên chỗ cao.", Style: speech.Indoor})
	require.NoError(t, err)
	require.Equal(t, 1, asked())
	_, err = l.Speak(t.Context(), "p1", Text{Text: "Mời bà con thôn hai đến nhà văn hóa để họp vào tối nay.", Style: speech.Indoor})
	require.NoError(t, err)
	require.Equal(t, 3, asked(), "a bulletin has the time")
}
