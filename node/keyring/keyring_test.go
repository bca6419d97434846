package keyring_test

import (
	"crypto/ed25519"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/keyring"
	"loa/node/wire"
)

var start = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// commune is the holder of the keys.
type commune struct {
	t     *testing.T
	keys  []ed25519.PrivateKey
	links [][]byte
}

func newCommune(t *testing.T) *commune { return &commune{t: t, keys: []ed25519.PrivateKey{seeded(1)}} }

func seeded(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(slices.Repeat([]byte{n}, ed25519.SeedSize))
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func (c *commune) link(by, next ed25519.PrivateKey, number uint64, until time.Time) []byte {
	raw, err := wire.Sign(by, wire.Header{Kind: wire.KindNewKey, Target: "la-da/*", Seq: number, Issued: start},
		wire.NewKey{Key: public(next), From: start, Until: until})
	require.NoError(c.t, err)
	return raw
}

// rotate adds a key.
func (c *commune) rotate(until time.Time) {
	n := len(c.keys)
	c.keys = append(c.keys, seeded(byte(n+1)))
	c.links = append(c.links, c.link(c.keys[n-1], c.keys[n], uint64(n+1), until))
}

func (c *commune) chain(retire bool) []byte {
	chain := wire.Chain{Links: c.links}
	if retire {
		n := len(c.keys)
		var err error
		chain.Retire, err = wire.Sign(c.keys[n-1], wire.Header{Kind: wire.KindRetire, Target: "la-da/*", Seq: uint64(n)}, wire.Retire{At: start})
		require.NoError(c.t, err)
	}
	raw, err := wire.Encode(chain)
	require.NoError(c.t, err)
	return raw
}

// board has flash that outlives the ring.
type board struct {
	t      *testing.T
	root   ed25519.PublicKey
	flash  []byte
	broken bool
	time   time.Time
	known  bool
	*keyring.Ring
}

func (b *board) start() *board {
	b.Ring = keyring.New(keyring.Options{Root: b.root, Commune: "la-da", Logger: slog.New(slog.DiscardHandler),
		Clock: func(time.Time) (time.Time, time.Duration, bool) { return b.time, 0, b.known },
		Load:  func() ([]byte, error) { return b.flash, nil },
		Save: func(raw []byte) error {
			if b.broken {
				return errors.New("flash is worn")
			}
			b.flash = raw
			return nil
		}})
	return b
}

func newBoard(t *testing.T, c *commune) *board {
	return (&board{t: t, root: public(c.keys[0]), time: start, known: true}).start()
}

// believes reports who is believed, by each of the three questions.
func (b *board) believes(key ed25519.PrivateKey) (wired, kept, timed bool) {
	raw, err := wire.Sign(key, wire.Header{Kind: wire.KindPlan, Target: "la-da/n1", Seq: 1}, wire.Ack{})
	require.NoError(b.t, err)
	try := func(open wire.Opener) bool {
		var v wire.Ack
		_, err := open(raw, wire.Header{Kind: wire.KindPlan, Target: "la-da/n1"}, time.Time{}, &v)
		if err != nil {
			require.ErrorIs(b.t, err, wire.ErrForged)
		}
		return err == nil
	}
	return try(b.Open), try(b.OpenKept), try(b.OpenTime)
}

func (b *board) wired(key ed25519.PrivateKey) bool { yes, _, _ := b.believes(key); return yes }

func TestBothKeysCountForTheOverlapAndTheOldNoLonger(t *testing.T) {
	c := newCommune(t)
	b := newBoard(t, c)
	until := start.Add(24 * time.Hour)
	c.rotate(until)
	require.False(t, b.wired(c.keys[1]), "not introduced yet")
	require.NoError(t, b.Receive(c.chain(false)))
	require.True(t, b.wired(c.keys[0]))
	require.True(t, b.wired(c.keys[1]))
	b.start()
	require.True(t, b.wired(c.keys[1]), "it is on flash")
	b.time = until.Add(-1)
	require.True(t, b.wired(c.keys[0]), "one nanosecond before")
	b.time = until
	require.False(t, b.wired(c.keys[0]))
	require.True(t, b.wired(c.keys[1]))

	// it stays so when the clock is set back, is not known, or power fails
	b.time = start
	require.False(t, b.wired(c.keys[0]))
	b.known = false
	b.start()
	wired, kept, timed := b.believes(c.keys[0])
	require.False(t, wired)
	require.False(t, timed)
	require.True(t, kept, "what was accepted in its day stays good")
}

func TestAStolenKeyIsRetiredAtOnceAndForGood(t *testing.T) {
	c := newCommune(t)
	b := newBoard(t, c)
	c.rotate(start.Add(24 * time.Hour))
	before := c.chain(false)
	require.NoError(t, b.Receive(before))
	require.NoError(t, b.Receive(c.chain(true)))
	for range 2 {
		require.False(t, b.wired(c.keys[0]))
		require.True(t, b.wired(c.keys[1]))
		require.NoError(t, b.Receive(before), "the same chain without the retirement takes nothing back")
		require.False(t, b.wired(c.keys[0]))
		b.start()
	}
	// the thief cannot retire the new key, nor introduce one of his own
	thief := seeded(99)
	chain := wire.Chain{Links: [][]byte{c.link(c.keys[0], thief, 2, start.Add(time.Hour))}}
	raw, err := wire.Encode(chain)
	require.NoError(t, err)
	require.ErrorIs(t, b.Receive(raw), wire.ErrForged)
	chain.Links = append(slices.Clone(c.links), c.link(c.keys[0], thief, 3, start.Add(time.Hour)))
	raw, err = wire.Encode(chain)
	require.NoError(t, err)
	require.ErrorIs(t, b.Receive(raw), wire.ErrForged)
	chain.Links = c.links
	chain.Retire, err = wire.Sign(c.keys[0], wire.Header{Kind: wire.KindRetire, Target: "la-da/*", Seq: 9}, wire.Retire{At: start})
	require.NoError(t, err)
	raw, err = wire.Encode(chain)
	require.NoError(t, err)
	require.NoError(t, b.Receive(raw))
	require.True(t, b.wired(c.keys[1]))
	require.False(t, b.wired(thief))
}

func TestWhoSleptThroughManyKeysCatchesUp(t *testing.T) {
	c := newCommune(t)
	for range 5 {
		c.rotate(start.Add(time.Hour))
	}
	b := newBoard(t, c)
	b.time = start.Add(1000 * time.Hour)
	require.NoError(t, b.Receive(c.chain(true)))
	for i, key := range c.keys {
		require.Equal(t, i == 5, b.wired(key), i)
	}
	require.Equal(t, wire.KeyID(public(c.keys[5])), b.Newest())
	// one that was enrolled in between begins there
	late := (&board{t: t, root: public(c.keys[3]), time: start}).start()
	require.NoError(t, late.Receive(c.chain(false)))
	require.True(t, late.wired(c.keys[5]))
	// and one that was enrolled with the newest needs none of it
	last := (&board{t: t, root: public(c.keys[5]), time: start}).start()
	require.NoError(t, last.Receive(c.chain(true)))
	require.True(t, last.wired(c.keys[5]))
	require.False(t, last.wired(c.keys[4]))
}

func TestAnOlderChainIsRefusedAlsoAfterALossOfPower(t *testing.T) {
	c := newCommune(t)
	b := newBoard(t, c)
	c.rotate(start.Add(time.Hour))
	older := c.chain(false)
	c.rotate(start.Add(2 * time.Hour))
	require.NoError(t, b.Receive(c.chain(false)))
	for range 2 {
		require.ErrorIs(t, b.Receive(older), wire.ErrStale)
		require.True(t, b.wired(c.keys[2]))
		b.start()
	}
	for _, raw := range [][]byte{nil, {1}, {0xa0}, make([]byte, 1<<20)} {
		require.Error(t, b.Receive(raw))
	}
	stranger := &commune{t: t, keys: []ed25519.PrivateKey{seeded(50)}}
	stranger.rotate(start.Add(time.Hour))
	require.ErrorIs(t, b.Receive(stranger.chain(true)), wire.ErrForged)
	require.True(t, b.wired(c.keys[2]))
	require.True(t, b.wired(c.keys[0]))
}

func TestTheTimeIsToldByTheNewestThatEverTold(t *testing.T) {
	c := newCommune(t)
	b := newBoard(t, c)
	c.rotate(start.Add(24 * time.Hour))
	require.NoError(t, b.Receive(c.chain(false)))
	_, _, timed := b.believes(c.keys[0])
	require.True(t, timed, "the new one has not spoken yet")
	_, _, timed = b.believes(c.keys[1])
	require.True(t, timed)
	for range 2 {
		wired, _, timed := b.believes(c.keys[0])
		require.False(t, timed, "who has the old key cannot hold the clock back")
		require.True(t, wired)
		b.start()
	}
}

func TestWornFlashAndANewEnrolment(t *testing.T) {
	c := newCommune(t)
	b := newBoard(t, c)
	b.broken = true
	c.rotate(start.Add(24 * time.Hour))
	require.NoError(t, b.Receive(c.chain(true)))
	require.False(t, b.wired(c.keys[0]), "it is retired all the same")
	b.broken = false
	require.NoError(t, b.Receive(c.chain(true)))
	b.flash = []byte("rubbish")
	require.True(t, b.start().wired(c.keys[0]), "it begins anew")
	other := &commune{t: t, keys: []ed25519.PrivateKey{seeded(50)}}
	require.NoError(t, b.Receive(c.chain(true)))
	b.root = public(other.keys[0])
	b.start()
	require.True(t, b.wired(other.keys[0]), "enrolled anew")
	require.False(t, b.wired(c.keys[1]))
}

func FuzzReceive(f *testing.F) {
	t := &testing.T{}
	c := newCommune(t)
	c.rotate(start.Add(time.Hour))
	f.Add(c.chain(true))
	thief := seeded(77)
	f.Fuzz(func(t *testing.T, raw []byte) {
		b := newBoard(t, c)
		_ = b.Receive(raw)
		require.True(t, b.wired(c.keys[0]) || b.wired(c.keys[1]))
		require.False(t, b.wired(thief))
	})
}
