package dispatch_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

// What is not approved, as it is now, is in no node's plan, and its clips are
// given to nobody.
func TestOnlyWhatIsApprovedIsPlanned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1<<20)
		defer o.stop()
		o.node("n1", "thon-1")
		here := schedule.Targets{Areas: []string{"thon-1"}}
		good, bad := o.clip(100), o.clip(200)
		o.programme("good", good, here)
		put := func(p schedule.Programme, approvals ...store.Approval) {
			_, err := o.store.PutProgramme(t.Context(), p, time.Now(), approvals...)
			require.NoError(t, err)
		}
		planned := func() (ids []string) {
			t.Helper()
			o.d.Connected() // whatever changed
			later(time.Second)
			plan, _ := o.open(o.take("/plan")[0], "n1")
			for _, p := range plan.Programmes {
				ids = append(ids, p.ID)
			}
			for _, c := range plan.Clips {
				require.NotEqual(t, bad, c.SHA)
			}
			return ids
		}
		put(evening("nothing-said", bad, here))
		for _, state := range []store.ApprovalState{store.Draft, store.Waiting, store.Returned} {
			p := evening(string(state), bad, here)
			put(p, approval(state, p))
		}
		elsewhere := evening("elsewhere", bad, schedule.Targets{Areas: []string{"thon-2"}})
		put(evening("elsewhere", bad, here), approval(store.Approved, elsewhere)) // it was approved for another village
		other := approval(store.Approved, evening("good", good, here))
		other.ID = "of-another"
		put(evening("of-another", bad, here), other)
		ofBulletin := approval(store.Approved, evening("bulletin", bad, here))
		ofBulletin.Kind = store.OfBulletin
		put(evening("bulletin", bad, here), ofBulletin)
		require.Equal(t, []string{"good"}, planned())
		o.says("n1", wire.KindWant, wire.Want{Clip: bad, Ranges: []wire.Range{{}}})
		later(5 * time.Second)
		require.Empty(t, o.take("/clip/"))

		changed := evening("good", good, here)
		changed.Rule.Cron = []string{"0 4 * * *"}
		put(changed)
		require.Empty(t, planned(), "at another hour it was not approved")
		require.NoError(t, o.store.PutApprovals(t.Context(), approval(store.Approved, changed)))
		require.Equal(t, []string{"good"}, planned())
		returned := approval(store.Returned, changed)
		require.NoError(t, o.store.PutApprovals(t.Context(), returned))
		require.Empty(t, planned(), "an approval can be taken back")
	})
}
