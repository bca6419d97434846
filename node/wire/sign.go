package wire

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/veraison/go-cose"
)

// Header says for whom a signed message is, and when it counts. It stands
// inside the signature.
type Header struct {
	Kind    string    `json:"kind"`             // "plan"; a message of one kind is never taken for another
	Target  string    `json:"target"`           // commune/node, see [Target]
	Seq     uint64    `json:"seq"`              // rises for each target and kind, also over restarts; see FromFuture
	Issued  time.Time `json:"issued"`           // controller time
	Expires time.Time `json:"expires,omitzero"` // zero: until a later one
}

type signed struct {
	Header Header `json:"h"`
	Body   []byte `json:"b"`
}

// Errors of Open. All mean: do not act on it.
var (
	ErrForged  = errors.New("wire: signature does not hold")
	ErrTarget  = errors.New("wire: message is for another")
	ErrExpired = errors.New("wire: message has expired")
	ErrStale   = errors.New("wire: message is older than one already accepted")
)

// ErrNonsense is of a message that is signed, and cannot be meant as it is.
var ErrNonsense = errors.New("wire: it makes no sense")

// Target names one node of one commune.
func Target(commune, node string) string { return commune + "/" + node }

// KeyID names a signing key in what it signs (kid, RFC 9052, 3.1): the first
// bytes of its SHA-256. It is a hint and proves nothing.
func KeyID(key ed25519.PublicKey) []byte {
	sum := sha256.Sum256(key)
	return sum[:keyIDLength]
}

// Claims returns what a message says of itself, and its body, for an observer that only
// looks: nothing of it is proved.
func (m *Message) Claims() (h Header, body []byte, err error) {
	var s signed
	if err := Decode(m.body, &s); err != nil {
		return Header{}, nil, fmt.Errorf("decode signed message: %w", err)
	}
	return s.Header, s.Body, nil
}

// NamedKey returns the key id that a signed message names; nil if it is no such
// message. Nothing is checked.
func NamedKey(data []byte) []byte {
	m, err := Read(data)
	if err != nil {
		return nil
	}
	return m.NamedKey()
}

// Opener checks a signed message by the keys that it trusts: see [Open].
type Opener func(data []byte, want Header, now time.Time, v any) (Header, error)

// By is an Opener that trusts one key.
func By(key ed25519.PublicKey) Opener {
	return func(data []byte, want Header, now time.Time, v any) (Header, error) {
		return Open(key, data, want, now, v)
	}
}

// Sign encodes body and wraps it in COSE_Sign1 (RFC 9052, 4.2) with Ed25519. The
// key names itself in the message; it may become another between two calls.
func Sign(key crypto.Signer, h Header, body any) ([]byte, error) {
	inner, err := Encode(body)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", h.Kind, err)
	}
	payload, err := Encode(signed{h, inner})
	if err != nil {
		return nil, fmt.Errorf("encode header of %s: %w", h.Kind, err)
	}
	for {
		id, err := idOf(key)
		if err != nil {
			return nil, fmt.Errorf("sign %s: %w", h.Kind, err)
		}
		signer, err := cose.NewSigner(cose.AlgorithmEdDSA, key)
		if err != nil {
			return nil, fmt.Errorf("sign %s: %w", h.Kind, err)
		}
		headers := cose.Headers{Protected: cose.ProtectedHeader{cose.HeaderLabelAlgorithm: cose.AlgorithmEdDSA, cose.HeaderLabelKeyID: id}}
		raw, err := cose.Sign1(rand.Reader, signer, headers, payload, nil)
		if now, _ := idOf(key); err != nil || bytes.Equal(now, id) {
			return raw, err
		}
	}
}

func idOf(key crypto.Signer) ([]byte, error) {
	pub, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("a %T is no Ed25519 key", key)
	}
	return KeyID(pub), nil
}

// seqAhead is how far a sequence may lie ahead of controller time.
const seqAhead = time.Hour

// Kept stands for controller time where a message is opened that was accepted
// in its time and has been on flash since: neither its expiry nor its sequence
// is judged again.
var Kept = time.Unix(0, 0)

// FromFuture reports whether a sequence is one that nobody honest can have
// used yet: it is at most the time of its making, in Unix milliseconds. Who
// held a key for a while must leave no number behind that the office would not
// reach for years. now is controller time; zero if it is not known, or [Kept]:
// nothing is from the future, then.
func FromFuture(seq uint64, now time.Time) bool {
	return !now.IsZero() && !now.Equal(Kept) && seq > uint64(max(now.Add(seqAhead).UnixMilli(), 0))
}

// Binding is a last sequence as far as it binds at a controller time: one from
// the future, of a clock that was wrong or a key that was stolen, binds nobody.
func Binding(last uint64, now time.Time) uint64 {
	if FromFuture(last, now) {
		return 0
	}
	return last
}

// Open reads a signed message and opens it: see [Message.Open].
func Open(key ed25519.PublicKey, data []byte, want Header, now time.Time, v any) (Header, error) {
	m, err := Read(data)
	if err != nil {
		return Header{}, err
	}
	return m.Open(key, want, now, v)
}

// Open checks a message's signature and decodes its body into v. want gives the
// kind and target it must have; a message with a sequence at or below
// want.Seq is ErrStale, one from the future is ErrForged. now is controller
// time; zero if it is not known, in which case the expiry cannot be judged and
// an expiring message is refused.
func (m *Message) Open(key ed25519.PublicKey, want Header, now time.Time, v any) (Header, error) {
	if !m.verify(key) {
		return Header{}, ErrForged
	}
	var s signed
	if err := Decode(m.body, &s); err != nil {
		return Header{}, fmt.Errorf("decode signed message: %w", err)
	}
	switch h := s.Header; {
	case h.Kind != want.Kind || h.Target != want.Target:
		return h, ErrTarget
	case h.Seq <= want.Seq:
		return h, ErrStale
	case FromFuture(h.Seq, now):
		return h, fmt.Errorf("%w: its sequence is from the future", ErrForged)
	case !h.Expires.IsZero() && (now.IsZero() || !now.Before(h.Expires)):
		return h, ErrExpired
	}
	if err := Decode(s.Body, v); err != nil {
		return s.Header, fmt.Errorf("decode %s: %w", want.Kind, err)
	}
	return s.Header, nil
}
