package wire

import "time"

const (
	// KindKeys is the kind of the chain of signing keys, on all/keys.
	KindKeys = "keys"
	// KindNewKey and KindRetire are the kinds of what stands in the chain.
	KindNewKey = "newkey"
	KindRetire = "retire"
	// MaxLinks bounds a chain: a commune that makes a key every month has enough
	// for twenty years.
	MaxLinks = 256
)

// Chain is how a node that knows any of the commune's signing keys comes to
// know the newest: each key introduces the next. It is retained, and not signed
// itself, for all that stands in it is. A chain only grows; a node keeps what it
// has seen of it, and what does not begin with that is refused.
//
//	key 1 --signs--> NewKey{key 2} --signs--> NewKey{key 3} --signs--> Retire
//
// A key counts from its introduction on; the one before counts on until
// NewKey.Until, the overlap, or until a Retire.
type Chain struct {
	Links  [][]byte `json:"links"`            // signed [NewKey], oldest first
	Retire []byte   `json:"retire,omitempty"` // signed [Retire] by the newest key
}

// NewKey introduces a signing key. It is signed by the one before, for all
// nodes of the commune; the sequence is the key's number, the first key being 1.
type NewKey struct {
	Key   []byte    `json:"key"`   // Ed25519, public
	From  time.Time `json:"from"`  // when it was made
	Until time.Time `json:"until"` // the key before counts no more from then on
}

// Retire says that all keys but the one that signs this count no more, from
// now on: one of them may have been stolen. The sequence is the signer's number.
type Retire struct {
	At time.Time `json:"at"`
}
