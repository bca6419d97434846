package node

import (
	"crypto/sha256"
	"encoding/hex"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/nodetest"
	"loa/node/wire"
	"loa/schedule"
)

// longPlan is a plan whose rest is a clip of its own.
func (v *villain) longPlan(seq uint64, programmes ...schedule.Programme) (raw, packed []byte, ref wire.ClipRef) {
	packed, err := wire.PlanRest{Plan: schedule.Plan{Programmes: programmes}}.Pack()
	require.NoError(v.t, err)
	sum := sha256.Sum256(packed)
	ref = wire.ClipRef{SHA: hex.EncodeToString(sum[:]), Bytes: int64(len(packed))}
	raw = v.office.Sign(v.t, wire.Header{Kind: wire.KindLongPlan, Target: "la-da/n1", Seq: seq, Issued: time.Now()},
		wire.Plan{Node: "n1", Areas: []string{"la-da"}, Volume: 100, Long: &ref})
	return raw, packed, ref
}

// A plan of which a part comes as a clip counts when it is whole and what the office
// signed, and not before: until then the last one does. It counts after a restart
// without a network too.
func TestALongPlan(t *testing.T) {
	amongVillains(t, func(t *testing.T, v *villain) {
		n := v.board("n1")
		n.start()
		n.knows()
		v.give(v.plan("n1", v.planSaid("n1", 20)))
		v.await("it has its plan", time.Minute, func() bool { return n.planned() == 20 })
		at := time.Now().Add(2 * time.Minute).Truncate(sec)
		raw, packed, ref := v.longPlan(21, nodetest.Bulletin("early", schedule.Priority, at, time.Minute),
			nodetest.Bulletin("late", schedule.Priority, at.Add(3*time.Minute), time.Minute))
		var asked atomic.Bool
		v.serves(packed, ref, func(_ int, part []byte) []byte { asked.Store(true); return v.flipped(part) })
		v.give(v.plan("n1", raw))
		v.await("the rest is asked for", time.Minute, asked.Load)
		v.pass(30 * sec)
		require.EqualValues(t, 20, n.planned(), "what comes is not what was signed")
		older, _, _ := v.longPlan(19)
		v.give(v.plan("n1", older))
		v.serves(packed, ref, func(_ int, part []byte) []byte { return part })
		v.await("it counts", 5*time.Minute, func() bool { return n.planned() == 21 })
		require.True(t, time.Now().Before(at))
		require.True(t, v.status("n1").LongPlans)
		v.await("and is heard", 15*time.Minute, func() bool { return !n.horn.first(at.Add(-sec)).IsZero() })
		require.Less(t, n.horn.first(at.Add(-sec)).Sub(at).Abs(), 50*ms)

		n.kill()
		v.shutOut()
		n.start()
		v.await("it is heard from flash", 10*time.Minute, func() bool { return !n.horn.first(at.Add(3*time.Minute - sec)).IsZero() })
		require.EqualValues(t, 21, n.planned())
	})
}
