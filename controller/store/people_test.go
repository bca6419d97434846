package store

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPeople(t *testing.T) {
	s := seeded(t)
	ctx := t.Context()
	hoa := Person{ID: "p1", Login: "hoa", Name: "Cô Hoa", Password: "$argon2id$", Grants: []Grant{{"admin", "la-da"}}, Created: t0}
	require.NoError(t, s.FirstPerson(ctx, hoa))
	require.ErrorIs(t, s.FirstPerson(ctx, Person{ID: "p2", Login: "kẻ gian"}), ErrConflict, "there is a first one")
	require.NoError(t, s.PutPerson(ctx, Person{ID: "p2", Login: "lan", Name: "Bà Lan", Grants: []Grant{}, Disabled: true, Created: t0}))
	require.ErrorIs(t, s.PutPerson(ctx, Person{ID: "p3", Login: "lan"}), ErrConflict)
	got, err := s.PersonByLogin(ctx, "hoa")
	require.NoError(t, err)
	require.Equal(t, hoa, got)
	all, err := s.People(ctx)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.True(t, all[0].Disabled)

	for i, hash := range []string{"a", "b", "c"} {
		require.NoError(t, s.PutSession(ctx,
			Session{Hash: hash, Person: "p1", Created: t0, Seen: t0.Add(time.Duration(i) * time.Hour), Agent: "Firefox", Address: "10.0.0.7"}))
	}
	require.ErrorIs(t, s.PutSession(ctx, Session{Hash: "x", Person: "nobody"}), ErrConflict)
	require.NoError(t, s.PutSession(ctx,
		Session{Hash: "a", Person: "p1", Created: t0.Add(time.Hour), Seen: t0.Add(5 * time.Hour), Address: "10.0.0.8"}))
	a, err := s.Session(ctx, "a")
	require.NoError(t, err)
	require.Equal(t, Session{"a", "p1", t0, t0.Add(5 * time.Hour), "Firefox", "10.0.0.8"}, a)
	require.NoError(t, s.ForgetSessions(ctx, t0, t0.Add(90*time.Minute)))
	sessions, err := s.Sessions(ctx, "p1")
	require.NoError(t, err)
	require.Len(t, sessions, 2)
	require.NoError(t, s.EndSessions(ctx, "p1", "a"))
	_, err = s.Session(ctx, "c")
	require.ErrorIs(t, err, ErrNotFound)
	require.NoError(t, s.EndSession(ctx, "c"))

	require.NoError(t, s.PutPasskey(ctx, Passkey{ID: "k1", Person: "p1", Name: "Điện thoại", Credential: json.RawMessage(`{"n":1}`),
		Created: t0}))
	require.NoError(t, s.PutPasskey(ctx, Passkey{ID: "k1", Person: "p1", Credential: json.RawMessage(`{"n":2}`), Used: t0}))
	keys, err := s.Passkeys(ctx, "p1")
	require.NoError(t, err)
	require.Equal(t, []Passkey{{"k1", "p1", "Điện thoại", json.RawMessage(`{"n":2}`), t0, t0}}, keys)
	require.ErrorIs(t, s.DeletePasskey(ctx, "p2", "k1"), ErrNotFound, "another's")

	token := Token{ID: "t1", Person: "p1", Name: "Đồng bộ tỉnh", Hash: "ff", Scopes: []string{"read"}, Created: t0, Expires: t0.Add(time.Hour)}
	require.NoError(t, s.PutToken(ctx, token))
	token.Used = t0
	require.NoError(t, s.PutToken(ctx, token))
	found, err := s.TokenByHash(ctx, "ff")
	require.NoError(t, err)
	require.Equal(t, token, found)

	require.NoError(t, s.DeletePerson(ctx, "p1"))
	_, err = s.Session(ctx, "a")
	require.ErrorIs(t, err, ErrNotFound)
	tokens, err := s.Tokens(ctx)
	require.NoError(t, err)
	require.Empty(t, tokens)
	require.ErrorIs(t, s.DeleteToken(ctx, "t1"), ErrNotFound)
	require.ErrorIs(t, s.DeletePerson(ctx, "p1"), ErrNotFound)
}
