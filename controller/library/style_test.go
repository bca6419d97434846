package library

import (
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio/speech"
)

// How a text is said is kept with its clip, and makes another clip of it; what was
// said before there were styles is found again as indoors.
func TestStyles(t *testing.T) {
	l, _ := bench(t, Options{})
	const text = "Lúc 8h30 họp thôn tại nhà văn hóa, mời bà con đến dự."
	outdoor, err := l.Speak(t.Context(), "p1", Text{Text: text})
	require.NoError(t, err)
	require.Equal(t, "outdoor", outdoor.Style, "if nothing else is asked for")
	require.Equal(t, text, outdoor.Text)
	require.Equal(t, "Lúc tám giờ ba mươi phút họp thôn tại nhà văn hóa, mời bà con đến dự.", outdoor.Said)
	indoor, err := l.Speak(t.Context(), "p1", Text{Text: text, Style: speech.Indoor})
	require.NoError(t, err)
	require.Equal(t, "indoor", indoor.Style)
	urgent, err := l.SpeakNow(t.Context(), Text{Text: text, Style: speech.Urgent})
	require.NoError(t, err)
	require.Greater(t, urgent.Seconds, 2*outdoor.Seconds, "slower, and twice")
	flood, err := l.SpeakNow(t.Context(), Text{Text: text, Style: speech.Urgent, Tone: "flood"})
	require.NoError(t, err)
	require.Greater(t, flood.Seconds, urgent.Seconds+4, "behind its attention sound")
	for _, c := range []struct {
		text Text
		id   string
	}{{Text{Text: text}, outdoor.ID}, {Text{Text: text, Style: speech.Indoor}, indoor.ID}} {
		again, err := l.Speak(t.Context(), "p1", c.text)
		require.NoError(t, err)
		require.Equal(t, c.id, again.ID)
	}
}

// The headline comes first, once.
func TestHeadlineFirst(t *testing.T) {
	for _, c := range [][3]string{
		{"Lịch tiêm chủng", "Thứ bảy tiêm tại trạm.", "Lịch tiêm chủng\nThứ bảy tiêm tại trạm."},
		{"Lịch tiêm chủng", "LỊCH  TIÊM\nchủng tháng 12: thứ bảy.", "LỊCH  TIÊM\nchủng tháng 12: thứ bảy."},
		{"", "Thứ bảy.", "Thứ bảy."},
		{"Chỉ có tên", " ", ""},
	} {
		require.Equal(t, c[2], headed(c[0], c[1]))
	}
	l, _ := bench(t, Options{})
	clip, err := l.Speak(t.Context(), "p1", Text{Headline: "Họp thôn", Text: "Tối nay."})
	require.NoError(t, err)
	require.Equal(t, []string{"Họp thôn\nTối nay.", "Họp thôn.\nTối nay."}, []string{clip.Text, clip.Said})
}
