package signing

import (
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

func unused() bool { return false }

// open takes up the keys of a folder, as one who may make the first.
func open(t *testing.T, dir string) *Keys {
	t.Helper()
	require.NoError(t, os.Chmod(dir, 0o700))
	k := New(dir, "la-da", time.Now)
	require.NoError(t, k.Load(unused))
	return k
}

// A first key is not made where somebody knows another.
func TestNoFirstKeyInThePlaceOfOneThatIsKnown(t *testing.T) {
	dir := t.TempDir()
	require.ErrorIs(t, New(dir, "la-da", time.Now).Load(func() bool { return true }), ErrMissing)
	require.NoFileExists(t, filepath.Join(dir, File))
	_, err := Look(dir, "la-da")
	require.ErrorIs(t, err, os.ErrNotExist, "nor by one who only looks")
	require.NoFileExists(t, filepath.Join(dir, File))
	k := open(t, dir)
	require.False(t, k.HasSealed(), "nothing stands in the log yet")
	require.NoError(t, k.SealAudit(t.Context(), logOf(t, "a")))
	require.True(t, k.HasSealed())
}

func TestTheSigningKeyIsChangedBesideARunningController(t *testing.T) {
	dir := t.TempDir()
	running := open(t, dir)
	old := running.SigningKey()
	require.Nil(t, running.Signing().Chain())
	fresh, err := running.Fresh()
	require.NoError(t, err)
	require.Nil(t, fresh)
	console := open(t, dir)
	require.ErrorIs(t, console.Retire(), ErrOneKey)
	require.NoError(t, console.Rotate(time.Hour))

	require.Equal(t, old, running.SigningKey(), "until the nodes are told")
	fresh, err = running.Fresh()
	require.NoError(t, err)
	var chain wire.Chain
	require.NoError(t, wire.Decode(fresh.Chain(), &chain))
	var next wire.NewKey
	h, err := wire.Open(old.Public().(ed25519.PublicKey), chain.Links[0], wire.Header{Kind: wire.KindNewKey, Target: "la-da/*"}, time.Time{},
		&next)
	require.NoError(t, err, "the old key introduces the new one")
	require.Equal(t, uint64(2), h.Seq)
	require.Equal(t, time.Hour, next.Until.Sub(next.From))
	running.Adopt(fresh)
	require.Equal(t, next.Key, []byte(running.PublicKey()))
	raw, err := wire.Sign(running.Signer(), wire.Header{Kind: wire.KindPlan}, wire.Plan{})
	require.NoError(t, err)
	require.Equal(t, wire.KeyID(next.Key), wire.NamedKey(raw), "the message names its key")

	require.NoError(t, console.Retire())
	fresh, err = running.Fresh()
	require.NoError(t, err)
	require.NoError(t, wire.Decode(fresh.Chain(), &chain))
	_, err = wire.Open(next.Key, chain.Retire, wire.Header{Kind: wire.KindRetire, Target: "la-da/*"}, time.Time{}, &wire.Retire{})
	require.NoError(t, err)
	keys := open(t, dir).SigningKeys()
	require.Len(t, keys, 2)
	require.True(t, keys[0].Retired)
	data, err := os.ReadFile(filepath.Join(dir, File))
	require.NoError(t, err)
	require.NotContains(t, string(data), pemOf(t, old), "a key that is no longer held cannot be lost")
}

func pemOf(t *testing.T, key ed25519.PrivateKey) string {
	tr := &Keys{dir: t.TempDir()}
	require.NoError(t, tr.write(&Newest{key: key}))
	data, err := os.ReadFile(filepath.Join(tr.dir, File))
	require.NoError(t, err)
	return string(data)
}

func TestAnOlderKeyFileIsNotTakenUp(t *testing.T) {
	dir := t.TempDir()
	running := open(t, dir)
	before, err := os.ReadFile(filepath.Join(dir, File))
	require.NoError(t, err)
	require.NoError(t, running.Rotate(time.Hour))
	require.NoError(t, os.WriteFile(filepath.Join(dir, File), before, 0o600))
	_, err = running.Fresh()
	require.ErrorContains(t, err, "older key")
	require.NoError(t, os.WriteFile(filepath.Join(dir, File), []byte("half"), 0o600))
	_, err = running.Fresh()
	require.ErrorContains(t, err, "damaged")
	require.ErrorContains(t, New(dir, "la-da", time.Now).Load(unused), "damaged")
}

// Two people at two consoles: one key follows the other, none is lost.
func TestManyRotateAtOnce(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			keys := New(dir, "la-da", time.Now)
			if err := errors.Join(keys.Load(unused), keys.Rotate(time.Hour)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Len(t, open(t, dir).SigningKeys(), 9)
}

func TestTheSealOutlivesARotation(t *testing.T) {
	tr := open(t, t.TempDir())
	require.NoError(t, tr.SealAudit(t.Context(), logOf(t, "a", "b")))
	require.NoError(t, tr.Rotate(time.Hour))
	seal, err := tr.AuditSeal()
	require.NoError(t, err)
	require.Equal(t, int64(2), seal.Seq)
}
