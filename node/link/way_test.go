package link

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWays(t *testing.T) {
	const ms = time.Millisecond
	var w ways
	require.Zero(t, w.long(0))
	at := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	for s := range 30 {
		w.add(at(float64(s)), 20*ms)
	}
	require.Equal(t, 20*ms, w.long(at(30)))
	for i := range 10 { // held up together, and come together
		w.add(at(30), time.Duration(300-30*i)*ms)
	}
	require.Equal(t, 20*ms, w.long(at(31)), "once is an accident")
	w.add(at(40), 250*ms)
	require.Equal(t, 250*ms, w.long(at(41)))
	w.add(at(70), 280*ms)
	require.Equal(t, 280*ms, w.long(at(71)))
	w.add(at(75), 700*ms)
	require.Equal(t, 300*ms, w.long(at(80)))
	w.add(at(599), 20*ms)
	require.Equal(t, 300*ms, w.long(at(599)))
	w.add(at(601), 20*ms)
	require.Equal(t, 280*ms, w.long(at(601)), "the first minute counts no more")
	require.Equal(t, 20*ms, w.long(at(720)))
	require.Zero(t, w.long(at(3600)))
}
