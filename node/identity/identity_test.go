package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/nodetest"
	"loa/node/wire"
)

func TestTheCertificateIsReplacedWholeOrNotAtAll(t *testing.T) {
	a := nodetest.NewAuthority(t)
	enrolled := a.Enrolled()
	dir := t.TempDir()
	reopen := func() *Identity {
		i, err := Open(Options{ID: "n1", Commune: "la-da", Data: dir, Enrolled: enrolled, Roots: a.Pool(), Logger: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		return i
	}
	i := reopen()
	due := i.due()
	require.False(t, due.Before(nodetest.MadeFirst.Add(60*24*time.Hour)), "two thirds")
	require.True(t, due.Before(nodetest.MadeFirst.Add(68*24*time.Hour)))
	require.Equal(t, due, reopen().due(), "the same after a restart")

	ask, err := i.Ask()
	require.NoError(t, err)
	require.True(t, ecdsa.VerifyASN1(&enrolled.PrivateKey.(*ecdsa.PrivateKey).PublicKey, wire.RenewDigest("la-da/n1", ask.Request), ask.Proof))
	next := a.Answer(ask, due)

	// what is not the answer is not taken
	otherKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	require.Error(t, i.Take([]byte("rubbish")))
	require.Error(t, i.Take(a.Certify("n1", otherKey.Public(), due, time.Hour)), "for another key")
	require.Error(t, i.Take(a.Certify("n2", otherKey.Public(), due, time.Hour)))
	require.Error(t, i.Take(nodetest.NewAuthority(t).Answer(ask, due)), "by another authority")
	require.Error(t, reopen().Take(next), "power failed since: the key is gone, and asked for anew")

	// power fails at every step of writing it
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".identity-1"), next[:100], 0o600))
	require.Equal(t, enrolled.Certificate, reopen().Latest().Certificate)
	require.NoFileExists(t, filepath.Join(dir, ".identity-1"))
	require.NoError(t, i.Take(next))
	require.Equal(t, next, i.Latest().Certificate[0])
	require.Equal(t, next, reopen().Latest().Certificate[0], "it is on flash")
	info, err := os.Stat(filepath.Join(dir, "identity.pem"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	whole, err := os.ReadFile(filepath.Join(dir, "identity.pem"))
	require.NoError(t, err)
	for n := 0; n < len(whole)-1; n += 37 { // flash that lost the end of it
		require.NoError(t, os.WriteFile(filepath.Join(dir, "identity.pem"), whole[:n], 0o600))
		require.Equal(t, enrolled.Certificate, reopen().Latest().Certificate, n)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "identity.pem"), whole, 0o600))

	// the broker does not take the new one: the other is tried, and back
	i = reopen()
	used := map[string]int{}
	for range 4 * triesEach {
		cert, err := i.Client(nil)
		require.NoError(t, err)
		used[string(cert.Certificate[0])]++
	}
	require.Equal(t, map[string]int{string(next): 2 * triesEach, string(enrolled.Certificate[0]): 2 * triesEach}, used)

	// enrolled anew, later: that one counts
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der := a.Certify("n1", key.Public(), due.Add(time.Hour), time.Hour)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	enrolled = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
	require.Equal(t, der, reopen().Latest().Certificate[0])
	block, _ := pem.Decode(whole)
	require.Equal(t, next, block.Bytes)
}

func TestTheEndOfTheCertificateIsToldAhead(t *testing.T) {
	a := nodetest.NewAuthority(t)
	i, err := Open(Options{ID: "n1", Commune: "la-da", Data: t.TempDir(), Enrolled: a.Enrolled(), Roots: a.Pool(),
		Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	end := nodetest.MadeFirst.Add(90 * 24 * time.Hour)
	require.False(t, i.EndsSoon(time.Time{}), "not by a clock that is not known")
	require.False(t, i.EndsSoon(end.Add(-15*24*time.Hour)))
	require.True(t, i.EndsSoon(end.Add(-15*24*time.Hour+1)))
	require.True(t, i.EndsSoon(end.Add(time.Hour)))
}

// What looks at a board's folder finds the same certificate as the node that runs
// there, and writes nothing.
func TestLatestIsWhatTheNodeUses(t *testing.T) {
	a := nodetest.NewAuthority(t)
	o := Options{ID: "n1", Commune: "la-da", Data: t.TempDir(), Enrolled: a.Enrolled(), Roots: a.Pool(), Logger: slog.New(slog.DiscardHandler)}
	i, err := Open(o)
	require.NoError(t, err)
	cert, err := Latest(o)
	require.NoError(t, err)
	require.Equal(t, o.Enrolled.Certificate, cert.Certificate)
	ask, err := i.Ask()
	require.NoError(t, err)
	require.NoError(t, i.Take(a.Answer(ask, i.due())))
	cert, err = Latest(o)
	require.NoError(t, err)
	require.Equal(t, i.Latest().Certificate, cert.Certificate)
	o.ID = "n2"
	_, err = Latest(o)
	require.ErrorContains(t, err, "n1", "it is of another")
}
