package document

import (
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"loa/audio/reading"
)

// 100,000 characters of any document take a second of a processor at the most, in all
// the ways in which one is read, on a machine that does nothing else: make reading.
func TestMeasuredDocument(t *testing.T) {
	const long = 100_000
	r := reading.New(nil)
	worst, of := time.Duration(0), ""
	for _, unit := range []string{document(t), "a\n", "\n", "a b c d e f g ", "TM. UBND\n", "Nơi nhận:\n", "- Như trên;\n", "| a | b |\n",
		"1\t2\n", "Trang 2\n", "   a", "…", "A. ", "ngày 1/", "1, 2 và ", "NGUYỄN VĂN A\n", "(Đã ký)\n"} {
		text := strings.Repeat(unit, long/utf8.RuneCountInString(unit)+1)
		before := processor(t)
		pieces, sentences := Script(r, text, nil)
		leave := make([]string, 0, len(sentences))
		for _, b := range Blocks(text, pieces) {
			leave = append(leave, b.Written)
		}
		Groups(Horn(r, text, leave))
		if took := (processor(t) - before) / 2; took > worst { // a document is read twice here
			worst, of = took, unit
		}
	}
	t.Logf("100,000 characters of a document take %v at the most (%.20q again and again)", worst.Round(time.Millisecond), of)
	require.LessOrEqual(t, worst, time.Second)
}

// processor is the time for which processors worked for this process.
func processor(t *testing.T) time.Duration {
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
