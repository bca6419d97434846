package ffmpeg

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/audiotest"
	"loa/audio/level"
	"loa/audio/speech"
)

// requireLevel checks a clip with ffmpeg's meter, and its header with ours.
func requireLevel(t *testing.T, path string, info Info) {
	t.Helper()
	m, err := Program{}.Measure(t.Context(), path)
	require.NoError(t, err)
	requireMeasured(t, m, path, info)
}

func requireMeasured(t testing.TB, m Loudness, path string, info Info) {
	t.Helper()
	require.InDelta(t, level.TargetLUFS, m.LUFS, 1)
	require.LessOrEqual(t, m.PeakDBTP, level.CeilingDBTP)
	require.InDelta(t, m.LUFS, info.LUFS, 0.2)
	require.InDelta(t, m.PeakDBTP, info.PeakDBTP, 1) // ffmpeg's own decoder fills in other noise than libopus
	require.InDelta(t, m.Seconds, info.Duration.Seconds(), 0.001)
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	require.EqualValues(t, len(file), info.Size)
	c, err := audio.OpenClip(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	require.Equal(t, info.Duration, c.Duration())
}

// A phone or a PC makes any of these; each begins and ends with silence.
func TestLevelEveryKindOfRecording(t *testing.T) {
	dir := t.TempDir()
	padded := filepath.Join(dir, "padded.wav")
	audiotest.Tool(t, "ffmpeg", "-v", "error", "-i", audiotest.Speech(t), "-af", "volume=-9dB,adelay=900,apad=pad_dur=1.3", "-ar", "48000",
		padded)
	source := audiotest.PCM(t, padded)
	amr := filepath.Join(dir, "voice.amr-nb")
	audiotest.Tool(t, "sox", padded, "-r", "8000", "-c", "1", "-C", "7", amr)
	amr3gp, film := filepath.Join(dir, "voice.3gp"), filepath.Join(dir, "film.mp4")
	kinds := []struct{ name, args string }{ // args for ffmpeg
		{"a.wav", "-ar 44100 -ac 2 -c:a pcm_s16le"},
		{"b.wav", "-ar 96000 -ac 1 -c:a pcm_s24le"},
		{"c.wav", "-ar 8000 -ac 1 -c:a pcm_alaw"},
		{"d.mp3", "-ar 22050 -ac 1 -b:a 48k"},
		{"e.mp3", "-ar 44100 -ac 2 -write_xing 0 -id3v2_version 0"},
		{"f.flac", "-ar 32000 -ac 2"},
		{"g.ogg", "-ar 44100 -ac 2 -c:a libvorbis"},
		{"h.opus", "-ac 2 -c:a libopus"},
		{"i.m4a", "-ar 44100 -ac 1 -c:a aac"},
		{"j.aac", "-ar 16000 -ac 1 -c:a aac"},
		{"k.webm", "-ac 1 -c:a libopus -live 1"},
		{"l.3gp", "-ar 16000 -ac 1 -c:a aac"},
	}
	args := []string{"-v", "error", "-i", padded}
	recordings := []string{amr, amr3gp, film}
	for _, kind := range kinds { // one start of ffmpeg makes them all
		path := filepath.Join(dir, kind.name)
		args = append(append(args, strings.Fields(kind.args)...), path)
		recordings = append(recordings, path)
	}
	audiotest.Tool(t, "ffmpeg", args...)
	audiotest.Tool(t, "ffmpeg", "-v", "error", "-i", amr, "-i", padded, "-f", "lavfi", "-i", "testsrc=d=6:s=64x64", "-map", "0", "-c",
		"copy", amr3gp,
		"-map", "1:a", "-map", "2:v", "-shortest", "-c:a", "aac", "-c:v", "mpeg4", film)
	// 5 kbit/s of AMR keep the words, not the wave: there, judge from what ffmpeg hears.
	heardAMR := audiotest.Floats(audiotest.Tool(t, "ffmpeg", "-v", "quiet", "-i", amr, "-af", "aresample=async=1", "-ar", "48000", "-f",
		"f32le", "-"))
	made := newAlbum(t)
	side(t, recordings, filepath.Base, func(t *testing.T, src string) {
		dst := filepath.Join(t.TempDir(), "clip.opus")
		reference := source
		if strings.HasPrefix(filepath.Base(src), "voice.") {
			reference = heardAMR
		}
		last := 0.0
		info, err := Program{}.Level(t.Context(), src, dst, func(fraction float64) {
			require.GreaterOrEqual(t, fraction, last)
			last = fraction
		})
		require.NoError(t, err)
		require.Equal(t, 1.0, last)
		made.add(t, dst, info)
		spoken := audio.Length(int64(len(source))) - 2200*time.Millisecond
		require.InDelta(t, spoken.Seconds(), info.Duration.Seconds(), 0.45, "silence is trimmed, speech is not")
		heard := heardIn(t, dst)
		r := alignedLikeness(reference, heard)
		require.Greater(t, r, 0.95)
		t.Logf("likeness %.3f, %d bytes", r, info.Size)
	})
	made.requireLevels(t)
}

// alignedLikeness finds the clip in the source: roughly by its energy every
// millisecond, then to the sample.
func alignedLikeness(source, clip []float32) float64 {
	coarse := func(pcm []float32) []float32 {
		out := make([]float32, len(pcm)/48)
		for i := range out {
			for _, x := range pcm[i*48 : i*48+48] {
				out[i] += x * x
			}
		}
		return out
	}
	_, ms := audiotest.Likeness(coarse(clip), coarse(source), 2000)
	from := max(0, ms*48-50)
	best, _ := audiotest.Likeness(clip, source[from:], 100)
	return best
}

func TestLevelOfDifficultSounds(t *testing.T) {
	burst := func(n int, every int) []float32 { // clicks: nearly all peak
		pcm := make([]float32, n)
		for i := range pcm {
			if i%every < 48 {
				pcm[i] = float32(math.Sin(float64(i%every) * 0.6))
			}
		}
		return pcm
	}
	quiet := audiotest.PCM(t, audiotest.Speech(t))
	audio.Amplify(quiet, 0.008)
	kinds := map[string]struct {
		pcm []float32
		min float64 // LUFS, where 0 asks for the target
	}{
		"noise":          {audiotest.Rustle(3*audio.Rate/2, 0.9), 0},
		"very quiet":     {quiet, 0},
		"beyond full":    {audiotest.Rustle(3*audio.Rate/2, 4), 0},
		"half a second":  {audiotest.Rustle(audio.Rate/2, 0.3), 0},
		"300 ms":         {audiotest.Rustle(3*audio.Rate/10, 0.3), 0},
		"30 ms":          {audiotest.Rustle(3*audio.Rate/100, 0.3), 0},
		"sparse clicks":  {burst(3*audio.Rate, audio.Rate/2), -50},
		"not numbers":    {append([]float32{float32(math.NaN()), float32(math.Inf(1))}, audiotest.Rustle(audio.Rate, 0.2)...), 0},
		"one loud shout": {append(slices.Clone(quiet), audiotest.Rustle(audio.Rate/10, 1)...), -30},
	}
	made, odd := newAlbum(t), newAlbum(t)
	side(t, slices.Sorted(maps.Keys(kinds)), itself, func(t *testing.T, name string) {
		c := kinds[name]
		info, _, dst := (&bench{t: t, dir: t.TempDir()}).mixed(c.pcm)
		t.Logf("%+v", info)
		switch {
		case c.min == 0 && info.Duration >= 400*time.Millisecond:
			made.add(t, dst, info)
			return
		case c.min == 0:
			require.InDelta(t, level.TargetLUFS, info.LUFS, 1)
		default:
			require.Greater(t, info.LUFS, c.min)
		}
		odd.add(t, dst, info)
	})
	made.requireLevels(t)
	for _, m := range odd.measured(t) {
		require.LessOrEqual(t, m.PeakDBTP, level.CeilingDBTP)
	}
}

func TestLevelRefuses(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	put := func(name, text string) { require.NoError(t, os.WriteFile(at(name), []byte(text), 0o644)) }
	voice := audiotest.Speech(t)
	wav, err := os.ReadFile(voice)
	require.NoError(t, err)
	args := []string{"-v", "error", "-i", voice}
	whole := []string{"v.m4a", "fast.m4a", "v.mp3", "v.flac", "v.opus", "v.webm"}
	for _, name := range whole {
		switch name {
		case "fast.m4a":
			args = append(args, "-movflags", "faststart")
		case "v.webm":
			args = append(args, "-live", "1")
		}
		args = append(args, at(name))
	}
	audiotest.Tool(t, "ffmpeg", args...)
	for _, name := range whole {
		file, err := os.ReadFile(at(name))
		require.NoError(t, err)
		put("cut-"+name, string(file[:len(file)*6/10]))
	}
	put("cut.wav", string(wav[:len(wav)/2]))
	put("header.wav", string(wav[:44]))
	put("text.mp3", strings.Repeat("Đây không phải là âm thanh.\n", 200))
	put("empty.wav", "")
	put("noise.mp3", string(pseudoRandom(60_000)))
	put("list.m3u8", fmt.Sprintf("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n%s\n#EXT-X-ENDLIST\n", voice))
	put("list.mp3", fmt.Sprintf("#EXTM3U\n#EXTINF:9,\nfile://%s\n#EXT-X-ENDLIST\n", voice))
	put("concat.wav", fmt.Sprintf("ffconcat version 1.0\nfile '%s'\n", voice))
	put("dash.mp4", `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>http://127.0.0.1/</BaseURL></MPD>`)
	put("sdp.wav", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n")
	audiotest.WriteWAV(t, at("silent.wav"), make([]float32, audio.Rate))
	audiotest.WriteWAV(t, at("hiss.wav"), audiotest.Rustle(audio.Rate, 0.0003))
	audiotest.Tool(t, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=1", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=600",
		"-map", "0", "-pix_fmt", "yuv420p", at("film.mp4"), "-map", "0", "-frames:v", "1", at("photo.png"),
		"-map", "1", "-c:a", "libmp3lame", "-b:a", "8k", "-write_xing", "0", "-id3v2_version", "0", at("part.mp3"))
	part, err := os.ReadFile(at("part.mp3"))
	require.NoError(t, err)
	put("headless.mp3", strings.Repeat(string(part), 18))
	audiotest.Tool(t, "ffmpeg", "-v", "error", "-i", at("headless.mp3"), "-c", "copy", at("three-hours.mp3"))

	for name, want := range map[string]error{
		"cut-v.m4a": ErrTruncated, "cut-fast.m4a": ErrTruncated, "cut-v.mp3": ErrTruncated, "cut-v.flac": ErrTruncated,
		"cut-v.opus": ErrTruncated, "cut-v.webm": ErrTruncated, "cut.wav": ErrTruncated, "header.wav": ErrHollow,
		"text.mp3": ErrUndecodable, "empty.wav": ErrUndecodable, "noise.mp3": ErrUndecodable,
		"list.m3u8": ErrUndecodable, "list.mp3": ErrUndecodable, "concat.wav": ErrUndecodable, "dash.mp4": ErrUndecodable,
		"sdp.wav": ErrUndecodable, "film.mp4": ErrNoAudio, "photo.png": ErrUndecodable,
		"silent.wav": ErrSilent, "hiss.wav": ErrSilent, "three-hours.mp3": ErrTooLong, "headless.mp3": ErrTooLong,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := t.TempDir()
			_, err := Program{}.Level(t.Context(), at(name), filepath.Join(out, "clip.opus"), nil)
			require.ErrorIs(t, err, want)
			require.NotContains(t, err.Error(), dir, "our paths are nobody's business")
			left, readErr := os.ReadDir(out)
			require.NoError(t, readErr)
			require.Empty(t, left)
			t.Log(err)
		})
	}
}

func pseudoRandom(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// A program that writes a WAV to a pipe cannot state its size.
func TestStreamedWAVIsNotTruncated(t *testing.T) {
	dir := t.TempDir()
	raw := audiotest.Tool(t, "espeak-ng", "-v", "vi", "--stdout", audiotest.Sentence)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.wav"), raw, 0o644))
	info, err := Program{}.Level(t.Context(), filepath.Join(dir, "x.wav"), filepath.Join(dir, "x.opus"), nil)
	require.NoError(t, err)
	requireLevel(t, filepath.Join(dir, "x.opus"), info)
}

// What is encoded in a fifth of the time measures right too.
func TestLevelQuickly(t *testing.T) {
	source := audiotest.Speech(t)
	dst := filepath.Join(t.TempDir(), "clip.opus")
	info, err := Program{Quick: true}.Level(t.Context(), source, dst, nil)
	require.NoError(t, err)
	requireLevel(t, dst, info)
	slow := filepath.Join(t.TempDir(), "clip.opus")
	_, err = Program{}.Level(t.Context(), source, slow, nil)
	require.NoError(t, err)
	quick, err := os.ReadFile(dst)
	require.NoError(t, err)
	full, err := os.ReadFile(slow)
	require.NoError(t, err)
	require.NotEqual(t, quick, full, "another coding")
	require.Greater(t, alignedLikeness(audiotest.PCM(t, source), audiotest.PCM(t, dst)), 0.9)
}

// What has to go over a thin link at once takes less than half of the bytes, measures
// right, and is the same voice.
func TestLevelInFewBytes(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "alert.wav")
	require.NoError(t, speech.Program{}.Perform(t.Context(), speech.Performance{Text: "Lũ về. Bà con thôn một di chuyển ngay lên chỗ cao.",
		Style: speech.Urgent, Tone: "flood"}, source))
	size := map[int]int64{}
	for _, bitrate := range []int{0, 10000} {
		dst := filepath.Join(dir, fmt.Sprint(bitrate))
		info, err := Program{Quick: true, Bitrate: bitrate}.Level(t.Context(), source, dst, nil)
		require.NoError(t, err)
		requireLevel(t, dst, info)
		size[bitrate] = info.Size
		like := alignedLikeness(audiotest.PCM(t, source), heardIn(t, dst))
		t.Logf("%d bit/s: %d bytes of %v, likeness %.3f", bitrate, info.Size, info.Duration.Round(time.Millisecond), like)
		require.Greater(t, like, 0.85)
	}
	require.Less(t, size[10000], size[0]/2)
}

func TestLevelStopsWithItsContext(t *testing.T) {
	dir := t.TempDir()
	audiotest.WriteWAV(t, filepath.Join(dir, "x.wav"), audiotest.Rustle(60*audio.Rate, 0.3))
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := fmt.Errorf("nobody waits")
	out := t.TempDir()
	_, err := Program{}.Level(ctx, filepath.Join(dir, "x.wav"), filepath.Join(out, "x.opus"), func(fraction float64) {
		if fraction > 0.1 {
			cancel(reason)
		}
	})
	require.ErrorIs(t, err, reason)
	left, err := os.ReadDir(out)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestLevelOnFullDiskLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	small := filepath.Join(dir, "small")
	require.NoError(t, os.Mkdir(small, 0o755))
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=8k"); err != nil {
		t.Logf("not root, no small disk to fill: %v", err)
		return
	}
	defer syscall.Unmount(small, syscall.MNT_DETACH) // a program that is just being started may have files of it open
	audiotest.WriteWAV(t, filepath.Join(dir, "x.wav"), audiotest.Rustle(6*audio.Rate, 0.3))
	_, err := Program{}.Level(t.Context(), filepath.Join(dir, "x.wav"), filepath.Join(small, "x.opus"), nil)
	require.ErrorIs(t, err, syscall.ENOSPC)
	left, err := os.ReadDir(small)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestMissingProgram(t *testing.T) {
	_, err := Program{ProbePath: "no-such-program"}.Level(t.Context(), "x", filepath.Join(t.TempDir(), "y"), nil)
	require.Error(t, err)
	require.NotErrorIs(t, err, ErrUndecodable)
}

func TestSameRecordingMakesSameClip(t *testing.T) {
	src, dir := audiotest.Speech(t), t.TempDir()
	var files [2][]byte
	for i := range files {
		dst := filepath.Join(dir, fmt.Sprint(i))
		_, err := Program{}.Level(t.Context(), src, dst, nil)
		require.NoError(t, err)
		files[i], err = os.ReadFile(dst)
		require.NoError(t, err)
	}
	require.Equal(t, files[0], files[1])
}

func TestMetersAgreeWithFFmpeg(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.wav")
	pcm := append(audiotest.Rustle(2*audio.Rate, 0.5), audiotest.Rustle(2*audio.Rate, 0.05)...)
	audiotest.WriteWAV(t, path, pcm)
	m := level.NewMeter()
	m.Write(pcm)
	m.End()
	want, err := Program{}.Measure(t.Context(), path)
	require.NoError(t, err)
	require.InDelta(t, want.LUFS, level.Loudness(m.Windows()), 0.1)
	require.InDelta(t, want.PeakDBTP, m.DBTP(), 0.2)
	require.InDelta(t, 4, want.Seconds, 0.001)
	// EBU Tech 3341: a 1 kHz sine of −23 dBFS is −26 LUFS in one channel.
	sine := make([]float32, 5*audio.Rate)
	for i := range sine {
		sine[i] = audio.Gain(-23) * float32(math.Sin(2*math.Pi*1000*float64(i)/audio.Rate))
	}
	m = level.NewMeter()
	m.Write(sine)
	require.InDelta(t, -26, level.Loudness(m.Windows()), 0.1)
}

func FuzzEndsEarly(f *testing.F) {
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00................data\xff\xff\x00\x00"))
	ogg := filepath.Join(f.TempDir(), "x.opus")
	audiotest.Tool(f, "ffmpeg", "-v", "error", "-i", audiotest.Speech(f), "-t", "0.3", ogg)
	file, err := os.ReadFile(ogg)
	require.NoError(f, err)
	f.Add(file)
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = wavEndsEarly(strings.NewReader(string(data)), int64(len(data)))
		for _, early := range []func(io.ReaderAt, int64) (bool, error){audio.OggEndsEarly, aviEndsEarly, asfEndsEarly, cafEndsEarly,
			w64EndsEarly} {
			_, _ = early(strings.NewReader(string(data)), int64(len(data)))
		}
	})
}

// BenchmarkLevel levels a minute of speech: the time of a whole upload.
func BenchmarkLevel(b *testing.B) {
	dir := b.TempDir()
	src := filepath.Join(dir, "minute.mp3")
	audiotest.Tool(b, "ffmpeg", "-v", "error", "-stream_loop", "60", "-i", audiotest.Speech(b), "-t", "60", src)
	for b.Loop() {
		info, err := Program{}.Level(b.Context(), src, filepath.Join(dir, "x.opus"), nil)
		require.NoError(b, err)
		b.ReportMetric(float64(info.Size)/info.Duration.Seconds(), "bytes/s")
	}
}
