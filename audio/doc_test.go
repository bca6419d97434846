package audio

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSamplesAndLength(t *testing.T) {
	require.EqualValues(t, 48, Samples(time.Millisecond))
	require.EqualValues(t, -48, Samples(-time.Millisecond))
	require.EqualValues(t, int64(math.MaxInt64)/1e9*Rate+41029, Samples(math.MaxInt64))
	for _, n := range []int64{0, 1, 2, 47999, 48001, 123456789} {
		require.Equal(t, n, Samples(Length(n)))
	}
}
