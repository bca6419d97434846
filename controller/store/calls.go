package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"loa/schedule"
)

// Call (phát trực tiếp) is a call in the log: who spoke, where, when, how it
// ended, and its recording. What each node heard of it stands in the plays,
// whose programme is the call's id; Heard is what they said meanwhile.
type Call struct {
	schedule.Call
	Targets  schedule.Targets `json:"targets"`
	Author   string           `json:"author,omitempty"`
	Source   string           `json:"source,omitempty"`   // URL of a relay
	Corrects string           `json:"corrects,omitempty"` // the call that it takes back
	Drill    bool             `json:"drill,omitempty"`    // diễn tập: not real
	Approver string           `json:"approver,omitempty"` // name of the person that approved the bulletin that it says; "": nobody
	Account  string           `json:"account,omitempty"`  // id of the one that began it, a person or a token; "": not known
	Said     *Said            `json:"said,omitempty"`     // what it says; nil: a voice
	// Heard is the nodes that said that they play it, and since when.
	Heard     map[string]time.Time `json:"heard,omitempty"`
	Ended     time.Time            `json:"ended,omitzero"`     // zero: on air
	Reason    string               `json:"reason,omitempty"`   // why it ended
	Recording string               `json:"recording,omitzero"` // sha256 of an Ogg Opus file, see RecordingPath
	// Unrecorded is of a voice that went on the air though it could not be recorded,
	// or not to its end.
	Unrecorded bool `json:"unrecorded,omitempty"`
}

// Said is what exactly a call says that is no voice: whatever becomes of the
// bulletin, it stands in the log.
type Said struct {
	Bulletin  string   `json:"bulletin,omitempty"`
	Digest    string   `json:"digest,omitempty"` // of the bulletin, as it was approved or, with Bypass, as it was written
	Bypass    bool     `json:"bypass,omitempty"` // the one who began it aired what was not approved, knowing that
	Title     string   `json:"title,omitempty"`
	Languages []string `json:"languages,omitempty"` // in the order of Clips
	Clips     []string `json:"clips,omitempty"`     // sha256
	Text      string   `json:"text,omitempty"`      // that was spoken, as it was written
	Spoken    string   `json:"spoken,omitempty"`    // how that was read, where it is not as it stands
	Instead   string   `json:"instead,omitempty"`   // the voice that failed, in whose place the built-in one spoke
}

// RecordingPath is where a call's recording is, or belongs.
func (s *Store) RecordingPath(sha string) string { return s.shaPath("recordings", sha) + ".opus" }

// PutCall keeps a call as it is now, in the broadcast log too.
func (s *Store) PutCall(ctx context.Context, c Call) error {
	targets, err := json.Marshal(c.Targets)
	if err != nil {
		return fmt.Errorf("put call %s: %w", c.ID, err)
	}
	doc, err := json.Marshal(c.Call)
	if err != nil {
		return fmt.Errorf("put call %s: %w", c.ID, err)
	}
	heard, err := json.Marshal(c.Heard)
	if err != nil {
		return fmt.Errorf("put call %s: %w", c.ID, err)
	}
	said := ""
	if c.Said != nil {
		doc, err := json.Marshal(c.Said)
		if err != nil {
			return fmt.Errorf("put call %s: %w", c.ID, err)
		}
		said = string(doc)
	}
	return s.tx(ctx, "put call "+c.ID, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
		INSERT INTO calls (id, title, class, targets, document, author, source, corrects, heard, started, ended, reason,
			recording, drill, approver, account, said, unrecorded)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
		ON CONFLICT (id) DO UPDATE SET document = excluded.document, heard = excluded.heard, ended = excluded.ended,
			reason = excluded.reason, recording = excluded.recording, unrecorded = excluded.unrecorded`,
			c.ID, c.Title, string(c.Class), string(targets), string(doc), c.Author, c.Source, c.Corrects, string(heard),
			millis(c.Start), millis(c.Ended), c.Reason, c.Recording, c.Drill, c.Approver, c.Account, said, c.Unrecorded)
		if err != nil {
			return err
		}
		m, err := readMap(ctx, tx)
		if err != nil {
			return err
		}
		return m.addBroadcast(ctx, tx, c.Broadcast())
	})
}

// RemarkBypass is of an emergency: nobody approved it beforehand (khẩn cấp:
// không qua duyệt).
const RemarkBypass = "bypass"

// callReports is how long after its end a node may take to tell of a call.
const callReports = 5 * time.Minute

// Broadcast is the call's line in the broadcast log.
func (c Call) Broadcast() Broadcast {
	b := Broadcast{ID: c.ID, Kind: CallKind, Title: c.Title, Class: c.Class, Speaker: c.Author, Source: StationOf(c.Source),
		Targets: c.Targets,
		Planned: c.Start, Items: 1, Due: c.End.Add(callReports), Began: c.Start, Ended: c.Ended, Recording: c.Recording, Drill: c.Drill,
		Approver: c.Approver}
	if c.Said != nil {
		b.Clips = c.Said.Clips
	}
	if c.Ended.After(c.Start) {
		b.Length = c.Ended.Sub(c.Start)
	}
	if c.Class == schedule.Emergency && c.Approver == "" {
		b.Remark = RemarkBypass
	}
	return b
}

// StationOf is the address of a stream as everybody may see it: without a
// password, and without what may be one.
func StationOf(source string) string {
	u, err := url.Parse(source)
	if source == "" || err != nil || u.Host == "" {
		return ""
	}
	return u.Host + u.EscapedPath()
}

const callColumns = `targets, document, author, source, corrects, heard, ended, reason, recording, drill, approver, account, said, unrecorded`

func scanCall(row scanner) (c Call, err error) {
	var targets, doc, heard, said string
	if err := row.Scan(&targets, &doc, &c.Author, &c.Source, &c.Corrects, &heard, at{&c.Ended}, &c.Reason, &c.Recording, &c.Drill, &c.Approver,
		&c.Account, &said, &c.Unrecorded); err != nil {
		return c, err
	}
	if said != "" {
		err = json.Unmarshal([]byte(said), &c.Said)
	}
	return c,
		errors.Join(err, json.Unmarshal([]byte(targets), &c.Targets), json.Unmarshal([]byte(doc), &c.Call),
			json.Unmarshal([]byte(heard), &c.Heard))
}

// Call returns one call. ErrNotFound where there is none.
func (s *Store) Call(ctx context.Context, id string) (Call, error) {
	if c := s.keptCall(id); c != nil {
		return *c, nil
	}
	return recall(ctx, s, keyCall+id, same, func(ctx context.Context) (Call, error) {
		c, err := scanCall(s.read.QueryRowContext(ctx, `SELECT `+callColumns+` FROM calls WHERE id = $1`, id))
		return c, wrap("call "+id, err)
	})
}

// Calls returns up to limit calls, newest first, started before a time if
// that is not zero.
func (s *Store) Calls(ctx context.Context, before time.Time, limit int) ([]Call, error) {
	all, err := list(ctx, s.read, "calls", scanCall, `
		SELECT `+callColumns+` FROM calls WHERE $1 = 0 OR started < $1
		ORDER BY started DESC, id LIMIT $2`, millis(before), bound(limit))
	if err != nil || !before.IsZero() { // what is not written yet is newest
		return all, err
	}
	all = s.withKept(all, func(Call) bool { return true })
	return all[:min(len(all), bound(limit))], nil
}

// OpenCalls returns the calls that have not ended: those on air, and those
// that a crash of the controller cut off. None is an empty list, and no error.
func (s *Store) OpenCalls(ctx context.Context) ([]Call, error) {
	all, err := list(ctx, s.read, "open calls", scanCall, `SELECT `+callColumns+` FROM calls WHERE ended = 0 ORDER BY started, id`)
	all = s.withKept(all, func(c Call) bool { return c.Ended.IsZero() })
	slices.Reverse(all)
	return all, err
}

// Emergencies returns the emergencies that are on air or began at a time or
// later, newest first, however many other calls there were. None is an empty list, and
// no error.
func (s *Store) Emergencies(ctx context.Context, since time.Time) ([]Call, error) {
	all, err := list(ctx, s.read, "emergencies", scanCall, `
		SELECT `+callColumns+` FROM calls WHERE class = $1 AND (ended = 0 OR started >= $2)
		ORDER BY started DESC, id`, string(schedule.Emergency), millis(since))
	return s.withKept(all, func(c Call) bool {
		return c.Class == schedule.Emergency && (c.Ended.IsZero() || !c.Start.Before(since))
	}), err
}

const keyCommand = "command_seq"

// NextCommand returns the sequence of the next command to the nodes, above
// every earlier one also if this database is restored from a backup: it starts
// from the clock. It comes from memory and is written down after; a number that
// never was is below the clock of the next start.
func (s *Store) NextCommand(now time.Time) uint64 {
	s.commands.Lock()
	s.command = above(s.command, now)
	next := s.command
	s.commands.Unlock()
	s.Note(Deed{Command: next})
	return next
}
