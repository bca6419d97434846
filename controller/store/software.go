package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"loa/node/wire"
)

// Software is one version of the program for one processor.
type Software struct {
	Version string
	Arch    string // as Go names it
	SHA     string // of the gzipped file, which is at SoftwarePath
	Bytes   int64
	Added   time.Time
}

// SoftwarePath is where a gzipped program is, or belongs.
func (s *Store) SoftwarePath(sha string) string { return s.shaPath("software", sha) }

// AddSoftware notes a version whose file is in place; it replaces an earlier one
// of the same name.
func (s *Store) AddSoftware(ctx context.Context, w Software) error {
	_, err := s.exec(ctx, "add software "+w.Version, `
		INSERT INTO software (version, arch, sha, bytes, added) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (version, arch) DO UPDATE SET sha = excluded.sha, bytes = excluded.bytes, added = excluded.added`,
		w.Version, w.Arch, w.SHA, w.Bytes, millis(w.Added))
	return err
}

// Software lists all versions, the newest first. None is an empty list, and no error.
func (s *Store) Software(ctx context.Context) ([]Software, error) {
	return list(ctx, s.read, "software", func(row scanner) (w Software, err error) {
		return w, row.Scan(&w.Version, &w.Arch, &w.SHA, &w.Bytes, at{&w.Added})
	}, `SELECT version, arch, sha, bytes, added FROM software ORDER BY added DESC, version, arch`)
}

// NodeSoftware is what a node is to run.
type NodeSoftware struct {
	Node string
	Seq  uint64 // of the signed word about it
	wire.Software
}

// WantSoftware has nodes run a version, "" the packaged one, as a new attempt.
func (s *Store) WantSoftware(ctx context.Context, version string, nodes []string, now time.Time) error {
	return s.tx(ctx, "want software "+version, func(tx *sql.Tx) error {
		for _, node := range nodes {
			var last uint64
			if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(seq), 0) FROM node_software WHERE node = $1`, node).Scan(&last); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `
				INSERT INTO node_software (node, version, attempt, seq) VALUES ($1, $2, 1, $3)
				ON CONFLICT (node) DO UPDATE SET version = excluded.version, attempt = node_software.attempt + 1, seq = excluded.seq`,
				node, version, int64(above(last, now))); err != nil {
				return fmt.Errorf("node %s: %w", node, err)
			}
		}
		return nil
	})
}

// WantedSoftware is what every node is to run, of those for which somebody said so.
// None is an empty list, and no error.
func (s *Store) WantedSoftware(ctx context.Context) ([]NodeSoftware, error) {
	all, err := s.Software(ctx)
	if err != nil {
		return nil, err
	}
	clips := map[string]map[string]wire.ClipRef{}
	for _, w := range all {
		if clips[w.Version] == nil {
			clips[w.Version] = map[string]wire.ClipRef{}
		}
		clips[w.Version][w.Arch] = wire.ClipRef{SHA: w.SHA, Bytes: w.Bytes}
	}
	return list(ctx, s.read, "wanted software", func(row scanner) (n NodeSoftware, err error) {
		err = row.Scan(&n.Node, &n.Version, &n.Attempt, &n.Seq)
		n.Clips = clips[n.Version]
		return n, err
	}, `SELECT node, version, attempt, seq FROM node_software ORDER BY node`)
}
