package link

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

func TestOutboxRepeatsUntilAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		kept := []wire.Play{{ID: 1}, {ID: 2}}
		var sent int
		o := NewOutbox(func() string { return "here" },
			func(limit int) ([]wire.Play, int, error) {
				mu.Lock()
				defer mu.Unlock()
				return kept[:min(limit, len(kept))], len(kept), nil
			},
			func(ids []uint64) error {
				mu.Lock()
				defer mu.Unlock()
				kept = kept[len(ids):]
				return nil
			},
			func(r wire.Report) error { mu.Lock(); sent++; mu.Unlock(); return ErrDown },
			slog.New(slog.DiscardHandler))
		count := func() int { mu.Lock(); defer mu.Unlock(); return sent }
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- o.Run(ctx) }()
		synctest.Wait()
		require.Equal(t, 1, count())
		<-time.After(resend - 1)
		synctest.Wait()
		require.Equal(t, 1, count())
		<-time.After(1)
		synctest.Wait()
		require.Equal(t, 2, count())
		o.Kick() // the link is up
		synctest.Wait()
		require.Equal(t, 3, count())

		ack := wire.Ack{Outbox: "here", IDs: []uint64{1}}
		for _, other := range []string{"", "there"} { // a board that was replaced
			o.Ack(wire.Ack{Outbox: other, IDs: ack.IDs})
			synctest.Wait()
			require.Equal(t, 3, count())
		}
		o.Ack(ack)
		synctest.Wait()
		require.Equal(t, 4, count(), "what still waits follows at once")
		o.Ack(ack)
		o.Ack(wire.Ack{Outbox: "here", IDs: make([]uint64, wire.MaxPlays+1)})
		synctest.Wait()
		<-time.After(time.Hour)
		synctest.Wait()
		require.Equal(t, 4, count(), "nothing waits, nothing is sent")
		cancel()
		require.NoError(t, <-done)
	})
}
