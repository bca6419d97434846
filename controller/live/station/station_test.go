package station

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/controller/problem"
)

// One account has two stations, calls have six, the calendar has what calls cannot take.
func TestPool(t *testing.T) {
	var p Pool
	var free []func()
	for _, account := range []string{"a", "a", "b", "b", "c", "c"} {
		f, err := p.ForCall(account)
		require.NoError(t, err, account)
		free = append(free, f)
	}
	for _, account := range []string{"a", "d"} {
		_, err := p.ForCall(account)
		require.ErrorIs(t, err, errManyRelays, account)
	}
	pulled := 0
	tune := p.ForCalendar(func(context.Context, string, func([]float32) error) error { pulled++; return nil })
	var nested Tune
	nested = func(ctx context.Context, left string, sink func([]float32) error) error {
		if left == "" {
			return nil
		}
		return p.ForCalendar(nested)(ctx, left[1:], sink)
	}
	require.NoError(t, nested(t.Context(), "1234", nil), "four more")
	require.ErrorIs(t, nested(t.Context(), "12345", nil), errStations)
	require.NoError(t, tune(t.Context(), "", nil))
	require.Equal(t, 1, pulled)
	free[0]()
	free[0]()
	_, err := p.ForCall("d")
	require.NoError(t, err, "a place is given back, once")
	_, err = p.ForCall("d")
	require.ErrorIs(t, err, errManyRelays)
}

// What a person can do something about is told at once; a station that says nothing is
// given up.
func TestHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := problem.New(problem.Invalid, "x", "không", "no")
		for want, tune := range map[error]Tune{
			refused:     func(context.Context, string, func([]float32) error) error { return refused },
			errNotTuned: func(context.Context, string, func([]float32) error) error { return errors.New("no route") },
			nil: func(ctx context.Context, _ string, sink func([]float32) error) error {
				return errors.Join(sink(make([]float32, audio.FrameSamples)), context.Cause(ctx))
			},
		} {
			freed := 0
			r := Pull(tune, "http://dai", func(error) {}, func() { freed++ })
			began := time.Now()
			err := r.Heard(t.Context())
			if want == nil {
				require.NoError(t, err)
				require.Equal(t, Connecting, r.State().State)
			} else {
				require.ErrorIs(t, err, want)
			}
			require.LessOrEqual(t, time.Since(began), tuneWithin)
			r.Close()
			require.Equal(t, 1, freed)
		}
	})
}
