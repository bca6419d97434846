package quick

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/office/notices"
	"loa/controller/store"
)

type office struct {
	*Desk
	t     *testing.T
	store *store.Store
}

func open(t *testing.T) *office {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	s, err := store.Open(t.Context(), t.TempDir(), logger)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.PutArea(t.Context(), store.Area{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune}))
	for _, v := range []string{"thon-1", "thon-2"} {
		require.NoError(t, s.PutArea(t.Context(), store.Area{ID: v, Parent: "la-da", Name: "Thôn " + v[5:], Kind: store.Village}))
	}
	require.NoError(t, s.PutPerson(t.Context(), store.Person{ID: "p-an", Login: "an", Name: "An", Grants: []store.Grant{{Role: "head",
		Area: "thon-1"}}, Created: time.Now()}))
	control := access.New(s, "la-da")
	trail := audit.New(audit.Options{Store: s, Now: time.Now, Logger: logger})
	editing, news := new(sync.Mutex), func(string) {}
	not := notices.New(notices.Options{Store: s, Access: control, Trail: trail, Now: time.Now, Editing: editing, News: news,
		Commune: "la-da", Logger: logger})
	t.Cleanup(not.Wait)
	return &office{New(Options{Store: s, Access: control, Trail: trail, Notices: not, Now: time.Now, Editing: editing, News: news}), t, s}
}

func (o *office) as(id, role, area string) context.Context {
	v := &access.Visit{}
	v.Becomes(store.Person{ID: id, Name: id, Grants: []store.Grant{{Role: role, Area: area}}}, "cookie")
	return access.With(o.t.Context(), v)
}

const tap = "0123456789abcdef-1"

// A report has its true time, is one however often it is sent, is its person's alone, rings
// where it is urgent, and is seen where one listens.
func TestSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(t)
		an, binh := o.as("p-an", "head", "thon-1"), o.as("p-binh", "head", "thon-2")
		time.Sleep(24 * time.Hour)
		x := Tapped{ID: tap, Area: "thon-1", Level: "urgent", Kind: "flood", Households: 12, Words: "Nước tới sân", Age: 3 * time.Hour}
		first, err := o.Send(an, x)
		require.NoError(t, err)
		require.WithinDuration(t, time.Now().Add(-3*time.Hour), first.Tapped, time.Millisecond)
		require.True(t, first.Late())
		require.Equal(t, []string{"p-an", "head", "Thôn 1"}, []string{first.Name, first.Role, first.Village})
		time.Sleep(time.Hour)
		x.Age = 4 * time.Hour
		again, err := o.Send(an, x) // the line broke before the answer
		require.NoError(t, err)
		require.Equal(t, first.Arrived, again.Arrived)
		x.Area = "thon-2"
		_, err = o.Send(an, x)
		require.True(t, access.IsForbidden(err), "of another village")
		_, err = o.Send(binh, x) // the other head on the same telephone, with the same id
		require.NoError(t, err)
		x.Area = "thon-1"
		_, err = o.Send(o.as("p-province", "province", "la-da"), x)
		require.True(t, access.IsForbidden(err))

		o.opt.Notices.Wait()
		rung, err := o.store.Unread(t.Context(), "p-an")
		require.NoError(t, err)
		require.Len(t, rung, 1, "once, and of his own village")
		require.Equal(t, "Ngập (trưởng thôn báo)", rung[0].Title)
		for who, n := range map[context.Context]int{an: 1, binh: 1, o.as("p-a", "approver", "la-da"): 2, o.as("p-t", "technician",
			"la-da"): 0} {
			all, err := o.List(who)
			require.NoError(t, err)
			require.Len(t, all, n)
		}
	})
}

// What a telephone says of the time is believed within a week; what is not right is refused
// with a sentence; and there is an end to it.
func TestSendBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := open(t)
		an := o.as("p-an", "head", "thon-1")
		for _, age := range []time.Duration{-time.Hour, 8 * 24 * time.Hour} {
			r, err := o.Send(an, Tapped{Area: "thon-1", Level: "normal", Kind: "flood", Households: 9, Age: age})
			require.NoError(t, err)
			require.True(t, r.Unsure)
			require.Equal(t, r.Arrived, r.Tapped)
			require.Zero(t, r.Kind+"", "what is normal has no kind")
		}
		r, err := o.Send(an, Tapped{Area: "thon-1", Level: "normal", Age: 7 * 24 * time.Hour})
		require.NoError(t, err)
		require.False(t, r.Unsure)
		for want, x := range map[string]Tapped{
			"Choose:": {Area: "thon-1", Level: "bad"}, "what it is": {Area: "thon-1", Level: "urgent"},
			"households": {Area: "thon-1", Level: "urgent", Kind: "flood", Households: -1},
			"The id":     {Area: "thon-1", Level: "normal", ID: "../x"},
			"JPEG":       {Area: "thon-1", Level: "normal", Photo: []byte("x")}} {
			_, err := o.Send(an, x)
			require.ErrorContains(t, err, want)
		}
		for range mostADay - 3 {
			_, err := o.Send(an, Tapped{Area: "thon-1", Level: "normal"})
			require.NoError(t, err)
		}
		_, err = o.Send(an, Tapped{Area: "thon-1", Level: "normal"})
		require.ErrorContains(t, err, "Too many")
		time.Sleep(25 * time.Hour)
		_, err = o.Send(an, Tapped{Area: "thon-1", Level: "normal"})
		require.NoError(t, err)
		time.Sleep(91 * 24 * time.Hour)
		require.NoError(t, o.store.ForgetAnswers(t.Context(), time.Now().AddDate(0, 0, -90), time.Now().AddDate(0, 0, -30)))
		rows, err := o.store.HeadReports(t.Context(), time.Time{}, time.Now())
		require.NoError(t, err)
		require.Empty(t, rows, "kept no longer than messages")
	})
}
