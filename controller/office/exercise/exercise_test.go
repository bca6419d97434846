package exercise

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/fleet/fleettest"
	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/office/asrun"
	"loa/controller/office/audit"
	"loa/controller/office/inventory"
	"loa/controller/office/notices"
	"loa/controller/office/preview"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/store/storetest"
	"loa/node/wire"
	"loa/schedule"
)

// office is La Dạ with two villages of two loudspeakers each, and a desk, in fake time.
type office struct {
	*Desk
	t     *testing.T
	store *store.Store
	fleet fleettest.Fleet
	not   *notices.Notices
	ctx   context.Context // of a head of the station
	seq   uint64
	past  time.Duration // by which the office is ahead of the boards: days that nobody waits for
	onAir bool

	mu    sync.Mutex
	asked []string // nodes, in order
	order uint64
	clips []wire.ClipRef
	fails bool
}

var nodes = []string{"thon-1-a", "thon-1-b", "thon-2-a", "thon-2-b"}

// bubble runs a test in fake time, on a real store.
func bubble(t *testing.T, test func(*office)) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		storetest.Fill(t, dir)
		discard := slog.New(slog.DiscardHandler)
		st, err := store.Open(t.Context(), dir, discard)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, st.Close()) })
		require.NoError(t, st.PutArea(t.Context(), store.Area{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune}))
		for _, v := range []string{"thon-1", "thon-2"} {
			require.NoError(t, st.PutArea(t.Context(), store.Area{ID: v, Parent: "la-da", Name: "Thôn " + v[5:], Kind: store.Village}))
		}
		for _, n := range nodes {
			require.NoError(t, st.PutNode(t.Context(), store.Node{ID: n, Name: "Cụm " + n, Area: n[:6], Volume: 80, Created: time.Now()}))
		}
		require.NoError(t, st.PutPerson(t.Context(), store.Person{ID: "p-hoa", Login: "hoa", Name: "Chị Hoa",
			Grants: []store.Grant{{Role: "operator", Area: "la-da"}}}))
		require.NoError(t, st.PutPerson(t.Context(), store.Person{ID: "p-thon", Login: "thon", Name: "Trưởng thôn",
			Grants: []store.Grant{{Role: "head", Area: "thon-1"}}}))
		o := &office{t: t, store: st, fleet: fleettest.New(t, st), ctx: by(t.Context(), "admin", "la-da")}
		control, editing, news := access.New(st, "la-da"), &sync.Mutex{}, func(string) {}
		trail := audit.New(audit.Options{Store: st, Now: time.Now, Logger: discard})
		pre := preview.New(st, control)
		inv := inventory.New(inventory.Options{Store: st, Access: control, Trail: trail, Fleet: o.fleet.Fleet, Preview: pre, Now: time.Now,
			Editing: editing, News: news, Logger: discard})
		o.not = notices.New(notices.Options{Store: st, Access: control, Trail: trail, Inventory: inv, Now: time.Now, Editing: editing,
			News: news, Troubles: func() []problem.Trouble { return nil }, Commune: "la-da", Logger: discard})
		log := asrun.New(asrun.Options{Store: st, Access: control, Trail: trail, Preview: pre, Fleet: o.fleet.Fleet, Now: time.Now,
			Logger: discard})
		o.Desk = New(Options{Store: st, Access: control, Trail: trail, AsRun: log, Inventory: inv, Notices: o.not, Inspect: o.takes,
			OnAir: func() bool { return o.onAir }, Now: o.now, Editing: editing, News: news, Commune: "la-da", Logger: discard})
		o.began = time.Now()
		o.look(t.Context())
		test(o)
		o.not.Wait()
	})
}

// by is a request of a person with a role in an area.
func by(ctx context.Context, role, area string) context.Context {
	v := &access.Visit{}
	v.Becomes(store.Person{ID: "p", Name: "Chị Hoa", Grants: []store.Grant{{Role: role, Area: area}}}, "cookie")
	return access.With(ctx, v)
}

// anew is the same caller in another request.
func (o *office) anew() context.Context { return by(o.t.Context(), "admin", "la-da") }

func (o *office) takes(_ context.Context, node string, order uint64, clips []wire.ClipRef) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked, o.order, o.clips = append(o.asked, node), order, clips
	if o.fails {
		return errors.New("no broker")
	}
	return nil
}

func (o *office) now() time.Time { return time.Now().Add(o.past) }

// wait lets time pass, and what happens by itself happen at its end.
func (o *office) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
	o.look(o.t.Context())
}

// says has nodes say how they are.
func (o *office) says(s wire.Status, nodes ...string) {
	o.seq++
	s.Boot, s.Seq, s.Session = "b", o.seq, 1
	for _, n := range nodes {
		o.fleet.Say(n, wire.KindStatus, s)
	}
	synctest.Wait()
}

// alive has nodes say that they are well; answered, that they examined themselves.
func (o *office) alive(nodes ...string) { o.says(wire.Status{}, nodes...) }

func (o *office) answered(x wire.Inspection, nodes ...string) {
	x.Order, x.At = o.order, time.Now()
	o.says(wire.Status{Inspection: &x}, nodes...)
}

func (o *office) entry(kind store.ExerciseKind) Entry {
	o.t.Helper()
	all, err := o.Calendar(o.anew())
	require.NoError(o.t, err)
	for _, e := range all {
		if e.Kind == kind {
			return e
		}
	}
	o.t.Fatal("no such entry")
	return Entry{}
}

func (o *office) last() Sheet {
	o.t.Helper()
	all, err := o.Sheets(o.anew())
	require.NoError(o.t, err)
	require.NotEmpty(o.t, all)
	return all[0]
}

// at is what a sheet says of a node.
func (s Sheet) at(node string) Row {
	for _, v := range s.Villages {
		for _, r := range v.Nodes {
			if r.Node == node {
				return r
			}
		}
	}
	return Row{}
}

// numbers are of, passed, failed, mended, open, working, mute.
func (s Sheet) numbers() []int {
	return []int{s.Of, s.Passed, s.Failed, s.Mended, s.Open, s.Working, s.Mute}
}

func code(t *testing.T, err error) string {
	t.Helper()
	var p *problem.Problem
	require.ErrorAs(t, err, &p)
	return p.Code
}

// What is due is counted from the last that counts, at first from when there was a calendar;
// it is overdue when its day is over, and that is told once, to those that can do it.
func TestCalendar(t *testing.T) {
	bubble(t, func(o *office) {
		t := o.t
		zone := schedule.Zone()
		start := time.Now().In(zone)
		day := func(days int) time.Time {
			return time.Date(start.Year(), start.Month(), start.Day()+days, 0, 0, 0, 0, zone)
		}
		silent, audible, yearly := o.entry(store.Silent), o.entry(store.Audible), o.entry(store.Yearly)
		require.True(t, day(7).Add(9*time.Hour+30*time.Minute).Equal(*silent.Due))
		require.True(t, silent.Itself)
		require.True(t, day(30).Equal(*audible.Due))
		require.True(t, day(365).Equal(*yearly.Due))
		require.False(t, silent.Overdue || audible.Overdue || yearly.Overdue)
		require.Nil(t, audible.Last)

		rule, err := o.Rule(o.ctx)
		require.NoError(t, err)
		rule.SilentDays = 0
		require.NoError(t, o.PutRule(o.ctx, rule))
		require.Nil(t, o.entry(store.Silent).Due)
		o.past = time.Until(day(31).Add(-time.Nanosecond))
		require.False(t, o.entry(store.Audible).Overdue, "that day is still in time")
		told := func() []store.Notice {
			o.not.Wait()
			all, err := o.store.Unread(o.ctx, "p-hoa")
			require.NoError(t, err)
			return all
		}
		o.wait(0)
		require.Empty(t, told())
		o.past += time.Nanosecond
		hoa, err := o.store.Person(o.ctx, "p-hoa")
		require.NoError(t, err)
		able := hoa.Grants
		hoa.Grants = nil
		require.NoError(t, o.store.PutPerson(o.ctx, hoa))
		o.wait(0)
		hoa.Grants = able
		require.NoError(t, o.store.PutPerson(o.ctx, hoa))
		require.Empty(t, told(), "there was nobody who could do it")
		o.wait(0)
		require.True(t, o.entry(store.Audible).Overdue)
		require.Len(t, told(), 1)
		require.Equal(t, store.NoticeOfExercise, told()[0].Kind)
		require.Contains(t, told()[0].Title, "Kiểm tra có tiếng quá hạn từ")
		for range 40 {
			o.past += 24 * time.Hour
			o.wait(0)
		}
		require.Len(t, told(), 1, "once, not daily")
		other, err := o.store.Unread(o.ctx, "p-thon")
		require.NoError(t, err)
		require.Empty(t, other, "a village head cannot begin it")
		require.Empty(t, o.asked, "what is off asks nobody")

		over, err := o.Overdue(o.anew())
		require.NoError(t, err)
		require.Len(t, over, 1)
		over, err = o.Overdue(by(o.t.Context(), "head", "thon-1"))
		require.NoError(t, err)
		require.Empty(t, over)

		for _, bad := range []store.ExerciseRule{{SilentDays: -1}, {AudibleDays: 367}, {YearlyDays: 1101}, {SilentAt: "9:30"},
			{SilentAt: "25:00"}} {
			require.Equal(t, "exercise_rule", code(t, o.PutRule(o.ctx, bad)))
		}
		records, err := o.store.Audits(o.ctx, store.AuditFilter{Limit: 10})
		require.NoError(t, err)
		require.Equal(t, "exercise.rule", records[0].Action)
	})
}

// The silent test runs by itself at its hour. It asks who is there, makes nothing sound, says
// of each what is wrong, and asks again what failed until that is answered right.
func TestSilent(t *testing.T) {
	bubble(t, func(o *office) {
		t := o.t
		require.NoError(t, o.store.PutNode(o.ctx, store.Node{ID: "fm", Name: "Loa FM", Area: "thon-2", Created: time.Now(), NoReturn: true}))
		due := *o.entry(store.Silent).Due
		o.alive(nodes...)
		time.Sleep(time.Until(due.Add(-time.Minute)))
		o.alive("thon-1-a", "thon-1-b", "thon-2-a")
		o.wait(time.Minute - time.Nanosecond)
		require.Empty(t, o.asked, "not before its hour")
		o.onAir = true
		o.wait(time.Nanosecond)
		require.Empty(t, o.asked, "not beside a call")
		o.onAir = false
		o.alive("thon-1-a", "thon-1-b", "thon-2-a")
		o.wait(time.Second)
		require.ElementsMatch(t, []string{"thon-1-a", "thon-1-b", "thon-2-a"}, o.asked, "who is there, and can answer")
		s := o.last()
		require.True(t, s.UnderWay())
		require.Empty(t, s.Who, "it ran by itself")
		_, err := o.Begin(o.anew())
		require.ErrorIs(t, err, UnderWay)

		for range 5 {
			require.True(t, o.last().UnderWay(), "somebody may still answer")
			o.answered(wire.Inspection{}, "thon-1-a")
			o.answered(wire.Inspection{Clips: 2, Spoilt: 1}, "thon-1-b")
			o.alive("thon-2-a") // of an older program
			o.wait(silentFor / 5)
		}
		s = o.last()
		require.Equal(t, []int{4, 1, 3, 0, 3, 0, 1}, s.numbers())
		require.Equal(t, "right", s.at("thon-1-a").Outcome)
		require.Equal(t, "alert_spoilt", s.at("thon-1-b").Cause)
		require.Equal(t, "unanswered", s.at("thon-2-a").Cause)
		require.Equal(t, "offline", s.at("thon-2-b").Cause, "with the house's own word")
		require.NotEmpty(t, s.at("thon-2-b").VI)
		require.Equal(t, "no_return", s.at("fm").Outcome)
		require.True(t, s.Counts)
		require.True(t, due.AddDate(0, 0, 7).Equal(*o.entry(store.Silent).Due), "the next is a week later")

		first := o.order
		o.alive("thon-1-b", "thon-2-a")
		o.asked = nil
		o.wait(30 * time.Second)
		require.ElementsMatch(t, []string{"thon-1-b", "thon-2-a"}, o.asked, "asked again")
		require.Greater(t, o.order, first)
		o.answered(wire.Inspection{Clips: 2}, "thon-1-b")
		o.wait(time.Second)
		s = o.last()
		require.Equal(t, []int{4, 1, 3, 1, 2, 0, 1}, s.numbers())
		require.WithinDuration(t, time.Now(), *s.at("thon-1-b").Mended, 2*time.Second)
		o.alive("thon-2-a")
		o.asked = nil
		o.wait(5 * time.Minute)
		require.Empty(t, o.asked, "not all the time")
		require.Equal(t, "thon-1", s.Villages[0].Area)
		require.Equal(t, []int{2, 1}, []int{s.Villages[0].Of, s.Villages[0].Passed})
	})
}

// A person may begin it. What was found is told by what a board says of itself, too; where
// nobody could be asked, the calendar does not go on.
func TestSilentByHand(t *testing.T) {
	bubble(t, func(o *office) {
		t := o.t
		for _, id := range []string{"e1", "e2"} {
			clip := store.Clip{ID: strings.Repeat(id[1:], 64), Kind: store.Recording, Bytes: 1000, Created: time.Now()}
			require.NoError(t, o.store.AddClip(o.ctx, clip))
			b := store.Bulletin{ID: id, Title: "Lũ", Class: "emergency", Language: "vi", Clips: map[string]string{"vi": clip.ID},
				Created: time.Now()}
			a := store.Approval{Kind: store.OfBulletin, ID: b.ID, State: store.Approved, Digest: b.Digest(), Decided: time.Now()}
			require.NoError(t, o.store.PutBulletin(o.ctx, b, a))
		}
		o.alive("thon-1-a", "thon-1-b")
		id, err := o.Begin(o.ctx)
		require.NoError(t, err)
		require.Len(t, o.clips, 2, "each recorded alert is read back")
		o.answered(wire.Inspection{Clips: 2}, "thon-1-a")
		o.says(wire.Status{Inspection: &wire.Inspection{Order: o.order}, Faults: []wire.Fault{{Code: wire.FaultMains, Since: time.Now()}}},
			"thon-1-b")
		o.wait(silentLeast)
		s := o.last()
		require.Equal(t, id, s.ID)
		require.Equal(t, "Chị Hoa", s.Who)
		require.False(t, s.UnderWay(), "all who are there have answered")
		require.Equal(t, "mains_lost", s.at("thon-1-b").Cause)
		o.wait(30 * time.Second)
		require.NoError(t, o.store.SetCare(o.ctx, "thon-1-b", store.Care{Who: "Điện lực", Until: time.Now().Add(time.Hour), At: time.Now()}))
		row := o.last().at("thon-1-b")
		require.Equal(t, "Điện lực", row.Who, "what was said a moment ago")
		require.NotNil(t, row.Until)
		o.answered(wire.Inspection{Clips: 2}, "thon-1-b")
		o.wait(time.Second)
		row = o.last().at("thon-1-b")
		require.NotNil(t, row.Mended)

		write, err := o.CSV(o.anew(), i18n.VI, id)
		require.NoError(t, err)
		var b bytes.Buffer
		require.NoError(t, write(&b))
		table, err := csv.NewReader(&b).ReadAll()
		require.NoError(t, err)
		require.Len(t, table, 5)
		require.Equal(t, "Lý do", table[0][3])

		o.fails = true
		time.Sleep(2 * time.Minute) // nobody is there any more
		o.alive("thon-1-a")
		_, err = o.Begin(o.anew())
		require.NoError(t, err)
		before := *o.entry(store.Silent).Due
		o.wait(silentFor)
		s = o.last()
		require.False(t, s.Counts)
		require.Equal(t, 0, s.Passed)
		require.True(t, before.Equal(*o.entry(store.Silent).Due))
		o.onAir = true
		_, err = o.Begin(o.anew())
		require.Equal(t, "exercise_on_air", code(t, err))
	})
}

// drill has a drill be in the log, as it was heard.
func (o *office) drill(id string, targets schedule.Targets, heard map[string]string) store.Call {
	o.t.Helper()
	c := store.Call{Call: schedule.Call{ID: id, Class: schedule.Live, Title: "Diễn tập: Lũ về", Start: time.Now(),
		End: time.Now().Add(time.Minute)},
		Targets: targets, Author: "Chị Hoa", Drill: true}
	require.NoError(o.t, o.store.PutCall(o.ctx, c))
	for node, reason := range heard {
		p := store.Play{Node: node, Programme: id, Airing: id, At: c.Start, Began: c.Start, Ended: c.Start.Add(time.Minute), Heard: time.Minute,
			Length: time.Minute, Outcome: "heard", Volume: 80, Received: time.Now()}
		switch reason {
		case "":
		case store.SilentHorn:
			p.Ear = "not_heard"
		case "partly":
			p.Outcome, p.Reason, p.Heard = "partly", "late", time.Second
		default:
			p.Outcome, p.Reason, p.Heard, p.Began, p.Ended = "not_heard", reason, 0, time.Time{}, time.Time{}
		}
		_, err := o.store.AddPlays(o.ctx, []store.Play{p})
		require.NoError(o.t, err)
	}
	return c
}

// over ends a drill.
func (o *office) over(c store.Call) {
	o.t.Helper()
	c.Ended, c.End, c.Reason = time.Now(), time.Now(), "stopped"
	require.NoError(o.t, o.store.PutCall(o.ctx, c))
}

var everywhere = schedule.Targets{Areas: []string{"la-da"}}

// The sheet of a drill is the log's own verdict, with why each was not heard; it stays open
// until each is seen right again.
func TestDrill(t *testing.T) {
	bubble(t, func(o *office) {
		t := o.t
		o.alive(nodes...)
		o.wait(time.Minute)
		o.alive(nodes[:3]...)
		c := o.drill("c-1", everywhere, map[string]string{"thon-1-a": "", "thon-1-b": store.SilentHorn, "thon-2-a": "muted"})
		o.Started(o.ctx, store.Yearly, c)
		s := o.last()
		require.True(t, s.UnderWay())
		require.Equal(t, s.ID, o.entry(store.Yearly).Now)
		o.wait(time.Minute)
		o.alive(nodes[:3]...)
		o.over(c)
		o.wait(4 * time.Minute)
		require.True(t, o.last().UnderWay(), "thon-2-b may still tell")
		o.alive(nodes[:3]...)
		o.wait(time.Minute)
		s = o.last()
		require.Equal(t, []int{4, 1, 3, 0, 3, 0, 0}, s.numbers())
		require.True(t, s.Counts)
		require.Equal(t, []string{"not_heard", store.SilentHorn}, []string{s.at("thon-1-b").Outcome, s.at("thon-1-b").Cause})
		require.Equal(t, []string{"not_heard", "muted"}, []string{s.at("thon-2-a").Outcome, s.at("thon-2-a").Cause})
		require.Equal(t, []string{"unknown", "offline"}, []string{s.at("thon-2-b").Outcome, s.at("thon-2-b").Cause})
		require.Equal(t, c.ID, s.Broadcast)
		yearly, audible := o.entry(store.Yearly), o.entry(store.Audible)
		require.Equal(t, s.ID, yearly.LastID)
		require.Equal(t, s.ID, audible.LastID, "an exercise is heard too")

		head, err := o.Sheet(by(o.t.Context(), "head", "thon-1"), s.ID)
		require.NoError(t, err)
		require.Equal(t, []int{2, 1, 1, 0, 1, 0, 0}, head.numbers(), "of their own village only")
		require.Len(t, head.Villages, 1)

		o.wait(time.Hour)
		back := time.Now()
		o.alive(nodes...) // thon-2-b is back
		o.wait(30 * time.Second)
		s = o.last()
		require.WithinDuration(t, back, *s.at("thon-2-b").Mended, time.Second, "its state tells its end")
		require.True(t, s.at("thon-1-b").Open(), "that it is there says nothing of its horn")
		o.wait(time.Hour)
		again := time.Now().Truncate(time.Millisecond)
		o.drill("c-2", schedule.Targets{Areas: []string{"thon-1"}}, map[string]string{"thon-1-b": ""})
		o.wait(time.Minute)
		s = o.last()
		require.Equal(t, "x-c-1", s.ID, "a drill of a village is in no calendar")
		require.WithinDuration(t, again, *s.at("thon-1-b").Mended, time.Millisecond, "heard whole again")
		require.Equal(t, []int{4, 1, 3, 2, 1, 0, 0}, s.numbers())

		// what comes late counts: thon-2-a had played it after all
		_, err = o.store.AddPlays(o.ctx, []store.Play{{Node: "thon-2-a", Programme: "c-1", Airing: "c-1", At: c.Start, Began: c.Start,
			Ended: c.Start.Add(time.Minute), Heard: time.Minute, Length: time.Minute, Outcome: "heard", Item: 0, Received: time.Now()}})
		require.NoError(t, err)
		require.NoError(t, o.store.DeleteNode(o.ctx, "thon-2-b"))
		o.wait(time.Minute)
		require.Equal(t, 0, o.last().at("thon-2-b").rank())
	})
}

func (r Row) rank() int { // of one that is gone nothing is open
	if r.Open() {
		return 1
	}
	return 0
}

// A drill that was begun elsewhere counts if it was for all; one of a part belongs to the
// entry from which it was begun, and the calendar does not go on from it. Nor from one that
// nobody heard.
func TestWhatCounts(t *testing.T) {
	bubble(t, func(o *office) {
		t := o.t
		o.alive(nodes...)
		all := map[string]string{}
		for _, n := range nodes {
			all[n] = ""
		}
		o.over(o.drill("c-part", schedule.Targets{Areas: []string{"thon-1"}}, map[string]string{"thon-1-a": "", "thon-1-b": ""}))
		o.wait(time.Minute)
		sheets, err := o.Sheets(o.anew())
		require.NoError(t, err)
		require.Empty(t, sheets)

		o.wait(time.Hour)
		o.alive(nodes...)
		part := o.drill("c-entry", schedule.Targets{Areas: []string{"thon-1"}}, map[string]string{"thon-1-a": "", "thon-1-b": ""})
		o.Started(o.ctx, store.Audible, part)
		o.over(part)
		o.wait(time.Minute)
		s := o.last()
		require.Equal(t, store.Audible, s.Kind)
		require.False(t, s.UnderWay() || s.Whole || s.Counts)
		require.Nil(t, o.entry(store.Audible).Last)
		_, err = o.Sheet(by(o.t.Context(), "head", "thon-2"), s.ID)
		require.ErrorIs(t, err, store.ErrNotFound, "nothing of it was theirs")

		o.wait(time.Hour)
		o.alive(nodes...)
		unheard := map[string]string{}
		for _, n := range nodes {
			unheard[n] = "muted"
		}
		o.over(o.drill("c-unheard", everywhere, unheard))
		o.wait(time.Minute)
		s = o.last()
		require.Equal(t, "x-c-unheard", s.ID, "found in the log")
		require.True(t, s.Whole)
		require.False(t, s.UnderWay() || s.Counts)

		o.wait(time.Hour)
		o.alive(nodes...)
		c := o.drill("c-all", everywhere, all)
		o.over(c)
		o.wait(time.Minute)
		require.Equal(t, []int{4, 4, 0, 0, 0, 0, 0}, o.last().numbers())
		require.Equal(t, "x-c-all", o.entry(store.Audible).LastID)
		require.Nil(t, o.entry(store.Yearly).Last)
		c.Drill = false
		o.Started(o.ctx, store.Yearly, c)
		require.Nil(t, o.entry(store.Yearly).Last, "what is no drill is in no calendar")

		sheets, err = o.Sheets(o.anew())
		require.NoError(t, err)
		require.Equal(t, 4, sheets[1].Mended, "muted, until it was heard again")
	})
}

// What was heard in part was heard.
func TestHeardInPart(t *testing.T) {
	bubble(t, func(o *office) {
		t := o.t
		o.alive(nodes...)
		o.over(o.drill("c-1", everywhere, map[string]string{"thon-1-a": "partly"}))
		o.wait(6 * time.Minute)
		require.True(t, o.last().Counts)
		require.Equal(t, []string{"partly", "late"}, []string{o.last().at("thon-1-a").Outcome, o.last().at("thon-1-a").Cause})
	})
}

// Where somebody worked is in none of the numbers, also where that was noted afterwards.
func TestMaintenanceIsNoFailure(t *testing.T) {
	bubble(t, func(o *office) {
		t := o.t
		o.alive(nodes...)
		work := func(place string, from time.Time) {
			require.NoError(t, o.store.PutMaintenance(o.ctx, store.Maintenance{ID: "w-" + place, Place: place, Since: from,
				Until: time.Now().Add(time.Hour), Reason: "thay ắc quy", Who: "Anh Tư"}))
		}
		work("thon-1-b", time.Now().Add(-time.Hour))
		began := time.Now()
		o.over(o.drill("c-1", everywhere, map[string]string{"thon-1-a": "", "thon-1-b": "muted", "thon-2-a": "muted", "thon-2-b": "muted"}))
		o.wait(time.Minute)
		require.Equal(t, []int{3, 1, 2, 0, 2, 1, 0}, o.last().numbers())
		work("thon-2-a", began.Add(-time.Minute))
		o.wait(time.Minute)
		require.Equal(t, []int{2, 1, 1, 0, 1, 2, 0}, o.last().numbers())
	})
}

// The people are told the last that was heard, if the commune says so; else nothing.
func TestLast(t *testing.T) {
	bubble(t, func(o *office) {
		t := o.t
		last := func() (Sheet, bool) {
			s, ok, err := o.Last(o.t.Context())
			require.NoError(t, err)
			return s, ok
		}
		o.alive(nodes...)
		_, err := o.Begin(o.ctx)
		require.NoError(t, err)
		o.answered(wire.Inspection{}, nodes...)
		o.wait(silentLeast)
		_, ok := last()
		require.False(t, ok, "the commune has not said so")
		rule, err := o.Rule(o.ctx)
		require.NoError(t, err)
		rule.Public = true
		require.NoError(t, o.PutRule(o.ctx, rule))
		s, ok := last()
		require.True(t, ok)
		require.Equal(t, store.Silent, s.Kind)
		o.over(o.drill("c-1", everywhere, map[string]string{"thon-1-a": "", "thon-1-b": "", "thon-2-a": "", "thon-2-b": "muted"}))
		o.wait(time.Minute)
		o.wait(time.Hour)
		o.alive(nodes...)
		_, err = o.Begin(o.anew())
		require.NoError(t, err)
		o.answered(wire.Inspection{}, nodes...)
		o.wait(silentLeast)
		s, ok = last()
		require.True(t, ok)
		require.Equal(t, store.Audible, s.Kind, "what people heard, not what runs each week")
		require.Equal(t, []int{4, 3, 1, 0, 1, 0, 0}, s.numbers())
	})
}

// Sheets are kept for years, and then no more.
func TestForget(t *testing.T) {
	bubble(t, func(o *office) {
		t := o.t
		o.over(o.drill("c-1", everywhere, map[string]string{"thon-1-a": ""}))
		o.wait(10 * time.Minute)
		require.Equal(t, "x-c-1", o.last().ID)
		o.past = 3*365*24*time.Hour - 24*time.Hour
		o.wait(0)
		_, err := o.store.Exercise(o.ctx, "x-c-1")
		require.NoError(t, err)
		o.past += 72 * time.Hour
		o.wait(0)
		_, err = o.store.Exercise(o.ctx, "x-c-1")
		require.ErrorIs(t, err, store.ErrNotFound)
	})
}
