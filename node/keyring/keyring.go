// Package keyring is whom a node believes: the commune's signing keys, one
// after another, from the one it was enrolled with.
//
//	introduced by the key before ---> counts ---> counts no more
//	                                    overlap over by controller time, or retired
//
// The ring only grows, and what counts no more never counts again: each step is
// on flash before, or as, it is taken, so that neither a loss of power nor an
// old chain brings a retired key back. A node that slept through any number of
// keys walks the chain that the broker retains (wire.Chain) from the newest it
// knows; one link that another key signed, or another successor of a key that
// has one, is not taken.
//
// Three questions are answered differently. What comes from the wire must be
// signed by a key that counts. What the time is only the newest key may say
// that has ever said it here: else a stolen key could hold the clock back, and
// with it the end of its own overlap. What the node itself once accepted and
// kept on flash stays good when its key is retired, for a plan must not be lost
// between the retirement and the next one.
package keyring

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"loa/node/wire"
)

const maxChain = 256 << 10 // bytes

// Options of a Ring.
type Options struct {
	Root    ed25519.PublicKey // the node was enrolled with
	Commune string
	// Clock tells controller time, if it is known.
	Clock  func(time.Time) (controller time.Time, bound time.Duration, ok bool)
	Load   func() ([]byte, error)
	Save   func([]byte) error
	Logger *slog.Logger
}

// Ring is the keys that a node knows. Its methods may be called from any
// goroutine.
type Ring struct {
	opt Options

	mu     sync.Mutex
	keys   []key
	links  [][]byte // signed, that led to keys[1:]
	number uint64   // of the newest key; 0: not known, it is the first here
	gone   int      // so many of the oldest count no more
	told   int      // the newest that has said what time it is
}

type key struct {
	ed25519.PublicKey
	id    []byte
	until time.Time // zero: it has no successor
}

// kept is what stands on flash.
type kept struct {
	Root  []byte   `json:"root"`
	Links [][]byte `json:"links,omitempty"`
	Gone  int      `json:"gone,omitempty"`
	Told  int      `json:"told,omitempty"`
}

// New takes up what flash holds. A ring that hangs from another root, since the
// board was enrolled anew, or that cannot be read, is begun anew.
func New(o Options) *Ring {
	r := &Ring{opt: o, keys: []key{{PublicKey: o.Root, id: wire.KeyID(o.Root)}}}
	raw, err := o.Load()
	if err == nil && raw != nil {
		err = r.restore(raw)
	}
	if err != nil {
		o.Logger.Error("the keys on flash cannot be used; beginning with the enrolled one", "err", err)
	}
	return r
}

func (r *Ring) restore(raw []byte) error {
	var k kept
	if err := wire.Decode(raw, &k); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	if !bytes.Equal(k.Root, r.opt.Root) {
		return nil
	}
	for _, link := range k.Links {
		if err := r.extend(link); err != nil {
			return err
		}
	}
	last := len(r.keys) - 1
	r.gone, r.told = min(max(k.Gone, 0), last), min(max(k.Told, 0), last)
	return nil
}

// extend takes the link to the key after the newest.
func (r *Ring) extend(link []byte) error {
	newest := &r.keys[len(r.keys)-1]
	var next wire.NewKey
	want := wire.Header{Kind: wire.KindNewKey, Target: wire.Target(r.opt.Commune, wire.AllNodes), Seq: r.number}
	h, err := wire.Open(newest.PublicKey, link, want, time.Time{}, &next)
	if err != nil {
		return err
	}
	known := slices.ContainsFunc(r.keys, func(k key) bool { return bytes.Equal(k.PublicKey, next.Key) })
	if len(next.Key) != ed25519.PublicKeySize || next.Until.IsZero() || known || len(r.links) >= wire.MaxLinks {
		return errors.New("the link to the next key makes no sense")
	}
	newest.until = next.Until
	r.keys = append(r.keys, key{PublicKey: next.Key, id: wire.KeyID(next.Key)})
	r.links, r.number = append(r.links, slices.Clone(link)), h.Seq
	return nil
}

// Receive takes a chain from the wire: what of it goes on from the newest key
// known here. wire.ErrStale means that it is not the newest, wire.ErrForged that
// it does not belong to it.
func (r *Ring) Receive(raw []byte) error {
	var c wire.Chain
	if len(raw) > maxChain {
		return wire.ErrForged
	}
	if err := wire.Decode(raw, &c); err != nil {
		return fmt.Errorf("decode keys: %w", err)
	}
	if len(c.Links) == 0 || len(c.Links) > wire.MaxLinks {
		return wire.ErrForged
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	grown, gone := len(r.keys), r.gone
	for _, link := range c.Links {
		_ = r.extend(link) // most are known, or from before this board was enrolled
	}
	last := len(r.links)
	end := c.Links[len(c.Links)-1]
	at := slices.IndexFunc(r.links, func(l []byte) bool { return bytes.Equal(l, end) })
	switch {
	case at >= 0 && at < last-1:
		return wire.ErrStale
	case at < 0 && !r.rooted(end):
		return wire.ErrForged
	}
	if len(c.Retire) > 0 && r.retires(c.Retire) {
		r.gone = len(r.keys) - 1
	}
	if len(r.keys) != grown || r.gone != gone {
		r.opt.Logger.Info("the commune's keys changed", "keys", len(r.keys), "retired", r.gone)
		r.keep()
	}
	return nil
}

// rooted reports whether a link leads to the very key that this node was
// enrolled with, and no further.
func (r *Ring) rooted(link []byte) bool {
	return len(r.keys) == 1 && bytes.Contains(link, r.opt.Root)
}

func (r *Ring) retires(raw []byte) bool {
	var retire wire.Retire
	want := wire.Header{Kind: wire.KindRetire, Target: wire.Target(r.opt.Commune, wire.AllNodes)}
	_, err := wire.Open(r.keys[len(r.keys)-1].PublicKey, raw, want, time.Time{}, &retire)
	return err == nil
}

// keep writes the ring to flash. That it cannot is no reason to believe a key
// that counts no more.
func (r *Ring) keep() {
	raw, err := wire.Encode(kept{Root: r.opt.Root, Links: r.links, Gone: r.gone, Told: r.told})
	if err == nil {
		err = r.opt.Save(raw)
	}
	if err != nil {
		r.opt.Logger.Error("the commune's keys are not kept; they count all the same", "err", err)
	}
}

// expire notices the end of an overlap.
func (r *Ring) expire() {
	ct, _, ok := r.opt.Clock(time.Now())
	if !ok {
		return
	}
	gone := r.gone
	for r.gone < len(r.keys)-1 && !ct.Before(r.keys[r.gone].until) {
		r.gone++
	}
	if r.gone != gone {
		r.opt.Logger.Info("an old key of the commune counts no more", "retired", r.gone)
		r.keep()
	}
}

// Open is a [wire.Opener]: by the keys that count.
func (r *Ring) Open(data []byte, want wire.Header, now time.Time, v any) (wire.Header, error) {
	r.mu.Lock()
	r.expire()
	keys := r.keys[r.gone:]
	r.mu.Unlock()
	h, _, err := open(keys, data, want, now, v)
	return h, err
}

// OpenKept is a [wire.Opener] for what this node had accepted before: by any
// key it ever knew.
func (r *Ring) OpenKept(data []byte, want wire.Header, now time.Time, v any) (wire.Header, error) {
	r.mu.Lock()
	keys := r.keys
	r.mu.Unlock()
	h, _, err := open(keys, data, want, now, v)
	return h, err
}

// OpenTime is a [wire.Opener] for what time it is: by no key older than one
// that has told it before.
func (r *Ring) OpenTime(data []byte, want wire.Header, now time.Time, v any) (wire.Header, error) {
	r.mu.Lock()
	r.expire()
	from := max(r.gone, r.told)
	keys := r.keys[from:]
	r.mu.Unlock()
	h, by, err := open(keys, data, want, now, v)
	if err == nil && by > 0 {
		r.mu.Lock()
		defer r.mu.Unlock()
		if from+by > r.told {
			r.told = from + by
			r.keep()
		}
	}
	return h, err
}

// Newest is the id of the newest key known here.
func (r *Ring) Newest() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys[len(r.keys)-1].id
}

// open tries the keys that a message may mean, and says which it was.
func open(keys []key, data []byte, want wire.Header, now time.Time, v any) (h wire.Header, by int, err error) {
	m, err := wire.Read(data)
	if err != nil {
		return h, 0, err
	}
	err = fmt.Errorf("%w: its key is not known, or counts no more", wire.ErrForged)
	id := m.NamedKey()
	for i, k := range keys {
		if !bytes.Equal(id, k.id) {
			continue
		}
		h, err = m.Open(k.PublicKey, want, now, v)
		if !errors.Is(err, wire.ErrForged) {
			return h, i, err
		}
	}
	return h, 0, err
}
