package pace

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

// A voice sounds later by what the worst node lacks, sooner only when all have had room
// for long, and at once where most comes too late.
func TestPace(t *testing.T) {
	const ms, most = time.Millisecond, time.Second
	begin := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	says := func(at time.Duration, margin time.Duration, late, received int64) map[string]*wire.Status {
		live := &wire.Live{Call: "c", Margin5: 100*ms + margin, Need: 100 * ms, Late: late, Received: received}
		return map[string]*wire.Status{"n1": {Sent: begin.Add(at), Live: live}, "n2": nil}
	}
	nodes := map[string]bool{"n1": true, "n2": true}
	for _, c := range []struct {
		name   string
		margin time.Duration
		spare  time.Duration
		want   time.Duration
		atOnce bool
	}{
		{"as it should be", 100 * ms, 300 * ms, 0, false},
		{"too little", 30 * ms, 0, marginOver - 30*ms + wire.FrameLength, false},
		{"missing already", -100 * ms, 0, marginOver + 100*ms + wire.FrameLength, true},
		{"much", 300 * ms, 300 * ms, -shrinkStep, false},
		{"much, as a call would begin now", 300 * ms, 50 * ms, 0, false},
	} {
		p := New(begin, most)
		by, atOnce := p.Judge("c", nodes, says(marginSpan, c.margin, 0, 500), c.spare, begin.Add(marginSpan))
		require.Equal(t, []any{c.want, c.atOnce}, []any{by, atOnce}, c.name)
		by, _ = p.Judge("c", nodes, says(marginSpan+ms, c.margin, 0, 500), c.spare, begin.Add(marginSpan+ms))
		require.Zero(t, by, "%s: not twice for the same", c.name)
	}
	p := New(begin, most)
	by, _ := p.Judge("c", nodes, says(3*time.Second, 100*ms, 0, 100), 0, begin.Add(3*time.Second))
	require.Zero(t, by)
	by, atOnce := p.Judge("c", nodes, says(4*time.Second, 100*ms, 90, 190), 0, begin.Add(4*time.Second))
	require.Equal(t, []any{most, true}, []any{by, atOnce}, "most came too late")
	by, _ = p.Judge("another", nodes, says(40*time.Second, -100*ms, 0, 1), 0, begin.Add(40*time.Second))
	require.Zero(t, by, "of another call")
}
