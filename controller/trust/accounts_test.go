package trust

import (
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/store/storetest"
)

type desk struct {
	*testing.T
	*Accounts
	store *store.Store
	at    time.Time
}

var home = Visitor{Address: "10.0.0.7", Agent: "Firefox"}

const good = "cây đa bến nước"

func newDesk(t *testing.T) *desk {
	dir := t.TempDir()
	storetest.Fill(t, dir)
	st, err := store.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { _ = st.Close() })
	d := &desk{T: t, store: st, at: time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)}
	d.Accounts = NewAccounts(st, func() time.Time { return d.at }, Cost{KiB: 8, Passes: 1})
	return d
}

func (d *desk) code(err error) string {
	d.Helper()
	p, ok := problem.Of(err)
	require.True(d, ok, "%v", err)
	return p.Code
}

func TestFromTheFirstAccountToTheLastSession(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	fresh, err := d.IsNew(ctx)
	require.NoError(t, err)
	require.True(t, fresh)
	_, _, err = d.SignIn(ctx, "admin", "admin", home)
	require.Equal(t, "sign_in_wrong", d.code(err), "there is no default account")
	for _, n := range []Newcomer{{Login: "h", Password: good}, {Login: "cô hoa", Password: good},
		{Login: strings.Repeat("x", 61), Password: good}} {
		_, err = d.SetUp(ctx, n, "la-da")
		require.Equal(t, "login_invalid", d.code(err))
	}
	_, err = d.SetUp(ctx, Newcomer{Login: "hoa", Password: "1234567890"}, "la-da")
	require.Equal(t, "password_poor", d.code(err))
	hoa, err := d.SetUp(ctx, Newcomer{Login: " Hoa ", Name: "Cô Hoa", Password: good}, "la-da")
	require.NoError(t, err)
	require.Equal(t, "hoa", hoa.Login)
	_, err = d.SetUp(ctx, Newcomer{Login: "ke-gian", Password: good}, "la-da")
	require.Equal(t, "set_up_already", d.code(err))

	cookie, _, err := d.SignIn(ctx, "HOA", good, home)
	require.NoError(t, err)
	p, ok, err := d.Who(ctx, cookie, home)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, Principal{ID: hoa.ID, Person: hoa.ID, Name: "Cô Hoa", Grants: []store.Grant{{Role: "admin", Area: "la-da"}}}, p)
	sessions, err := d.store.Sessions(ctx, hoa.ID)
	require.NoError(t, err)
	require.NotContains(t, sessions[0].Hash, cookie, "who reads the database cannot sign in")

	// a session ends by itself, by signing out, and with a new password
	is := func(cookie string) bool { _, ok, err := d.Who(ctx, cookie, home); require.NoError(t, err); return ok }
	for range 5 {
		d.at = d.at.Add(6 * 24 * time.Hour)
		if d.at.Sub(sessions[0].Created) <= sessionMost {
			require.True(t, is(cookie), "seen in time")
		}
	}
	d.at = d.at.Add(time.Hour)
	require.False(t, is(cookie), "a month is the most")
	cookie, _, err = d.SignIn(ctx, "hoa", good, home)
	require.NoError(t, err)
	d.at = d.at.Add(sessionIdle + time.Minute)
	require.False(t, is(cookie), "not seen for a week")
	require.NoError(t, d.Forget(ctx))
	sessions, err = d.store.Sessions(ctx, hoa.ID)
	require.NoError(t, err)
	require.Empty(t, sessions)
	one, _, err := d.SignIn(ctx, "hoa", good, home)
	require.NoError(t, err)
	two, _, err := d.SignIn(ctx, "hoa", good, home)
	require.NoError(t, err)
	require.NoError(t, d.SetPassword(ctx, hoa.ID, "trống đồng Đông Sơn", hashOf(one)))
	require.True(t, is(one))
	require.False(t, is(two))
	require.NoError(t, d.SignOut(ctx, one))
	require.False(t, is(one))
	require.False(t, is("nonsense"))
	_, _, err = d.SignIn(ctx, "hoa", good, home)
	require.Equal(t, "sign_in_wrong", d.code(err))

	hoa.Password, hoa.Disabled = "", true
	cookie, _, err = d.SignIn(ctx, "hoa", "trống đồng Đông Sơn", home)
	require.NoError(t, err)
	require.NoError(t, d.store.PutPerson(ctx, hoa))
	require.False(t, is(cookie), "shut out at once")
}

func TestWhoGuessesPasswordsWaits(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	_, err := d.Add(ctx, Newcomer{Login: "hoa", Password: good})
	require.NoError(t, err)
	_, err = d.Add(ctx, Newcomer{Login: "HOA", Password: good})
	require.Equal(t, "login_taken", d.code(err))
	_, err = d.Add(ctx, Newcomer{Login: "lan", Password: good, Grants: []store.Grant{{Role: "root", Area: "la-da"}}})
	require.Equal(t, "role_unknown", d.code(err))
	for range freeTries {
		_, _, err = d.SignIn(ctx, "hoa", "sai mật khẩu rồi", home)
		require.Equal(t, "sign_in_wrong", d.code(err))
	}
	_, _, err = d.SignIn(ctx, "hoa", good, Visitor{Address: "10.9.9.9"})
	require.Equal(t, "sign_in_wait", d.code(err), "also the right one: else it would tell")
	_, _, err = d.SignIn(ctx, "nobody", good, home)
	require.Equal(t, "sign_in_wait", d.code(err), "the address waits too")
	d.at = d.at.Add(firstPause)
	_, _, err = d.SignIn(ctx, "hoa", good, home)
	require.NoError(t, err)
}

func TestTokensActWithinTheirScopes(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	hoa, err := d.SetUp(ctx, Newcomer{Login: "hoa", Name: "Cô Hoa", Password: good}, "la-da")
	require.NoError(t, err)
	for _, scopes := range [][]Action{nil, {"root"}} {
		_, _, err = d.MakeToken(ctx, hoa.ID, "x", scopes, 0)
		require.Equal(t, "scope_unknown", d.code(err))
	}
	secret, row, err := d.MakeToken(ctx, hoa.ID, "Đồng bộ tỉnh", []Action{Read, Audit}, time.Hour)
	require.NoError(t, err)
	require.NotContains(t, row.Hash, secret)
	p, ok, err := d.Bearer(ctx, secret)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, []Action{Read, Audit}, p.Scopes)
	require.Equal(t, "Cô Hoa · Đồng bộ tỉnh", p.Name)
	require.Empty(t, p.Where(Emergency))
	for _, wrong := range []string{"", "loa_", secret + "x", secret[:len(secret)-1], strings.TrimPrefix(secret, "loa_")} {
		_, ok, err = d.Bearer(ctx, wrong)
		require.NoError(t, err)
		require.False(t, ok)
	}
	d.at = d.at.Add(time.Hour)
	_, ok, err = d.Bearer(ctx, secret)
	require.NoError(t, err)
	require.False(t, ok, "expired")
	_, _, err = d.MakeToken(ctx, hoa.ID, "x", []Action{Read}, TokenMost+1)
	require.Equal(t, "token_long", d.code(err))
	secret, row, err = d.MakeToken(ctx, hoa.ID, "x", []Action{Read}, 0)
	require.NoError(t, err)
	require.Equal(t, d.at.Add(TokenLives), row.Expires, "none is endless")
	require.NoError(t, d.store.DeleteToken(ctx, row.ID))
	_, ok, err = d.Bearer(ctx, secret)
	require.NoError(t, err)
	require.False(t, ok)
}

// A stranger who guesses keeps nobody out where they are signed in already.
func TestAGuesserKeepsNobodyOut(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	_, err := d.SetUp(ctx, Newcomer{Login: "hoa", Password: good}, "la-da")
	require.NoError(t, err)
	_, _, err = d.SignIn(ctx, "hoa", good, home)
	require.NoError(t, err)
	for i := range 40 {
		_, _, err = d.SignIn(ctx, "hoa", "guess", Visitor{Address: "10.0.9." + strconv.Itoa(i)})
		require.Error(t, err)
	}
	_, _, err = d.SignIn(ctx, "hoa", good, Visitor{Address: "10.0.0.8"})
	require.Equal(t, "sign_in_wait", d.code(err), "elsewhere the account is shut for a while")
	_, _, err = d.SignIn(ctx, "hoa", good, home)
	require.NoError(t, err)
	for range 6 {
		_, _, err = d.SignIn(ctx, "hoa", "guess", home)
	}
	require.Equal(t, "sign_in_wait", d.code(err), "a guesser at that place is slowed down too")
}

// A token of the time when one could be endless has an end now.
func TestOldTokensHaveAnEnd(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	s, err := store.Open(ctx, dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, s.PutPerson(ctx, store.Person{ID: "p", Login: "hoa", Created: time.Now()}))
	require.NoError(t, s.PutToken(ctx, store.Token{ID: "t", Person: "p", Hash: "h", Scopes: []string{"read"}, Created: time.Now()}))
	require.NoError(t, s.Close())
	s, err = store.Open(ctx, dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer s.Close()
	row, err := s.TokenByHash(ctx, "h")
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().AddDate(1, 0, 0), row.Expires, 48*time.Hour)
}

// Another token of the machine ends the sessions that were begun with the old.
func TestMachineSessions(t *testing.T) {
	d := newDesk(t)
	ctx, log := t.Context(), slog.New(slog.DiscardHandler)
	m := NewMachines(d.store, "the token", log)
	cookie, other := m.Begin(ctx, d.at), m.Begin(ctx, d.at)
	knows := func(m *Machines, cookie string) bool { return m.Knows(ctx, cookie, d.at) }
	require.True(t, knows(m, cookie))
	require.False(t, knows(m, "the token"))
	require.True(t, knows(NewMachines(d.store, "the token", log), cookie), "a new start")
	require.False(t, knows(NewMachines(d.store, "another", log), cookie))
	require.NoError(t, m.End(ctx, cookie))
	require.False(t, knows(m, cookie))
	d.at = d.at.Add(sessionIdle + time.Second)
	require.False(t, knows(m, other))

	third := m.Begin(ctx, d.at)
	require.True(t, knows(m, third))
	require.NoError(t, d.store.Close())
	require.True(t, knows(m, third), "a store that cannot be read keeps nobody out who was in")
	require.False(t, knows(m, "somebody else"))
}
