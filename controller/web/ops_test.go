package web

import (
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/fleet"
	"loa/node/wire"
)

// Only who plays a call counts for it: not what is left in the word of one that
// is silent, and not the call before.
func TestFramesOfWhoIsOnAir(t *testing.T) {
	word := &wire.Status{Live: &wire.Live{Call: "call-1", Received: 100, Late: 3, Lost: 2, Recovered: 1, Concealed: 1}}
	sum := framesOf([]fleet.NodeState{
		{Node: "a", Status: word, OnAir: &wire.OnAir{Airing: "call-1"}},
		{Node: "b", Status: word, OnAir: &wire.OnAir{Airing: "call-1"}},
		{Node: "silent", Status: word},
		{Node: "elsewhere", Status: word, OnAir: &wire.OnAir{Airing: "call-2"}},
		{Node: "new"},
	})
	require.Equal(t, map[string]int64{"received": 200, "late": 6, "lost": 4, "recovered": 2, "concealed": 2, "wrong": 0}, sum)
}
