package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// More things than one question takes are all found, each once, and what there is not is
// left out; of nothing nothing is asked.
func TestManyByTheirIDs(t *testing.T) {
	s := seeded(t)
	var ids []string
	for i := range maxMany + 7 {
		id := fmt.Sprintf("%064x", i)
		require.NoError(t, s.AddClip(t.Context(), Clip{ID: id, Seconds: float64(i), Kind: Recording, Name: "tin", Created: time.Now()}))
		ids = append(ids, id, id)
	}
	before := s.Queries()
	clips, err := s.Clips(t.Context(), ids)
	require.NoError(t, err)
	require.Len(t, clips, maxMany+7)
	require.EqualValues(t, 2, s.Queries()-before)
	require.Equal(t, 3*time.Second, clips[fmt.Sprintf("%064x", 3)].Length())
	clips, err = s.Clips(t.Context(), []string{"none"})
	require.NoError(t, err)
	require.Empty(t, clips)
	before = s.Queries()
	for _, ask := range []func() (int, error){
		func() (int, error) { all, err := s.Clips(t.Context(), nil); return len(all), err },
		func() (int, error) { all, err := s.BulletinsOf(t.Context(), nil); return len(all), err },
		func() (int, error) { all, err := s.AiredClips(t.Context(), nil); return len(all), err },
	} {
		n, err := ask()
		require.NoError(t, err)
		require.Zero(t, n)
	}
	require.Zero(t, s.Queries()-before)
}
