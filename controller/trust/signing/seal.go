package signing

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
	"loa/controller/trust/keyfile"
)

// Seal is the end of the audit log as it was when somebody last wrote to it,
// signed: a log that is shorter, or ends otherwise, was tampered with. The first
// is made with the keys, of an empty log; so a log that has records and no seal was
// tampered with too. The holder of the signing key can make a new one, and one who puts an
// older log back may put its seal back as well: therefore nodes keep the end of the
// log too, see [Judge].
type Seal struct {
	Seq       int64     `json:"seq"`
	Hash      string    `json:"hash"`
	At        time.Time `json:"at"`
	Signature []byte    `json:"signature"`
}

// ErrSeal means a seal that this commune's key did not make.
var ErrSeal = errors.New("the audit log's seal is not the commune's")

// ErrUnsealed means that there are records, and the seal is gone.
var ErrUnsealed = errors.New("the audit log has records, and its seal is gone")

func (s Seal) body() []byte {
	return fmt.Appendf(nil, "loa audit seal\n%d\n%s\n%d", s.Seq, s.Hash, s.At.UnixMilli())
}

// SealFile is the seal's, in the folder of the keys.
const SealFile = "audit.seal"

// ErrCut means that the audit log does not hold the record that was sealed last:
// its end was cut off, or all of it made anew.
var ErrCut = errors.New("the audit log does not hold the record that was sealed last")

// Tampered reports whether an error says that somebody changed the audit log, or
// its seal, by other ways than ours.
func Tampered(err error) bool {
	return errors.Is(err, ErrCut) || errors.Is(err, ErrSeal) || errors.Is(err, ErrUnsealed)
}

// SealAudit seals the end of the audit log, if the log still holds what was
// sealed before. Otherwise it leaves that seal as it is, so that a log which was
// cut is found out for ever, and returns an error that is [Tampered]; so it does
// where the seal is gone or is none.
func (k *Keys) SealAudit(ctx context.Context, log *store.Store) error {
	unlock, err := keyfile.Lock(k.dir) // a console beside the controller seals what it wrote
	if err != nil {
		return err
	}
	defer unlock()
	end, err := log.LastAudit(ctx)
	if err != nil {
		return err
	}
	old, err := k.AuditSeal()
	if err == nil {
		err = old.covers(ctx, log, end)
	}
	if err != nil || end.Seq == old.Seq && !old.At.IsZero() {
		return err
	}
	if err := k.seal(end); err != nil {
		return fmt.Errorf("seal the audit log: %w", err)
	}
	return nil
}

// seal writes one.
func (k *Keys) seal(end store.Link) error {
	s := Seal{Seq: end.Seq, Hash: end.Hash, At: k.now().UTC().Truncate(time.Millisecond)}
	s.Signature = ed25519.Sign(k.SigningKey(), s.body())
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return keyfile.Write(filepath.Join(k.dir, SealFile), data)
}

// CheckSeal returns an error that is [Tampered] if the log, whose last record is
// end, is not what was sealed.
func (k *Keys) CheckSeal(ctx context.Context, log *store.Store, end store.Link) (Seal, error) {
	s, err := k.AuditSeal()
	if err == nil {
		err = s.covers(ctx, log, end)
	}
	return s, err
}

// covers returns ErrUnsealed if there are records and no seal, and ErrCut if the
// log does not hold the sealed record.
func (s Seal) covers(ctx context.Context, log *store.Store, end store.Link) error {
	if s.At.IsZero() && end.Seq > 0 {
		return fmt.Errorf("%d records: %w", end.Seq, ErrUnsealed)
	}
	return s.heldBy(ctx, log)
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
func (k *Keys) AuditSeal() (Seal, error) {
	data, err := keyfile.Read(filepath.Join(k.dir, SealFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Seal{}, nil
	}
	if err != nil {
		return Seal{}, fmt.Errorf("read the audit log's seal: %w", err)
	}
	return k.parseSeal(data)
}

func (k *Keys) parseSeal(data []byte) (s Seal, err error) {
	sealed := func(k Key) bool { return ed25519.Verify(k.public, s.body(), s.Signature) }
	if json.Unmarshal(data, &s) != nil || !slices.ContainsFunc(k.SigningKeys(), sealed) { // it may be from before the last rotation
		return Seal{}, ErrSeal
	}
	return s, nil
}

// VerifyAudit returns the end of a chain that is whole. A record that is newer
// than the seal is well: power was cut between the two.
func VerifyAudit(ctx context.Context, log *store.Store, keys *Keys) (last store.Link, err error) {
	seal, err := keys.AuditSeal()
	if err != nil {
		return last, err
	}
	err = log.CheckAudit(ctx, func(l store.Link) error {
		last = l
		if l.Seq == seal.Seq && l.Hash != seal.Hash {
			return &store.AuditFault{Seq: l.Seq, Why: "it is another one than was sealed: the log was made anew"}
		}
		return nil
	})
	if err == nil && last.Seq > 0 && seal.At.IsZero() {
		err = fmt.Errorf("%d records: %w", last.Seq, ErrUnsealed)
	}
	if err == nil && last.Seq < seal.Seq {
		err = &store.AuditFault{Seq: last.Seq + 1, Why: fmt.Sprintf("it is missing, and all up to %d: the end was cut off", seal.Seq)}
	}
	return last, err
}

// HasSealed reports whether a seal says that there were records, or cannot be read:
// then nodes know the keys.
func (k *Keys) HasSealed() bool {
	data, err := keyfile.Read(filepath.Join(k.dir, SealFile))
	var s Seal
	return err == nil && (json.Unmarshal(data, &s) != nil || s.Seq > 0)
}
