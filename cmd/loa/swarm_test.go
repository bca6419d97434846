package main

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/node/calls"
)

// Twenty nodes on one call: every bundle is in time, everyone hears all of it
// and proves it, and nothing is left behind.
//
// It runs alone: a machine that is busy with other tests is late for nobody's
// fault.
func TestMeasuredSwarm(t *testing.T) {
	bin, err := loaBinary()
	require.NoError(t, err)
	c := &swarmCmd{Nodes: 20, For: 8 * time.Second, MQTT: "127.0.0.1:0", Data: t.TempDir(), bin: bin}
	r, err := c.measure(t.Context(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	var table bytes.Buffer
	r.print(&table)
	t.Log("\n" + table.String())
	require.Zero(t, r.Frames.Late+r.Frames.Lost+r.Frames.Wrong+r.Frames.TooFast, "late or lost; a bundle that comes after a call's end is refused, and right so")
	require.Equal(t, 20, r.Proved)
	require.Equal(t, 20, r.Whole, "95 % of it: a busy machine may begin 0.4 s late")
	require.Positive(t, r.FirstP50, "nobody hears before the button")
	require.Less(t, r.FirstMax, 2000.0, "ms from the button")
	require.Less(t, r.Spread, 100.0, "ms between the first and the last to begin")
	require.Positive(t, r.ControllerCPU)
	require.Positive(t, r.VillageRSS)
	require.Greater(t, r.Kbits, 20.0, "a voice of 24 kbit/s came to every node")
}

// What nodes count of frames is added up.
func TestVillageAddsUpTrouble(t *testing.T) {
	var sum frameTrouble
	sum.add(calls.Trouble{Frames: audio.JitterCounters{Received: 100, Concealed: 3, Recovered: 1, Duplicate: 1}, Commands: 1})
	require.Zero(t, sum, "nothing was missed")
	sum.add(calls.Trouble{Frames: audio.JitterCounters{Late: 1, Lost: 2, Recovered: 1}})
	sum.add(calls.Trouble{Frames: audio.JitterCounters{Wrong: 5}, Bundles: 4, TooFast: 2})
	require.Equal(t, frameTrouble{Nodes: 2, Late: 1, Lost: 2, Recovered: 1, Wrong: 5, Refused: 4, TooFast: 2}, sum)
}

// A generated voice is loud enough not to be taken for silence, and comes at
// the pace of a microphone.
func TestPacedBabble(t *testing.T) { synctest.Test(t, testPacedBabble) }

func testPacedBabble(t *testing.T) {
	start := time.Now()
	p := &paced{source: newBabble(), start: start}
	var loud int
	frame := make([]byte, frameBytes)
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
	dir, remove, err := (&swarmCmd{}).folder()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x"), nil, 0o600))
	require.NoError(t, remove())
	require.NoDirExists(t, dir)
	keep := filepath.Join(t.TempDir(), "kept")
	_, remove, err = (&swarmCmd{Data: keep}).folder()
	require.NoError(t, err)
	require.NoError(t, remove())
	require.DirExists(t, keep)
}
