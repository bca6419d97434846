package dictionary

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/problem"
)

// What went out as CSV comes back as it was, and no cell of it is a formula for a spreadsheet.
func TestLinesComeBack(t *testing.T) {
	words := []Word{{"NVH", "nhà văn hóa"}, {"=1+2", "một cộng hai"}, {"+84", "cộng tám tư"}, {"-5", "âm năm"}, {"@La Dạ", "a còng La Dạ"},
		{"a=b", "a bằng b"}, {"NK", "=cmd|' /C calc'!A0"}, {"'=x", "dấu phẩy trên"}, {"''-x", "hai dấu"}, {"K'Ho", "cơ ho"}, {"'tis", "đây"},
		{"a,b", "a, phẩy b"}, {`"x"`, `nói "x"`}, {"x", "+-="}}
	lines := linesOf(words)
	back, err := wordsOf(lines)
	require.NoError(t, err)
	require.Equal(t, words, back)
	for line := range strings.Lines(lines) {
		for _, cell := range strings.Split(strings.TrimSpace(line), ",") {
			require.NotContains(t, "=+-@", strings.TrimLeft(cell, `"`)[:1], line)
		}
	}
	saved, err := wordsOf("\ufeff'=1+2,một cộng hai\r\n'-5,âm năm\r\n") // as a spreadsheet saves it
	require.NoError(t, err)
	require.Equal(t, []Word{{"=1+2", "một cộng hai"}, {"-5", "âm năm"}}, saved)
}

// A word has a letter or a digit: a point that is said so would be said at each end.
func TestASignIsNoWord(t *testing.T) {
	for _, write := range []string{".", "…", "-", "( )", "😀"} {
		_, err := checked([]Word{{write, "chấm"}})
		p, ok := problem.Of(err)
		require.True(t, ok, write)
		require.Equal(t, "word_sign", p.Code)
	}
	_, err := checked([]Word{{"5*", "năm sao"}, {"A/B", "a hoặc b"}, {"漢", "hán"}})
	require.NoError(t, err)
}
