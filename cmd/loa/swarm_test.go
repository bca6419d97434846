package main

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/loa/swarm"
)

// Twenty nodes on one call: every bundle is in time, everyone hears all of it
// and proves it, and nothing is left behind.
//
// It runs alone: a machine that is busy with other tests is late for nobody's
// fault.
func TestMeasuredSwarm(t *testing.T) {
	bin, err := loaBinary()
	require.NoError(t, err)
	r, err := swarm.Measure(t.Context(), swarm.Options{Nodes: 20, For: 8 * time.Second, MQTT: "127.0.0.1:0", Data: t.TempDir(), Bin: bin,
		Provision: provision},
		slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	var table bytes.Buffer
	r.Print(&table)
	t.Log("\n" + table.String())
	require.Zero(t, r.Frames.Late+r.Frames.Lost+r.Frames.Wrong+r.Frames.TooFast,
		"late or lost; a bundle that comes after a call's end is refused, and right so")
	require.Equal(t, 20, r.Proved)
	require.Equal(t, 20, r.Whole, "95 % of it: a busy machine may begin 0.4 s late")
	require.Positive(t, r.FirstP50, "nobody hears before the button")
	require.Less(t, r.FirstMax, 2000.0, "ms from the button")
	require.Less(t, r.Spread, 100.0, "ms between the first and the last to begin")
	require.Positive(t, r.ControllerCPU)
	require.Positive(t, r.VillageRSS)
	require.Greater(t, r.Kbits, 20.0, "a voice of 24 kbit/s came to every node")
}
