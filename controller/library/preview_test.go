package library

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio/speech"
	"loa/controller/problem"
	"loa/controller/voices"
)

// One hears a text from any sentence on, as it will be said, at once the second time,
// and no clip comes of it.
func TestPreview(t *testing.T) {
	count, asked := counted(t, "espeak-ng -v vi --stdin --stdout")
	l, dir := bench(t, Options{Voices: engines(t, count)})
	const text = "Họp lúc 08h30 tại nhà văn hóa.\nMời UBND xã dự. Xin cảm ơn."
	heard := ""
	for at, n := 0, 0; ; n++ {
		wav, from, to, err := l.Preview(t.Context(), Text{Text: text}, at)
		require.NoError(t, err)
		if wav == nil {
			require.Equal(t, 3, n)
			break
		}
		require.Equal(t, "RIFF", string(wav[:4]))
		require.Equal(t, at, from)
		heard += string([]rune(text)[from:to])
		at = to
	}
	require.Equal(t, text, heard)
	before := asked()
	_, from, _, err := l.Preview(t.Context(), Text{Text: text}, 35)
	require.NoError(t, err)
	require.Equal(t, 31, from, "the sentence that holds it")
	require.Equal(t, before, asked(), "it was at hand")
	require.Empty(t, files(t, dir))
	_, _, _, err = l.Preview(t.Context(), Text{Text: strings.Repeat("a", 20_001)}, 0)
	requireProblem(t, err, problem.TooLarge, "text_too_long")
	_, from, to, err := l.Preview(t.Context(), Text{Text: "One.\nTwo two.", Voice: "espeak-ng/en-us"}, 6)
	require.NoError(t, err)
	require.Equal(t, []int{5, 13}, []int{from, to}, "another language goes by lines")
}

// Who goes away is not waited for, and what is kept is bounded.
func TestPreviewsAreBounded(t *testing.T) {
	l, _ := bench(t, Options{Voices: engines(t, voices.Engine{Name: "stuck", Command: []string{"sleep", "100"}})})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	for n := range 2 * previewsAtOnce {
		go func() {
			_, _, _, err := l.Preview(ctx, Text{Text: fmt.Sprint("Số ", n)}, 0)
			done <- err
		}()
	}
	cancel()
	for range 2 * previewsAtOnce {
		require.ErrorIs(t, <-done, context.Canceled)
	}
	var r recent
	for n := range 100 {
		r.put(fmt.Sprint(n), make([]byte, previewsKept/10))
	}
	require.LessOrEqual(t, r.bytes, previewsKept)
	require.Len(t, r.wavs, 10)
	require.Len(t, r.keys, 10)
	_, ok := r.get("99")
	require.True(t, ok)
	r.put("huge", make([]byte, previewsKept))
	_, ok = r.get("huge")
	require.False(t, ok)
}

// What a person leaves out of a paper is not said; the text is kept as it was.
func TestWhatIsLeftOutIsNotSaid(t *testing.T) {
	l, _ := bench(t, Options{})
	const paper = "Mai họp thôn.\n\nNơi nhận:\n- Như trên;\n- Lưu: VT."
	clip, err := l.Speak(t.Context(), "p1", Text{Text: paper, Leave: []string{"Nơi nhận:\n- Như trên;\n- Lưu: VT."}})
	require.NoError(t, err)
	require.Equal(t, []string{paper, "Mai họp thôn."}, []string{clip.Text, strings.TrimSpace(clip.Said)})
	whole, err := l.Speak(t.Context(), "p1", Text{Text: paper})
	require.NoError(t, err)
	require.NotEqual(t, clip.ID, whole.ID)
	require.Contains(t, whole.Said, "Nơi nhận")
	// A headline that looks like the paper's head belongs to no block of it.
	const headed = "UBND XÃ LA DẠ\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n\nMai họp thôn."
	for _, style := range []speech.Style{speech.Indoor, speech.Outdoor} {
		sp, err := l.speech(Text{Text: headed, Headline: "Ủy ban nhân dân xã La Dạ", Style: style,
			Leave: []string{"UBND XÃ LA DẠ\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc"}})
		require.NoError(t, err)
		require.Equal(t, []string{"Ủy ban nhân dân xã La Dạ", "Mai họp thôn"},
			strings.FieldsFunc(sp.breathed, func(r rune) bool { return r == '.' || r == '\n' }))
	}
}
