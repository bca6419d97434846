package wire_test

import (
	"bytes"
	"compress/flate"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
	"loa/schedule"
)

func TestTheRestOfAPlanComesBack(t *testing.T) {
	whole := plan()
	for i := range 200 {
		p := whole.Programmes[0]
		p.ID = fmt.Sprint("p", i)
		whole.Programmes = append(whole.Programmes, p)
	}
	packed, err := wire.PlanRest{Plan: whole.Plan, Clips: whole.Clips}.Pack()
	require.NoError(t, err)
	again, err := wire.PlanRest{Plan: whole.Plan, Clips: whole.Clips}.Pack()
	require.NoError(t, err)
	require.Equal(t, packed, again, "all nodes of a place fetch the same clip")
	raw, err := wire.Encode(whole)
	require.NoError(t, err)
	require.Less(t, len(packed), len(raw)/4)
	sent := wire.Plan{Node: whole.Node, Name: whole.Name, Volume: whole.Volume}
	got, err := sent.With(packed)
	require.NoError(t, err)
	require.Equal(t, whole, got)

	for len(whole.Programmes) < 10_000 {
		whole.Programmes = append(whole.Programmes, whole.Programmes...)
	}
	_, err = wire.PlanRest{Plan: whole.Plan}.Pack()
	require.ErrorIs(t, err, wire.ErrPlanTooLong)
	_, err = sent.With(packed[:len(packed)/2])
	require.Error(t, err)
	var bomb bytes.Buffer
	w, err := flate.NewWriter(&bomb, flate.BestCompression)
	require.NoError(t, err)
	for range 100 {
		_, err = w.Write(make([]byte, wire.MaxMessage))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	_, err = sent.With(bomb.Bytes())
	require.Error(t, err, "no more than a message may have is unpacked")
}

func FuzzPlanRest(f *testing.F) {
	packed, err := wire.PlanRest{Plan: schedule.Plan{Quiet: []schedule.Quiet{{From: "21:30", To: "04:45"}}}}.Pack()
	require.NoError(f, err)
	f.Add(packed)
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = wire.Plan{}.With(data) })
}
