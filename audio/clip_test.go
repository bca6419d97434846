package audio

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio/audiotest"
)

func TestClipIsWhatWasWritten(t *testing.T) {
	for _, n := range []int{1, 100, 648, 649, 960, 48000, 123457} {
		pcm := audiotest.Rustle(n, 0.5)
		c := openBytes(t, encodeOgg(t, pcm))
		require.EqualValues(t, n, c.Samples())
		require.Equal(t, Length(int64(n)), c.Duration())
		got := readAll(t, c)
		require.Len(t, got, n)
		if n > 10000 {
			r, lag := audiotest.Likeness(pcm, got, 20)
			require.Zero(t, lag, "pre-skip must equal the encoder's delay")
			require.Greater(t, r, 0.97)
		}
	}
}

func TestFFmpegReadsOurOgg(t *testing.T) {
	pcm := audiotest.Rustle(100_003, 0.5)
	path := filepath.Join(t.TempDir(), "x.opus")
	require.NoError(t, os.WriteFile(path, encodeOgg(t, pcm), 0o644))
	got := audiotest.PCM(t, path)
	require.Len(t, got, len(pcm))
	r, lag := audiotest.Likeness(readAll(t, openBytes(t, encodeOgg(t, pcm))), got, 3)
	require.Zero(t, lag)
	require.Greater(t, r, 0.9999)
}

func TestWeReadFFmpegsOgg(t *testing.T) {
	dir := t.TempDir()
	audiotest.WriteWAV(t, filepath.Join(dir, "in.wav"), audiotest.Rustle(150_000, 0.5))
	for _, args := range [][]string{
		{"-ac", "1"},
		{"-ac", "2"},
		{"-ac", "1", "-frame_duration", "60"},
		{"-ac", "1", "-frame_duration", "2.5", "-page_duration", "20000"},
		{"-ac", "2", "-b:a", "510k", "-vbr", "off", "-page_duration", "5000000"},
		{"-ac", "1", "-metadata", "comment=" + string(bytes.Repeat([]byte("x"), 100_000))}, // tags over two pages
	} {
		path := filepath.Join(dir, "out.opus")
		all := append([]string{"-v", "error", "-y", "-i", filepath.Join(dir, "in.wav"), "-c:a", "libopus"}, args...)
		audiotest.Tool(t, "ffmpeg", append(all, path)...)
		file, err := os.ReadFile(path)
		require.NoError(t, err)
		want := audiotest.PCM(t, path)
		c := openBytes(t, file)
		got := readAll(t, c)
		require.Len(t, got, len(want))
		r, lag := audiotest.Likeness(want, got, 3)
		require.Zero(t, lag)
		require.Greater(t, r, 0.999)
	}
}

func TestSeekIsExact(t *testing.T) {
	pcm := audiotest.Rustle(20*Rate, 0.5)
	c := openBytes(t, encodeOgg(t, pcm))
	whole := readAll(t, c)
	buf := make([]float32, 2400)
	for _, at := range []int64{0, 1, 959, 960, 5000, Rate - 1, Rate, 3*Rate + 17, 19 * Rate, 20*Rate - 2400} {
		require.NoError(t, c.SeekSample(at))
		n, err := c.Read(buf)
		require.NoError(t, err)
		require.Equal(t, len(buf), n)
		like, lag := audiotest.Likeness(whole[at:at+2400], buf, 5)
		require.Zero(t, lag, "at %d", at)
		require.Greater(t, like, 0.999, "at %d", at)
	}
	require.NoError(t, c.Seek(19*time.Second+999*time.Millisecond))
	require.Len(t, readAll(t, c), 48)
	for _, past := range []time.Duration{20 * time.Second, time.Hour} {
		require.NoError(t, c.Seek(past))
		_, err := c.Read(buf)
		require.Equal(t, io.EOF, err)
	}
	require.NoError(t, c.Seek(-time.Second))
	require.Len(t, readAll(t, c), len(pcm))
}

// A flipped bit costs the second it is in, as silence; the rest is in place.
func TestDamagedPageKeepsTime(t *testing.T) {
	pcm := audiotest.Rustle(6*Rate, 0.5)
	file := encodeOgg(t, pcm)
	whole := readAll(t, openBytes(t, file))
	file[len(file)/2] ^= 4
	c := openBytes(t, file)
	got := readAll(t, c)
	require.Len(t, got, len(pcm))
	quiet := 0
	for _, x := range got {
		if x == 0 {
			quiet++
		}
	}
	require.InDelta(t, Rate, quiet, 1500)
	like, lag := audiotest.Likeness(whole[5*Rate:], got[5*Rate:], 5)
	require.Zero(t, lag)
	require.Greater(t, like, 0.999)
	require.NoError(t, c.Seek(5*time.Second), "seeking past the damage")
	like, lag = audiotest.Likeness(whole[5*Rate:], readAll(t, c), 5)
	require.Zero(t, lag)
	require.Greater(t, like, 0.999)
}

// What is cut off while it is being copied is still a clip, of its length.
func TestTruncatedClip(t *testing.T) {
	file := encodeOgg(t, audiotest.Rustle(6*Rate, 0.5))
	for cut := 0; cut < len(file); cut += 1009 {
		c, err := OpenClip(bytes.NewReader(file[:cut]), int64(cut))
		if err != nil {
			require.ErrorIs(t, err, ErrDamaged)
			continue
		}
		require.Len(t, readAll(t, c), int(c.Samples()))
		require.Less(t, c.Duration(), 6*time.Second)
	}
}

func TestOutputGainIsApplied(t *testing.T) {
	pcm := audiotest.Rustle(Rate, 0.2)
	file := encodeOgg(t, pcm)
	plain := readAll(t, openBytes(t, file))
	var out bytes.Buffer
	w, err := NewOggWriter(&out, OpusHead{Channels: 1, PreSkip: Lookahead, InputRate: Rate, GainDB: 6})
	require.NoError(t, err)
	loud := append(out.Bytes(), file[out.Len():]...)
	require.NotNil(t, w)
	got := readAll(t, openBytes(t, loud))
	require.InDelta(t, float64(plain[30000]*Gain(6)), float64(got[30000]), 1e-5)
}

func TestReadDoesNotAllocate(t *testing.T) {
	c := openBytes(t, encodeOgg(t, audiotest.Rustle(30*Rate, 0.5)))
	buf := make([]float32, FrameSamples)
	n := testing.AllocsPerRun(1000, func() {
		if _, err := c.Read(buf); err != nil {
			t.Fatal(err)
		}
	})
	require.Zero(t, n)
}

func TestLoopbackConcealsAndRecovers(t *testing.T) {
	enc, err := NewEncoder(32000)
	require.NoError(t, err)
	pcm := audiotest.PCM(t, audiotest.Speech(t))
	var packets [][]byte
	for at := 0; at+FrameSamples <= len(pcm); at += FrameSamples {
		p := make([]byte, MaxPacket)
		n, err := enc.Encode(pcm[at:at+FrameSamples], p)
		require.NoError(t, err)
		packets = append(packets, p[:n])
	}
	// Every seventh packet is lost; the next one repairs it, or nothing does.
	play := func(repair func(d *Decoder, next []byte, dst []float32) error) float64 {
		d, err := NewDecoder()
		require.NoError(t, err)
		var out []float32
		for i, p := range packets {
			frame := make([]float32, FrameSamples)
			if i%7 == 3 && i+1 < len(packets) {
				require.NoError(t, repair(d, packets[i+1], frame))
			} else {
				n, err := d.Decode(p, frame)
				require.NoError(t, err)
				require.Equal(t, FrameSamples, n)
			}
			out = append(out, frame...)
		}
		r, _ := audiotest.Likeness(pcm[:len(out)-Lookahead], out[Lookahead:], 60)
		return r
	}
	concealed := play(func(d *Decoder, _ []byte, dst []float32) error { return d.Conceal(dst) })
	recovered := play(func(d *Decoder, next []byte, dst []float32) error { return d.Recover(next, dst) })
	require.Greater(t, recovered, concealed)
	require.Greater(t, concealed, 0.6)
}

func TestCodecRefusesNonsense(t *testing.T) {
	d, err := NewDecoder()
	require.NoError(t, err)
	_, err = d.Decode(nil, make([]float32, FrameSamples))
	require.Error(t, err)
	_, err = d.Decode([]byte{0xfc}, nil)
	require.Error(t, err)
	e, err := NewEncoder(24000)
	require.NoError(t, err)
	_, err = e.Encode(make([]float32, 17), make([]byte, MaxPacket))
	require.Error(t, err)
	// A slice with spare capacity must not let the library write beyond it.
	big := make([]float32, 4*FrameSamples)
	n, err := e.Encode(make([]float32, FrameSamples), make([]byte, MaxPacket))
	require.NoError(t, err)
	require.Positive(t, n)
	_, err = d.Decode([]byte{3 << 3, 0, 0}, big[:FrameSamples]) // 60 ms into 20 ms
	require.Error(t, err)
}

func FuzzClip(f *testing.F) {
	file := encodeOgg(f, audiotest.Rustle(Rate/5, 0.5))
	f.Add(file)
	f.Add(encodeOgg(f, audiotest.Rustle(2*Rate, 0.1)))
	f.Add(file[:len(file)/2])
	f.Add(bytes.Repeat([]byte("OggS"), 100))
	f.Add([]byte{})
	buf := make([]float32, 5000)
	f.Fuzz(func(t *testing.T, data []byte) {
		fixSums(data)
		c, err := OpenClip(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		for range 30 {
			if _, err := c.Read(buf); err != nil {
				break
			}
		}
		require.NoError(t, c.Seek(c.Duration()/2))
		_, _ = c.Read(buf)
	})
}

// fixSums corrects the checksum of each page, which a fuzzer cannot guess.
func fixSums(data []byte) {
	for at := 0; ; at++ {
		i := bytes.Index(data[at:], oggMagic)
		if at += i; i < 0 || at+oggHeader > len(data) {
			return
		}
		end := at + oggHeader + int(data[at+26])
		if end > len(data) {
			continue
		}
		for _, n := range data[at+oggHeader : end] {
			end += int(n)
		}
		if end > len(data) {
			continue
		}
		clear(data[at+22 : at+26])
		sum := OggSum(0, data[at:end])
		data[at+22], data[at+23], data[at+24], data[at+25] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
		at = end - 1
	}
}

func FuzzPacketSamples(f *testing.F) {
	f.Add([]byte{0xfc, 1})
	f.Add([]byte{3, 48, 1})
	d, err := NewDecoder()
	require.NoError(f, err)
	buf := make([]float32, maxPacketSamples)
	f.Fuzz(func(t *testing.T, packet []byte) {
		stated, err := PacketSamples(packet)
		n, decodeErr := d.Decode(packet, buf)
		if decodeErr == nil {
			require.NoError(t, err)
			require.Equal(t, stated, n)
		}
	})
}

func BenchmarkRead20ms(b *testing.B) {
	c := openBytes(b, encodeOgg(b, audiotest.Rustle(60*Rate, 0.5)))
	buf := make([]float32, FrameSamples)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Read(buf); err == io.EOF {
			_ = c.SeekSample(0)
		}
	}
}

func BenchmarkSeek(b *testing.B) {
	c := openBytes(b, encodeOgg(b, audiotest.Rustle(60*Rate, 0.5)))
	buf := make([]float32, FrameSamples)
	for b.Loop() {
		_ = c.Seek(41 * time.Second)
		_, _ = c.Read(buf)
	}
}

func BenchmarkEncode20ms(b *testing.B) {
	e, err := NewEncoder(32000)
	require.NoError(b, err)
	pcm := audiotest.PCM(b, audiotest.Speech(b))
	packet := make([]byte, MaxPacket)
	at := 0
	b.ReportAllocs()
	for b.Loop() {
		if at += FrameSamples; at+FrameSamples > len(pcm) {
			at = 0
		}
		if _, err := e.Encode(pcm[at:at+FrameSamples], packet); err != nil {
			b.Fatal(err)
		}
	}
}
