package lexicon

import (
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio/reading/kind"
)

// The built-in list is what the reader reads by.
func TestBuiltIn(t *testing.T) {
	all := BuiltIn()
	require.Greater(t, len(all), 600)
	kinds := map[kind.Kind]int{}
	for _, k := range all {
		require.NotEmpty(t, k.Write)
		require.NotEmpty(t, k.Says)
		kinds[k.Kind]++
	}
	require.Greater(t, kinds[kind.Name], 50)
	require.Contains(t, all, Known{"UBND", []string{"ủy ban nhân dân"}, kind.Abbreviation})
	require.Contains(t, all, Known{"Zalo", []string{"da lô"}, kind.Name})
}
