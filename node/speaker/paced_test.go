package speaker

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// ramp numbers the frames it is asked for, modulo 1000, and notes the instants.
type ramp struct {
	n   int
	ats []time.Time
}

func (r *ramp) fill(buf []float32, at time.Time) {
	r.ats = append(r.ats, at)
	for i := range buf {
		buf[i] = float32(r.n%1000) / 32768
		r.n++
	}
}

// runFor runs a sink in the bubble for d.
func runFor(t *testing.T, s Sink, src Source, d time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	require.NoError(t, s.Run(ctx, src))
}

func readWAV(t *testing.T, path string) (pcm []int16, start time.Time) {
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "RIFF", string(b[:4]))
	require.Equal(t, "data", string(b[36:40]))
	n := binary.LittleEndian.Uint32(b[40:])
	require.Equal(t, n+36, binary.LittleEndian.Uint32(b[4:]))
	require.GreaterOrEqual(t, len(b), wavHeader+int(n))
	pcm = make([]int16, n/2)
	require.NoError(t, binary.Read(bytes.NewReader(b[wavHeader:]), binary.LittleEndian, pcm))
	side, err := os.ReadFile(path + ".json")
	require.NoError(t, err)
	var s sidecar
	require.NoError(t, json.Unmarshal(side, &s))
	require.Equal(t, Rate, s.Rate)
	return pcm, s.Start
}

func TestNullAsksInRealTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, r := OpenNull(), &ramp{}
		require.False(t, n.State().OK())
		start := time.Now()
		runFor(t, n, r.fill, 5*time.Minute+time.Millisecond)
		require.Equal(t, 5*60*25+1, len(r.ats))
		for i, at := range r.ats {
			if want := start.Add(time.Duration(i) * 2 * blockTime); !at.Equal(want) {
				require.Equal(t, want, at)
			}
		}
		require.True(t, n.State().OK())
		require.EqualValues(t, r.n, n.State().Frames)
	})
}

func TestWAVIsRealTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "horn.wav")
		w, err := OpenWAV(path)
		require.NoError(t, err)
		begin, r := time.Now(), &ramp{}
		runFor(t, w, r.fill, 10*time.Second+time.Millisecond)
		pcm, start := readWAV(t, path)
		require.True(t, begin.Equal(start))
		require.Len(t, pcm, 10*Rate+blockFrames)
		for i, v := range pcm {
			if int(v) != i%1000 {
				require.EqualValues(t, i%1000, v, "frame %d", i)
			}
		}
		require.True(t, w.State().OK())
	})
}

func TestWAVCanBeReadWhileItGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "horn.wav")
		w, err := OpenWAV(path)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.Run(ctx, (&ramp{}).fill) }()
		for s := range 5 {
			time.Sleep(time.Second) // of the bubble
			synctest.Wait()
			pcm, _ := readWAV(t, path)
			require.InDelta(t, (s+1)*Rate, len(pcm), Rate)
		}
		cancel()
		require.NoError(t, <-done)
	})
}

func TestWAVStall(t *testing.T) {
	for _, tc := range []struct {
		stall time.Duration
		live  bool
	}{{time.Second, true}, {time.Minute, false}} {
		synctest.Test(t, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "horn.wav")
			w, err := OpenWAV(path)
			require.NoError(t, err)
			n := 0
			src := func(buf []float32, at time.Time) {
				n += len(buf)
				if n == Rate { // the process does not run for a while
					time.Sleep(tc.stall)
				}
				for i := range buf {
					buf[i] = 0.5
				}
			}
			runFor(t, w, src, 2*time.Second+tc.stall)
			pcm, _ := readWAV(t, path)
			require.InDelta(t, (2+tc.stall.Seconds())*Rate, len(pcm), 2*blockFrames)
			st := w.State()
			require.EqualValues(t, 1, st.Underruns)
			require.EqualValues(t, n, st.Frames)
			require.Equal(t, tc.live, n == len(pcm), "sound of a long stall must not be asked for")
		})
	}
}

func TestWAVRunAfterRunKeepsOneOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "horn.wav")
		var starts []time.Time
		for i := range 3 {
			w, err := OpenWAV(path)
			require.NoError(t, err)
			starts = append(starts, time.Now())
			runFor(t, w, (&ramp{}).fill, time.Duration(i+1)*time.Second)
			time.Sleep(time.Minute)
		}
		pcm, start := readWAV(t, path)
		require.InDelta(t, 3*Rate, len(pcm), blockFrames)
		require.True(t, starts[2].Equal(start))
		require.NoError(t, os.Rename(path+".1.json", path+".1.tmp"))
		require.NoError(t, os.Rename(path+".1", path+".old"))
		require.NoError(t, os.Rename(path+".1.tmp", path+".old.json"))
		pcm, start = readWAV(t, path+".old")
		require.InDelta(t, 2*Rate, len(pcm), blockFrames)
		require.True(t, starts[1].Equal(start))
	})
}

func TestWAVRollsAtLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "horn.wav")
		w, err := OpenWAV(path)
		require.NoError(t, err)
		w.limit = 2 * Rate * 10 // ten seconds
		begin, r := time.Now(), &ramp{}
		runFor(t, w, r.fill, 25*time.Second-time.Millisecond)
		pcm, start := readWAV(t, path)
		require.Len(t, pcm, 5*Rate)
		require.True(t, begin.Add(20*time.Second).Equal(start))
		require.EqualValues(t, 20*Rate%1000, pcm[0])
	})
}

func TestWAVThatCannotBeWritten(t *testing.T) {
	_, err := OpenWAV(filepath.Join(t.TempDir(), "missing", "horn.wav"))
	require.Error(t, err)
	_, err = OpenWAV(os.DevNull)
	require.NoError(t, err, "no samples to keep")

}

// A disk that is full silences a horn that is a file, which is told, and ends nothing:
// the schedule goes on, and so does the file when there is room.
func TestWAVOnAFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "horn.wav")
		require.NoError(t, os.Symlink("/dev/full", path))
		w, err := OpenWAV(path)
		require.NoError(t, err)
		begin := time.Now()
		var asked atomic.Pointer[time.Time]
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan error)
		go func() { over <- w.Run(ctx, func(_ []float32, at time.Time) { asked.Store(&at) }) }()
		time.Sleep(lookEvery + time.Second)
		synctest.Wait()
		require.Equal(t, FaultFile, w.State().Fault)
		require.Contains(t, w.State().VI, "tự thử lại")
		require.WithinDuration(t, begin.Add(lookEvery+time.Second), *asked.Load(), 2*blockTime, "what plays goes on in its time")
		require.Zero(t, w.State().Frames, "and nothing of it counts as heard")
		require.NoError(t, os.Remove(path))
		time.Sleep(lookEvery + time.Second)
		cancel()
		require.NoError(t, <-over)
		require.True(t, w.State().OK())
		pcm, start := readWAV(t, path)
		require.Len(t, pcm, int(w.State().Frames))
		require.True(t, begin.Add(2*lookEvery).Equal(start), start)
	})
}

func TestWAVIsReadByFFmpeg(t *testing.T) {
	path := filepath.Join(t.TempDir(), "horn.wav")
	synctest.Test(t, func(t *testing.T) {
		w, err := OpenWAV(path)
		require.NoError(t, err)
		runFor(t, w, (&ramp{}).fill, 2*time.Second-time.Millisecond)
	})
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries",
		"stream=codec_name,sample_rate,channels,duration", "-of", "csv=p=0", path).CombinedOutput()
	require.NoError(t, err)
	require.Equal(t, "pcm_s16le,48000,1,2.000000\n", string(out))
}

func TestToInt16IsBounded(t *testing.T) {
	nan := float32(0)
	nan /= nan
	for in, want := range map[float32]int16{0: 0, 1: 32767, 2: 32767, -1: -32768, -9: -32768, 0.5: 16384} {
		require.Equal(t, want, toInt16(in))
	}
	require.Zero(t, toInt16(nan))
	require.Zero(t, bounded(nan))
	require.EqualValues(t, 1, bounded(3))
	require.EqualValues(t, -1, bounded(-3))
}

func TestFramesToTimeDoesNotOverflow(t *testing.T) {
	require.Equal(t, 10*365*24*time.Hour, framesToTime(10*365*24*3600*Rate))
	require.Equal(t, blockTime, framesToTime(blockFrames))
}

func BenchmarkNullBlock(b *testing.B) {
	n, p := OpenNull(), newPacer(blockFrames)
	src := func(buf []float32, _ time.Time) { clear(buf) }
	b.ReportAllocs()
	for b.Loop() {
		src(p.buf[:], p.at())
		n.played(blockFrames, 0, 0)
		p.frames += blockFrames
	}
}

func BenchmarkALSARead(b *testing.B) {
	r := newReader(OpenALSA(ALSAOptions{}), func(buf []float32, _ time.Time) { clear(buf) }, alsaBuffer, alsaPeriod)
	r.queued, r.phase = func() int { return 0 }, playing
	out := make([]byte, r.queue*frameBytes)
	b.ReportAllocs()
	for b.Loop() {
		r.Read(out)
	}
}
