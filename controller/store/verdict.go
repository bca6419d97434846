package store

import (
	"context"
	"database/sql"
	"time"
)

// Verdict is what became of an airing, or of a call, at one node: its items taken
// together, by the node's word and by its microphone's. The zero value is that of a
// node that has said nothing.
type Verdict struct {
	Items   int       // that it reported
	Began   time.Time // zero: nothing of it ever did
	Ended   time.Time
	Heard   time.Duration
	Length  time.Duration // of what it reported
	Volume  int           // percent, the loudest
	Outcome string        // heard, partly, not_heard; "": not known
	Reason  string        // why the first item that was not heard whole was not
	Ear     string        // by its microphone: heard, not_heard, cannot_tell, of several the gravest; "": it has none
	EarDB   *float64      // how much louder than calibrated the quietest was

	first int // the item of Reason
}

// earRank orders what a microphone says of several items: one that was not heard
// matters more than the others.
var earRank = map[string]int{"cannot_tell": 1, "heard": 2, "not_heard": 3}

// Add takes one item's play into account, in whatever order they come; see
// [Play.Judged].
func (v *Verdict) Add(p Play) {
	if !p.Began.IsZero() && (v.Began.IsZero() || p.Began.Before(v.Began)) {
		v.Began = p.Began
	}
	if p.Ended.After(v.Ended) {
		v.Ended = p.Ended
	}
	v.Items++
	v.Heard, v.Length, v.Volume = v.Heard+p.Heard, v.Length+p.Length, max(v.Volume, p.Volume)
	outcome, reason := p.Judged()
	if outcome != "heard" && reason != "" && (v.Reason == "" || p.Item < v.first) {
		v.Reason, v.first = reason, p.Item
	}
	switch {
	case v.Outcome == "":
		v.Outcome = outcome
	case v.Outcome != outcome:
		v.Outcome = "partly"
	}
	if earRank[p.Ear] > earRank[v.Ear] {
		v.Ear = p.Ear
	}
	if p.EarDB != nil && (v.EarDB == nil || *p.EarDB < *v.EarDB) {
		v.EarDB = p.EarDB
	}
}

// Of is the verdict on an airing of so many items: where some were not reported,
// what was heard is a part of it.
func (v Verdict) Of(items int) Verdict {
	if v.Items < items && v.Outcome == "heard" {
		v.Outcome = "partly"
	}
	return v
}

// told rolls up what a node has said of an airing or a call.
func told(ctx context.Context, tx *sql.Tx, airing, node string) error {
	var v Verdict
	plays, err := list(ctx, tx, "plays of an airing", scanPlay, `SELECT `+playColumns+` FROM plays WHERE airing = $1 AND node = $2`,
		airing, node)
	if err != nil {
		return err
	}
	for _, p := range plays {
		v.Add(p)
	}
	var items int
	if err := tx.QueryRowContext(ctx, `SELECT items FROM broadcasts WHERE id = $1`, airing).Scan(&items); err != nil {
		return err
	}
	v = v.Of(items)
	_, err = tx.ExecContext(ctx, `
		INSERT INTO broadcast_nodes (broadcast, node, area, items, began, ended, heard, length, volume, outcome, reason, ear, ear_db)
		VALUES ($1, $2, COALESCE((SELECT area FROM nodes WHERE nodes.id = $2), ''), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (broadcast, node) DO UPDATE SET items = excluded.items, began = excluded.began, ended = excluded.ended,
			heard = excluded.heard,
			length = excluded.length, volume = excluded.volume, outcome = excluded.outcome, reason = excluded.reason,
			ear = excluded.ear, ear_db = excluded.ear_db`,
		airing, node, v.Items, millis(v.Began), millis(v.Ended), v.Heard.Milliseconds(), v.Length.Milliseconds(), v.Volume, v.Outcome, v.Reason,
		v.Ear, v.EarDB)
	return err
}
