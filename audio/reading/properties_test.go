package reading

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"loa/audio/reading/kind"
	"loa/audio/reading/token"
)

// nasty are texts that a rule might trip over.
var nasty = []string{
	"", " ", "\n\n", "\u200b", "1", "-", "1/", "/1", "1.", ".1", "1,2,3", "1.000.", "1.000.00", "1/2/3/4", "1-2-3", "24/7/2025", "0", "00",
	"000", "-0", "1e9",
	"8h", "8h99", "25:61", "24:60", "8:5", "12:30:99", "5'", "5''", "7 giờ", "7 giờ 5", "9g", "°", "5°", "%", "5%%", "đ", "5đđ", "k", "5k5",
	"1tr2tr", "1m65m", "m2", "$", "$5", "$,5", "5,$",
	"I.", "X.", "IIII", "VI VI", "MMMMM", "a)", "a) ", "1. ", "1.1.", "- ", "–", "•", "UBND", "UBND.", "TT.", "TT. ", "P.", "Q.1", "BS.",
	"T2", "T2-", "T2-T", "T13", "CN", "v.v…", "Đ/c", "đ/c.",
	"http://", "http:///", "https://x", "www.", "a@b", "a@b.vn", "@", "a.b.vn.", "x.vn/", "#", "#_", "_", "😀", "👨‍👩‍👧",
	"e\u0301\u0301\u0301", "\u0301", "Ð", "\xff\xfe", "a\xffb", "１２", "①", "²", "5²", "½", "漢字", "عربى ٣", "й", "ﬁ",
	"15-NQ/TW", "15-NQ/", "1/2024/", "1/2024/NĐ-", "49A-", "49A-12", "49A-123.4", "+84", "(028", "1900", "0912", "0912 345", "113.", "km",
	"Km 1+", "QL", "QL.", "ĐT:", "x", "5x", "5 x ", "×5",
	"K'", "'", "''", "K'Ho", "«»", "((()))", "…", "...", "!?", ":;", "\t\t", "\r\n", "a\r\nb", "A\u00adB", "5\u00a0kg", "KHÔNG", "ÔI THÔI",
	"Ô", "A B C", "TP HCM", "1 000 000", "1 00", "01 02 03", "9.9.9.9", "1..2", "1,,2", "5--6", "5 - 6 - 7", "A\x00\u0301", "5mmc", "5 mmx",
	"5 ix", "CK X",
}

// texts are all that the properties are tried on: the sets and what is nasty.
func texts(t testing.TB) []string {
	all := append([]string(nil), nasty...)
	for _, glob := range []string{filepath.Join("testdata", "*.txt"), filepath.Join("..", "..", "..", "shared", "reading", "*.txt")} {
		paths, err := filepath.Glob(glob)
		require.NoError(t, err)
		for _, path := range paths {
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			for _, l := range strings.Split(string(b), "\n") {
				written, _, _ := strings.Cut(l, "~")
				all = append(all, written)
			}
			all = append(all, string(b))
		}
	}
	return all
}

// holds checks what is true of the reading of any text.
func holds(t *testing.T, text string) {
	t.Helper()
	pieces := Read(text)
	at := 0
	for _, p := range pieces {
		require.Equal(t, at, p.From, "pieces tile %q: %+v", text, pieces)
		require.LessOrEqual(t, p.From, p.To)
		require.Equal(t, text[p.From:p.To], p.Written)
		require.NotNil(t, p.Others)
		require.True(t, p.Sure >= 0 && p.Sure <= 1)
		at = p.To
		for _, r := range p.Spoken {
			said := unicode.IsLetter(r) || unicode.Is(unicode.Mn, r) || unicode.IsSpace(r) || r == '\'' ||
				strings.ContainsRune(token.Pauses, r)
			require.True(t, said || p.Kind == kind.Unknown, "%q is said as %q, a %s, in %q", p.Written, p.Spoken, p.Kind, text)
		}
	}
	require.Equal(t, len(text), at, "pieces tile %q: %+v", text, pieces)
	spoken := Spoken(pieces)
	if strings.ContainsFunc(text, sounds) {
		require.True(t, strings.ContainsFunc(spoken, unicode.IsLetter), "%q has letters, and nothing is said", text)
	}
	require.Equal(t, spoken, Spoken(Read(spoken)), "read twice: %q", text)
}

// sounds tells whether a rune is a letter that can be said: no apostrophe, no filler.
func sounds(r rune) bool {
	return unicode.IsLetter(r) && !unicode.Is(unicode.Lm, r) && !token.Invisible(r)
}

func TestEveryReadingHolds(t *testing.T) {
	for _, text := range texts(t) {
		holds(t, text)
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range texts(f) {
		if len(text) < 400 {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) { holds(t, text) })
}

// However a text is stored, it is read the same.
func TestOneReadingForAllWaysOfWriting(t *testing.T) {
	for _, text := range texts(t) {
		if !utf8.ValidString(text) {
			continue
		}
		want := canonical(Spoken(Read(norm.NFC.String(text))))
		require.Equal(t, want, canonical(Spoken(Read(norm.NFD.String(text)))), "NFD of %q", text)
		require.Equal(t, want, canonical(Spoken(Read(strings.ReplaceAll(text, " ", "\u00a0")))), "no-break spaces in %q", text)
		require.Equal(t, want, canonical(Spoken(Read(strings.ReplaceAll(text, "Đ", "Ð")))), "eth in %q", text)
		require.Equal(
			t,
			want,
			canonical(Spoken(Read(strings.Join(strings.Split(text, ""), "\u200b")))),
			"zero-width characters in %q",
			text,
		)
	}
}

// endless are texts that repeat something without end.
var endless = []string{"1", "1.", "1,", "1/", "1-", "1 ", "12:", "000 ", "1.000.", "a", "A", "à ", "UBND ", "TT ", "THÔNG ", "x", "x1",
	"I", "I ", "I.", "@", "a@", "a.", "a.vn", "http://", "-", "- ", "'", "_",
	"đ", "5đ/", "5 đ/", "kg/", "\n", "1.\n", "😀", "\u200b", "e\u0301", "\u0301", "(", "0912 ", "T2-", "K'", "a'", "v.v", "ngày ", "ngày 1/",
	"8h", "số ", "thứ 2", "Nguyễn Văn A. ", "漢", "\xff", "Covid-",
	"1, 2 và ", "1-2 và ", "5 triệu/", "15-NQ/", "A-", "Ô. ", "+84 ", "49A-", "1:", "1x", "quý I/2025 ", "của TT ", "ananan.vn ", "A\" ",
	"CK ", "BNBN "}

// However long a text is, each of its tokens is looked at a bounded number of times.
func TestTimeIsLinear(t *testing.T) {
	for _, unit := range endless {
		text := strings.Repeat(unit, 20_000/utf8.RuneCountInString(unit)+1)
		c := token.NewCursor(text)
		New(nil).each(text, c)
		require.Less(t, c.Looked(), 400*(c.Size()+1), "%q again and again", unit)
	}
}

// 200,000 characters of anything take a second at the most, on a machine that
// does nothing else: make reading.
func TestMeasuredReading(t *testing.T) {
	const long = 200_000
	worst, of := time.Duration(0), ""
	for _, unit := range endless {
		text := strings.Repeat(unit, long/utf8.RuneCountInString(unit)+1)
		before := processor(t)
		Spoken(Read(text))
		if took := processor(t) - before; took > worst {
			worst, of = took, unit
		}
	}
	t.Logf("200,000 characters take %v at the most (%q again and again)", worst.Round(time.Millisecond), of)
	require.LessOrEqual(t, worst, time.Second)
}

// processor is the time for which processors worked for this process.
func processor(t *testing.T) time.Duration {
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkRead(b *testing.B) {
	raw, err := os.ReadFile(filepath.Join("testdata", "words.txt"))
	require.NoError(b, err)
	var one strings.Builder
	for _, l := range strings.Split(string(raw), "\n") {
		written, _, _ := strings.Cut(l, "~")
		one.WriteString(written + "\n")
	}
	text := strings.Repeat(one.String(), 20)
	runes := []rune(text)[:20_000]
	text = string(runes)
	b.ReportAllocs()
	for b.Loop() {
		Spoken(Read(text))
	}
}
