package link

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLull(t *testing.T) {
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	const wait = 100 * time.Millisecond
	best := func(l *lull, now, due int) time.Duration { return l.best(at(now), at(due), wait).Sub(start) }

	var l lull
	c := NewClock(start, System{}, nil)
	require.Equal(t, at(100), l.moment(c, at(0), at(100), wait), "on a steady link when it is due")
	require.False(t, l.open(at(100)))
	c.fit.wait = 2 * lullFrom.Seconds()
	require.Equal(t, at(75), l.moment(c, at(0), at(100), wait))
	require.True(t, l.open(at(75)))

	l = lull{}
	require.Equal(t, 75*time.Millisecond, best(&l, 0, 100), "nothing was sent: a quarter of the wait before it is due")
	require.Equal(t, 9920*time.Millisecond, l.best(start, at(10000), 10*time.Second).Sub(start), "at the most so early")
	require.False(t, l.open(at(9800)), "no ping is near")
	require.True(t, l.open(at(9820)))
	l.sent(at(60), 1)
	require.Equal(t, at(60).Add(lullLong).Sub(start), best(&l, 60, 100))
	l.sent(at(140), 2)
	require.Equal(t, at(100).Add(lullLate).Sub(start), best(&l, 140, 100), "nor so late that nothing is asked")

	l = lull{}
	l.came(at(60), 0)
	require.Equal(t, 75*time.Millisecond, best(&l, 60, 100), "the ping takes the acknowledgement along")
	l.sent(at(75), 1)
	l.came(at(80), 1)
	l.came(at(90), 2)
	require.Equal(t, at(90).Add(lullLong).Sub(start), best(&l, 90, 100), "the second packet is acknowledged at once")

	l = lull{}
	l.came(at(0), 0)
	require.Equal(t, at(0).Add(ackAfter+lullLong).Sub(start), best(&l, 10, 125), "the acknowledgement will not wait for it")
	require.Equal(t, at(0).Add(ackAfter+lullLong).Sub(start), best(&l, 60, 90), "and has not")
	l.came(at(70), 1)
	require.Equal(t, at(0).Add(ackAfter+lullLong).Sub(start), best(&l, 70, 90), "which the count tells, too")
}
