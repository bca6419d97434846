package witness

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAContextEnds(t *testing.T) {
	ctx := Within(t, context.Background(), time.Millisecond)
	<-ctx.Done()
	require.ErrorContains(t, context.Cause(ctx), "1ms are over")
	stop := errors.New("stopped")
	parent, cancel := context.WithCancelCause(context.Background())
	ctx = Within(t, parent, time.Hour)
	cancel(stop)
	<-ctx.Done()
	require.ErrorIs(t, context.Cause(ctx), stop)
}

func TestAwaitGivesUp(t *testing.T) {
	f := &failing{TB: t}
	require.PanicsWithValue(t, "failed", func() { Await(f, "never", time.Millisecond, func() bool { return false }) })
	Await(f, "now", 0, func() bool { return true })
}
