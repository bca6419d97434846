package wire

import (
	"crypto/ed25519"
	"crypto/rand"
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
	Seq     uint64    `json:"seq"`              // rises for each target and kind, also over restarts
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

// Target names one node of one commune.
func Target(commune, node string) string { return commune + "/" + node }

// Sign encodes body and wraps it in COSE_Sign1 (RFC 9052, 4.2) with Ed25519.
func Sign(key ed25519.PrivateKey, h Header, body any) ([]byte, error) {
	inner, err := Encode(body)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", h.Kind, err)
	}
	payload, err := Encode(signed{h, inner})
	if err != nil {
		return nil, fmt.Errorf("encode header of %s: %w", h.Kind, err)
	}
	signer, err := cose.NewSigner(cose.AlgorithmEdDSA, key)
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", h.Kind, err)
	}
	headers := cose.Headers{Protected: cose.ProtectedHeader{cose.HeaderLabelAlgorithm: cose.AlgorithmEdDSA}}
	return cose.Sign1(rand.Reader, signer, headers, payload, nil)
}

// Open checks a signed message and decodes its body into v. want gives the
// kind and target it must have; a message with a sequence at or below
// want.Seq is ErrStale. now is controller time; zero if it is not known, in
// which case the expiry cannot be judged and an expiring message is refused.
func Open(key ed25519.PublicKey, data []byte, want Header, now time.Time, v any) (Header, error) {
	if len(data) > MaxMessage {
		return Header{}, ErrForged
	}
	var msg cose.Sign1Message
	if err := msg.UnmarshalCBOR(data); err != nil {
		return Header{}, fmt.Errorf("%w: %w", ErrForged, err)
	}
	verifier, err := cose.NewVerifier(cose.AlgorithmEdDSA, key)
	if err != nil {
		return Header{}, fmt.Errorf("%w: %w", ErrForged, err)
	}
	if err := msg.Verify(nil, verifier); err != nil {
		return Header{}, fmt.Errorf("%w: %w", ErrForged, err)
	}
	var s signed
	if err := Decode(msg.Payload, &s); err != nil {
		return Header{}, fmt.Errorf("decode signed message: %w", err)
	}
	switch h := s.Header; {
	case h.Kind != want.Kind || h.Target != want.Target:
		return h, ErrTarget
	case h.Seq <= want.Seq:
		return h, ErrStale
	case !h.Expires.IsZero() && (now.IsZero() || !now.Before(h.Expires)):
		return h, ErrExpired
	}
	if err := Decode(s.Body, v); err != nil {
		return s.Header, fmt.Errorf("decode %s: %w", want.Kind, err)
	}
	return s.Header, nil
}
