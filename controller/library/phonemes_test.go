package library

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio/speech"
)

// heard are sentences as officials type them, and the words that a village must hear.
// By each stands what the voice made of the text itself.
var heard = []struct{ typed, words string }{
	{"Sáng 08h30 họp thôn.", "sáng tám giờ ba mươi phút họp thôn"},                       // không tám hát ba mươi
	{"Hạn nộp 15/8/2025.", "hạn nộp ngày mười lăm tháng tám năm hai nghìn hai mươi lăm"}, // without day, month, year
	{"Mời bà con đến UBND xã.", "mời bà con đến ủy ban nhân dân xã"},                     // an English word
	{"Nhiệt độ xuống -5°C.", "nhiệt độ xuống âm năm độ xê"},                              // nothing at all
	{"Nước dâng 2,5m.", "nước dâng hai phẩy năm mét"},                                    // e mờ
	{"Mỗi hộ 50.000đ.", "mỗi hộ năm mươi nghìn đồng"},                                    // đờ
	{"Gọi 093 655 5449.", "gọi không chín ba, sáu năm năm, năm bốn bốn chín"},            // large numbers
	{"Tốc độ 50 km/h.", "tốc độ năm mươi ki lô mét trên giờ"},                            // ka e mờ hát
	{"Theo Nghị quyết số 15-NQ/TW.", "theo nghị quyết số mười lăm của trung ương"},       // noise
	{"Tiêm vắc xin Covid-19 cho TE.", "tiêm vắc xin cô vít mười chín cho trẻ em"},
}

// What the real voice is given sounds as the right words do: their phonemes, by the
// voice itself, are the same. The text as it was typed does not.
func TestThePhonemesThatTheVoiceIsGiven(t *testing.T) {
	voice, err := exec.LookPath("espeak-ng")
	require.NoError(t, err)
	phonemes := func(text string) []string {
		cmd := exec.Command(voice, "-v", "vi", "-q", "--ipa", "--stdin")
		cmd.Stdin = strings.NewReader(text)
		out, err := cmd.Output()
		require.NoError(t, err)
		return strings.Fields(string(out))
	}
	shim, given := t.TempDir(), filepath.Join(t.TempDir(), "given")
	require.NoError(t, os.WriteFile(filepath.Join(shim, "espeak-ng"),
		[]byte("#!/bin/sh\ncase $* in *--stdin*) tee "+given+" | "+voice+" \"$@\" ;; *) exec "+voice+" \"$@\" ;; esac\n"), 0o700))
	t.Setenv("PATH", shim+":"+os.Getenv("PATH"))
	l, _ := bench(t, Options{})
	for _, h := range heard {
		sp, err := l.speech(Text{Text: h.typed})
		require.NoError(t, err)
		require.NoError(t, l.opt.Voices.Say(t.Context(), sp.voice, speech.Performance{Text: sp.said, Rate: sp.rate},
			filepath.Join(t.TempDir(), "x.wav")))
		text, err := os.ReadFile(given)
		require.NoError(t, err)
		require.Equal(t, phonemes(h.words), phonemes(string(text)), "%s: the voice was given %q", h.typed, text)
		require.NotEqual(t, phonemes(h.words), phonemes(h.typed), "the voice knows %s by itself", h.typed)
	}
}
