package inventory

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

// Each thing that is wrong is one cause; without mains a node goes off by itself.
func TestCauses(t *testing.T) {
	faults := func(codes ...string) (all []Fault) {
		for _, c := range codes {
			all = append(all, Fault{Code: c, Since: day0})
		}
		return all
	}
	for name, c := range map[string]struct {
		node Node
		want []string
	}{
		"well":                             {Node{State: "good"}, nil},
		"it plays":                         {Node{State: "on_air"}, nil},
		"two faults":                       {Node{State: "fault", Faults: faults("disk", "too_hot")}, []string{"disk", "too_hot"}},
		"one while it plays":               {Node{State: "on_air", Faults: faults("too_hot")}, []string{"too_hot"}},
		"gone, and what it said is old":    {Node{State: "offline", Faults: faults("disk")}, []string{"offline"}},
		"not heard yet":                    {Node{State: "unknown", Faults: faults("disk")}, []string{"unknown"}},
		"no mains":                         {Node{State: "fault", Faults: faults(wire.FaultMains)}, []string{wire.FaultMains}},
		"no mains, and the supply is weak": {Node{State: "fault", Faults: faults(wire.FaultVoltage, wire.FaultMains)}, []string{wire.FaultMains}},
		"no mains, and it is hot too": {Node{State: "fault", Faults: faults(wire.FaultMains, wire.FaultHot)},
			[]string{wire.FaultMains, wire.FaultHot}},
		"no mains, until the battery was empty": {Node{State: "offline", Faults: faults(wire.FaultMains, "disk")}, []string{wire.FaultMains}},
		"put out of service":                    {Node{State: "offline", Revoked: true}, []string{"offline"}},
		"cannot say":                            {Node{State: "no_return", NoReturn: true}, nil},
	} {
		var got []string
		for _, x := range c.node.Causes() {
			got = append(got, x.Code)
		}
		require.Equal(t, c.want, got, name)
	}
}

// What is known is of the fault that was there; nobody has to look until it is overdue, or
// something else breaks.
func TestWhatIsKnownWaits(t *testing.T) {
	care := store.Care{Who: "Anh Tư", Until: hourOf(10), At: hourOf(1)}
	n := Node{State: "fault", Faults: []Fault{{Code: "disk", Since: day0}}}
	require.False(t, n.Waits())
	n.cared(care, hourOf(2))
	require.True(t, n.Waits())
	require.Equal(t, "Anh Tư", n.Faults[0].Care)
	n.cared(care, hourOf(10))
	require.False(t, n.Waits(), "overdue")
	require.True(t, n.Faults[0].Known.Overdue)
	n.Faults = append(n.Faults, Fault{Code: "too_hot", Since: hourOf(1.5)})
	n.cared(care, hourOf(2))
	require.Nil(t, n.Faults[1].Known)
	require.False(t, n.Waits(), "another fault")
	n.Maintenance = &AtWork{}
	require.True(t, n.Waits(), "somebody works there")
	require.False(t, Node{State: "good"}.Waits())
}

// A work concerns all below its place.
func TestWorks(t *testing.T) {
	w := Works{tree: schedule.Tree{"la-da": "", "thon-1": "la-da", "thon-2": "la-da"},
		area: map[string]string{"a": "thon-1", "b": "thon-2"},
		all:  []store.Maintenance{{Place: "thon-1", Since: hourOf(1), Until: hourOf(5)}, {Place: "a", Since: hourOf(2), Until: hourOf(3)}}}
	require.Len(t, w.Of("a"), 2)
	require.Empty(t, w.Of("b"))
	require.Empty(t, w.Of("gone"))
	require.Equal(t, hourOf(5), w.At("a", hourOf(2)).Until, "the one that ends last")
	require.Nil(t, w.At("a", hourOf(5)), "it has ended")
	require.Nil(t, w.At("a", hourOf(1).Add(-1)))
	require.True(t, w.Cover("a", hourOf(1), hourOf(5)))
	require.False(t, w.Cover("a", hourOf(1), hourOf(5).Add(time.Nanosecond)))
}
