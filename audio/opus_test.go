package audio_test

import (
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio"
)

const collected = "LOA_CODECS_COLLECTED"

// A codec whose last use is under way, and that nobody holds any more, keeps its
// memory until C has done with it, whatever the collector does. It did not: a
// controller could crash as a call began.
func TestCodecsAreKeptWhileCHasThem(t *testing.T) {
	if os.Getenv(collected) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCodecsAreKeptWhileCHasThem$")
		cmd.Env = append(os.Environ(), collected+"=1", "GODEBUG=clobberfree=1") // what is freed is overwritten at once
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out[:min(len(out), 2000)]))
		return
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	pcm, packet := make([]float32, audio.FrameSamples), make([]byte, audio.MaxPacket)
	for range 300 {
		n := encodeOnce(t, pcm, packet)
		decodeOnce(t, packet[:n], pcm)
	}
	close(stop)
	<-done
}

func encodeOnce(t *testing.T, pcm []float32, packet []byte) int {
	e, err := audio.NewEncoder(24000)
	require.NoError(t, err)
	n, err := e.Encode(pcm, packet)
	require.NoError(t, err)
	return n
}

func decodeOnce(t *testing.T, packet []byte, pcm []float32) {
	for _, use := range []func(*audio.Decoder) error{
		func(d *audio.Decoder) error { _, err := d.Decode(packet, pcm); return err },
		func(d *audio.Decoder) error { return d.Recover(packet, pcm) },
		func(d *audio.Decoder) error { return d.Conceal(pcm) },
	} {
		d, err := audio.NewDecoder()
		require.NoError(t, err)
		require.NoError(t, use(d))
	}
}
