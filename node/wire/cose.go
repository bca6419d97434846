package wire

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
)

// The one form of a signed message: COSE_Sign1 (RFC 9052, 4.2) whose protected header names Ed25519 and the key, in the
// deterministic encoding of CBOR (RFC 8949, 4.2.1).
//
//	d2 84                      tag 18, an array of four
//	  4d a2 01 27 04 48 KEYID  protected: algorithm EdDSA, key id of eight bytes
//	  a0                       unprotected: nothing
//	  BYTES                    payload
//	  58 40 SIGNATURE          of 64 bytes
//
// It is written by a general library and read here: every node of a call reads some of them a second, and what takes
// any other form need not be thought about.
const (
	coseBegin   = "\xd2\x84"
	coseHeader  = "\x4d\xa2\x01\x27\x04\x48"
	coseNothing = "\xa0"
	coseSig     = "\x58\x40"
	coseContext = "\x84\x6aSignature1" // of what is signed, RFC 9052, 4.4; its external data is coseEmpty
	coseEmpty   = "\x40"
	keyIDLength = 8
)

// Message is a signed message that was read and is not believed yet. It refers to the bytes that it was read from.
type Message struct {
	header  []byte // protected, as it came
	payload []byte // likewise, with its length
	body    []byte // what is in payload
	sig     []byte
}

// Read reads a signed message; what is none is [ErrForged].
func Read(data []byte) (*Message, error) {
	if len(data) > MaxMessage {
		return nil, ErrForged
	}
	rest, ok := bytes.CutPrefix(data, []byte(coseBegin))
	const head = len(coseHeader) + keyIDLength
	if !ok || len(rest) < head || !bytes.HasPrefix(rest, []byte(coseHeader)) {
		return nil, ErrForged
	}
	m := &Message{header: rest[:head:head]}
	if rest, ok = bytes.CutPrefix(rest[head:], []byte(coseNothing)); !ok {
		return nil, ErrForged
	}
	n, size := byteString(rest)
	if size == 0 || uint64(len(rest)-size) < n {
		return nil, ErrForged
	}
	m.payload, m.body = rest[:size+int(n)], rest[size:size+int(n)]
	if m.sig, ok = bytes.CutPrefix(rest[size+int(n):], []byte(coseSig)); !ok || len(m.sig) != ed25519.SignatureSize {
		return nil, ErrForged
	}
	return m, nil
}

// byteString returns the length of the byte string that data begins with, and that of its head; 0: it begins with none,
// or with one whose head could be shorter.
func byteString(data []byte) (n uint64, head int) {
	if len(data) == 0 || data[0]>>5 != 2 {
		return 0, 0
	}
	least := uint64(0)
	switch short := data[0] & 31; {
	case short < 24:
		return uint64(short), 1
	case short == 24 && len(data) > 1:
		n, head, least = uint64(data[1]), 2, 24
	case short == 25 && len(data) > 2:
		n, head, least = uint64(binary.BigEndian.Uint16(data[1:])), 3, 1<<8
	case short == 26 && len(data) > 4:
		n, head, least = uint64(binary.BigEndian.Uint32(data[1:])), 5, 1<<16
	}
	if n < least {
		return 0, 0
	}
	return n, head
}

// verify reports whether a key signed it.
func (m *Message) verify(key ed25519.PublicKey) bool {
	if len(key) != ed25519.PublicKeySize {
		return false
	}
	signed := make([]byte, 0, len(coseContext)+len(m.header)+len(coseEmpty)+len(m.payload))
	signed = append(append(signed, coseContext...), m.header...)
	signed = append(append(signed, coseEmpty...), m.payload...)
	return ed25519.Verify(key, signed, m.sig)
}

// NamedKey returns the key id that a message names. It proves nothing.
func (m *Message) NamedKey() []byte { return m.header[len(coseHeader):] }
