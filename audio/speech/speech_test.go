package speech

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio/audiotest"
)

func TestSay(t *testing.T) {
	dir := t.TempDir()
	length := map[string]int{}
	for name, say := range map[string]struct {
		voice string
		rate  float64
	}{
		"normal": {"", 0}, "fast": {"vi", 1.8}, "south": {"vi-vn-x-south", 1}, "female": {"vi+f3", 1},
	} {
		path := filepath.Join(dir, name+".wav")
		require.NoError(t, Program{}.Say(t.Context(), audiotest.Sentence, say.voice, say.rate, path))
		pcm := audiotest.PCM(t, path)
		length[name] = len(pcm)
		file, err := os.ReadFile(path)
		require.NoError(t, err)
		require.EqualValues(t, len(file)-44, binary.LittleEndian.Uint32(file[40:]), "its head says how long it is")
		over := 0
		for _, x := range pcm {
			if x > 0.98 || x < -0.98 {
				over++
			}
		}
		require.Less(t, over, len(pcm)/1000, "not clipped")
	}
	require.Less(t, length["fast"], length["normal"]*8/10)
}

// The longer a text, the longer a program may take for it; one that is short is given up
// as soon as ever.
func TestPatienceGrowsWithTheText(t *testing.T) {
	const timeout = time.Hour
	for _, c := range []struct{ syllables, hours int }{{1, 1}, {99, 1}, {100, 2}, {500, 6}} {
		for _, style := range []Style{Indoor, Outdoor} {
			var left time.Duration
			s := Program{Command: []string{"sh", "-c", "cat >/dev/null; exec espeak-ng -v vi --stdout mời"}, Timeout: timeout,
				Heard: func(ctx context.Context, _ string, _ float64, _ string) error {
					until, _ := ctx.Deadline()
					left = time.Until(until)
					return context.Canceled // that is enough
				}}
			text := strings.TrimSpace(strings.Repeat("mời ", c.syllables))
			err := s.Perform(t.Context(), Performance{Text: text, Style: style}, filepath.Join(t.TempDir(), "x.wav"))
			require.ErrorIs(t, err, context.Canceled)
			require.InDelta(t, float64(c.hours), left.Hours(), 0.1, "%d syllables, %s", c.syllables, style)
		}
	}
}

func TestSayRefuses(t *testing.T) {
	dir := t.TempDir()
	say := func(text, voice string, rate float64) error {
		return Program{}.Say(t.Context(), text, voice, rate, filepath.Join(dir, "x.wav"))
	}
	require.ErrorIs(t, say("", "", 0), ErrEmptyText)
	require.ErrorIs(t, say(" \n\t . … !", "", 0), ErrEmptyText)
	require.ErrorIs(t, say("\x00\xff", "", 0), ErrEmptyText)
	require.ErrorIs(t, say(strings.Repeat("a ", 10_001), "", 0), ErrTextTooLong)
	for _, voice := range []string{"klingon", "vi+nobody", "vi+", "--help", "-w/tmp/x", "../vi", "gmw/en", "vi\x00"} {
		require.ErrorIs(t, say(audiotest.Sentence, voice, 0), ErrUnknownVoice, voice)
	}
	require.ErrorIs(t, say(audiotest.Sentence, "", 9), ErrRate)
	require.ErrorIs(t, say(audiotest.Sentence, "", -1), ErrRate)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestOtherSpeechCommands(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.wav")
	piperLike := Program{
		Command: []string{"espeak-ng", "-v", "{voice}", "-s", "{wpm}", "--stdin", "-w", "{out}"},
		Names:   []string{"vi"},
	}
	require.NoError(t, piperLike.Say(t.Context(), audiotest.Sentence, "vi", 1.2, path))
	require.NotEmpty(t, audiotest.PCM(t, path))
	require.ErrorIs(t, piperLike.Say(t.Context(), audiotest.Sentence, "en", 1, path), ErrUnknownVoice)
	voices, err := piperLike.Voices(t.Context())
	require.NoError(t, err)
	require.Equal(t, []Voice{{"vi", "vi"}}, voices)

	for _, command := range [][]string{{"false"}, {"echo", "no WAV"}, {"no-such-program"}, {"cat", "/nonexistent"}} {
		err := Program{Command: command}.Say(t.Context(), audiotest.Sentence, "vi", 1, path)
		require.ErrorIs(t, err, ErrFailed, command)
	}
	// A command that hangs, and whose child holds the pipe, is killed.
	began := time.Now()
	err = Program{Command: []string{"sh", "-c", "sleep 60 & sleep 60"}, Timeout: 100 * time.Millisecond}.
		Say(t.Context(), audiotest.Sentence, "vi", 1, path)
	require.Error(t, err)
	require.Less(t, time.Since(began), 20*time.Second)
}

func TestVoices(t *testing.T) {
	voices, err := Program{}.Voices(t.Context())
	require.NoError(t, err)
	require.Contains(t, voices, Voice{"vi", "Vietnamese (Northern)"})
	require.Equal(t, []Voice{{"a", "a"}, {"b", "b"}}, parseVoices("a\nb some words\n\n"))
	names := map[string]bool{}
	for _, v := range voices {
		require.False(t, names[v.Name], "%s is listed twice", v.Name)
		names[v.Name] = true
	}
}

func FuzzParseVoices(f *testing.F) {
	f.Add("Pty Language       Age/Gender VoiceName          File\n 5  vi              --/M      Vietnamese_(Northern) aav/vi\n")
	f.Fuzz(func(_ *testing.T, text string) { parseVoices(text) })
}

func TestOneLine(t *testing.T) {
	require.Equal(t, "Một. Hai, ba. Bốn!", oneLine("Một\n\n Hai,\tba.\r\nBốn!\n"))
	require.Empty(t, oneLine("\n"))
}
