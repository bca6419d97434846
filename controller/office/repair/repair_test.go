package repair

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/fleet/fleettest"
	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/office/inventory"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/node/wire"
)

// office is La Dạ with two villages of two loudspeakers each, and a desk.
type office struct {
	*Desk
	store *store.Store
	fleet fleettest.Fleet
	ctx   context.Context // of a technician of the commune
	now   time.Time
}

func open(t *testing.T) *office {
	t.Helper()
	discard := slog.New(slog.NewTextHandler(io.Discard, nil))
	st, err := store.Open(t.Context(), t.TempDir(), discard)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	require.NoError(t, st.PutArea(t.Context(), store.Area{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune}))
	for _, v := range []string{"thon-1", "thon-2"} {
		require.NoError(t, st.PutArea(t.Context(), store.Area{ID: v, Parent: "la-da", Name: "Thôn " + v[5:], Kind: store.Village}))
		for _, n := range []string{"-a", "-b"} {
			require.NoError(t, st.PutNode(t.Context(), store.Node{ID: v + n, Name: "Cụm " + v + n, Area: v, Volume: 80, Created: time.Now()}))
		}
	}
	o := &office{store: st, fleet: fleettest.New(t, st), now: time.Now(), ctx: by(t.Context(), "technician", "la-da")}
	control, trail := access.New(st, "la-da"), audit.New(audit.Options{Store: st, Now: time.Now, Logger: discard})
	clock, editing, news := func() time.Time { return o.now }, &sync.Mutex{}, func(string) {}
	inv := inventory.New(inventory.Options{Store: st, Access: control, Trail: trail, Fleet: o.fleet.Fleet, Now: clock, Editing: editing,
		News: news, Logger: discard})
	o.Desk = New(Options{Store: st, Access: control, Trail: trail, Inventory: inv, Now: clock, Editing: editing, News: news})
	return o
}

// by is a request of a person with a role in an area.
func by(ctx context.Context, role, area string) context.Context {
	v := &access.Visit{}
	v.Becomes(store.Person{ID: "p", Name: "Chị Hoa", Grants: []store.Grant{{Role: role, Area: area}}}, "cookie")
	return access.With(ctx, v)
}

func (o *office) node(t *testing.T, id string) inventory.Node {
	t.Helper()
	n, err := o.opt.Inventory.Node(o.ctx, id)
	require.NoError(t, err)
	return n
}

func code(t *testing.T, err error) string {
	t.Helper()
	var p *problem.Problem
	require.ErrorAs(t, err, &p)
	return p.Code
}

// breaks has nodes say that their storage is full, and waits till it is known.
func (o *office) breaks(t *testing.T, nodes ...string) {
	t.Helper()
	for _, n := range nodes {
		o.fleet.Status(n, wire.Status{Faults: []wire.Fault{{Code: wire.FaultDisk}}})
		require.Eventually(t, func() bool { return len(o.node(t, n).Faults) == 1 }, time.Minute, time.Millisecond)
	}
	o.now = time.Now()
}

// What is known is so until the fault is over; a village is said once.
func TestKnow(t *testing.T) {
	o := open(t)
	o.breaks(t, "thon-1-a", "thon-1-b")
	until := o.now.Add(48 * time.Hour)
	require.NoError(t, o.Know(o.ctx, "thon-1-a", Care{Who: " Anh\n Tư ", Reason: "chờ thẻ nhớ", Until: until}))
	known := o.node(t, "thon-1-a").Faults[0].Known
	require.Equal(t, []string{"Anh Tư", "chờ thẻ nhớ"}, []string{known.Who, known.Reason})
	require.WithinDuration(t, until, *known.Until, time.Millisecond)
	require.Nil(t, o.node(t, "thon-1-b").Faults[0].Known)

	require.NoError(t, o.KnowAll(o.ctx, "thon-1", Care{Who: "Điện lực"}))
	require.Equal(t, "Điện lực", o.node(t, "thon-1-b").Faults[0].Known.Who)
	require.Equal(t, "Điện lực", o.node(t, "thon-1-a").Faults[0].Known.Who)
	care, err := o.store.Care(t.Context())
	require.NoError(t, err)
	require.Len(t, care, 2, "nobody else is not well")

	require.NoError(t, o.Know(o.ctx, "thon-1-a", Care{}))
	require.Nil(t, o.node(t, "thon-1-a").Faults[0].Known)

	require.Equal(t, "repair_long", code(t, o.Know(o.ctx, "thon-1-a", Care{Who: strings.Repeat("x", maxWho+1)})))
	require.Equal(t, "care_nobody", code(t, o.Know(o.ctx, "thon-1-a", Care{Reason: "chờ"})))
	require.Equal(t, "care_until", code(t, o.Know(o.ctx, "thon-1-a", Care{Who: "x", Until: o.now})))
	require.Equal(t, "care_until", code(t, o.Know(o.ctx, "thon-1-a", Care{Who: "x", Until: o.now.AddDate(2, 0, 0)})))
	require.ErrorIs(t, o.Know(o.ctx, "nowhere", Care{Who: "x"}), store.ErrNotFound)
}

// Maintenance is planned or noted afterwards, by one who keeps the place; it ends now, or
// is forgotten.
func TestNoteAndEnd(t *testing.T) {
	o := open(t)
	o.breaks(t, "thon-1-a")
	work := func(place string, from, to time.Duration) Work {
		return Work{Place: place, Since: o.now.Add(from), Until: o.now.Add(to), Reason: "thay ắc quy", Who: "Anh Tư"}
	}
	runs, err := o.Note(o.ctx, work("thon-1", -time.Hour, time.Hour))
	require.NoError(t, err)
	require.True(t, runs.Runs)
	require.Equal(t, []string{"Thôn 1", "Chị Hoa"}, []string{runs.Name, runs.Noted})
	require.Equal(t, "Anh Tư", o.node(t, "thon-1-a").Maintenance.Who)
	require.Nil(t, o.node(t, "thon-2-a").Maintenance)
	_, err = o.Note(o.ctx, work("thon-2-a", time.Hour, 2*time.Hour))
	require.NoError(t, err)
	require.Nil(t, o.node(t, "thon-2-a").Maintenance, "it lies ahead")
	past, err := o.Note(o.ctx, work("thon-2", -80*24*time.Hour, -79*24*time.Hour))
	require.NoError(t, err)
	twice, err := o.Note(o.ctx, work("thon-2", -80*24*time.Hour, -79*24*time.Hour))
	require.NoError(t, err)
	require.Equal(t, past.ID, twice.ID, "a form that is sent twice")
	_, over, err := o.List(o.ctx)
	require.NoError(t, err)
	require.Len(t, over, 1, "what may be noted is shown, and can be removed")

	head := by(t.Context(), "technician", "thon-1")
	pending, over, err := o.List(head)
	require.NoError(t, err)
	require.Len(t, pending, 1, "of their village only")
	require.Empty(t, over)
	_, err = o.Note(head, work("la-da", 0, time.Hour))
	require.True(t, access.IsForbidden(err))
	require.True(t, access.IsForbidden(o.End(head, past.ID)))

	o.now = o.now.Add(time.Minute)
	require.NoError(t, o.End(o.ctx, runs.ID))
	require.Nil(t, o.node(t, "thon-1-a").Maintenance)
	require.NoError(t, o.End(o.ctx, past.ID))
	pending, over, err = o.List(o.ctx)
	require.NoError(t, err)
	require.Len(t, pending, 1)
	require.Len(t, over, 1, "what ran is kept, up to now")
	require.WithinDuration(t, o.now, over[0].Until, time.Millisecond)
	require.ErrorIs(t, o.End(o.ctx, past.ID), store.ErrNotFound)

	for what, w := range map[string]Work{"work_span": work("thon-1", time.Hour, time.Hour), "work_when": work("thon-1", -91*24*time.Hour, 0),
		"area_unknown": work("nowhere", 0, time.Hour), "work_unsaid": {Place: "thon-1", Since: o.now, Until: o.now.Add(time.Hour), Who: " "}} {
		if what == "work_when" {
			w.Until = w.Since.Add(time.Hour)
		}
		_, err := o.Note(o.ctx, w)
		require.Equal(t, what, code(t, err))
	}
}

// Repairs are counted village by village, without what healed by itself and what lay in
// maintenance; what is open is counted apart.
func TestTimes(t *testing.T) {
	o := open(t)
	ended := func(node string, ago, lasted time.Duration) {
		since := o.now.Add(-ago)
		require.NoError(t, o.store.OpenFault(t.Context(), store.Fault{Node: node, Code: "disk", Since: since}))
		require.NoError(t, o.store.CloseFault(t.Context(), node, "disk", since.Add(lasted)))
	}
	ended("thon-1-a", 90*time.Hour, 10*time.Minute)
	ended("thon-1-a", 80*time.Hour, time.Hour)
	ended("thon-1-b", 70*time.Hour, 30*time.Hour)
	ended("thon-1-b", 20*time.Hour, 10*time.Minute-1e6) // by itself
	ended("thon-2-a", 50*time.Hour, 2*time.Hour)        // in maintenance
	ended("thon-2-a", 91*24*time.Hour, time.Hour)       // too long ago
	_, err := o.Note(o.ctx, Work{Place: "thon-2", Since: o.now.Add(-50 * time.Hour), Until: o.now.Add(-48 * time.Hour), Reason: "x", Who: "x"})
	require.NoError(t, err)
	times, err := o.Times(o.ctx, 90)
	require.NoError(t, err)
	require.Equal(t, []Times{{Area: "thon-1", Name: "Thôn 1", Repairs: 3, MedianS: 3600, LongS: 30 * 3600}}, times)

	o.breaks(t, "thon-2-b")
	o.now = o.now.Add(3 * time.Hour)
	times, err = o.Times(by(t.Context(), "technician", "thon-2"), 90)
	require.NoError(t, err)
	require.Len(t, times, 1, "of their village only")
	require.Equal(t, 1, times[0].Open)
	require.InDelta(t, 3*3600, times[0].OldestS, 60)
}
