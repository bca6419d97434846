package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Token lets a program act for a person, within its scopes.
type Token struct {
	ID      string    `json:"id"`
	Person  string    `json:"person"`
	Name    string    `json:"name"`
	Hash    string    `json:"-"` // sha256 of the token, hex
	Scopes  []string  `json:"scopes"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Used    time.Time `json:"used,omitzero"`
}

const tokenColumns = `id, person, name, hash, scopes, created, expires, used`

func scanToken(row scanner) (t Token, err error) {
	var scopes string
	err = row.Scan(&t.ID, &t.Person, &t.Name, &t.Hash, &scopes, at{&t.Created}, at{&t.Expires}, at{&t.Used})
	return t, errors.Join(err, json.Unmarshal([]byte(scopes), &t.Scopes))
}

// PutToken adds a token, or notes that it was used.
func (s *Store) PutToken(ctx context.Context, t Token) error {
	scopes, err := json.Marshal(t.Scopes)
	if err != nil {
		return fmt.Errorf("put token: %w", err)
	}
	_, err = s.exec(ctx, "put token", `
		INSERT INTO tokens (`+tokenColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET used = excluded.used`,
		t.ID, t.Person, t.Name, t.Hash, string(scopes), millis(t.Created), millis(t.Expires), millis(t.Used))
	return err
}

// TokenByHash returns the token with a hash. ErrNotFound where there is none.
func (s *Store) TokenByHash(ctx context.Context, hash string) (Token, error) {
	return recall(ctx, s, keyToken+hash, same, func(ctx context.Context) (Token, error) {
		t, err := scanToken(s.read.QueryRowContext(ctx, `SELECT `+tokenColumns+` FROM tokens WHERE hash = $1`, hash))
		return t, wrap("token", err)
	})
}

// Tokens returns all tokens, newest first. None is an empty list, and no error.
func (s *Store) Tokens(ctx context.Context) ([]Token, error) {
	return list(ctx, s.read, "tokens", scanToken, `SELECT `+tokenColumns+` FROM tokens ORDER BY created DESC, id`)
}

// TokensOf returns somebody's tokens, newest first. None is an empty list, and no
// error.
func (s *Store) TokensOf(ctx context.Context, person string) ([]Token, error) {
	return list(ctx, s.read, "tokens", scanToken, `SELECT `+tokenColumns+` FROM tokens WHERE person = $1 ORDER BY created DESC, id`, person)
}

// DeleteTokens removes all tokens of a person. Where there is none that is no error.
func (s *Store) DeleteTokens(ctx context.Context, person string) error {
	s.memory.dropIf(func(v any) bool {
		t, ok := v.(Token)
		return ok && t.Person == person
	})
	_, err := s.exec(ctx, "delete tokens", `DELETE FROM tokens WHERE person = $1`, person)
	return err
}

// oldTokens is how long tokens go on that were made when one could be endless.
const oldTokens = 365 * 24 * time.Hour

// endOldTokens gives tokens without an end one that is far enough off to replace
// them.
func (s *Store) endOldTokens(ctx context.Context, now time.Time) error {
	_, err := s.exec(ctx, "give tokens an end", `UPDATE tokens SET expires = $1 WHERE expires = 0`, millis(now.Add(oldTokens)))
	return err
}

// DeleteToken removes one token. ErrNotFound where there is none.
func (s *Store) DeleteToken(ctx context.Context, id string) error {
	s.memory.dropIf(func(v any) bool {
		t, ok := v.(Token)
		return ok && t.ID == id
	})
	return s.must(ctx, "delete token", `DELETE FROM tokens WHERE id = $1`, id)
}

// MachineSession is a browser that was opened with the machine's own token.
type MachineSession struct {
	Hash    string // sha256 of the cookie, hex
	Token   string // sha256 of the token, hex
	Created time.Time
	Seen    time.Time
}

// PutMachineSession begins a session, or notes that it was seen.
func (s *Store) PutMachineSession(ctx context.Context, x MachineSession) error {
	_, err := s.exec(ctx, "put machine session", `INSERT INTO machine_sessions (hash, token, created, seen) VALUES ($1, $2, $3, $4)
		ON CONFLICT (hash) DO UPDATE SET seen = excluded.seen`, x.Hash, x.Token, millis(x.Created), millis(x.Seen))
	return err
}

// MachineSession returns one session. ErrNotFound where there is none.
func (s *Store) MachineSession(ctx context.Context, hash string) (x MachineSession, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT hash, token, created, seen FROM machine_sessions WHERE hash = $1`, hash).
		Scan(&x.Hash, &x.Token, at{&x.Created}, at{&x.Seen})
	return x, wrap("machine session", err)
}

// EndMachineSession ends one session; one that has ended is none.
func (s *Store) EndMachineSession(ctx context.Context, hash string) error {
	_, err := s.exec(ctx, "end machine session", `DELETE FROM machine_sessions WHERE hash = $1`, hash)
	return err
}

// ForgetMachineSessions removes the sessions of any other token than one, and
// those that were begun, or seen last, before some time. Where there is none that is no
// error.
func (s *Store) ForgetMachineSessions(ctx context.Context, token string, begun, seen time.Time) error {
	_, err := s.exec(ctx, "forget machine sessions", `DELETE FROM machine_sessions WHERE token <> $1 OR created < $2 OR seen < $3`, token,
		millis(begun), millis(seen))
	return err
}
