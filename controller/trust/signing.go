package trust

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"loa/controller/store"
	"loa/node/wire"
)

const (
	signingFile = "signing.pem"
	blockKey    = "PRIVATE KEY"
	blockFirst  = "PUBLIC KEY" // the commune's first signing key, if there was another since
	blockLink   = "LOA NEW KEY"
	blockRetire = "LOA RETIRE"
)

// ErrOneKey means that there is no older key to retire.
var ErrOneKey = errors.New("there is but one signing key: make a new one first")

// Signing is the key that signs, and how nodes come to know it.
type Signing struct {
	key    ed25519.PrivateKey
	first  ed25519.PublicKey
	links  [][]byte // signed wire.NewKey, from first to key
	retire []byte   // signed wire.Retire
	keys   []SigningKey
}

// SigningKey is one of the commune's signing keys, of which only the newest is
// still held.
type SigningKey struct {
	Number  int
	ID      string // hex, as messages name it
	From    time.Time
	Until   time.Time // it counts no more from then on; zero: it has no successor
	Retired bool      // at once, before that
	public  ed25519.PublicKey
}

// Chain is what nodes are told, encoded; nil if there was never a second key.
func (s *Signing) Chain() []byte {
	if len(s.links) == 0 {
		return nil
	}
	raw, err := wire.Encode(wire.Chain{Links: s.links, Retire: s.retire})
	if err != nil {
		panic(err) // byte strings always encode
	}
	return raw
}

// ID is the newest key's, as messages name it.
func (s *Signing) ID() string { return s.keys[len(s.keys)-1].ID }

// signer follows the key that counts: messages are signed by what it is then.
type signer struct{ t *Trust }

func (s signer) Public() crypto.PublicKey { return s.t.signing.Load().key.Public() }

func (s signer) Sign(r io.Reader, message []byte, o crypto.SignerOpts) ([]byte, error) {
	return s.t.signing.Load().key.Sign(r, message, o)
}

// Signer signs what nodes obey, by the key that counts at the time.
func (t *Trust) Signer() crypto.Signer { return signer{t} }

// Signing is the key in use.
func (t *Trust) Signing() *Signing { return t.signing.Load() }

// SigningKey returns the key that signs what nodes obey.
func (t *Trust) SigningKey() ed25519.PrivateKey { return slices.Clone(t.signing.Load().key) }

// PublicKey returns the half that nodes hold.
func (t *Trust) PublicKey() ed25519.PublicKey {
	return slices.Clone(t.signing.Load().key.Public().(ed25519.PublicKey))
}

// SigningKeys returns all that ever were, oldest first.
func (t *Trust) SigningKeys() []SigningKey { return slices.Clone(t.signing.Load().keys) }

// Open checks a message by the key of the commune's that it names, unless that
// is retired: as nodes do.
func (t *Trust) Open(data []byte, want wire.Header, now time.Time, v any) (wire.Header, error) {
	named := hex.EncodeToString(wire.NamedKey(data))
	for _, k := range t.signing.Load().keys {
		if k.ID == named && !k.Retired {
			return wire.Open(k.public, data, want, now, v)
		}
	}
	return wire.Header{}, wire.ErrForged
}

// Fresh reads the key file again, for somebody may have made or retired a key
// since (loa keys); nil if all is as it is in use. What it returns is to be told
// to the nodes before [Trust.Adopt].
func (t *Trust) Fresh() (*Signing, error) {
	s, err := t.readSigning()
	if err != nil {
		return nil, fmt.Errorf("trust: %w", err)
	}
	used := t.signing.Load()
	switch {
	case len(s.links) == len(used.links) && bytes.Equal(s.retire, used.retire) && s.key.Equal(used.key):
		return nil, nil
	case len(s.links) < len(used.links) || !slices.EqualFunc(s.links[:len(used.links)], used.links, bytes.Equal):
		return nil, fmt.Errorf("trust: %s holds an older key than nodes know already; put the newer file back", signingFile)
	}
	return s, nil
}

// Adopt has the key sign from now on.
func (t *Trust) Adopt(s *Signing) { t.signing.Store(s) }

// Rotate makes the next signing key, introduced by the one before, which counts
// on for the overlap. A controller that runs takes it up within seconds.
func (t *Trust) Rotate(overlap time.Duration) error {
	return t.changeSigning(func(s *Signing) error {
		if len(s.links) >= wire.MaxLinks {
			return fmt.Errorf("trust: %d keys were made; enrol the nodes anew with a first key", len(s.links)+1)
		}
		public, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return fmt.Errorf("trust: make key: %w", err)
		}
		now := t.now().UTC().Truncate(time.Millisecond)
		h := wire.Header{Kind: wire.KindNewKey, Target: wire.Target(t.commune, wire.AllNodes), Seq: uint64(len(s.links) + 2), Issued: now}
		link, err := wire.Sign(s.key, h, wire.NewKey{Key: public, From: now, Until: now.Add(overlap)})
		if err != nil {
			return fmt.Errorf("trust: introduce key: %w", err)
		}
		s.key, s.links, s.retire = key, append(s.links, link), nil
		return nil
	})
}

// Retire ends every overlap now: no key but the newest counts on a node that has
// heard of it. ErrOneKey if there is no other.
func (t *Trust) Retire() error {
	return t.changeSigning(func(s *Signing) (err error) {
		if len(s.links) == 0 {
			return ErrOneKey
		}
		now := t.now().UTC().Truncate(time.Millisecond)
		h := wire.Header{Kind: wire.KindRetire, Target: wire.Target(t.commune, wire.AllNodes), Seq: uint64(len(s.links) + 1), Issued: now}
		if s.retire == nil {
			s.retire, err = wire.Sign(s.key, h, wire.Retire{At: now})
		}
		return err
	})
}

// changeSigning reads, changes and writes the key file. Of two at the same time
// one waits: nodes would never again believe who held the other's successor.
func (t *Trust) changeSigning(change func(*Signing) error) error {
	unlock, err := t.lock()
	if err != nil {
		return err
	}
	defer unlock()
	s, err := t.readSigning()
	if err != nil {
		return fmt.Errorf("trust: %w", err)
	}
	if err := change(s); err != nil {
		return err
	}
	if s.keys, err = s.walk(t.commune); err == nil {
		err = t.writeSigning(s)
	}
	if err != nil {
		return fmt.Errorf("trust: %w", err)
	}
	t.Adopt(s)
	return nil
}

func (t *Trust) openSigning() error {
	s, err := t.readSigning()
	fresh := errors.Is(err, fs.ErrNotExist)
	if fresh {
		if t.Used() {
			return errMissing
		}
		var public ed25519.PublicKey
		s = &Signing{}
		if public, s.key, err = ed25519.GenerateKey(rand.Reader); err != nil {
			return err
		}
		s.first = public
		if s.keys, err = s.walk(t.commune); err == nil {
			err = t.writeSigning(s)
		}
	}
	if err != nil {
		return err
	}
	t.Adopt(s)
	if fresh {
		return t.seal(store.Link{}) // before there is a record
	}
	return nil
}

func (t *Trust) writeSigning(s *Signing) error {
	der, err := x509.MarshalPKCS8PrivateKey(s.key)
	if err != nil {
		return err
	}
	data := pem.EncodeToMemory(&pem.Block{Type: blockKey, Bytes: der})
	if len(s.links) > 0 {
		data = append(data, pem.EncodeToMemory(&pem.Block{Type: blockFirst, Bytes: s.first})...)
	}
	for _, link := range s.links {
		data = append(data, pem.EncodeToMemory(&pem.Block{Type: blockLink, Bytes: link})...)
	}
	if s.retire != nil {
		data = append(data, pem.EncodeToMemory(&pem.Block{Type: blockRetire, Bytes: s.retire})...)
	}
	return writeFile(filepath.Join(t.dir, signingFile), data)
}

func (t *Trust) readSigning() (*Signing, error) {
	path := filepath.Join(t.dir, signingFile)
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	s, err := parseSigning(data)
	if err == nil {
		s.keys, err = s.walk(t.commune)
	}
	if err != nil {
		return nil, fmt.Errorf("%s is damaged; restore it from a backup: %w", path, err)
	}
	return s, nil
}

func parseSigning(data []byte) (*Signing, error) {
	s := &Signing{}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case blockKey:
			k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, err
			}
			key, ok := k.(ed25519.PrivateKey)
			if !ok {
				return nil, fmt.Errorf("it holds a %T, not an Ed25519 key", k)
			}
			s.key = key
		case blockFirst:
			s.first = block.Bytes
		case blockLink:
			s.links = append(s.links, block.Bytes)
		case blockRetire:
			s.retire = block.Bytes
		}
	}
	if s.key == nil {
		return nil, errors.New("no key is in it")
	}
	if len(s.links) == 0 {
		s.first = s.key.Public().(ed25519.PublicKey)
	}
	if len(s.first) != ed25519.PublicKeySize {
		return nil, errors.New("the first key is missing")
	}
	return s, nil
}

// walk follows the chain from the first key, as a node does, and returns the
// keys. It must end at the one that is held.
func (s *Signing) walk(commune string) ([]SigningKey, error) {
	keys := []SigningKey{{Number: 1, ID: hex.EncodeToString(wire.KeyID(s.first)), public: s.first}}
	for _, link := range s.links {
		last := &keys[len(keys)-1]
		var next wire.NewKey
		want := wire.Header{Kind: wire.KindNewKey, Target: wire.Target(commune, wire.AllNodes), Seq: uint64(last.Number)}
		h, err := wire.Open(last.public, link, want, time.Time{}, &next)
		if err != nil || len(next.Key) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("key %d does not introduce the next: %w", last.Number, errors.Join(err))
		}
		last.Until, last.Retired = next.Until, s.retire != nil
		keys = append(keys, SigningKey{Number: int(h.Seq), ID: hex.EncodeToString(wire.KeyID(next.Key)), From: next.From, public: next.Key})
	}
	if !s.key.Public().(ed25519.PublicKey).Equal(keys[len(keys)-1].public) {
		return nil, errors.New("the chain does not lead to the key")
	}
	return keys, nil
}
