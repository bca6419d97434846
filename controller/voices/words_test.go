package voices

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio/speech"
)

// engineWords are what programs and their libraries say of their end, in English.
var engineWords = regexp.MustCompile(`exit status|context|deadline|signal:|speech command|RIFF|fork/exec`)

// What is wrong with a program is said in the words of its reader; its own words are
// quoted, short, for those who support it.
func TestFaultsAreSaidInOneLanguage(t *testing.T) {
	for script, vi := range map[string]string{
		"cat >/dev/null; exit 7":                                                 "chương trình dừng với mã lỗi 7.",
		"cat >/dev/null; echo x: no such file >&2; exit 1":                       "chương trình dừng với mã lỗi 1 (“x: no such file”).",
		"cat >/dev/null; kill -9 $$":                                             "chương trình bị dừng giữa chừng.",
		"cat >/dev/null; echo hello":                                             "không ghi ra tệp WAV nghe được.",
		"cat >/dev/null; echo " + strings.Repeat("long ", 50) + " >&2; exit 255": "chương trình dừng với mã lỗi 255 (“…",
	} {
		var fault *Fault
		require.ErrorAs(t, set(t, sh("other", script)).speak(t, "other"), &fault)
		p := fault.Problem()
		require.Contains(t, p.VI, vi, script)
		require.NotRegexp(t, engineWords, p.VI+p.EN)
		require.NotContains(t, p.VI+p.EN, "%!")
		require.Less(t, len([]rune(p.VI)), 250)
	}
}

// A check that is given up is told as what it is: a program that does not come to its end.
func TestACheckThatTakesTooLong(t *testing.T) {
	s := set(t, sh("stuck", "sleep 100"))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	f := s.Check(ctx, s.engines[0])
	require.Equal(t, "voice_hangs", f.Fault.Code)
	require.NotRegexp(t, engineWords, f.Fault.VI+f.Fault.EN)
	gone, stop := context.WithCancel(t.Context())
	stop()
	f = s.Check(gone, s.engines[0])
	require.Equal(t, "voice_untried", f.Fault.Code)
	require.NotRegexp(t, engineWords, f.Fault.VI+f.Fault.EN)
}

// A text that is too long for the argument of a program is no fault of the program.
func TestATextThatIsTooLongForAProgram(t *testing.T) {
	s := set(t, Engine{Name: "arg", Command: []string{"true", "{text}"}})
	v, err := s.Find("arg/vi")
	require.NoError(t, err)
	err = s.Say(t.Context(), v, speech.Performance{Text: strings.Repeat("không ", 25_000), Style: speech.Indoor}, t.TempDir()+"/x.wav")
	require.ErrorIs(t, err, speech.ErrTextTooLong)
	var fault *Fault
	require.False(t, errors.As(err, &fault))
	require.Nil(t, s.Down("arg"))
}
