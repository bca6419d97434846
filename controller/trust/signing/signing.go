package signing

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
	"sync/atomic"
	"time"

	"loa/controller/store"
	"loa/controller/trust/keyfile"
	"loa/node/wire"
)

// Keys are the commune's signing keys, in a folder. They are safe for concurrent use.
type Keys struct {
	dir     string
	commune string
	now     func() time.Time
	signing atomic.Pointer[Newest]
}

// New makes them of a folder; nothing is read before [Keys.Load].
func New(dir, commune string, now func() time.Time) *Keys {
	return &Keys{dir: dir, commune: commune, now: now}
}

// Look opens the keys in a folder for a caller that only reads: no file is made.
func Look(dir, commune string) (*Keys, error) {
	k := New(dir, commune, time.Now)
	s, err := k.read()
	if err != nil {
		return nil, err
	}
	k.Adopt(s)
	return k, nil
}

// File is the key's, in the folder: the key, and how it was introduced by those before it.
const File = "signing.pem"

// Its blocks.
const (
	blockKey    = "PRIVATE KEY"
	blockFirst  = "PUBLIC KEY" // the commune's first signing key, if there was another since
	blockLink   = "LOA NEW KEY"
	blockRetire = "LOA RETIRE"
)

// ErrMissing means that a key is gone that nodes know.
var ErrMissing = errors.New("it is missing although nodes know it; restore it from a backup")

// ErrOneKey means that there is no older key to retire.
var ErrOneKey = errors.New("there is but one signing key: make a new one first")

// Newest is the key that signs, and how nodes come to know it.
type Newest struct {
	key    ed25519.PrivateKey
	first  ed25519.PublicKey
	links  [][]byte // signed wire.NewKey, from first to key
	retire []byte   // signed wire.Retire
	keys   []Key
}

// Key is one of the commune's signing keys, of which only the newest is
// still held.
type Key struct {
	Number  int
	ID      string // hex, as messages name it
	From    time.Time
	Until   time.Time // it counts no more from then on; zero: it has no successor
	Retired bool      // at once, before that
	public  ed25519.PublicKey
}

// Chain is what nodes are told, encoded; nil if there was never a second key.
func (s *Newest) Chain() []byte {
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
func (s *Newest) ID() string { return s.keys[len(s.keys)-1].ID }

// signer follows the key that counts: messages are signed by what it is then.
type signer struct{ k *Keys }

func (s signer) Public() crypto.PublicKey { return s.k.signing.Load().key.Public() }

func (s signer) Sign(r io.Reader, message []byte, o crypto.SignerOpts) ([]byte, error) {
	return s.k.signing.Load().key.Sign(r, message, o)
}

// Signer signs what nodes obey, by the key that counts at the time.
func (k *Keys) Signer() crypto.Signer { return signer{k} }

// Newest is the key in use.
func (k *Keys) Signing() *Newest { return k.signing.Load() }

// Key returns the key that signs what nodes obey.
func (k *Keys) SigningKey() ed25519.PrivateKey { return slices.Clone(k.signing.Load().key) }

// PublicKey returns the half that nodes hold.
func (k *Keys) PublicKey() ed25519.PublicKey {
	return slices.Clone(k.signing.Load().key.Public().(ed25519.PublicKey))
}

// SigningKeys returns all that ever were, oldest first.
func (k *Keys) SigningKeys() []Key { return slices.Clone(k.signing.Load().keys) }

// Open checks a message by the key of the commune's that it names, unless that
// is retired: as nodes do.
func (k *Keys) Open(data []byte, want wire.Header, now time.Time, v any) (wire.Header, error) {
	named := hex.EncodeToString(wire.NamedKey(data))
	for _, k := range k.signing.Load().keys {
		if k.ID == named && !k.Retired {
			return wire.Open(k.public, data, want, now, v)
		}
	}
	return wire.Header{}, wire.ErrForged
}

// Fresh reads the key file again, for somebody may have made or retired a key
// since (loa keys); nil if all is as it is in use. What it returns is to be told
// to the nodes before [Keys.Adopt].
func (k *Keys) Fresh() (*Newest, error) {
	s, err := k.read()
	if err != nil {
		return nil, fmt.Errorf("trust: %w", err)
	}
	used := k.signing.Load()
	switch {
	case len(s.links) == len(used.links) && bytes.Equal(s.retire, used.retire) && s.key.Equal(used.key):
		return nil, nil
	case len(s.links) < len(used.links) || !slices.EqualFunc(s.links[:len(used.links)], used.links, bytes.Equal):
		return nil, fmt.Errorf("trust: %s holds an older key than nodes know already; put the newer file back", File)
	}
	return s, nil
}

// Adopt has the key sign from now on.
func (k *Keys) Adopt(s *Newest) { k.signing.Store(s) }

// Rotate makes the next signing key, introduced by the one before, which counts
// on for the overlap. A controller that runs takes it up within seconds.
func (k *Keys) Rotate(overlap time.Duration) error {
	return k.change(func(s *Newest) error {
		if len(s.links) >= wire.MaxLinks {
			return fmt.Errorf("trust: %d keys were made; enrol the nodes anew with a first key", len(s.links)+1)
		}
		public, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return fmt.Errorf("trust: make key: %w", err)
		}
		now := k.now().UTC().Truncate(time.Millisecond)
		h := wire.Header{Kind: wire.KindNewKey, Target: wire.Target(k.commune, wire.AllNodes), Seq: uint64(len(s.links) + 2), Issued: now}
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
func (k *Keys) Retire() error {
	return k.change(func(s *Newest) (err error) {
		if len(s.links) == 0 {
			return ErrOneKey
		}
		now := k.now().UTC().Truncate(time.Millisecond)
		h := wire.Header{Kind: wire.KindRetire, Target: wire.Target(k.commune, wire.AllNodes), Seq: uint64(len(s.links) + 1), Issued: now}
		if s.retire == nil {
			s.retire, err = wire.Sign(s.key, h, wire.Retire{At: now})
		}
		return err
	})
}

// change reads, changes and writes the key file. Of two at the same time
// one waits: nodes would never again believe who held the other's successor.
func (k *Keys) change(change func(*Newest) error) error {
	unlock, err := keyfile.Lock(k.dir)
	if err != nil {
		return err
	}
	defer unlock()
	s, err := k.read()
	if err != nil {
		return fmt.Errorf("trust: %w", err)
	}
	if err := change(s); err != nil {
		return err
	}
	if s.keys, err = s.walk(k.commune); err == nil {
		err = k.write(s)
	}
	if err != nil {
		return fmt.Errorf("trust: %w", err)
	}
	k.Adopt(s)
	return nil
}

// Load takes up the key that is in the folder. Where there is none it makes the first,
// and seals an audit log without a record; if used says that somebody knows the
// folder's keys, that is an error: a new one would be believed by nobody.
func (k *Keys) Load(used func() bool) error {
	s, err := k.read()
	fresh := errors.Is(err, fs.ErrNotExist)
	if fresh {
		if used() {
			return ErrMissing
		}
		if s, err = k.invent(); err == nil {
			err = k.write(s)
		}
	}
	if err != nil {
		return err
	}
	k.Adopt(s)
	if fresh {
		return k.seal(store.Link{}) // before there is a record
	}
	return nil
}

// invent makes a first key.
func (k *Keys) invent() (*Newest, error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	s := &Newest{key: key, first: public}
	s.keys, err = s.walk(k.commune)
	return s, err
}

// Unbelieved has a new key sign that is kept nowhere and that no node believes: where
// the commune's is lost the pages come up all the same.
func (k *Keys) Unbelieved() error {
	s, err := k.invent()
	if err == nil {
		k.Adopt(s)
	}
	return err
}

// Counts reports why data is not the key file that counts: one from before a rotation
// did not make the audit log's seal.
func (k *Keys) Counts(data []byte) error {
	s, err := parse(data)
	if err == nil {
		s.keys, err = s.walk(k.commune)
	}
	if err != nil {
		return err
	}
	was := k.signing.Swap(s)
	_, err = k.AuditSeal()
	k.signing.Store(was)
	if errors.Is(err, ErrSeal) {
		return errors.New("it is from before the last rotation of the key")
	}
	return nil
}

func (k *Keys) write(s *Newest) error {
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
	return keyfile.Write(filepath.Join(k.dir, File), data)
}

func (k *Keys) read() (*Newest, error) {
	path := filepath.Join(k.dir, File)
	data, err := keyfile.Read(path)
	if err != nil {
		return nil, err
	}
	s, err := parse(data)
	if err == nil {
		s.keys, err = s.walk(k.commune)
	}
	if err != nil {
		return nil, fmt.Errorf("%s is damaged; restore it from a backup: %w", path, err)
	}
	return s, nil
}

func parse(data []byte) (*Newest, error) {
	s := &Newest{}
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
func (s *Newest) walk(commune string) ([]Key, error) {
	keys := []Key{{Number: 1, ID: hex.EncodeToString(wire.KeyID(s.first)), public: s.first}}
	for _, link := range s.links {
		last := &keys[len(keys)-1]
		var next wire.NewKey
		want := wire.Header{Kind: wire.KindNewKey, Target: wire.Target(commune, wire.AllNodes), Seq: uint64(last.Number)}
		h, err := wire.Open(last.public, link, want, time.Time{}, &next)
		if err != nil || len(next.Key) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("key %d does not introduce the next: %w", last.Number, errors.Join(err))
		}
		last.Until, last.Retired = next.Until, s.retire != nil
		keys = append(keys, Key{Number: int(h.Seq), ID: hex.EncodeToString(wire.KeyID(next.Key)), From: next.From, public: next.Key})
	}
	if !s.key.Public().(ed25519.PublicKey).Equal(keys[len(keys)-1].public) {
		return nil, errors.New("the chain does not lead to the key")
	}
	return keys, nil
}
