package brief

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/fleet/fleettest"
	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/office/answers"
	"loa/controller/office/asrun"
	"loa/controller/office/audit"
	"loa/controller/office/inventory"
	"loa/controller/office/notices"
	"loa/controller/office/preview"
	"loa/controller/office/quick"
	"loa/controller/store"
	"loa/schedule"
)

// office is a commune of two villages, whose people send messages.
type office struct {
	*Desk
	t     *testing.T
	store *store.Store
	sent  int
}

func open(t *testing.T, dir string) *office {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	s, err := store.Open(t.Context(), dir, logger)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.PutArea(t.Context(), store.Area{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune}))
	for _, v := range []string{"thon-1", "thon-2"} {
		require.NoError(t, s.PutArea(t.Context(), store.Area{ID: v, Parent: "la-da", Name: "Thôn " + v[5:], Kind: store.Village}))
		require.NoError(t, s.PutNode(t.Context(), store.Node{ID: v + "-loa", Name: "Cụm", Area: v, Volume: 80, Created: time.Now()}))
	}
	for role, area := range map[string]string{"approver": "la-da", "head": "thon-1"} {
		require.NoError(t, s.PutPerson(t.Context(), store.Person{ID: "p-" + role, Login: role, Name: role,
			Grants:  []store.Grant{{Role: role, Area: area}},
			Created: time.Now()}))
	}
	control, editing, news := access.New(s, "la-da"), new(sync.Mutex), func(string) {}
	trail := audit.New(audit.Options{Store: s, Now: time.Now, Logger: logger})
	pre := preview.New(s, control)
	inv := inventory.New(inventory.Options{Store: s, Access: control, Trail: trail, Fleet: fleettest.New(t, s).Fleet, Now: time.Now,
		Editing: editing, News: news, Logger: logger})
	not := notices.New(notices.Options{Store: s, Access: control, Trail: trail, Inventory: inv, Now: time.Now, Editing: editing,
		News:    news,
		Commune: "la-da", Logger: logger})
	t.Cleanup(not.Wait)
	desk := answers.New(answers.Options{Store: s, Access: control, Trail: trail,
		AsRun: asrun.New(asrun.Options{Store: s, Access: control, Trail: trail, Preview: pre, Now: time.Now, Logger: logger}),
		Now:   time.Now, Editing: editing, News: news, Commune: "la-da", Logger: logger})
	return &office{Desk: New(Options{Store: s, Access: control, Answers: desk, Inventory: inv,
		Quick: quick.New(quick.Options{Store: s, Access: control, Trail: trail, Notices: not, Now: time.Now, Editing: editing,
			News: news}), Notices: not, Trail: trail, Now: time.Now,
		Editing: editing, Commune: "la-da", Logger: logger}), t: t, store: s}
}

// message is one of a villager, of now.
func (o *office) message(kind, area string) store.Message {
	o.sent++
	m := store.Message{ID: "m-" + store.NewID(), Area: area, Kind: kind, Words: "ông Sáu ở xóm dưới", Phone: "0912345678", At: time.Now(),
		Receipt: store.NewID(), State: store.MessageNew, Changed: time.Now()}
	require.NoError(o.t, o.store.AddMessage(o.t.Context(), m, nil))
	return m
}

func (o *office) as(role, area string) context.Context {
	v := &access.Visit{}
	v.Becomes(store.Person{ID: "p-" + role, Name: role, Grants: []store.Grant{{Role: role, Area: area}}}, "cookie")
	return access.With(o.t.Context(), v)
}

func (o *office) told(person string) (titles []string) {
	o.opt.Notices.Wait()
	all, err := o.store.Unread(o.t.Context(), person)
	require.NoError(o.t, err)
	for _, n := range all {
		titles = append(titles, n.Title)
	}
	return titles
}

// The report has sums and kinds, how long they took, what is urgent; nobody's words, name or
// number; and of each caller's villages only.
func TestBrief(t *testing.T) {
	o := open(t, t.TempDir())
	m := o.message("flood", "thon-1")
	m.State, m.Who, m.Changed = store.MessageDoing, "Anh Ba", m.At.Add(10*time.Minute)
	require.NoError(t, o.store.ChangeMessage(t.Context(), m))
	m = o.message("flood", "thon-1")
	m.State, m.Changed = store.MessageDone, m.At.Add(time.Hour)
	require.NoError(t, o.store.ChangeMessage(t.Context(), m))
	o.message("idea", "thon-2")
	require.NoError(t, o.store.AddBroadcasts(t.Context(), []store.Broadcast{{ID: "b1", Kind: "call", Title: "Lũ về",
		Class:   schedule.Emergency,
		Planned: time.Now().Add(-time.Minute), Targets: schedule.Targets{Areas: []string{"la-da"}}}}))
	require.NoError(t, o.store.AddReport(t.Context(), store.Report{ID: "r-1", Node: "thon-1-loa", At: time.Now(), Who: "p",
		Name: "Bà Bảy", Kind: "loud",
		Words: "nhà ông Sáu"}))

	b, err := o.Of(o.as("approver", "la-da"), Week(time.Now()))
	require.NoError(t, err)
	require.Equal(t, []answers.Figures{
		{Area: "thon-1", Name: "Thôn 1", Kind: "flood", Urgent: true, Doing: 1, Done: 1, TakenS: 600, FinishedS: 3600},
		{Area: "thon-2", Name: "Thôn 2", Kind: "idea", New: 1}}, b.Messages)
	require.Len(t, b.Waiting, 1)
	require.Equal(t, []string{"Thôn 1", "flood", "doing", "Anh Ba"}, []string{b.Waiting[0].Name, b.Waiting[0].Kind, b.Waiting[0].State,
		b.Waiting[0].Who})
	require.Equal(t, 1, b.Sums.Broadcasts)
	require.Equal(t, 1, b.Sums.Emergencies)
	require.Equal(t, []Reported{{"Thôn 1", "loud", 1, b.Reports[0].Since}}, b.Reports)
	var table strings.Builder
	for _, lang := range []i18n.Language{i18n.VI, i18n.EN} {
		require.NoError(t, b.CSV(lang)(&table))
	}
	for _, secret := range []string{"ông Sáu", "0912345678", "Bà Bảy"} {
		require.NotContains(t, table.String(), secret)
	}
	require.Contains(t, table.String(), "Ngập")
	require.NotContains(t, table.String(), "%!")

	b, err = o.Of(o.as("head", "thon-2"), Week(time.Now()))
	require.NoError(t, err)
	require.Len(t, b.Messages, 1, "of his own village")
	require.Empty(t, b.Waiting)
	_, err = o.Of(o.as("head", "thon-2"), Span{time.Now().AddDate(0, -4, 0), time.Now()})
	require.ErrorContains(t, err, "three months")
}

// A span is bounded, and a storm is what follows each other within three days.
func TestSpans(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, schedule.Zone())
	for query, days := range map[string]int{"": 1, "from=2026-11-14": 7, "from=2026-11-14&to=2026-11-14": 1, "from=2026-11-21": 0,
		"from=x":          0,
		"from=2026-01-01": 0, "from=2026-08-21&to=2026-11-20": 92, "to=0001-01-01": 0} {
		q, err := url.ParseQuery(query)
		require.NoError(t, err)
		s, err := SpanOf(q, now)
		require.Equal(t, days == 0, err != nil, query)
		if err == nil {
			require.Equal(t, time.Duration(days)*24*time.Hour, s.To.Sub(s.From), query)
		}
	}
	at := func(hours ...int) (all []time.Time) {
		for _, h := range hours {
			all = append(all, now.Add(-time.Duration(h)*time.Hour))
		}
		return all
	}
	s, ok := Storm(now, at(200, 120, 2, 60))
	require.True(t, ok)
	require.Equal(t, Midnight(now.Add(-120*time.Hour)), s.From)
	for _, none := range [][]time.Time{nil, at(73), at(-5)} {
		_, ok = Storm(now, none)
		require.False(t, ok)
	}
}

func FuzzSpanOf(f *testing.F) {
	f.Add("2026-11-01", "2026-11-20")
	f.Add("", "9999-12-31")
	f.Fuzz(func(t *testing.T, from, to string) {
		s, err := SpanOf(url.Values{"from": {from}, "to": {to}}, time.Date(2026, 11, 20, 12, 0, 0, 0, schedule.Zone()))
		if err == nil && (!s.To.After(s.From) || s.To.Sub(s.From) > Longest) {
			t.Fatal(s)
		}
	})
}

// Once a day at the commune's hour, by controller time, of what is new; nothing new is
// nothing told; a restart tells nothing twice, and an office that was off tells it when it is
// back.
func TestSummary(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		o := open(t, dir)
		governor := o.as("admin", "la-da")
		require.ErrorContains(t, o.PutRule(governor, Rule{Hour: "25:00"}), "06:30")
		o.message("idea", "thon-1")
		ctx, stop := context.WithCancel(t.Context())
		go o.Run(ctx)
		time.Sleep(48 * time.Hour)
		require.Empty(t, o.told("p-approver"), "off by default")
		require.NoError(t, o.PutRule(governor, Rule{Hour: "6:30"}))
		time.Sleep(48 * time.Hour)
		require.Empty(t, o.told("p-approver"), "nothing new since it was set")

		sleepUntil(6, 29)
		o.message("flood", "thon-2")
		require.Empty(t, o.told("p-approver"))
		time.Sleep(2 * time.Minute)
		told := o.told("p-approver")
		require.Len(t, told, 1)
		require.Contains(t, told[0], "Bà con gửi 1 tin (Ngập 1), xong 0. Tin khẩn chưa xong: 1.")
		require.NotContains(t, told[0], "ông Sáu")
		require.Empty(t, o.told("p-head"), "it is of the whole commune")
		time.Sleep(72 * time.Hour)
		require.Len(t, o.told("p-approver"), 1, "what was told is not new")

		sleepUntil(6, 31)
		o.message("tree", "thon-2")
		sleepUntil(6, 31) // a day later, and at once the office is begun anew
		stop()
		synctest.Wait()
		require.Len(t, o.told("p-approver"), 2)
		again := New(o.opt)
		ctx, stop = context.WithCancel(t.Context())
		go again.Run(ctx)
		time.Sleep(time.Hour)
		require.Len(t, o.told("p-approver"), 2)
		stop()
		o.message("fire", "thon-1")
		sleepUntil(9, 0) // the office was off at the hour
		ctx, stop = context.WithCancel(t.Context())
		defer stop()
		go New(o.opt).Run(ctx)
		time.Sleep(time.Hour)
		require.Len(t, o.told("p-approver"), 3)
		stop()
		synctest.Wait()
	})
}

// sleepUntil sleeps till an hour of the commune's next day.
func sleepUntil(hour, minute int) {
	y, m, d := time.Now().In(schedule.Zone()).AddDate(0, 0, 1).Date()
	time.Sleep(time.Until(time.Date(y, m, d, hour, minute, 0, 0, schedule.Zone())))
}
