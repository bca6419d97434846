package dispatch

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

// A clip is for the nodes that have it in their plans, or that hear it on air; of
// what is in no plan nothing is known.
func TestWhoMayHaveAClip(t *testing.T) {
	sha := func(letter string) string { return strings.Repeat(letter, 64) }
	d := New(Options{Commune: "la-da", OnAir: func() []wire.ClipRef { return []wire.ClipRef{{SHA: sha("d")}} }})
	require.True(t, d.May("n1", sha("a")), "before there are plans")
	plans := map[string]map[string]wire.ClipRef{"n1": {sha("a"): {SHA: sha("a")}, sha("d"): {SHA: sha("d")}},
		"n2": {sha("b"): {SHA: sha("b")}}}
	d.allowed.Store(&plans)
	for clip, may := range map[string][2]bool{"a": {true, false}, "b": {false, true}, "c": {true, true}, "d": {true, true}} {
		require.Equal(t, may, [2]bool{d.May("n1", sha(clip)), d.May("n2", sha(clip))}, clip)
	}
}
