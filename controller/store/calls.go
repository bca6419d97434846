package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"loa/schedule"
)

// Call (phát trực tiếp) is a call in the log: who spoke, where, when, how it
// ended, and its recording. Which nodes heard it stands in the plays, whose
// programme is the call's id.
type Call struct {
	schedule.Call
	Targets   schedule.Targets `json:"targets"`
	Author    string           `json:"author,omitempty"`
	Ended     time.Time        `json:"ended,omitzero"`     // zero: on air
	Reason    string           `json:"reason,omitempty"`   // why it ended
	Recording string           `json:"recording,omitzero"` // sha256 of an Ogg Opus file, see RecordingPath
}

// RecordingPath is where a call's recording is, or belongs.
func (s *Store) RecordingPath(sha string) string { return s.shaPath("recordings", sha) + ".opus" }

// PutCall keeps a call as it is now.
func (s *Store) PutCall(ctx context.Context, c Call) error {
	targets, err := json.Marshal(c.Targets)
	if err != nil {
		return fmt.Errorf("put call %s: %w", c.ID, err)
	}
	doc, err := json.Marshal(c.Call)
	if err != nil {
		return fmt.Errorf("put call %s: %w", c.ID, err)
	}
	_, err = s.exec(ctx, "put call "+c.ID, `
		INSERT INTO calls (id, title, class, targets, document, author, started, ended, reason, recording)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (id) DO UPDATE SET document = excluded.document, ended = excluded.ended,
			reason = excluded.reason, recording = excluded.recording`,
		c.ID, c.Title, string(c.Class), string(targets), string(doc), c.Author, millis(c.Start), millis(c.Ended), c.Reason, c.Recording)
	return err
}

const callColumns = `targets, document, author, ended, reason, recording`

func scanCall(row scanner) (c Call, err error) {
	var targets, doc string
	if err := row.Scan(&targets, &doc, &c.Author, at{&c.Ended}, &c.Reason, &c.Recording); err != nil {
		return c, err
	}
	return c, errors.Join(json.Unmarshal([]byte(targets), &c.Targets), json.Unmarshal([]byte(doc), &c.Call))
}

// Call returns one call.
func (s *Store) Call(ctx context.Context, id string) (Call, error) {
	c, err := scanCall(s.read.QueryRowContext(ctx, `SELECT `+callColumns+` FROM calls WHERE id = $1`, id))
	return c, wrap("call "+id, err)
}

// Calls returns up to limit calls, newest first, started before a time if
// that is not zero.
func (s *Store) Calls(ctx context.Context, before time.Time, limit int) ([]Call, error) {
	return list(ctx, s.read, "calls", scanCall, `
		SELECT `+callColumns+` FROM calls WHERE $1 = 0 OR started < $1
		ORDER BY started DESC, id LIMIT $2`, millis(before), bound(limit))
}

// OpenCalls returns the calls that have not ended: those on air, and those
// that a crash of the controller cut off.
func (s *Store) OpenCalls(ctx context.Context) ([]Call, error) {
	return list(ctx, s.read, "open calls", scanCall, `SELECT `+callColumns+` FROM calls WHERE ended = 0 ORDER BY started, id`)
}

const keyCommand = "command_seq"

// NextCommand returns the sequence of the next command to the nodes, above
// every earlier one also if this database is restored from a backup: it starts
// from the clock.
func (s *Store) NextCommand(ctx context.Context, now time.Time) (uint64, error) {
	var last uint64
	if err := s.Setting(ctx, keyCommand, &last); err != nil && !errors.Is(err, ErrNotFound) {
		return 0, err
	}
	next := max(last+1, uint64(max(now.UnixMilli(), 1)))
	return next, s.PutSetting(ctx, keyCommand, next)
}
