package node

import (
	"crypto/ed25519"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

// headRig is a node's keeping of heads, and the office that tells it.
type headRig struct {
	*heads
	t     *testing.T
	key   ed25519.PrivateKey
	now   time.Time
	flash []byte
	saves int
	fails error
}

func newHeadRig(t *testing.T) *headRig {
	public, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	r := &headRig{t: t, key: key, now: time.Date(2026, 11, 30, 6, 0, 0, 0, time.UTC)}
	r.heads = &heads{target: wire.Target("la-da", wire.AllNodes), logger: slog.New(slog.DiscardHandler),
		open: func(raw []byte, want wire.Header, now time.Time, v any) (wire.Header, error) {
			return wire.Open(public, raw, want, now, v)
		},
		save: func(b []byte) error { r.flash, r.saves = b, r.saves+1; return r.fails }}
	return r
}

func (r *headRig) say(kind string, h wire.Head) []byte {
	raw, err := wire.Sign(r.key, wire.Header{Kind: kind, Target: r.target, Seq: 1, Issued: h.At}, h)
	require.NoError(r.t, err)
	return raw
}

func headOf(seq int64, letter string, at time.Time) wire.Head {
	return wire.Head{Seq: seq, Hash: strings.Repeat(letter, 64), At: at}
}

// A contradiction is kept over a restart, and nothing that comes later takes it away;
// flash is written no more often than it must.
func TestHeadsAreKept(t *testing.T) {
	r := newHeadRig(t)
	require.Nil(t, r.tell())
	at := r.now
	for seq := int64(1); seq <= 50; seq++ {
		at = at.Add(5 * time.Second)
		cut, err := r.receive(r.say(wire.KindHead, headOf(seq, "a", at)), at, at)
		require.NoError(t, err)
		require.False(t, cut)
	}
	require.Equal(t, 1, r.saves, "in four minutes")
	cut, err := r.receive(r.say(wire.KindHead, headOf(40, "b", at.Add(time.Second))), at, at)
	require.NoError(t, err)
	require.True(t, cut)
	require.Equal(t, 2, r.saves, "that is kept at once")
	for seq := int64(41); seq < 60; seq++ { // the false log grows past the true one, is cut and grows
		_, err := r.receive(r.say(wire.KindHead, headOf(seq%50+1, "b", at.Add(time.Duration(seq)*time.Second))), at, at)
		require.NoError(t, err)
	}
	require.LessOrEqual(t, len(r.tell().Lost), wire.MaxHeads)
	require.Equal(t, headOf(50, "a", at), r.tell().Lost[0])

	anew := newHeadRig(t)
	anew.load(r.flash, nil)
	require.Equal(t, r.tell().Lost, anew.tell().Lost)
	broken := newHeadRig(t)
	broken.load([]byte("no CBOR"), nil)
	require.Nil(t, broken.tell())
	broken.load(nil, errors.New("flash"))
	require.Nil(t, broken.tell())
}

// Nothing that is not the office's word about its log is kept.
func TestHeadsThatAreRefused(t *testing.T) {
	r := newHeadRig(t)
	good := headOf(1, "a", r.now)
	for what, c := range map[string]struct {
		raw  []byte
		told time.Time
	}{
		"another kind":      {r.say(wire.KindStop, good), r.now},
		"unsigned":          {[]byte("x"), r.now},
		"from the future":   {r.say(wire.KindHead, headOf(1, "a", r.now.Add(time.Hour))), r.now},
		"before it is told": {r.say(wire.KindHead, good), time.Time{}},
		"no hash":           {r.say(wire.KindHead, wire.Head{Seq: 1, At: r.now}), r.now},
		"a negative number": {r.say(wire.KindHead, headOf(-1, "a", r.now)), r.now},
		"no time":           {r.say(wire.KindHead, headOf(1, "a", time.Time{})), r.now},
	} {
		_, err := r.receive(c.raw, r.now, c.told)
		require.Error(t, err, what)
	}
	require.Nil(t, r.tell())
	r.fails = errors.New("flash")
	_, err := r.receive(r.say(wire.KindHead, good), r.now, r.now)
	require.ErrorIs(t, err, r.fails, "it is told of")
	require.Equal(t, good, r.tell().Last, "and kept in memory")
}
