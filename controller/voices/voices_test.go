package voices

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"loa/audio/speech"
)

// notice is long enough to be judged.
const notice = "Ngày mai cắt điện từ bảy giờ đến mười một giờ tại thôn một và thôn hai.\nBà con chủ động dự trữ nước.\nXin cảm ơn."

// real speaks with espeak-ng, as a program of the settings.
const real = "espeak-ng -v vi -s 175 --stdin --stdout"

// sh is an engine that is a script.
func sh(name, script string) Engine {
	return Engine{Name: name, Command: []string{"sh", "-c", script}}
}

func set(t testing.TB, engines ...Engine) *Set {
	t.Helper()
	s, err := New(Options{Engines: engines, Timeout: 2 * time.Minute})
	require.NoError(t, err)
	return s
}

func (s *Set) speak(t testing.TB, engine string) error {
	t.Helper()
	v, err := s.Find(engine + "/vi")
	require.NoError(t, err)
	wav := filepath.Join(t.TempDir(), "x.wav")
	err = s.Say(t.Context(), v, speech.Performance{Text: notice}, wav)
	if err != nil {
		require.NoFileExists(t, wav)
	} else {
		require.FileExists(t, wav)
	}
	return err
}

// What is wrong with a program is found and told, at a bulletin and by the check
// alike; what is right with it is not.
func TestFaultsOfAVoice(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		bad    What // "": it is good
		vi     string
	}{
		"good":            {real, "", ""},
		"slow talker":     {"espeak-ng -v vi -s 110 --stdin --stdout", "", ""},
		"fast talker":     {"espeak-ng -v vi -s 220 --stdin --stdout", "", ""},
		"to a file":       {"espeak-ng -v vi --stdin -w {out}", "", ""},
		"text as word":    {`espeak-ng -v vi --stdout "{text}"`, "", ""},
		"exits with 1":    {"cat >/dev/null; echo onnxruntime: bad model >&2; exit 1", Fails, "dừng với mã lỗi 1 (“onnxruntime: bad model”)"},
		"garbage":         {"cat >/dev/null; head -c 20000 /dev/urandom", Fails, "WAV"},
		"broken wav":      {"cat >/dev/null; printf 'RIFF....WAVEjunk'; head -c 20000 /dev/urandom", NoSound, "âm thanh"},
		"silence":         {"cat >/dev/null; ffmpeg -v error -f lavfi -i anullsrc=r=22050:d=9 -f wav -", Silent, "im lặng"},
		"half of all":     {real + " | ffmpeg -v error -i - -af atrim=end=3 -f wav - 2>/dev/null; true", Half, "%"},
		"half, each time": {`t=$(cat); n=$(echo $t | wc -w); echo $t | cut -d" " -f1-$((n/2)) | ` + real, Half, "%"},
		"last line only":  {"while read -r l; do echo $l | espeak-ng -v vi --stdin -w {out}; done", "", ""}, // it is given one
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := set(t, sh("other", c.script))
			err := s.speak(t, "other")
			f := s.Check(t.Context(), s.engines[0])
			if c.bad == "" {
				require.NoError(t, err)
				require.True(t, f.OK, "%+v", f)
				require.Nil(t, s.Down("other"))
				require.Greater(t, f.Syllable, 100*time.Millisecond)
				return
			}
			var fault *Fault
			require.ErrorAs(t, err, &fault)
			require.ErrorIs(t, err, speech.ErrFailed)
			require.Equal(t, c.bad, fault.What, "%v", err)
			require.Contains(t, fault.Problem().VI, c.vi)
			require.Contains(t, fault.Problem().VI, "other")
			require.False(t, f.OK)
			require.Equal(t, "voice_"+string(c.bad), f.Fault.Code)
			require.NotNil(t, s.Down("other"))
		})
	}
}

// In every style a program is judged by what it spoke itself: tones, repeats, silences and
// a slower rate are ours, and groups of few words are judged together.
func TestFaultsOfAVoiceInEveryStyle(t *testing.T) {
	const groups = "Nước lũ đang lên, rất nhanh. Bà con thôn một, và bà con thôn hai, hãy lên chỗ cao. Mang theo nước uống."
	halves := `t=$(cat); n=$(echo $t | wc -w); [ $n -gt 9 ] || t=$(echo $t | cut -d" " -f1-$((n/2))); echo $t | ` + real // a long text is spoken whole: it has a good pace
	deaf := `t=$(cat); a=80; case "$t" in *chỗ*) a=0 ;; esac; echo "$t" | espeak-ng -v vi -a $a --stdin --stdout`
	for script, bad := range map[string]What{real: "", halves: Half, deaf: Silent} {
		for _, style := range []speech.Style{speech.Outdoor, speech.Urgent} {
			t.Run(string(bad)+" "+string(style), func(t *testing.T) {
				t.Parallel()
				s := set(t, sh("other", script))
				v, err := s.Find("")
				require.NoError(t, err)
				wav := filepath.Join(t.TempDir(), "x.wav")
				err = s.Say(t.Context(), v, speech.Performance{Text: groups, Style: style, Tone: "flood"}, wav)
				if bad == "" {
					require.NoError(t, err)
					require.FileExists(t, wav)
					return
				}
				var fault *Fault
				require.ErrorAs(t, err, &fault)
				require.Equal(t, bad, fault.What)
				require.NoFileExists(t, wav)
			})
		}
	}
}

// A program that reads only the first sentence has its own pace with one, and half of
// that with three.
func TestTheCheckHearsThatSentencesAreLost(t *testing.T) {
	s := set(t, sh("first", "cut -d. -f1 | "+real))
	f := s.Check(t.Context(), s.engines[0])
	require.False(t, f.OK)
	require.Equal(t, "voice_half", f.Fault.Code)
}

func TestAVoiceThatHangs(t *testing.T) {
	s, err := New(Options{Engines: []Engine{sh("stuck", "sleep 100")}, Timeout: 100 * time.Millisecond})
	require.NoError(t, err)
	var fault *Fault
	require.ErrorAs(t, s.speak(t, "stuck"), &fault)
	require.Equal(t, Hangs, fault.What)
	// A caller that goes away gives no program a bad name.
	s = set(t, sh("stuck", "sleep 100"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v, err := s.Find("")
	require.NoError(t, err)
	require.ErrorIs(t, s.Say(ctx, v, speech.Performance{Text: notice}, filepath.Join(t.TempDir(), "x.wav")), context.Canceled)
	require.Nil(t, s.Down("stuck"))
}

// Of what is not installed the name is told.
func TestWhatIsMissingIsNamed(t *testing.T) {
	s := set(t, Engine{Name: "piper", Command: []string{"no-such-piper"}}, Engine{Name: "here", Command: []string{"/nowhere/piper"}},
		Engine{Name: "model", Command: []string{"sh", "-c", "exit 1", "/nowhere/{voice}.onnx"}, Voices: []string{"vi"}},
		Engine{Name: "option", Command: []string{"sh", "-c", "exit 1", "--vits-model=/nowhere/m.onnx"}})
	for engine, names := range map[string]string{"piper": "no-such-piper", "here": "/nowhere/piper", "model": "/nowhere/vi.onnx",
		"option": "/nowhere/m.onnx"} {
		var fault *Fault
		require.ErrorAs(t, s.speak(t, engine), &fault)
		require.Contains(t, fault.Problem().VI, names)
		require.Contains(t, fault.Problem().EN, names)
	}
	require.NoError(t, s.speak(t, BuiltIn))
	t.Setenv("PATH", "/nowhere")
	require.Equal(t, "voice_missing", s.Check(t.Context(), s.engines[4]).Fault.Code)
}

func TestVoicesAreFoundByName(t *testing.T) {
	s, err := New(Options{Engines: []Engine{{Name: "piper", Command: []string{"x"}, Voices: []string{"mai", "lan"}},
		{Name: "sherpa", Command: []string{"x"}}}})
	require.NoError(t, err)
	for name, want := range map[string]string{"": "piper/mai", "mai": "piper/mai", "lan": "piper/lan", "sherpa/lan": "sherpa/lan", "vi": "vi",
		"espeak-ng/vi+f3": "vi+f3"} {
		v, err := s.Find(name)
		require.NoError(t, err)
		require.Equal(t, want, v.ID())
	}
	_, err = s.Find("festival/x")
	require.ErrorIs(t, err, speech.ErrUnknownVoice)
	v, err := s.Find("piper/tung")
	require.NoError(t, err)
	require.ErrorIs(t, s.Say(t.Context(), v, speech.Performance{Text: "Một."}, filepath.Join(t.TempDir(), "x.wav")), speech.ErrUnknownVoice)
	all, err := s.List(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"piper/mai", "piper/lan", "sherpa/vi"}, []string{all[0].ID(), all[1].ID(), all[2].ID()})
	require.Contains(t, all, Voice{espeak(), "vi", "Vietnamese (Northern)"})
	t.Setenv("PATH", "/nowhere")
	all, err = s.List(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 3, "an engine that is away hides no other")

	s, err = New(Options{Single: []string{"sh", "-c", real}}) // the setting of before
	require.NoError(t, err)
	v, err = s.Find("my-voice")
	require.NoError(t, err)
	require.Equal(t, "speech/my-voice", v.ID())
	v, err = s.Find("")
	require.NoError(t, err)
	require.Equal(t, "speech/vi", v.ID())
}

func TestSettingsOfVoices(t *testing.T) {
	for want, engines := range map[string][]Engine{
		"built in":     {{Name: BuiltIn, Command: []string{"x"}}},
		"has no comm":  {{Name: "piper"}},
		"twice":        {{Name: "piper", Command: []string{"x"}}, {Name: "piper", Command: []string{"y"}}},
		"is not one o": {{Name: "a/b", Command: []string{"x"}}},
	} {
		_, err := New(Options{Engines: engines})
		require.ErrorContains(t, err, want)
	}
}

// What the guide for technicians shows is read as it stands, each with a licence, and
// none of the voices that may not be used here.
func TestTheGuideSuggestsNothingUnfree(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "deploy", "voices.md"))
	require.NoError(t, err)
	shown := 0
	for i, block := range strings.Split(string(data), "```") {
		text, isYAML := strings.CutPrefix(block, "yaml\n")
		if i%2 == 0 || !isYAML {
			continue
		}
		var settings struct{ Voices []Engine }
		dec := yaml.NewDecoder(strings.NewReader(text))
		dec.KnownFields(true)
		require.NoError(t, dec.Decode(&settings))
		s, err := New(Options{Engines: settings.Voices})
		require.NoError(t, err)
		for _, e := range s.Engines() {
			require.NotEmpty(t, e.Licence)
			require.NotEmpty(t, e.From)
			for _, unfree := range []string{"vivos", "25hours", "vais1000", "mms", "xtts"} {
				require.NotContains(t, text, unfree)
			}
		}
		shown++
	}
	require.Equal(t, 2, shown)
}
