package trust

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"loa/controller/store"
)

// Seal is the end of the audit log as it was when somebody last wrote to it,
// signed: a log that is shorter, or ends otherwise, was tampered with. Who
// holds the signing key can make a new one; see the threat model.
type Seal struct {
	Seq       int64     `json:"seq"`
	Hash      string    `json:"hash"`
	At        time.Time `json:"at"`
	Signature []byte    `json:"signature"`
}

// ErrSeal means a seal that this commune's key did not make.
var ErrSeal = errors.New("the audit log's seal is not the commune's")

func (s Seal) body() []byte {
	return fmt.Appendf(nil, "loa audit seal\n%d\n%s\n%d", s.Seq, s.Hash, s.At.UnixMilli())
}

const sealFile = "audit.seal"

// ErrCut means that the audit log does not hold the record that was sealed last:
// its end was cut off, or all of it made anew.
var ErrCut = errors.New("the audit log does not hold the record that was sealed last")

// SealAudit seals the end of the audit log, if the log still holds what was
// sealed before. Otherwise it leaves that seal as it is, so that a log which was
// cut is found out for ever, and returns ErrCut. A damaged seal says nothing: the
// next takes its place.
func (t *Trust) SealAudit(ctx context.Context, log *store.Store) error {
	unlock, err := t.lock() // a console beside the controller seals what it wrote
	if err != nil {
		return err
	}
	defer unlock()
	old, err := t.AuditSeal()
	if err == nil {
		if err := old.heldBy(ctx, log); err != nil {
			return err
		}
	}
	end, err := log.LastAudit(ctx)
	if err != nil || end.Seq == old.Seq {
		return err
	}
	s := Seal{Seq: end.Seq, Hash: end.Hash, At: t.now().UTC().Truncate(time.Millisecond)}
	s.Signature = ed25519.Sign(t.SigningKey(), s.body())
	data, err := json.Marshal(s)
	if err == nil {
		err = writeFile(filepath.Join(t.dir, sealFile), data)
	}
	if err != nil {
		return fmt.Errorf("seal the audit log: %w", err)
	}
	return nil
}

// heldBy returns ErrCut if the log does not hold the sealed record.
func (s Seal) heldBy(ctx context.Context, log *store.Store) error {
	if s.Seq == 0 {
		return nil
	}
	l, err := log.AuditLink(ctx, s.Seq)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && l.Hash != s.Hash:
		return fmt.Errorf("record %d of %s: %w", s.Seq, s.At.Format(time.RFC3339), ErrCut)
	}
	return err
}

// AuditSeal returns the last seal, a zero one if there was none yet, or
// ErrSeal.
func (t *Trust) AuditSeal() (Seal, error) {
	data, err := readFile(filepath.Join(t.dir, sealFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Seal{}, nil
	}
	if err != nil {
		return Seal{}, fmt.Errorf("read the audit log's seal: %w", err)
	}
	return t.parseSeal(data)
}

func (t *Trust) parseSeal(data []byte) (s Seal, err error) {
	sealed := func(k SigningKey) bool { return ed25519.Verify(k.public, s.body(), s.Signature) }
	if json.Unmarshal(data, &s) != nil || !slices.ContainsFunc(t.SigningKeys(), sealed) { // it may be from before the last rotation
		return Seal{}, ErrSeal
	}
	return s, nil
}
