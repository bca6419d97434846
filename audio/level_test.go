package audio

import (
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
)

// requireLevel checks a clip with ffmpeg's meter, and its header with ours.
func requireLevel(t *testing.T, path string, info Info) {
	t.Helper()
	m, err := FFmpeg{}.Measure(t.Context(), path)
	require.NoError(t, err)
	requireMeasured(t, m, path, info)
}

func requireMeasured(t testing.TB, m Loudness, path string, info Info) {
	t.Helper()
	require.InDelta(t, TargetLUFS, m.LUFS, 1)
	require.LessOrEqual(t, m.PeakDBTP, CeilingDBTP)
	require.InDelta(t, m.LUFS, info.LUFS, 0.2)
	require.InDelta(t, m.PeakDBTP, info.PeakDBTP, 1) // ffmpeg's own decoder fills in other noise than libopus
	require.InDelta(t, m.Seconds, info.Duration.Seconds(), 0.001)
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	require.EqualValues(t, len(file), info.Size)
	c := openBytes(t, file)
	require.Equal(t, info.Duration, c.Duration())
}

// A phone or a PC makes any of these; each begins and ends with silence.
func TestLevelEveryKindOfRecording(t *testing.T) {
	dir := t.TempDir()
	padded := filepath.Join(dir, "padded.wav")
	tool(t, "ffmpeg", "-v", "error", "-i", speech(t), "-af", "volume=-9dB,adelay=900,apad=pad_dur=1.3", "-ar", "48000", padded)
	source := ffmpegPCM(t, padded)
	amr := filepath.Join(dir, "voice.amr-nb")
	tool(t, "sox", padded, "-r", "8000", "-c", "1", "-C", "7", amr)
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
	tool(t, "ffmpeg", args...)
	tool(t, "ffmpeg", "-v", "error", "-i", amr, "-i", padded, "-f", "lavfi", "-i", "testsrc=d=6:s=64x64", "-map", "0", "-c", "copy", amr3gp,
		"-map", "1:a", "-map", "2:v", "-shortest", "-c:a", "aac", "-c:v", "mpeg4", film)
	// 5 kbit/s of AMR keep the words, not the wave: there, judge from what ffmpeg hears.
	heardAMR := floats(tool(t, "ffmpeg", "-v", "quiet", "-i", amr, "-af", "aresample=async=1", "-ar", "48000", "-f", "f32le", "-"))
	made := newAlbum(t)
	side(t, recordings, filepath.Base, func(t *testing.T, src string) {
		dst := filepath.Join(t.TempDir(), "clip.opus")
		reference := source
		if strings.HasPrefix(filepath.Base(src), "voice.") {
			reference = heardAMR
		}
		last := 0.0
		info, err := FFmpeg{}.Level(t.Context(), src, dst, func(fraction float64) {
			require.GreaterOrEqual(t, fraction, last)
			last = fraction
		})
		require.NoError(t, err)
		require.Equal(t, 1.0, last)
		made.add(t, dst, info)
		spoken := Length(int64(len(source))) - 2200*time.Millisecond
		require.InDelta(t, spoken.Seconds(), info.Duration.Seconds(), 0.45, "silence is trimmed, speech is not")
		clip, err := os.ReadFile(dst)
		require.NoError(t, err)
		heard := readAll(t, openBytes(t, clip))
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
	_, ms := likeness(coarse(clip), coarse(source), 2000)
	from := max(0, ms*48-50)
	best, _ := likeness(clip, source[from:], 100)
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
	quiet := ffmpegPCM(t, speech(t))
	Amplify(quiet, 0.008)
	kinds := map[string]struct {
		pcm []float32
		min float64 // LUFS, where 0 asks for the target
	}{
		"noise":          {rustle(3*Rate/2, 0.9), 0},
		"very quiet":     {quiet, 0},
		"beyond full":    {rustle(3*Rate/2, 4), 0},
		"half a second":  {rustle(Rate/2, 0.3), 0},
		"300 ms":         {rustle(3*Rate/10, 0.3), 0},
		"30 ms":          {rustle(3*Rate/100, 0.3), 0},
		"sparse clicks":  {burst(3*Rate, Rate/2), -50},
		"not numbers":    {append([]float32{float32(math.NaN()), float32(math.Inf(1))}, rustle(Rate, 0.2)...), 0},
		"one loud shout": {append(slices.Clone(quiet), rustle(Rate/10, 1)...), -30},
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
			require.InDelta(t, TargetLUFS, info.LUFS, 1)
		default:
			require.Greater(t, info.LUFS, c.min)
		}
		odd.add(t, dst, info)
	})
	made.requireLevels(t)
	for _, m := range odd.measured(t) {
		require.LessOrEqual(t, m.PeakDBTP, CeilingDBTP)
	}
}

func TestLevelRefuses(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	put := func(name, text string) { require.NoError(t, os.WriteFile(at(name), []byte(text), 0o644)) }
	voice := speech(t)
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
	tool(t, "ffmpeg", args...)
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
	writeWAV(t, at("silent.wav"), make([]float32, Rate))
	writeWAV(t, at("hiss.wav"), rustle(Rate, 0.0003))
	tool(t, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=1", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=600",
		"-map", "0", "-pix_fmt", "yuv420p", at("film.mp4"), "-map", "0", "-frames:v", "1", at("photo.png"),
		"-map", "1", "-c:a", "libmp3lame", "-b:a", "8k", "-write_xing", "0", "-id3v2_version", "0", at("part.mp3"))
	part, err := os.ReadFile(at("part.mp3"))
	require.NoError(t, err)
	put("headless.mp3", strings.Repeat(string(part), 18))
	tool(t, "ffmpeg", "-v", "error", "-i", at("headless.mp3"), "-c", "copy", at("three-hours.mp3"))

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
			_, err := FFmpeg{}.Level(t.Context(), at(name), filepath.Join(out, "clip.opus"), nil)
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
	raw := tool(t, "espeak-ng", "-v", "vi", "--stdout", sentence)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.wav"), raw, 0o644))
	info, err := FFmpeg{}.Level(t.Context(), filepath.Join(dir, "x.wav"), filepath.Join(dir, "x.opus"), nil)
	require.NoError(t, err)
	requireLevel(t, filepath.Join(dir, "x.opus"), info)
}

// What is encoded in a fifth of the time measures right too.
func TestLevelQuickly(t *testing.T) {
	source := speech(t)
	dst := filepath.Join(t.TempDir(), "clip.opus")
	info, err := FFmpeg{Quick: true}.Level(t.Context(), source, dst, nil)
	require.NoError(t, err)
	requireLevel(t, dst, info)
	slow := filepath.Join(t.TempDir(), "clip.opus")
	_, err = FFmpeg{}.Level(t.Context(), source, slow, nil)
	require.NoError(t, err)
	quick, err := os.ReadFile(dst)
	require.NoError(t, err)
	full, err := os.ReadFile(slow)
	require.NoError(t, err)
	require.NotEqual(t, quick, full, "another coding")
	require.Greater(t, alignedLikeness(ffmpegPCM(t, source), ffmpegPCM(t, dst)), 0.9)
}

func TestLevelStopsWithItsContext(t *testing.T) {
	dir := t.TempDir()
	writeWAV(t, filepath.Join(dir, "x.wav"), rustle(60*Rate, 0.3))
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := fmt.Errorf("nobody waits")
	out := t.TempDir()
	_, err := FFmpeg{}.Level(ctx, filepath.Join(dir, "x.wav"), filepath.Join(out, "x.opus"), func(fraction float64) {
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
	writeWAV(t, filepath.Join(dir, "x.wav"), rustle(6*Rate, 0.3))
	_, err := FFmpeg{}.Level(t.Context(), filepath.Join(dir, "x.wav"), filepath.Join(small, "x.opus"), nil)
	require.ErrorIs(t, err, syscall.ENOSPC)
	left, err := os.ReadDir(small)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestMissingProgram(t *testing.T) {
	_, err := FFmpeg{ProbePath: "no-such-program"}.Level(t.Context(), "x", filepath.Join(t.TempDir(), "y"), nil)
	require.Error(t, err)
	require.NotErrorIs(t, err, ErrUndecodable)
}

func TestSameRecordingMakesSameClip(t *testing.T) {
	src, dir := speech(t), t.TempDir()
	var files [2][]byte
	for i := range files {
		dst := filepath.Join(dir, fmt.Sprint(i))
		_, err := FFmpeg{}.Level(t.Context(), src, dst, nil)
		require.NoError(t, err)
		files[i], err = os.ReadFile(dst)
		require.NoError(t, err)
	}
	require.Equal(t, files[0], files[1])
}

func TestLimiterHoldsTruePeak(t *testing.T) {
	pcm := rustle(2*Rate, 2)
	for i := 0; i < len(pcm); i += 7001 {
		pcm[i] += 9
	}
	in := append(append([]float32{}, pcm...), make([]float32, limiterDelay)...)
	newLimiter(-3).process(in)
	m := newMeter()
	m.write(in)
	m.peak.flush()
	require.LessOrEqual(t, DB(float64(m.peak.max)), -1.8)
	for _, x := range in {
		require.LessOrEqual(t, max(x, -x), Gain(-3))
	}
	quiet := rustle(Rate, 0.1)
	out := append(append([]float32{}, quiet...), make([]float32, limiterDelay)...)
	newLimiter(-3).process(out)
	require.Equal(t, quiet, out[limiterDelay:], "what is below the ceiling passes untouched")
}

func TestMetersAgreeWithFFmpeg(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.wav")
	pcm := append(rustle(2*Rate, 0.5), rustle(2*Rate, 0.05)...)
	writeWAV(t, path, pcm)
	m := newMeter()
	m.write(pcm)
	m.peak.flush()
	want, err := FFmpeg{}.Measure(t.Context(), path)
	require.NoError(t, err)
	require.InDelta(t, want.LUFS, loudness(m.windows()), 0.1)
	require.InDelta(t, want.PeakDBTP, DB(float64(m.peak.max)), 0.2)
	require.InDelta(t, 4, want.Seconds, 0.001)
	// EBU Tech 3341: a 1 kHz sine of −23 dBFS is −26 LUFS in one channel.
	sine := make([]float32, 5*Rate)
	for i := range sine {
		sine[i] = Gain(-23) * float32(math.Sin(2*math.Pi*1000*float64(i)/Rate))
	}
	m = newMeter()
	m.write(sine)
	require.InDelta(t, -26, loudness(m.windows()), 0.1)
}

func TestChime(t *testing.T) {
	pcm := Chime()
	require.EqualValues(t, Samples(ChimeDuration), len(pcm))
	require.Zero(t, pcm[0])
	require.Zero(t, pcm[len(pcm)-1])
	require.Equal(t, pcm, makeChime(), "the same each time")
	path := filepath.Join(t.TempDir(), "chime.wav")
	writeWAV(t, path, pcm)
	m, err := FFmpeg{}.Measure(t.Context(), path)
	require.NoError(t, err)
	require.InDelta(t, TargetLUFS, m.LUFS, 0.2)
	require.Less(t, m.PeakDBTP, CeilingDBTP)
	for i := 1; i < len(pcm); i++ {
		require.Less(t, math.Abs(float64(pcm[i]-pcm[i-1])), 0.25, "no click")
	}
}

func TestSamplesAndLength(t *testing.T) {
	require.EqualValues(t, 48, Samples(time.Millisecond))
	require.EqualValues(t, -48, Samples(-time.Millisecond))
	require.EqualValues(t, int64(math.MaxInt64)/1e9*Rate+41029, Samples(math.MaxInt64))
	for _, n := range []int64{0, 1, 2, 47999, 48001, 123456789} {
		require.Equal(t, n, Samples(Length(n)))
	}
}

func FuzzEndsEarly(f *testing.F) {
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00................data\xff\xff\x00\x00"))
	f.Add(encodeOgg(f, rustle(Rate/10, 0.3)))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = wavEndsEarly(strings.NewReader(string(data)), int64(len(data)))
		for _, early := range []func(io.ReaderAt, int64) (bool, error){oggEndsEarly, aviEndsEarly, asfEndsEarly, cafEndsEarly, w64EndsEarly} {
			_, _ = early(strings.NewReader(string(data)), int64(len(data)))
		}
	})
}

// BenchmarkLevel levels a minute of speech: the time of a whole upload.
func BenchmarkLevel(b *testing.B) {
	dir := b.TempDir()
	src := filepath.Join(dir, "minute.mp3")
	tool(b, "ffmpeg", "-v", "error", "-stream_loop", "60", "-i", speech(b), "-t", "60", src)
	for b.Loop() {
		info, err := FFmpeg{}.Level(b.Context(), src, filepath.Join(dir, "x.opus"), nil)
		require.NoError(b, err)
		b.ReportMetric(float64(info.Size)/info.Duration.Seconds(), "bytes/s")
	}
}
