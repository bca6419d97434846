package witness

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var zero = time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)

func at(s float64) time.Time { return zero.Add(time.Duration(s * 1e9)) }

// A machine that stood still for 310 ms at 10 s, was crowded from 20 to 30 s,
// and else awake.
func seen() *machine {
	m := &machine{}
	total := time.Duration(0)
	for i := range 400 {
		s := float64(i) / 10
		m.woke(at(s), at(s+0.001))
		if s >= 20 && s < 30 {
			total += beat
		}
		m.press(at(s), total)
		if i == 100 {
			m.woke(at(s), at(s+0.310))
		}
	}
	return m
}

func TestExcuses(t *testing.T) {
	m := seen()
	for _, c := range []struct {
		from, to float64
		excuse   string
	}{
		{1, 9, ""},
		{9, 11, "the machine was late by 310 ms"},
		{10.2, 11, "the machine was late by 310 ms"}, // it began before
		{10.4, 19, ""},
		{22, 25, "the machine was busy, something waited for a processor 100 % of the time"},
		{10.5, 30, ""}, // half of a long time
		{31, 39, ""},
		{50, 60, ""}, // nothing is known
	} {
		require.Equal(t, c.excuse, m.excuse(at(c.from), at(c.to)), "%v to %v s", c.from, c.to)
	}
}

func TestTheMachinesOwnTime(t *testing.T) {
	m := seen()
	require.Equal(t, 8*time.Second, m.spent(at(1), at(9)))
	require.Equal(t, 1690*time.Millisecond, m.spent(at(9), at(11)))
	require.InDelta(t, 1.5, m.spent(at(22), at(25)).Seconds(), 0.11)
	m.woke(at(40), at(100))
	require.Equal(t, 15*time.Second, m.spent(at(40), at(100)), "every wait ends")
}

// The witness itself, on this machine.
func TestItWatches(t *testing.T) {
	from := time.Now()
	Await(t, "a beat is noted", time.Minute, func() bool {
		m := here()
		m.mu.Lock()
		defer m.mu.Unlock()
		return len(m.beats) > 2
	})
	require.Positive(t, here().spent(from, time.Now()))
}
