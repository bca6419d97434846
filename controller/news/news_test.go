package news

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// A listener that reads nothing holds nobody up, and hears each kind of news
// once.
func TestSlowListener(t *testing.T) {
	h := New()
	slow, quick := h.Join("a"), h.Join("b")
	for range 10_000 {
		h.Tell("nodes")
		h.Tell("plays")
	}
	<-quick.wake
	require.Equal(t, []string{"nodes", "plays"}, quick.Take())
	<-slow.wake
	require.Equal(t, []string{"nodes", "plays"}, slow.Take())
	require.Empty(t, slow.Take())
	h.Leave(slow)
	h.Leave(slow)
	h.Tell("library")
	<-quick.wake
	require.Equal(t, []string{"library"}, quick.Take())
	var all []*Listener
	for n := range maxListeners - 1 {
		l := h.Join(fmt.Sprint("p", n/listenersEach))
		require.NotNil(t, l)
		all = append(all, l)
	}
	require.Equal(t, maxListeners, h.seats.Count())
	require.Nil(t, h.Join("p0"), "a person has a share")
	require.NotNil(t, h.Join("c"), "another is let in")
	closed := 0
	for n, l := range all {
		select {
		case <-l.wake:
			closed++
			require.Zero(t, n%listenersEach, "the oldest of who has most")
			h.Leave(l)
		default:
		}
	}
	require.Equal(t, 1, closed)
	require.Equal(t, maxListeners, h.seats.Count(), "there is a bound")
	h.Close()
	_, on := <-quick.wake
	require.False(t, on)
	require.Nil(t, h.Join("d"))
	h.Tell("nodes")
	h.Leave(quick)
}
