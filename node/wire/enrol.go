package wire

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
)

// Enrolment is how a board becomes a node: over HTTP, before it has any key of
// the commune. A code of 100 bits, which a person carries from the office to
// the pole, proves each side to the other; nothing that passes is secret, so
// the way need not be safe.
//
//	board                                     controller
//	  |-- Enrol {invite, its own key} + MAC -------->|
//	  |<-- Enrolled {certificate, CA, broker, …} + MAC|
//
// The first quarter of the code names the invitation, the rest is the key of
// both MACs (HMAC-SHA256) and is never sent.
type Enrol struct {
	Invite  string `json:"invite"`
	Request []byte `json:"request"` // PKCS #10, DER: the board's own public key
	MAC     []byte `json:"mac"`
}

// Enrolled is what a new node needs to know.
type Enrolled struct {
	Node       string `json:"node"`
	Commune    string `json:"commune"`
	Broker     string `json:"broker"`                // host:port; an empty host is where the board asked
	ServerName string `json:"server_name,omitempty"` // in the broker's certificate, if it is not the host
	Cert       []byte `json:"cert"`                  // PEM
	CA         []byte `json:"ca"`                    // PEM
	CommuneKey []byte `json:"commune_key"`
	MAC        []byte `json:"mac"`
}

// ErrCode means that something is no code, or not the right one.
var ErrCode = errors.New("the enrolment code is not right")

// digits are Crockford's: no letter that is read as another.
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	codeDigits   = 20 // of 5 bits
	inviteDigits = 5
	groupDigits  = 5
)

// Code is a one-time code in its parts.
type Code struct {
	Invite string
	secret string
}

// NewCode draws a code.
func NewCode() Code {
	b := make([]byte, codeDigits)
	_, _ = rand.Read(b) // never fails: crypto/rand
	for i := range b {
		b[i] = digits[b[i]%32]
	}
	return Code{string(b[:inviteDigits]), string(b[inviteDigits:])}
}

// String is the code as people read and type it, in groups.
func (c Code) String() string {
	all := c.Invite + c.secret
	var groups []string
	for ; len(all) > groupDigits; all = all[groupDigits:] {
		groups = append(groups, all[:groupDigits])
	}
	return strings.Join(append(groups, all), "-")
}

// ParseCode reads a code as somebody typed it, or ErrCode.
func ParseCode(s string) (Code, error) {
	var b strings.Builder
	for _, r := range strings.ToUpper(s) {
		switch r {
		case ' ', '-':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if !strings.ContainsRune(digits, r) || b.Len() == codeDigits {
			return Code{}, ErrCode
		}
		b.WriteRune(r)
	}
	if b.Len() != codeDigits {
		return Code{}, ErrCode
	}
	return Code{b.String()[:inviteDigits], b.String()[inviteDigits:]}, nil
}

// mac is over a message whose own MAC is empty, and says which of the two it is.
func (c Code) mac(kind string, body any) ([]byte, error) {
	raw, err := Encode(body)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", kind, err)
	}
	h := hmac.New(sha256.New, []byte("loa enrolment "+c.secret))
	h.Write([]byte(kind + "\n"))
	h.Write(raw)
	return h.Sum(nil), nil
}

// SealEnrol completes a board's question.
func (c Code) SealEnrol(e Enrol) (_ Enrol, err error) {
	e.Invite, e.MAC = c.Invite, nil
	e.MAC, err = c.mac("enrol", e)
	return e, err
}

// OpenEnrol returns ErrCode unless the caller knows the code.
func (c Code) OpenEnrol(e Enrol) error {
	got := e.MAC
	e.MAC = nil
	want, err := c.mac("enrol", e)
	if err != nil || e.Invite != c.Invite || !hmac.Equal(got, want) {
		return ErrCode
	}
	return nil
}

// SealEnrolled completes the controller's answer.
func (c Code) SealEnrolled(e Enrolled) (_ Enrolled, err error) {
	e.MAC = nil
	e.MAC, err = c.mac("enrolled", e)
	return e, err
}

// OpenEnrolled returns ErrCode unless the sender knows the code.
func (c Code) OpenEnrolled(e Enrolled) error {
	got := e.MAC
	e.MAC = nil
	want, err := c.mac("enrolled", e)
	if err != nil || !hmac.Equal(got, want) {
		return ErrCode
	}
	return nil
}
