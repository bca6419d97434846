package tapcard

import (
	"context"
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestCardTakesFramesAtItsRate writes as fast as the card takes, as ALSA's file plugin does.
func TestCardTakesFramesAtItsRate(t *testing.T) {
	dir := t.TempDir()
	c, err := New(dir)
	require.NoError(t, err)
	require.Len(t, c.Env(), 1)
	c.PPM = 500
	rec := &Recorder{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.Run(ctx, rec.Add) }()

	w, err := os.OpenFile(filepath.Join(dir, "horn.fifo"), os.O_WRONLY, 0)
	require.NoError(t, err)
	const frames = Rate / 2
	var b []byte
	for i := range frames {
		v := math.Float32bits(float32(i))
		b = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, v), v)
	}
	_, err = w.Write(b)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.Eventually(t, func() bool { return rec.Len() == frames }, time.Minute, time.Millisecond)
	cancel()
	require.NoError(t, <-done)
	require.NoError(t, c.Close())

	for i, v := range rec.Samples() {
		if v != float32(i) {
			require.Equal(t, float32(i), v)
		}
	}
	took := rec.At(frames - 1).Sub(rec.At(0)).Seconds()
	if c.Dry() == 0 { // else the machine is so busy that the writer was held up
		require.InDelta(t, float64(frames-1)/Rate/(1+500e-6), took, 1e-5)
	}
	require.True(t, rec.At(frames).IsZero())

	wav := filepath.Join(dir, "horn.wav")
	start, err := rec.WriteWAV(wav)
	require.NoError(t, err)
	require.Equal(t, rec.At(0), start)
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=codec_name,duration",
		"-of", "csv=p=0", wav).CombinedOutput()
	require.NoError(t, err)
	if c.Dry() == 0 { // else the gap is in it
		require.Equal(t, "pcm_f32le,0.500000\n", string(out))
	}
}

func TestCardRefusesChannelsThatDiffer(t *testing.T) {
	dir := t.TempDir()
	c, err := New(dir)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "horn.fifo"), make([]byte, 12), 0))
	_, err = c.fifo.Write([]byte{1, 2, 3, 4})
	require.NoError(t, err)
	require.ErrorContains(t, c.Run(t.Context(), func([]float32, time.Time) {}), "differs")
	require.NoError(t, c.Close())
}

func TestRecorderFillsGaps(t *testing.T) {
	var r Recorder
	_, err := r.WriteWAV(filepath.Join(t.TempDir(), "x.wav"))
	require.Error(t, err)
	start := time.Unix(1e9, 0)
	r.Add(make([]float32, Rate), start)
	r.Add(make([]float32, Rate), start.Add(3*time.Second))
	path := filepath.Join(t.TempDir(), "gap.wav")
	_, err = r.WriteWAV(path)
	require.NoError(t, err)
	st, err := os.Stat(path)
	require.NoError(t, err)
	require.EqualValues(t, 44+4*4*Rate, st.Size())
	require.Equal(t, start.Add(3500*time.Millisecond), r.At(Rate+Rate/2))
}
