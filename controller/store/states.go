package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// NodeState is what is known of a node, as package fleet judged it last.
type NodeState struct {
	Node      string
	State     string
	Cause     string
	Since     time.Time
	LastWord  time.Time // when the node itself last spoke
	LastHeard time.Time // when it last gave out sound, by its own word
	Status    []byte    // its last status, as package fleet encodes it
}

// StateChange is one line of a node's history.
type StateChange struct {
	Node  string    `json:"node"`
	Since time.Time `json:"since"`
	State string    `json:"state"`
	Cause string    `json:"cause,omitempty"`
}

// Fault (sự cố) is one cause with its time.
type Fault struct {
	Node   string    `json:"node"`
	Code   string    `json:"code"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until,omitzero"` // zero: still there
	Detail string    `json:"detail,omitempty"`
}

// PutNodeStates keeps the states of many nodes in one transaction, and adds a
// line to the history of each whose state is of a new Since. A node that was
// deleted meanwhile is passed over.
func (s *Store) PutNodeStates(ctx context.Context, states []NodeState) error {
	return s.tx(ctx, "put node states", func(tx *sql.Tx) error {
		for _, n := range states {
			res, err := tx.ExecContext(ctx, `
				INSERT INTO node_states (node, state, cause, since, last_word, last_heard, status)
				SELECT id, $2, $3, $4, $5, $6, $7 FROM nodes WHERE id = $1
				ON CONFLICT (node) DO UPDATE SET state = excluded.state, cause = excluded.cause, since = excluded.since,
					last_word = excluded.last_word, last_heard = excluded.last_heard, status = excluded.status`,
				n.Node, n.State, n.Cause, millis(n.Since), millis(n.LastWord), millis(n.LastHeard), n.Status)
			if err != nil {
				return err
			}
			known, err := res.RowsAffected()
			if err != nil {
				return err
			}
			if known == 0 {
				continue // deleted meanwhile: the others are kept all the same
			}
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO state_history (node, since, state, cause) VALUES ($1, $2, $3, $4)
				ON CONFLICT (node, since) DO UPDATE SET state = excluded.state, cause = excluded.cause`,
				n.Node, millis(n.Since), n.State, n.Cause); err != nil {
				return err
			}
		}
		return nil
	})
}

// NodeStates returns what was last kept of every node. None is an empty list, and no
// error.
func (s *Store) NodeStates(ctx context.Context) ([]NodeState, error) {
	return list(ctx, s.read, "node states", func(row scanner) (n NodeState, err error) {
		return n, row.Scan(&n.Node, &n.State, &n.Cause, at{&n.Since}, at{&n.LastWord}, at{&n.LastHeard}, &n.Status)
	}, `SELECT node, state, cause, since, last_word, last_heard, status FROM node_states ORDER BY node`)
}

// StateHistory returns up to limit changes of a node's state, newest first. None is an
// empty list, and no error.
func (s *Store) StateHistory(ctx context.Context, node string, limit int) ([]StateChange, error) {
	return list(ctx, s.read, "history of "+node, func(row scanner) (c StateChange, err error) {
		return c, row.Scan(&c.Node, at{&c.Since}, &c.State, &c.Cause)
	}, `SELECT node, since, state, cause FROM state_history WHERE node = $1 ORDER BY since DESC LIMIT $2`, node, bound(limit))
}

// OpenFault notes a fault that has begun. One of the same code that is still
// open stays as it is; of an unknown node it is passed over.
func (s *Store) OpenFault(ctx context.Context, f Fault) error {
	_, err := s.exec(ctx, "open fault "+f.Code+" of "+f.Node, `
		INSERT INTO faults (node, code, since, until, detail)
		SELECT id, $2, $3, 0, $4 FROM nodes WHERE id = $1
		ON CONFLICT DO NOTHING`, f.Node, f.Code, millis(f.Since), f.Detail)
	return err
}

// CloseFault ends the open fault of this code, if there is one.
func (s *Store) CloseFault(ctx context.Context, node, code string, until time.Time) error {
	_, err := s.exec(ctx, "close fault "+code+" of "+node,
		`UPDATE faults SET until = $3 WHERE node = $1 AND code = $2 AND until = 0`, node, code, millis(until))
	return err
}

const faultColumns = `node, code, since, until, detail`

func scanFault(row scanner) (f Fault, err error) {
	return f, row.Scan(&f.Node, &f.Code, at{&f.Since}, at{&f.Until}, &f.Detail)
}

// OpenFaults returns the faults of all nodes that have not ended, oldest first. None is
// an empty list, and no error.
func (s *Store) OpenFaults(ctx context.Context) ([]Fault, error) {
	return list(ctx, s.read, "open faults", scanFault, `SELECT `+faultColumns+` FROM faults WHERE until = 0 ORDER BY since, node, code`)
}

// FaultHistory returns up to limit faults of a node, newest first. None is an empty
// list, and no error.
func (s *Store) FaultHistory(ctx context.Context, node string, limit int) ([]Fault, error) {
	return list(ctx, s.read, "faults of "+node, scanFault,
		`SELECT `+faultColumns+` FROM faults WHERE node = $1 ORDER BY since DESC, code LIMIT $2`, node, bound(limit))
}

// ForgetHistory removes states, watches and ended faults older than before; the
// last state of each node stays. A link that comes and goes all day would
// otherwise fill the disk.
func (s *Store) ForgetHistory(ctx context.Context, before time.Time) error {
	return s.tx(ctx, "forget history", func(tx *sql.Tx) error {
		for _, q := range []string{
			`DELETE FROM state_history WHERE since < $1 AND since < (SELECT max(b.since) FROM state_history b WHERE b.node = state_history.node)`,
			`DELETE FROM watches WHERE until < $1`,
			`DELETE FROM faults WHERE until > 0 AND until < $1`,
		} {
			if _, err := tx.ExecContext(ctx, q, millis(before)); err != nil {
				return err
			}
		}
		return nil
	})
}

// SettingOr reads the setting under key into v, a pointer, and leaves v as it
// is if none was ever put.
func (s *Store) SettingOr(ctx context.Context, key string, v any) error {
	return settingOr(ctx, s.read, key, v)
}

func settingOr(ctx context.Context, db querier, key string, v any) error {
	var text string
	err := db.QueryRowContext(ctx, `SELECT value FROM settings WHERE key = $1`, key).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return wrap("setting "+key, err)
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("setting %s: %w", key, err)
	}
	return nil
}

// PutSetting keeps v, as JSON, under key.
func (s *Store) PutSetting(ctx context.Context, key string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("put setting %s: %w", key, err)
	}
	_, err = s.exec(ctx, "put setting "+key, `
		INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, string(text))
	return err
}
