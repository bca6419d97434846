package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"loa/schedule"
)

// AreaKind is the level of an area.
type AreaKind string

// The kinds of area, as they stand since the merger of 2025.
const (
	Province AreaKind = "province" // tỉnh
	Commune  AreaKind = "commune"  // xã
	Village  AreaKind = "village"  // thôn
)

// Area (địa bàn) is a place in the tree.
type Area struct {
	ID     string   `json:"id"`
	Parent string   `json:"parent,omitempty"` // "" for a root
	Name   string   `json:"name"`
	Kind   AreaKind `json:"kind"`
}

// DefaultVolume is a new node's volume, percent.
const DefaultVolume = 80

// Node (cụm loa) is one board with its amplifier and horns.
type Node struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Area   string `json:"area"`
	Volume int    `json:"volume"` // percent
	// Delay is how much later than its neighbours the node plays, whole
	// milliseconds: it evens out hardware and distance. Negative: earlier.
	Delay   time.Duration `json:"delay,omitempty"`
	Created time.Time     `json:"created"`
	Place   *Place        `json:"place,omitempty"` // nil: nobody has said where it stands
	// NoReturn is of FM or wired loudspeakers that are joined through an integration
	// device: what they do, no machine can know.
	NoReturn bool `json:"no_return,omitempty"`
}

// Place is where a node stands: degrees, WGS 84, north and east.
type Place struct {
	Latitude  float64 `json:"latitude" minimum:"-90" maximum:"90"`
	Longitude float64 `json:"longitude" minimum:"-180" maximum:"180"`
}

// PutArea adds or changes an area. An unknown parent, or one that lies below
// the area itself, is ErrConflict.
func (s *Store) PutArea(ctx context.Context, a Area) error {
	what := "put area " + a.ID
	return s.tx(ctx, what, func(tx *sql.Tx) error {
		tree, err := readTree(ctx, tx)
		if err != nil {
			return err
		}
		if a.Parent != "" && tree.Within(a.Parent, a.ID) {
			return fmt.Errorf("%w (an area cannot lie within itself)", ErrConflict)
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO areas (id, parent, name, kind) VALUES ($1, NULLIF($2, ''), $3, $4)
			ON CONFLICT (id) DO UPDATE SET parent = excluded.parent, name = excluded.name, kind = excluded.kind`,
			a.ID, a.Parent, a.Name, a.Kind)
		return err
	})
}

const areaColumns = `id, COALESCE(parent, ''), name, kind`

func scanArea(row scanner) (a Area, err error) {
	return a, row.Scan(&a.ID, &a.Parent, &a.Name, &a.Kind)
}

// Area returns one area. ErrNotFound where there is none.
func (s *Store) Area(ctx context.Context, id string) (Area, error) {
	a, err := scanArea(s.read.QueryRowContext(ctx, `SELECT `+areaColumns+` FROM areas WHERE id = $1`, id))
	return a, wrap("area "+id, err)
}

// Areas returns all areas, by name. None is an empty list, and no error.
func (s *Store) Areas(ctx context.Context) ([]Area, error) {
	return recall(ctx, s, keyAreas, slices.Clone[[]Area], func(ctx context.Context) ([]Area, error) {
		return list(ctx, s.read, "areas", scanArea, `SELECT `+areaColumns+` FROM areas ORDER BY name, id`)
	})
}

// DeleteArea removes an area in which nothing stands; otherwise ErrConflict.
func (s *Store) DeleteArea(ctx context.Context, id string) error {
	return s.must(ctx, "delete area "+id, `DELETE FROM areas WHERE id = $1`, id)
}

// Tree returns the tree of areas as package schedule wants it. An empty tree, and no
// error, where there is no area.
func (s *Store) Tree(ctx context.Context) (schedule.Tree, error) {
	return recall(ctx, s, keyTree, maps.Clone[schedule.Tree], func(ctx context.Context) (schedule.Tree, error) {
		tree, err := readTree(ctx, s.read)
		return tree, wrap("tree of areas", err)
	})
}

type queryer interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

func readTree(ctx context.Context, db queryer) (schedule.Tree, error) {
	rows, err := db.QueryContext(ctx, `SELECT id, COALESCE(parent, '') FROM areas`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	tree := schedule.Tree{}
	for rows.Next() {
		var id, parent string
		if err := rows.Scan(&id, &parent); err != nil {
			return nil, err
		}
		tree[id] = parent
	}
	return tree, rows.Err()
}

// PutNode adds or changes a node; Created and Place stay what they were. An
// unknown area is ErrConflict.
func (s *Store) PutNode(ctx context.Context, n Node) error {
	_, err := s.exec(ctx, "put node "+n.ID, `
		INSERT INTO nodes (id, name, area, volume, delay, created, no_return) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, area = excluded.area, volume = excluded.volume, delay = excluded.delay, no_return = excluded.no_return`,
		n.ID, n.Name, n.Area, n.Volume, n.Delay.Milliseconds(), millis(n.Created), n.NoReturn)
	return err
}

// PlaceNode says where a node stands; nil: that is not known any more.
func (s *Store) PlaceNode(ctx context.Context, id string, p *Place) error {
	var latitude, longitude *float64
	if p != nil {
		latitude, longitude = &p.Latitude, &p.Longitude
	}
	return s.must(ctx, "place node "+id, `UPDATE nodes SET latitude = $2, longitude = $3 WHERE id = $1`, id, latitude, longitude)
}

const nodeColumns = `id, name, area, volume, delay, created, latitude, longitude, no_return`

func scanNode(row scanner) (n Node, err error) {
	var latitude, longitude *float64
	err = row.Scan(&n.ID, &n.Name, &n.Area, &n.Volume, &n.Delay, at{&n.Created}, &latitude, &longitude, &n.NoReturn)
	n.Delay *= time.Millisecond
	if latitude != nil && longitude != nil {
		n.Place = &Place{*latitude, *longitude}
	}
	return n, err
}

// Node returns one node. ErrNotFound where there is none.
func (s *Store) Node(ctx context.Context, id string) (Node, error) {
	n, err := scanNode(s.read.QueryRowContext(ctx, `SELECT `+nodeColumns+` FROM nodes WHERE id = $1`, id))
	return n, wrap("node "+id, err)
}

// Nodes returns all nodes, by name. None is an empty list, and no error.
func (s *Store) Nodes(ctx context.Context) ([]Node, error) {
	return recall(ctx, s, keyNodes, slices.Clone[[]Node], func(ctx context.Context) ([]Node, error) {
		return list(ctx, s.read, "nodes", scanNode, `SELECT `+nodeColumns+` FROM nodes ORDER BY name, id`)
	})
}

// DeleteNode removes a node with its state; its plays remain. ErrNotFound where there
// is none.
func (s *Store) DeleteNode(ctx context.Context, id string) error {
	return s.must(ctx, "delete node "+id, `DELETE FROM nodes WHERE id = $1`, id)
}
