package store

import (
	"context"
	"time"
)

// Care is that what is wrong with a node is known and looked after, since a time.
type Care struct {
	Who    string    `json:"who"`
	Reason string    `json:"reason,omitempty"` // why it waits
	Until  time.Time `json:"until,omitzero"`   // when it is to be well again; zero: nobody said
	At     time.Time `json:"at"`               // when they said so
}

// Of says that what is wrong since a time is looked after. What began after they said
// so is another fault: next month's is not theirs by itself.
func (c Care) Of(since time.Time) bool {
	return c.Who != "" && !c.At.Before(since.Truncate(time.Millisecond)) // as the store keeps times
}

// SetCare says who looks after what is wrong with a node; an empty name: nobody. A node
// that is not there is an error.
func (s *Store) SetCare(ctx context.Context, node string, c Care) error {
	if c.Who == "" {
		_, err := s.exec(ctx, "end care of "+node, `DELETE FROM care WHERE node = $1`, node)
		return err
	}
	_, err := s.exec(ctx, "care of "+node, `INSERT INTO care (node, who, reason, until, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (node) DO UPDATE SET who = excluded.who, reason = excluded.reason, until = excluded.until, at = excluded.at`,
		node, c.Who, c.Reason, millis(c.Until), millis(c.At))
	return err
}

// Care returns who took on each node that somebody did. None is an empty map, and no
// error.
func (s *Store) Care(ctx context.Context) (map[string]Care, error) {
	type pair struct {
		node string
		Care
	}
	pairs, err := list(ctx, s.read, "care", func(row scanner) (p pair, err error) {
		return p, row.Scan(&p.node, &p.Who, &p.Reason, at{&p.Until}, at{&p.At})
	}, `SELECT node, who, reason, until, at FROM care`)
	all := make(map[string]Care, len(pairs))
	for _, p := range pairs {
		all[p.node] = p.Care
	}
	return all, err
}

// Maintenance (bảo trì) is a time in which somebody works at a place: what is silent or
// wrong there then is no fault. It may be planned, or noted when it is over.
type Maintenance struct {
	ID     string    `json:"id"`
	Place  string    `json:"place"` // id of an area or a node
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
	Who    string    `json:"who"`   // does the work
	Noted  string    `json:"noted"` // who wrote it down
}

const maintenanceColumns = `id, place, since, until, reason, who, noted`

func scanMaintenance(row scanner) (m Maintenance, err error) {
	return m, row.Scan(&m.ID, &m.Place, at{&m.Since}, at{&m.Until}, &m.Reason, &m.Who, &m.Noted)
}

// PutMaintenance keeps one, or replaces the one with its id.
func (s *Store) PutMaintenance(ctx context.Context, m Maintenance) error {
	_, err := s.exec(ctx, "put maintenance", `INSERT INTO maintenance (`+maintenanceColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET since = excluded.since, until = excluded.until, reason = excluded.reason, who = excluded.who,
			noted = excluded.noted`,
		m.ID, m.Place, millis(m.Since), millis(m.Until), m.Reason, m.Who, m.Noted)
	return err
}

// DeleteMaintenance forgets one. ErrNotFound where there is none.
func (s *Store) DeleteMaintenance(ctx context.Context, id string) error {
	return s.must(ctx, "delete maintenance "+id, `DELETE FROM maintenance WHERE id = $1`, id)
}

// Maintenance returns one. ErrNotFound where there is none.
func (s *Store) Maintenance(ctx context.Context, id string) (Maintenance, error) {
	m, err := scanMaintenance(s.read.QueryRowContext(ctx, `SELECT `+maintenanceColumns+` FROM maintenance WHERE id = $1`, id))
	return m, wrap("maintenance "+id, err)
}

// MostMaintenances bounds what Maintenances returns.
const MostMaintenances = 1000

// Maintenances returns those that end after a time, the first to begin first, limit of
// them at most, and never more than [MostMaintenances]. None is an empty list, and no error.
func (s *Store) Maintenances(ctx context.Context, after time.Time, limit int) ([]Maintenance, error) {
	return list(ctx, s.read, "maintenance", scanMaintenance,
		`SELECT `+maintenanceColumns+` FROM maintenance WHERE until > $1 ORDER BY since, id LIMIT $2`, millis(after), bound(limit))
}
