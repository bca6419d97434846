package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Person is somebody who may sign in. What the grants mean, package trust
// knows; here they are kept.
type Person struct {
	ID       string    `json:"id"`
	Login    string    `json:"login"` // lower case
	Name     string    `json:"name"`
	Password string    `json:"-"` // its hash; "" if there is none
	Grants   []Grant   `json:"grants"`
	Disabled bool      `json:"disabled,omitempty"`
	Created  time.Time `json:"created"`
}

// Grant is a role in an area and all that lies in it.
type Grant struct {
	Role string `json:"role" enum:"admin,operator,approver,speaker,head,technician,province" doc:"trưởng đài, cán bộ truyền thanh, lãnh đạo duyệt, người phát khẩn cấp, trưởng thôn, kỹ thuật viên, tỉnh"` // a trust.Role
	Area string `json:"area" doc:"id of the area; the role counts in it and in all that lies in it"`
}

const personColumns = `id, login, name, password, grants, disabled, created`

func scanPerson(row scanner) (p Person, err error) {
	var grants string
	if err := row.Scan(&p.ID, &p.Login, &p.Name, &p.Password, &grants, &p.Disabled, at{&p.Created}); err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(grants), &p.Grants)
}

// PutPerson adds or changes a person; a login that another has is ErrConflict.
func (s *Store) PutPerson(ctx context.Context, p Person) error {
	grants, err := json.Marshal(p.Grants)
	if err != nil {
		return fmt.Errorf("put person %s: %w", p.ID, err)
	}
	_, err = s.exec(ctx, "put person "+p.ID, `
		INSERT INTO people (`+personColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET login = excluded.login, name = excluded.name, password = excluded.password,
			grants = excluded.grants, disabled = excluded.disabled`,
		p.ID, p.Login, p.Name, p.Password, string(grants), p.Disabled, millis(p.Created))
	if err == nil {
		s.rememberPerson(p)
	}
	return err
}

// FirstPerson adds a person if there is none yet; else ErrConflict. So two who
// both make the first account are not both made admin.
func (s *Store) FirstPerson(ctx context.Context, p Person) error {
	grants, err := json.Marshal(p.Grants)
	if err != nil {
		return fmt.Errorf("put the first person: %w", err)
	}
	n, err := s.exec(ctx, "put the first person", `
		INSERT INTO people (`+personColumns+`) SELECT $1, $2, $3, $4, $5, $6, $7 WHERE NOT EXISTS (SELECT 1 FROM people)`,
		p.ID, p.Login, p.Name, p.Password, string(grants), p.Disabled, millis(p.Created))
	if err == nil && n == 0 {
		err = fmt.Errorf("put the first person: %w", ErrConflict)
	}
	return err
}

// Person returns one person by id. ErrNotFound where there is none.
func (s *Store) Person(ctx context.Context, id string) (Person, error) {
	return recall(ctx, s, keyPerson+id, copyPerson, func(ctx context.Context) (Person, error) {
		p, err := scanPerson(s.read.QueryRowContext(ctx, `SELECT `+personColumns+` FROM people WHERE id = $1`, id))
		return p, wrap("person "+id, err)
	})
}

// PersonByLogin returns one person by the name that they sign in with. ErrNotFound
// where there is none.
func (s *Store) PersonByLogin(ctx context.Context, login string) (Person, error) {
	return recall(ctx, s, keyLogin+login, copyPerson, func(ctx context.Context) (Person, error) {
		p, err := scanPerson(s.read.QueryRowContext(ctx, `SELECT `+personColumns+` FROM people WHERE login = $1`, login))
		return p, wrap("person", err)
	})
}

// People returns all people, by name. None is an empty list, and no error.
func (s *Store) People(ctx context.Context) ([]Person, error) {
	return recall(ctx, s, keyPeople, slices.Clone[[]Person], func(ctx context.Context) ([]Person, error) {
		return list(ctx, s.read, "people", scanPerson, `SELECT `+personColumns+` FROM people ORDER BY name, id`)
	})
}

// DeletePerson removes a person with their sessions, passkeys and tokens. ErrNotFound
// where there is none.
func (s *Store) DeletePerson(ctx context.Context, id string) error {
	err := s.must(ctx, "delete person "+id, `DELETE FROM people WHERE id = $1`, id)
	if err == nil {
		s.forgetPerson(id)
		s.dropSessions(func(x Session) bool { return x.Person == id })
	}
	return err
}

// Session is a browser that somebody is signed in with.
type Session struct {
	Hash    string    `json:"-"` // sha256 of the cookie, hex
	Person  string    `json:"person"`
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Agent   string    `json:"agent"`
	Address string    `json:"address"`
}

const sessionColumns = `hash, person, created, seen, agent, address`

func scanSession(row scanner) (x Session, err error) {
	return x, row.Scan(&x.Hash, &x.Person, at{&x.Created}, at{&x.Seen}, &x.Agent, &x.Address)
}

// PutSession begins a session, or notes that it was seen.
func (s *Store) PutSession(ctx context.Context, x Session) error {
	_, err := s.exec(ctx, "put session", `
		INSERT INTO sessions (`+sessionColumns+`) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (hash) DO UPDATE SET seen = excluded.seen, address = excluded.address`,
		x.Hash, x.Person, millis(x.Created), millis(x.Seen), x.Agent, x.Address)
	return err
}

// seeSession notes that a session was seen; one that has ended stays ended.
func (s *Store) seeSession(ctx context.Context, x Session) error {
	_, err := s.exec(ctx, "see session", `UPDATE sessions SET seen = $2, address = $3 WHERE hash = $1`, x.Hash, millis(x.Seen), x.Address)
	return err
}

// Session returns one session. ErrNotFound where there is none.
func (s *Store) Session(ctx context.Context, hash string) (Session, error) {
	if x := s.keptSession(hash); x != nil {
		return *x, nil
	}
	return recall(ctx, s, keySession+hash, same, func(ctx context.Context) (Session, error) {
		x, err := scanSession(s.read.QueryRowContext(ctx, `SELECT `+sessionColumns+` FROM sessions WHERE hash = $1`, hash))
		return x, wrap("session", err)
	})
}

// Sessions returns somebody's sessions, the last seen first. None is an empty list, and
// no error.
func (s *Store) Sessions(ctx context.Context, person string) ([]Session, error) {
	return list(ctx, s.read, "sessions", scanSession, `SELECT `+sessionColumns+` FROM sessions WHERE person = $1 ORDER BY seen DESC, hash`,
		person)
}

// EndSession ends one session; one that has ended is none.
func (s *Store) EndSession(ctx context.Context, hash string) error {
	s.dropSessions(func(x Session) bool { return x.Hash == hash })
	_, err := s.exec(ctx, "end session", `DELETE FROM sessions WHERE hash = $1`, hash)
	return err
}

// EndSessions ends all of somebody's sessions but one. Where there is none that is no
// error.
func (s *Store) EndSessions(ctx context.Context, person, except string) error {
	s.dropSessions(func(x Session) bool { return x.Person == person && x.Hash != except })
	_, err := s.exec(ctx, "end sessions", `DELETE FROM sessions WHERE person = $1 AND hash <> $2`, person, except)
	return err
}

// ForgetSessions removes the sessions that were begun, or seen last, before
// some time. Where there is none that is no error.
func (s *Store) ForgetSessions(ctx context.Context, begun, seen time.Time) error {
	_, err := s.exec(ctx, "forget sessions", `DELETE FROM sessions WHERE created < $1 OR seen < $2`, millis(begun), millis(seen))
	return err
}

// Passkey is a WebAuthn credential of a person.
type Passkey struct {
	ID         string          `json:"id"`
	Person     string          `json:"person"`
	Name       string          `json:"name"`
	Credential json.RawMessage `json:"-"`
	Created    time.Time       `json:"created"`
	Used       time.Time       `json:"used,omitzero"`
}

func scanPasskey(row scanner) (k Passkey, err error) {
	var credential string
	err = row.Scan(&k.ID, &k.Person, &k.Name, &credential, at{&k.Created}, at{&k.Used})
	k.Credential = json.RawMessage(credential)
	return k, err
}

// PutPasskey adds a passkey, or keeps its new counter.
func (s *Store) PutPasskey(ctx context.Context, k Passkey) error {
	_, err := s.exec(ctx, "put passkey", `
		INSERT INTO passkeys (id, person, name, credential, created, used) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET credential = excluded.credential, used = excluded.used`,
		k.ID, k.Person, k.Name, string(k.Credential), millis(k.Created), millis(k.Used))
	return err
}

// Passkeys returns somebody's passkeys, oldest first. None is an empty list, and no
// error.
func (s *Store) Passkeys(ctx context.Context, person string) ([]Passkey, error) {
	return list(ctx, s.read, "passkeys", scanPasskey,
		`SELECT id, person, name, credential, created, used FROM passkeys WHERE person = $1 ORDER BY created, id`, person)
}

// DeletePasskey removes one passkey of a person. ErrNotFound where there is none.
func (s *Store) DeletePasskey(ctx context.Context, person, id string) error {
	return s.must(ctx, "delete passkey", `DELETE FROM passkeys WHERE person = $1 AND id = $2`, person, id)
}

// DeletePasskeys removes all passkeys of a person. Where there is none that is no
// error.
func (s *Store) DeletePasskeys(ctx context.Context, person string) error {
	_, err := s.exec(ctx, "delete passkeys", `DELETE FROM passkeys WHERE person = $1`, person)
	return err
}
