package asrun

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

// What a node says after a stop counts only if it can be about the stop.
func TestWhatANodeSaysOfAStop(t *testing.T) {
	at := time.Date(2026, 11, 20, 5, 0, 0, 0, time.UTC)
	status := func(sent time.Duration, since ...time.Duration) *wire.Status {
		s := &wire.Status{Sent: at.Add(sent)}
		for _, d := range since {
			s.OnAir = &wire.OnAir{Since: at.Add(d)}
		}
		return s
	}
	for _, c := range []struct {
		what string
		said *wire.Status
		want string
	}{
		{"it never spoke", nil, ""},
		{"it does not know the time", &wire.Status{}, ""},
		{"silent, but before", status(-time.Second), ""},
		{"silent", status(time.Millisecond), "silent"},
		{"silent at the last instant", status(stopWithin), "silent"},
		{"silent, too late to count", status(stopWithin + 1), ""},
		{"the stop may be on its way", status(stopGrace-1, -time.Minute), ""},
		{"it played on", status(stopGrace, -time.Minute), "sounding"},
		{"what is on air is newer", status(stopGrace, time.Second), ""},
	} {
		require.Equal(t, c.want, afterStop(at, c.said), c.what)
	}
}
