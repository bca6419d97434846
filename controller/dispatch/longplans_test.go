package dispatch_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

// fillCalendar puts many programmes into the calendar.
func (o *office) fillCalendar(many, items int, targets schedule.Targets) {
	clip := o.clip(100)
	for i := range many {
		p := evening(fmt.Sprint("p", i), clip, targets)
		p.Title = fmt.Sprint("Bản tin thôn xóm, số ", i)
		for range items {
			p.Rundown = append(p.Rundown,
				schedule.Item{Kind: schedule.Clip, Clip: clip, Length: time.Second, Title: "Thông báo của Ủy ban nhân dân xã"})
		}
		_, err := o.store.PutProgramme(o.t.Context(), p, time.Now(), approval(store.Approved, p))
		require.NoError(o.t, err)
	}
}

func nodeOf(s sent) string { parts := strings.Split(s.topic, "/"); return parts[len(parts)-2] }

// A plan that what must sound would wait behind goes as a clip, once for all nodes of
// a place, to those that take it so; to the others it goes whole, as ever.
func TestALongPlanGoesAsAClip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1<<20)
		defer o.stop()
		o.statuses = map[string]*wire.Status{"n1": {LongPlans: true}, "n2": {LongPlans: true}, "old": {}}
		for _, n := range []string{"n1", "n2", "old", "new"} {
			o.node(n, "thon-1")
		}
		o.node("far", "thon-2")
		o.fillCalendar(60, 4, schedule.Targets{Areas: []string{"thon-1"}})
		o.d.Changed()
		later(time.Second)
		plans := map[string]wire.Plan{}
		for _, s := range o.take("/plan") {
			node := nodeOf(s)
			plans[node], _ = o.open(s, node)
			require.Equal(t, node == "old" || node == "new", len(s.payload) > wire.LongPlan, node)
		}
		require.Len(t, plans["old"].Programmes, 60)
		require.Empty(t, plans["far"].Programmes)
		require.Nil(t, plans["far"].Long)
		long := plans["n1"].Long
		require.NotNil(t, long)
		require.Equal(t, long, plans["n2"].Long, "once for all")
		require.Empty(t, plans["n1"].Programmes)
		require.Equal(t, plans["old"].Areas, plans["n1"].Areas)

		require.True(t, o.d.May("n1", long.SHA))
		require.False(t, o.d.May("far", long.SHA))
		o.says("n1", wire.KindWant, wire.Want{Clip: long.SHA, Pieces: []wire.Range{{First: 0, Last: long.Pieces() - 1}}})
		later(5 * time.Second)
		var packed []byte
		for _, s := range o.take("down/n1/piece") {
			var pc wire.Piece
			require.NoError(t, wire.Decode(s.payload, &pc))
			packed = append(packed, pc.Data...)
		}
		got, err := plans["n1"].With(packed)
		require.NoError(t, err)
		require.Equal(t, plans["old"].Plan, got.Plan)
		require.Equal(t, plans["old"].Clips, got.Clips)
		o.says("n2", wire.KindWant, wire.Want{Clip: long.SHA, Ranges: []wire.Range{{First: 0, Last: 99}}})
		later(5 * time.Second)
		require.Len(t, o.take("/clip/"+long.SHA), long.Chunks())

		// one that is there now, with a program that takes it so; nothing else goes anew
		o.mu.Lock()
		o.statuses["new"] = &wire.Status{LongPlans: true}
		o.mu.Unlock()
		o.d.Came()
		later(time.Second)
		again := o.take("/plan")
		require.Len(t, again, 1)
		plan, _ := o.open(again[0], "new")
		require.Equal(t, long, plan.Long)
	})
}

// What no node takes is told, and keeps nobody else from their plan.
func TestAPlanThatIsTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1<<20)
		defer o.stop()
		o.node("n1", "thon-1")
		o.node("far", "thon-2")
		o.fillCalendar(60, 150, schedule.Targets{Areas: []string{"thon-1"}})
		o.d.Changed()
		later(time.Second)
		sent := o.take("/plan")
		require.Len(t, sent, 1)
		require.Contains(t, sent[0].topic, "/far/")
		require.Equal(t, []string{"n1"}, o.d.TooLong())
		for i := range 50 {
			require.NoError(t, o.store.CancelProgramme(t.Context(), fmt.Sprint("p", i), time.Now()))
		}
		o.d.Changed()
		later(time.Second)
		require.Len(t, o.take("/plan"), 1)
		require.Empty(t, o.d.TooLong())
	})
}
