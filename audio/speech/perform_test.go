package speech

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/audiotest"
	"loa/audio/ffmpeg"
	"loa/audio/level"
	"loa/audio/reading"
	"loa/audio/reading/document"
	"loa/audio/tune"
	"loa/audio/wav"
)

const stormBulletin = `TIN BÃO KHẨN CẤP
Lúc 14h30 ngày 15/8/2025, tâm bão số 5 cách bờ biển 120 km, sức gió mạnh nhất vùng gần tâm bão mạnh cấp 11, giật cấp 13.
Ủy ban nhân dân xã đề nghị bà con chằng chống nhà cửa, đưa trâu bò lên chỗ cao và không ra khỏi nhà khi gió lớn.
Ai cần giúp đỡ, xin gọi số 0936 555 449. Đội xung kích các thôn trực suốt đêm.`

// performed is a text said and levelled, as a bulletin or an alert is.
func performed(t testing.TB, p Performance) (pcm []float32, took time.Duration) {
	t.Helper()
	dir := t.TempDir()
	wav, clip := filepath.Join(dir, "said.wav"), filepath.Join(dir, "clip.opus")
	began := time.Now()
	require.NoError(t, Program{}.Perform(t.Context(), p, wav))
	took = time.Since(began)
	_, err := ffmpeg.Program{Quick: p.Style == Urgent}.Level(t.Context(), wav, clip, nil)
	require.NoError(t, err)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 2, "nothing else is left")
	return clipPCM(t, clip), took
}

// clipPCM is what is heard of a clip.
func clipPCM(t testing.TB, path string) []float32 {
	t.Helper()
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	c, err := audio.OpenClip(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	pcm := make([]float32, c.Samples())
	n, err := c.Read(pcm)
	require.NoError(t, err)
	require.Len(t, pcm, n)
	return pcm
}

// stretchesOf are the stretches of sound between silences of shortest or more, and
// those silences.
func stretchesOf(pcm []float32, shortest time.Duration) (loud []float64, sound, silence []time.Duration) {
	m := level.NewMeter()
	m.WriteQuiet(pcm)
	windows := m.Windows()
	floor := level.Loudness(windows) - 28
	quiet := func(i int) bool { return level.LUFS(windows[i]) < floor }
	const window = 10 * time.Millisecond
	from := 0
	for from < len(windows) && quiet(from) {
		from++
	}
	for from < len(windows) {
		to, after := from, from // the sound, and what follows
		for after < len(windows) && time.Duration(after-to)*window < shortest {
			if after++; !quiet(after - 1) {
				to = after
			}
		}
		for after < len(windows) && quiet(after) {
			after++
		}
		loud, sound = append(loud, level.Loudness(windows[from:to])), append(sound, time.Duration(to-from)*window)
		if after < len(windows) {
			silence = append(silence, time.Duration(after-to)*window)
		}
		from = after
	}
	return loud, sound, silence
}

// measured is what a style did to a text.
type measured struct {
	rests map[document.Rest][]time.Duration
	loud  []float64 // of each group, LUFS
	rates []float64 // of each group, syllables a second
	rate  float64   // without the silences
	whole float64   // with them
}

func measureGroups(t testing.TB, pcm []float32, groups []document.Group) measured {
	t.Helper()
	m := measured{rests: map[document.Rest][]time.Duration{}}
	loud, sound, silence := stretchesOf(pcm, 150*time.Millisecond)
	require.Len(t, sound, len(groups), "a silence after each group, and no other")
	m.loud = loud
	var syllables, spoken float64
	for i, g := range groups {
		m.rates = append(m.rates, float64(g.Syllables)/sound[i].Seconds())
		syllables, spoken = syllables+float64(g.Syllables), spoken+sound[i].Seconds()
		if i < len(silence) {
			m.rests[g.Rest] = append(m.rests[g.Rest], silence[i])
		}
	}
	m.rate, m.whole = syllables/spoken, syllables/audio.Length(int64(len(pcm))).Seconds()
	return m
}

func spread(v []float64) float64 { return slices.Max(v) - slices.Min(v) }

func between(d []time.Duration) string {
	if len(d) == 0 {
		return "–"
	}
	return fmt.Sprintf("%d × %d–%d ms", len(d), slices.Min(d).Milliseconds(), slices.Max(d).Milliseconds())
}

func (m measured) String() string {
	return fmt.Sprintf(
		"groups %d; silence after a group %s, a sentence %s, a paragraph %s; %.2f syllables/s, by groups %.1f–%.1f (%.2f "+
			"with silences), groups %.1f LU apart",
		len(
			m.loud,
		),
		between(m.rests[document.AfterGroup]),
		between(m.rests[document.AfterSentence]),
		between(m.rests[document.AfterParagraph]),
		m.rate,
		slices.Min(m.rates),
		slices.Max(m.rates),
		m.whole,
		spread(m.loud),
	)
}

// What a style does to a clip, through the real voice: make reading prints it.
func TestWhatAStyleDoes(t *testing.T) {
	said := document.Horn(reading.New(nil), stormBulletin, nil)
	groups := document.Groups(said)

	plain, took := performed(t, Performance{Text: reading.Spoken(document.Read(reading.New(nil), stormBulletin))})
	_, _, silence := stretchesOf(plain, 150*time.Millisecond)
	before := spread(groupsAsSpoken(t, groups))
	t.Logf("indoor: %d silences of 150 ms and more: %s; %.2f syllables/s with them; each group as the voice says it: %.1f LU apart; %d ms "+
		"of work", len(silence), between(silence),
		float64(syllablesOf(groups))/audio.Length(int64(len(plain))).Seconds(), before, took.Milliseconds())
	require.Less(t, len(silence), len(groups)-1, "it has less silences, and as it pleases the voice")

	pcm, took := performed(t, Performance{Text: said, Style: Outdoor})
	outdoor := measureGroups(t, pcm, groups)
	t.Logf("outdoor: %v; %d ms of work", outdoor, took.Milliseconds())
	for _, d := range outdoor.rests[document.AfterGroup] {
		require.GreaterOrEqual(t, d, 180*time.Millisecond)
		require.LessOrEqual(t, d, 260*time.Millisecond)
	}
	for _, d := range outdoor.rests[document.AfterSentence] {
		require.InDelta(t, 0.44, d.Seconds(), 0.06)
	}
	for _, d := range outdoor.rests[document.AfterParagraph] {
		require.InDelta(t, 0.77, d.Seconds(), 0.06)
	}
	require.LessOrEqual(t, spread(outdoor.loud), 2.0)
	require.Greater(t, before, spread(outdoor.loud))
	require.LessOrEqual(t, slices.Max(outdoor.rates)/slices.Min(outdoor.rates), 1.6, "no group is rushed")

	pcm, took = performed(t, Performance{Text: said, Style: Urgent, Tone: "storm"})
	tone, _ := tune.Attention("storm")
	at := len(tone) + int(audio.Samples(breathAfterTone))/2
	voice := pcm[at:]
	_, sound, silence := stretchesOf(voice, 150*time.Millisecond)
	middle := slices.Index(silence, slices.Max(silence)) // between the two times
	require.InDelta(t, betweenTimes.Seconds(), silence[middle].Seconds(), 0.1)
	require.Len(t, sound, 2*len(groups), "all of it, twice")
	require.Equal(t, len(groups), middle+1)
	first := voice[:len(voice)/2]
	require.Greater(t, audiotest.PrintLikeness(audiotest.SoundPrint(pcm[:len(tone)]), audiotest.SoundPrint(tone)), 0.9,
		"first the attention sound")
	urgent := measureGroups(t, first, groups)
	t.Logf("urgent: %v; said twice, %.1f LU between sound and voice; %d ms of work", urgent, loudnessOf(pcm[:len(tone)])-loudnessOf(voice),
		took.Milliseconds())
	require.InDelta(t, UrgentRate, urgent.rate/outdoor.rate, 0.04, "slower")
	require.LessOrEqual(t, spread(urgent.loud), 2.0)
	require.InDelta(t, loudnessOf(voice), loudnessOf(pcm[:len(tone)]), 1.5)
}

// groupsAsSpoken is how loud a voice says each group by itself.
func groupsAsSpoken(t *testing.T, groups []document.Group) (loud []float64) {
	for _, g := range groups {
		path := filepath.Join(t.TempDir(), "x.wav")
		require.NoError(t, Program{}.Say(t.Context(), g.Words, "", 0, path))
		pcm, err := wav.Read(path)
		require.NoError(t, err)
		loud = append(loud, loudnessOf(trimmed(pcm)))
	}
	return loud
}

func loudnessOf(pcm []float32) float64 {
	m := level.NewMeter()
	m.WriteQuiet(pcm)
	return level.Loudness(m.Windows())
}

func syllablesOf(groups []document.Group) (n int) {
	for _, g := range groups {
		n += g.Syllables
	}
	return n
}

// A program that takes long to start is started a few times only, whatever the
// text; everything is said, in its order.
func TestUnits(t *testing.T) {
	groups := document.Groups(strings.Repeat(document.Horn(reading.New(nil), stormBulletin, nil)+"\n", 20))
	require.GreaterOrEqual(t, len(groups), 300)
	words := func(groups []document.Group) (all []string) {
		for _, g := range groups {
			all = append(all, g.Words)
		}
		return all
	}
	for _, most := range []int{1000, 40, 12, 1} {
		u := units(groups, most)
		require.LessOrEqual(t, len(u), most)
		require.Equal(t, syllablesOf(groups), syllablesOf(u))
		require.Equal(t, strings.Join(words(groups), " "), strings.Join(words(u), " "))
	}
	require.Equal(t, groups, units(groups, len(groups)))
}

// counted is a program that notes each start, how many run at the same time, and
// says what it is given.
func counted(t testing.TB, body string) (Program, func() int) {
	dir := t.TempDir()
	path := filepath.Join(dir, "voice")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\nmktemp "+dir+"/start.XXXXXXXX >/dev/null\n"+body), 0o700))
	return Program{Command: []string{path}}, func() int {
		all, err := filepath.Glob(filepath.Join(dir, "start.*"))
		require.NoError(t, err)
		return len(all)
	}
}

func TestPerformBoundsStarts(t *testing.T) {
	s, starts := counted(t, "espeak-ng -v vi --stdin --stdout\n")
	dst := filepath.Join(t.TempDir(), "x.wav")
	said := document.Horn(reading.New(nil), stormBulletin, nil)
	require.NoError(t, s.Perform(t.Context(), Performance{Text: said, Style: Urgent}, dst))
	require.Positive(t, starts())
	require.LessOrEqual(t, starts(), urgentStarts)
	require.NotEmpty(t, audiotest.PCM(t, dst))
}

// What fails leaves nothing, and is told as Say tells it.
func TestPerformRefuses(t *testing.T) {
	dir := t.TempDir()
	dst := filepath.Join(dir, "x.wav")
	perform := func(s Program, p Performance) error { p.Style = Outdoor; return s.Perform(t.Context(), p, dst) }
	require.ErrorIs(t, perform(Program{}, Performance{Text: " … "}), ErrEmptyText)
	require.ErrorIs(t, perform(Program{}, Performance{Text: audiotest.Sentence, Voice: "klingon"}), ErrUnknownVoice)
	require.ErrorIs(t, perform(Program{}, Performance{Text: audiotest.Sentence, Rate: 9}), ErrRate)
	require.ErrorIs(t, perform(Program{Command: []string{"false"}}, Performance{Text: audiotest.Sentence}), ErrFailed)
	mute, _ := counted(t, "espeak-ng -v vi -a 0 --stdin --stdout\n")
	require.ErrorIs(t, perform(mute, Performance{Text: audiotest.Sentence}), ErrFailed)
	// One that falls silent now and then: a bulletin is not made, an alert is heard.
	moody, _ := counted(
		t,
		`read words; case "$words" in *bốn*) a=0;; *) a=80;; esac; echo "$words" | espeak-ng -v vi -a $a --stdin --stdout`+"\n",
	)
	require.ErrorIs(t, perform(moody, Performance{Text: "Một hai ba, bốn năm sáu."}), ErrFailed)
	require.NoError(t, moody.Perform(t.Context(), Performance{Text: "Một hai ba, bốn năm sáu.", Style: Urgent}, dst))
	// What no voice of ours can say is no fault of it.
	blind, _ := counted(
		t,
		`read words; case "$words" in *漢*|*☎*) a=0;; *) a=80;; esac; echo "$words" | espeak-ng -v vi -a $a --stdin --stdout`+"\n",
	)
	require.NoError(t, perform(blind, Performance{Text: "Một hai ba, 漢字, ☎ ☎, bốn năm sáu."}))
	require.ErrorIs(t, perform(blind, Performance{Text: "漢字, 漢."}), ErrFailed)
	require.NoError(t, os.Remove(dst))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}
