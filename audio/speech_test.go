package audio

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
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
		require.NoError(t, Speech{}.Say(t.Context(), sentence, say.voice, say.rate, path))
		pcm := ffmpegPCM(t, path)
		length[name] = len(pcm)
		early, err := endsEarly(path, "wav")
		require.NoError(t, err)
		require.False(t, early)
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

func TestSayRefuses(t *testing.T) {
	dir := t.TempDir()
	say := func(text, voice string, rate float64) error {
		return Speech{}.Say(t.Context(), text, voice, rate, filepath.Join(dir, "x.wav"))
	}
	require.ErrorIs(t, say("", "", 0), ErrEmptyText)
	require.ErrorIs(t, say(" \n\t . … !", "", 0), ErrEmptyText)
	require.ErrorIs(t, say("\x00\xff", "", 0), ErrEmptyText)
	require.ErrorIs(t, say(strings.Repeat("a ", 10_001), "", 0), ErrTextTooLong)
	for _, voice := range []string{"klingon", "vi+nobody", "vi+", "--help", "-w/tmp/x", "../vi", "gmw/en", "vi\x00"} {
		require.ErrorIs(t, say(sentence, voice, 0), ErrUnknownVoice, voice)
	}
	require.ErrorIs(t, say(sentence, "", 9), ErrSpeechRate)
	require.ErrorIs(t, say(sentence, "", -1), ErrSpeechRate)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestOtherSpeechCommands(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.wav")
	piperLike := Speech{
		Command: []string{"espeak-ng", "-v", "{voice}", "-s", "{wpm}", "--stdin", "-w", "{out}"},
		Names:   []string{"vi"},
	}
	require.NoError(t, piperLike.Say(t.Context(), sentence, "vi", 1.2, path))
	require.NotEmpty(t, ffmpegPCM(t, path))
	require.ErrorIs(t, piperLike.Say(t.Context(), sentence, "en", 1, path), ErrUnknownVoice)
	voices, err := piperLike.Voices(t.Context())
	require.NoError(t, err)
	require.Equal(t, []Voice{{"vi", "vi"}}, voices)

	for _, command := range [][]string{{"false"}, {"echo", "no WAV"}, {"no-such-program"}, {"cat", "/nonexistent"}} {
		err := Speech{Command: command}.Say(t.Context(), sentence, "vi", 1, path)
		require.ErrorIs(t, err, ErrSpeech, command)
	}
	// A command that hangs, and whose child holds the pipe, is killed.
	began := time.Now()
	err = Speech{Command: []string{"sh", "-c", "sleep 60 & sleep 60"}, Timeout: 100 * time.Millisecond}.
		Say(t.Context(), sentence, "vi", 1, path)
	require.Error(t, err)
	require.Less(t, time.Since(began), 20*time.Second)
}

func TestVoices(t *testing.T) {
	voices, err := Speech{}.Voices(t.Context())
	require.NoError(t, err)
	require.Contains(t, voices, Voice{"vi", "Vietnamese (Northern)"})
	require.Equal(t, []Voice{{"a", "a"}, {"b", "b"}}, parseVoices("a\nb some words\n\n"))
}

func FuzzParseVoices(f *testing.F) {
	f.Add("Pty Language       Age/Gender VoiceName          File\n 5  vi              --/M      Vietnamese_(Northern) aav/vi\n")
	f.Fuzz(func(_ *testing.T, text string) { parseVoices(text) })
}
