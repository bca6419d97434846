package swarm

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/controller/client"
	"loa/node/calls"
)

// What nodes count of frames is added up.
func TestVillageAddsUpTrouble(t *testing.T) {
	var sum Trouble
	sum.add(calls.Trouble{Frames: audio.JitterCounters{Received: 100, Concealed: 3, Recovered: 1, Duplicate: 1}, Commands: 1})
	require.Zero(t, sum, "nothing was missed")
	sum.add(calls.Trouble{Frames: audio.JitterCounters{Late: 1, Lost: 2, Recovered: 1}})
	sum.add(calls.Trouble{Frames: audio.JitterCounters{Wrong: 5}, Bundles: 4, TooFast: 2})
	require.Equal(t, Trouble{Nodes: 2, Late: 1, Lost: 2, Recovered: 1, Wrong: 5, Refused: 4, TooFast: 2}, sum)
}

// A generated voice is loud enough not to be taken for silence, and comes at
// the pace of a microphone.
func TestPacedBabble(t *testing.T) { synctest.Test(t, testPacedBabble) }

func testPacedBabble(t *testing.T) {
	start := time.Now()
	p := &paced{source: newBabble(), start: start}
	var loud int
	frame := make([]byte, client.FrameBytes)
	for range 10 {
		_, err := io.ReadFull(p, frame)
		require.NoError(t, err)
		for i := 0; i < len(frame); i += 2 {
			if v := int16(frame[i]) | int16(frame[i+1])<<8; v > 3000 || v < -3000 {
				loud++
			}
		}
	}
	require.Equal(t, 200*time.Millisecond, time.Since(start))
	require.Greater(t, loud, 500)
}

func TestSwarmFolderIsRemoved(t *testing.T) {
	dir, remove, err := Options{}.folder()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x"), nil, 0o600))
	require.NoError(t, remove())
	require.NoDirExists(t, dir)
	keep := filepath.Join(t.TempDir(), "kept")
	_, remove, err = Options{Data: keep}.folder()
	require.NoError(t, err)
	require.NoError(t, remove())
	require.DirExists(t, keep)
}
