package signing

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"time"

	"loa/controller/store"
	"loa/node/wire"
)

// RestoreAct is how the audit log names that a backup was restored: what came after
// the backup is in no log.
const RestoreAct = "backup.restore"

// SignHead is the end of the audit log as nodes are told it.
func SignHead(key crypto.Signer, commune string, end store.Link, now time.Time) ([]byte, error) {
	return wire.Sign(key, wire.Header{Kind: wire.KindHead, Target: wire.Target(commune, wire.AllNodes), Seq: 1, Issued: now.UTC()},
		wire.Head{Seq: end.Seq, Hash: end.Hash, At: now.UTC()})
}

// Missed is a head that a node keeps and that the log does not hold.
type Missed struct {
	Node string
	wire.Head
}

// Judge holds what a node keeps of the audit log against the log, and returns what the log
// does not hold any more, unless a restore that it tells of says why.
func Judge(ctx context.Context, log *store.Store, node string, kept wire.Heads) (missed []Missed, err error) {
	for _, h := range append([]wire.Head{kept.Last}, kept.Lost...) {
		held, err := holds(ctx, log, h)
		if err != nil {
			return missed, err
		}
		if !held {
			missed = append(missed, Missed{node, h})
		}
	}
	return missed, nil
}

func holds(ctx context.Context, log *store.Store, h wire.Head) (bool, error) {
	if h.Seq == 0 || h.Check() != nil {
		return true, nil // it says nothing
	}
	l, err := log.AuditLink(ctx, h.Seq)
	if err == nil && l.Hash == h.Hash {
		return true, nil
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	restores, err := log.Audits(ctx, store.AuditFilter{From: h.At, Action: RestoreAct, Limit: 1000})
	if err != nil {
		return false, fmt.Errorf("look for restores: %w", err)
	}
	for _, r := range restores {
		if r.Seq <= h.Seq {
			return true, nil // the office told of the head before it went back behind it
		}
	}
	return false, nil
}
