package broker

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/trust"
	"loa/node/wire"
)

// heap is the memory in use, MiB.
func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// A board that reads nothing is out before what waits for it fills the office
// PC: messages of the largest size, each acknowledged to the publisher.
func TestWhoIsFarBehindIsOut(t *testing.T) {
	b := start(t, Options{})
	controller, _ := b.client(trust.ControllerName)
	slow := b.raw("slow")
	require.Equal(t, 0, slow.connect(connect{id: "slow"}))
	require.Equal(t, []byte{1}, slow.subscribe(topics.AllDown("slow")))
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	before, most, sent := heap(), 0.0, 0
	for ; b.broker.Counters().Clients == 2 && sent < maxNodeInflight; sent++ {
		require.NoError(t, controller.Publish(ctx, topics.Down("slow", "ack"), 1, false, make([]byte, wire.MaxMessage)))
		most = max(most, heap()-before)
	}
	slow.ended()
	t.Logf("out after %d messages of %d KiB; %.0f MiB at most", sent, wire.MaxMessage>>10, most)
	require.Less(t, sent, 2*maxNodeBehind/wire.MaxMessage)
	require.Less(t, most, 64.0)
}

// A board that reads and acknowledges may be sent any amount.
func TestWhoKeepsUpStays(t *testing.T) {
	b := start(t, Options{})
	controller, _ := b.client(trust.ControllerName)
	_, got := b.client("quick", topics.AllDown("quick"))
	for range 3 * maxNodeBehind / wire.MaxMessage {
		require.NoError(t, controller.Publish(t.Context(), topics.Down("quick", "ack"), 1, false, make([]byte, wire.MaxMessage)))
		wait(t, got, "message")
	}
	require.EqualValues(t, 2, b.broker.Counters().Clients)
	require.Zero(t, b.broker.Counters().Dropped)
}

// mochi forgets what it has sent under a number that the client uses itself:
// a board that reads nothing and publishes all the while is out as well.
func TestWhoIsBehindAndTalksIsOut(t *testing.T) {
	s := newSession(nil, "slow", false, &counters{})
	for range maxNodeBehind / wire.MaxMessage {
		require.False(t, s.waits(wire.MaxMessage) || s.owes(wire.MaxMessage, func() int { return 0 }))
	}
	require.True(t, s.waits(wire.MaxMessage))
}
