package ffmpeg

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/audiotest"
	"loa/audio/level"
	"loa/audio/speech"
)

// bench is a folder with a voice in it, as recorders and mixing desks would have it.
type bench struct {
	t     testing.TB
	dir   string
	voice []float32 // 48 kHz, trimmed of nothing
}

const announcement = "Kính mời bà con về nhà văn hóa thôn họp lúc bảy giờ tối. Hôm nay trời mưa to, xin đừng ra suối."

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir(), voice: slices.Clone(announced)}
	if b.voice == nil { // the first of the package has it said
		path := filepath.Join(b.dir, "voice.wav")
		require.NoError(t, speech.Program{}.Say(context.Background(), announcement, "", 0, path))
		announced = audiotest.PCM(t, path)
		audio.Amplify(announced, audio.Gain(-6))
		b.voice = slices.Clone(announced)
	}
	return b
}

// announced is the announcement's sound, once it was said.
var announced []float32

// file writes channels as a file of a kind, by its extension, with ffmpeg's args.
func (b *bench) file(name, args string, channels ...[]float32) string {
	b.t.Helper()
	raw := filepath.Join(b.dir, name+".f32.wav")
	writeChannels(b.t, raw, channels...)
	if strings.HasSuffix(name, ".wav") && args == "" {
		return raw
	}
	path := filepath.Join(b.dir, name)
	audiotest.Tool(b.t, "ffmpeg", append(append([]string{"-v", "error", "-y", "-i", raw, "-strict", "-2"}, strings.Fields(args)...), path)...)
	return path
}

// files writes channels as files of several kinds, by one start of ffmpeg.
func (b *bench) files(name string, kinds []string, args string, channels ...[]float32) (paths []string) {
	b.t.Helper()
	raw := b.file(name+".wav", "", channels...)
	all := []string{"-v", "error", "-y", "-i", raw}
	for _, kind := range kinds {
		paths = append(paths, filepath.Join(b.dir, name+"."+kind))
		all = append(append(append(all, "-strict", "-2"), strings.Fields(args)...), paths[len(paths)-1])
	}
	audiotest.Tool(b.t, "ffmpeg", all...)
	return paths
}

// writeChannels writes a 48 kHz float WAV.
func writeChannels(t testing.TB, path string, channels ...[]float32) {
	t.Helper()
	n, c := len(channels[0]), len(channels)
	h := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(36+4*n*c))...)
	h = append(h, "WAVEfmt \x10\x00\x00\x00\x03\x00"...)
	h = append(h, byte(c), 0)
	h = binary.LittleEndian.AppendUint32(h, audio.Rate)
	h = binary.LittleEndian.AppendUint32(h, uint32(4*c*audio.Rate))
	h = append(h, byte(4*c), 0, 32, 0)
	h = append(h, "data"...)
	h = binary.LittleEndian.AppendUint32(h, uint32(4*n*c))
	for i := range n {
		for _, pcm := range channels {
			h = binary.LittleEndian.AppendUint32(h, math.Float32bits(pcm[i]))
		}
	}
	require.NoError(t, os.WriteFile(path, h, 0o644))
}

// levelled is what became of a recording, decoded.
func (b *bench) levelled(path string) (Info, []float32, string) {
	b.t.Helper()
	dst := filepath.Join(b.t.TempDir(), "clip.opus")
	info, err := Program{}.Level(b.t.Context(), path, dst, nil)
	require.NoError(b.t, err)
	return info, heardIn(b.t, dst), dst
}

// mixed is what becomes of channels that come decoded, as ffmpeg reads them out of a
// WAV of floats: see TestChannels, which compares the two.
func (b *bench) mixed(channels ...[]float32) (Info, []float32, string) {
	b.t.Helper()
	decode := func(_ context.Context, rec recording, sink func(left, right []float32) error) error {
		require.Empty(b.t, rec.mixed, "a long one needs ffmpeg")
		for at := 0; at < len(channels[0]); at += level.PieceSamples {
			var piece [2][]float32
			for i, pcm := range channels {
				piece[i] = slices.Clone(pcm[at:min(at+level.PieceSamples, len(pcm))])
			}
			if err := sink(piece[0], piece[1]); err != nil {
				return err
			}
		}
		return nil
	}
	rec := recording{container: "wav", channels: len(channels), seconds: audio.Length(int64(len(channels[0]))).Seconds()}
	dst := filepath.Join(b.t.TempDir(), "clip.opus")
	info, err := (&leveller{decode: decode, rec: rec, progress: func(float64) {}}).level(b.t.Context(), dst)
	require.NoError(b.t, err)
	return info, heardIn(b.t, dst), dst
}

// heardIn is what is heard of a clip.
func heardIn(t testing.TB, path string) []float32 {
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

// times is pcm, louder or the other way round.
func times(pcm []float32, factor float32) []float32 {
	out := make([]float32, len(pcm))
	for i, x := range pcm {
		out[i] = factor * x
	}
	return out
}

func plus(a, b []float32) []float32 {
	out := make([]float32, len(a))
	for i := range a {
		out[i] = a[i] + b[i%len(b)]
	}
	return out
}

// then is a up to a share of its length, and b from there on.
func then(a, b []float32, share float64) []float32 {
	n := int(share * float64(len(a)))
	return append(append([]float32{}, a[:n]...), b[n:]...)
}

func codes(notes []level.Note) (all []level.NoteCode) {
	for _, n := range notes {
		all = append(all, n.Code)
	}
	return all
}

// Two channels that do not agree: what one of them holds is heard, whole.
func TestChannels(t *testing.T) {
	b := newBench(t)
	v := b.voice
	nothing := make([]float32, len(v))
	noise := audiotest.Rustle(len(v), 0.2)
	late := append(make([]float32, 30), v[:len(v)-30]...) // 0.6 ms: a second microphone
	other := times(append(append([]float32{}, v[len(v)/2:]...), v[:len(v)/2]...), 0.9)
	gap := audio.Rate // of somebody else's turn
	for i := range v[:gap] {
		other[i] *= float32(i) / float32(gap)
	}
	seconds := audio.Length(int64(len(v))).Seconds()
	kinds := []struct {
		name        string
		left, right []float32
		note        level.NoteCode // "": none
		channel     string
		seconds     float64
	}{
		{"alike", v, v, "", "", 0},
		{"opposite", v, times(v, -1), level.OppositeChannels, level.Left, 5.5},
		{"opposite, one quieter", times(v, 0.5), times(v, -1), level.OppositeChannels, "", 5.5},
		{"opposite, left noisy", plus(v, times(noise, 0.1)), times(v, -1), level.OppositeChannels, level.Right, 5.5},
		{"half opposite", v, then(v, times(v, -1), 0.5), level.OppositeChannels, level.Left, 2.7},
		{"opposite at first", v, then(times(v, -1), v, 0.3), level.OppositeChannels, level.Left, 1.7},
		{"opposite in the middle", v, then(then(v, times(v, -1), 0.4), v, 0.6), level.OppositeChannels, level.Left, 1.1},
		{"right dead", v, nothing, level.QuietChannel, level.Left, 0},
		{"left dead", nothing, v, level.QuietChannel, level.Right, 0},
		{"right a whisper", v, times(v, 0.03), level.QuietChannel, level.Left, 0},
		{"right hums", v, noise, level.NoisyChannel, level.Left, 0},
		{"left noisy", plus(v, noise), v, level.NoisyChannel, level.Right, 0},
		{"a second microphone", v, late, "", "", 0},
		{"right dies", v, then(v, nothing, 0.5), "", "", 0},
	}
	var all []recorded
	for i, kind := range kinds {
		all = append(all, recorded{i, ""}) // as they are
		if kind.name == "opposite" || kind.name == "half opposite" {
			// Which codecs keep in their own ways.
			for _, file := range b.files(kind.name, []string{"m4a", "mp3", "opus"}, "-b:a 96k", kind.left, kind.right) {
				all = append(all, recorded{i, file})
			}
		}
	}
	made := newAlbum(t)
	side(t, all, func(r recorded) string { return kinds[r.kind].name + "/" + filepath.Base(r.file) }, func(t *testing.T, r recorded) {
		kind := kinds[r.kind]
		b := &bench{t: t, dir: t.TempDir(), voice: v}
		var info Info
		var heard []float32
		var dst string
		if r.file == "" {
			info, heard, dst = b.mixed(kind.left, kind.right)
		} else {
			info, heard, dst = b.levelled(r.file)
		}
		if kind.name == "half opposite" && r.file == "" { // ffmpeg hands on what is in a file
			same, _, clip := b.levelled(b.file("x.wav", "", kind.left, kind.right))
			require.Equal(t, info, same)
			require.Equal(t, bytesOf(t, dst), bytesOf(t, clip))
		}
		made.add(t, dst, info)
		require.InDelta(t, seconds, info.Duration.Seconds(), 0.4)
		like := 0.93
		if kind.name == "a second microphone" { // what the air between them makes
			like = 0.75
		}
		require.Greater(t, alignedLikeness(v, heard), like)
		if kind.note == "" {
			require.Empty(t, info.Notes)
			return
		}
		require.Len(t, info.Notes, 1)
		require.Equal(t, kind.note, info.Notes[0].Code)
		require.Contains(t, info.Notes[0].Channel, kind.channel)
		if kind.seconds > 0 {
			require.InDelta(t, kind.seconds, info.Notes[0].Time.Seconds(), 0.4*kind.seconds)
		}
	})
	made.requireLevels(t)
}

// recorded is a kind of sound, as it is or in a file.
type recorded struct {
	kind int
	file string
}

func bytesOf(t testing.TB, path string) []byte {
	t.Helper()
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	return file
}

// Two persons with a microphone each: both are heard, as loud as they were.
func TestInterview(t *testing.T) {
	b := newBench(t)
	n := len(b.voice)
	nothing := times(audiotest.Rustle(n, 1), 0.001)
	left, right := plus(append(append([]float32{}, b.voice...), nothing...),
		nothing), plus(append(append([]float32{}, nothing...), b.voice...), nothing)
	info, heard, _ := b.mixed(left, right)
	require.Empty(t, info.Notes)
	m := level.NewMeter()
	m.Write(heard[:len(heard)/2])
	first := level.Loudness(m.Windows())
	m = level.NewMeter()
	m.Write(heard[len(heard)/2:])
	require.InDelta(t, first, level.Loudness(m.Windows()), 1)
	require.Greater(t, alignedLikeness(append(append([]float32{}, b.voice...), b.voice...), heard), 0.93)
}

// The right loudness of what is hard to judge, and the words for it.
func TestWhatIsSaidIsLevelled(t *testing.T) {
	b := newBench(t)
	v := b.voice
	clap := func(pcm []float32, at int, ms int, size float32) []float32 {
		out := append([]float32{}, pcm...)
		for i, x := range audiotest.Rustle(ms*audio.Rate/1000, 1.8*size) {
			out[at+i] += x
		}
		return out
	}
	faint := times(v, audio.Gain(-30))
	offset := func(dc float32) []float32 { return plus(v, []float32{dc}) }
	spoilt := func(pcm []float32, values ...float32) []float32 {
		out := append([]float32{}, pcm...)
		for i, x := range values {
			out[(i+1)*len(out)/(len(values)+1)] = x
		}
		return out
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	drift := append([]float32{}, v...)
	for i := range drift {
		drift[i] += 0.3 * float32(math.Sin(2*math.Pi*float64(i)/(3*audio.Rate)))
	}
	type kind struct {
		name     string
		channels [][]float32
		notes    []level.NoteCode
	}
	kinds := []kind{
		{"offset 0.1", [][]float32{offset(0.1)}, []level.NoteCode{level.Offset}},
		{"offset −0.35", [][]float32{offset(-0.35)}, []level.NoteCode{level.Offset}},
		{"offset 0.9 of a whisper", [][]float32{plus(times(v, 0.1), []float32{0.9})}, []level.NoteCode{level.Offset, level.TooQuiet}},
		{"another offset in each channel", [][]float32{offset(0.2), offset(-0.1)}, []level.NoteCode{level.Offset}},
		{"an offset that drifts", [][]float32{drift}, nil},
		{"faint", [][]float32{faint}, []level.NoteCode{level.TooQuiet}},
		{"faint, and a clap", [][]float32{clap(faint, len(v)/2, 30, 0.9)}, []level.NoteCode{level.Knocks, level.TooQuiet}},
		{"faint, and three knocks", [][]float32{clap(clap(clap(faint, audio.Rate/2, 60, 0.8), len(v)/3, 100, 0.9), len(v)-audio.Rate, 20,
			0.5)}, []level.NoteCode{level.Knocks, level.TooQuiet}},
		{"one huge sample", [][]float32{spoilt(v, 900)}, []level.NoteCode{level.Knocks}},
		{"huge samples in the faint", [][]float32{spoilt(faint, -1e30, 50, 3)}, []level.NoteCode{level.Knocks, level.TooQuiet}},
		{"no numbers", [][]float32{spoilt(v, nan, inf, -inf, nan)}, []level.NoteCode{level.Knocks}},
		{"no number in one channel", [][]float32{spoilt(v, inf), v}, []level.NoteCode{level.Knocks}},
		{"samples of 16 bits as floats", [][]float32{times(v, 32768)}, nil},
	}
	made := newAlbum(t)
	side(t, kinds, func(k kind) string { return k.name }, func(t *testing.T, kind kind) {
		b := &bench{t: t, dir: t.TempDir(), voice: v}
		info, heard, dst := b.mixed(kind.channels...)
		made.add(t, dst, info)
		require.InDelta(t, audio.Length(int64(len(v))).Seconds(), info.Duration.Seconds(), 0.3)
		like := 0.9
		if strings.Contains(kind.name, "and") { // a knock is still a knock
			like = 0.75
		}
		require.Greater(t, alignedLikeness(v, heard), like)
		require.Equal(t, kind.notes, codes(info.Notes))
	})
	made.requireLevels(t)
	// what is no number, or beyond all, passes through ffmpeg as it is
	odd := spoilt(v, nan, inf, -inf, 900, -1e30, 32768, nan)
	rec, err := Program{}.withDefaults().look(t.Context(), b.file("odd.wav", "", odd))
	require.NoError(t, err)
	var passed []float32
	require.NoError(t, Program{}.withDefaults().decode(t.Context(), rec, func(left, _ []float32) error {
		passed = append(passed, left...)
		return nil
	}))
	require.Len(t, passed, len(odd))
	for i, x := range odd {
		require.Truef(t, passed[i] == x || x != x && passed[i] != passed[i], "sample %d: %v became %v", i, x, passed[i])
	}
}

// An empty room is not made as loud as a voice; a voice in it is.
func TestNoise(t *testing.T) {
	b := newBench(t)
	hiss := func(lufs float32) []float32 { return audiotest.Rustle(len(b.voice), audio.Gain(float64(lufs)+15.5)) }
	for name, c := range map[string]struct {
		pcm      []float32
		from, to float64 // LUFS
		note     level.NoteCode
	}{
		"steady at −50":        {hiss(-50), -34, -26, level.NoiseOnly},
		"steady at −45":        {hiss(-45), -28, -20, level.NoiseOnly},
		"steady at −25":        {hiss(-25), -17, -15, ""},
		"a voice in it":        {plus(times(b.voice, audio.Gain(-15)), hiss(-50)), -17, -15, level.TooNoisy},
		"a voice far above":    {plus(b.voice, hiss(-60)), -17, -15, ""},
		"a faint, clear voice": {times(b.voice, audio.Gain(-32)), -17, -15, level.TooQuiet},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &bench{t: t, dir: t.TempDir()}
			info, _, _ := b.mixed(c.pcm)
			t.Logf("%+v", info)
			require.True(t, info.LUFS > c.from && info.LUFS < c.to, "%v LUFS", info.LUFS)
			if c.note == "" {
				require.Empty(t, info.Notes)
			} else {
				require.Equal(t, []level.NoteCode{c.note}, codes(info.Notes))
			}
		})
	}
}

// Whatever a camera, a recorder or a mixing desk writes is a recording, with a film
// or without; cut short, it is told where anybody can know.
func TestEveryContainer(t *testing.T) {
	b := newBench(t)
	kinds := []struct {
		name, args string
		film       bool
		cut        error // of the first six tenths; nil: nobody can say
	}{
		{"a.wma", "", false, ErrTruncated},
		{"b.wmv", "-c:v wmv2", true, ErrTruncated},
		{"c.avi", "-c:v mpeg4", true, ErrTruncated},
		{"d.mpg", "-c:v mpeg1video", true, nil},
		{"e.ts", "-c:v mpeg2video -c:a aac", true, nil},
		{"g.flv", "-c:a aac -ar 44100", false, ErrTruncated},
		{"h.ac3", "", false, nil},
		{"k.dts", "-c:a dca", false, nil},
		{"m.mkv", "-c:v mpeg4 -c:a ac3", true, ErrTruncated},
		{"p.wv", "", false, ErrTruncated},
		{"q.tta", "", false, ErrTruncated},
		{"r.voc", "-c:a pcm_s16le", false, ErrTruncated},
		{"s.rm", "-c:a ac3", false, ErrTruncated},
		{"t.mxf", "-c:v mpeg2video -c:a pcm_s16le", true, nil},
		{"v.caf", "-c:a pcm_s16le", false, ErrTruncated},
		{"x.w64", "", false, ErrTruncated},
		{"y.rf64.wav", "-c:a pcm_s16le -rf64 always", false, nil},
	}
	raw := b.file("voice.wav", "", b.voice)
	args := []string{"-v", "error", "-i", raw, "-f", "lavfi", "-i", "testsrc=d=7:s=128x96:r=25"}
	for _, kind := range kinds { // one start of ffmpeg makes them all
		if kind.film {
			args = append(args, "-map", "1:v")
		}
		args = append(args, "-map", "0:a")
		args = append(append(args, "-ar", "48000", "-strict", "-2"), strings.Fields(kind.args)...)
		args = append(args, filepath.Join(b.dir, kind.name))
	}
	audiotest.Tool(t, "ffmpeg", args...)
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			info, err := Program{}.Level(t.Context(), filepath.Join(b.dir, kind.name), filepath.Join(t.TempDir(), "clip.opus"), nil)
			require.NoError(t, err)
			require.InDelta(t, level.TargetLUFS, info.LUFS, 1)
			require.InDelta(t, 6, info.Duration.Seconds(), 0.8)
			if kind.cut == nil {
				return
			}
			whole, err := os.ReadFile(filepath.Join(b.dir, kind.name))
			require.NoError(t, err)
			cut := filepath.Join(t.TempDir(), "cut-"+kind.name)
			require.NoError(t, os.WriteFile(cut, whole[:len(whole)*6/10], 0o644))
			_, err = Program{}.Level(t.Context(), cut, filepath.Join(t.TempDir(), "clip.opus"), nil)
			require.ErrorIs(t, err, kind.cut)
		})
	}
}

// A recorder that was switched off before it wrote any sound.
func TestHollow(t *testing.T) {
	dir := t.TempDir()
	le := binary.LittleEndian.AppendUint32
	format := "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\xbb\x00\x00\x00\x77\x01\x00\x02\x00\x10\x00"
	riff := func(rest string) []byte { return append(le([]byte("RIFF"), uint32(len(rest))), rest...) }
	for name, file := range map[string][]byte{
		"no chunk":    riff(format),
		"no bytes":    riff(format + "data\x00\x00\x00\x00"),
		"stated only": riff(format + "data\x00\x10\x00\x00"),
		"a title":     riff(format + "data\x00\x00\x00\x00LIST\x04\x00\x00\x00INFO"),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, "x.wav")
			require.NoError(t, os.WriteFile(path, file, 0o644))
			_, err := Program{}.Level(t.Context(), path, filepath.Join(dir, "x.opus"), nil)
			require.ErrorIs(t, err, ErrHollow)
		})
	}
}

// An Ogg whose line broke before its first page of sound was whole, as one that broke later.
func TestOggCutEarly(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "v.opus")
	voice := audiotest.Tool(t, "espeak-ng", "-v", "vi", "--stdout", audiotest.Sentence)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "v.wav"), voice, 0o644))
	audiotest.Tool(t, "ffmpeg", "-v", "error", "-i", filepath.Join(dir, "v.wav"), "-c:a", "libopus", "-b:a", "24k", whole)
	data, err := os.ReadFile(whole)
	require.NoError(t, err)
	pages := regexp.MustCompile("OggS").FindAllIndex(data, -1)
	require.Greater(t, len(pages), 3)
	for name, at := range map[string]int{"head": pages[0][0] + 20, "tags": pages[1][0] + 40, "first sound": pages[2][0] + 300,
		"later": pages[3][0] + 300} {
		cut := filepath.Join(dir, "cut.opus")
		require.NoError(t, os.WriteFile(cut, data[:at], 0o644))
		_, err := Program{}.Level(t.Context(), cut, filepath.Join(dir, "clip.opus"), nil)
		require.ErrorIs(t, err, ErrTruncated, name)
	}
}
