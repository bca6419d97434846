package node

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

var madeFirst = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// authority certifies as the controller does.
type authority struct {
	t    testing.TB
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t testing.TB) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	a := &authority{t: t, key: key}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: madeFirst.AddDate(-20, 0, 0), NotAfter: madeFirst.AddDate(40, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	require.NoError(t, err)
	a.cert, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	return a
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

func (a *authority) certify(name string, public any, made time.Time, life time.Duration) []byte {
	serial := new(big.Int).Lsh(big.NewInt(made.UnixMilli()), 64)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: madeFirst.AddDate(-20, 0, 0), NotAfter: made.Add(life), KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, a.cert, public, a.key)
	require.NoError(a.t, err)
	return der
}

// answer certifies what was asked for.
func (a *authority) answer(ask wire.Renew, made time.Time) []byte {
	r, err := x509.ParseCertificateRequest(ask.Request)
	require.NoError(a.t, err)
	return a.certify("n1", r.PublicKey, made, 90*24*time.Hour)
}

func (a *authority) enrolled() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	der := a.certify("n1", key.Public(), madeFirst, 90*24*time.Hour)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(a.t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func TestTheCertificateIsReplacedWholeOrNotAtAll(t *testing.T) {
	a := newAuthority(t)
	enrolled := a.enrolled()
	dir := t.TempDir()
	config := Config{ID: "n1", Commune: "la-da", Data: dir}
	reopen := func() *identity {
		i, err := openIdentity(config, enrolled, a.pool(), slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		return i
	}
	i := reopen()
	due := i.due()
	require.False(t, due.Before(madeFirst.Add(60*24*time.Hour)), "two thirds")
	require.True(t, due.Before(madeFirst.Add(68*24*time.Hour)))
	require.Equal(t, due, reopen().due(), "the same after a restart")

	ask, err := i.ask()
	require.NoError(t, err)
	require.True(t, ecdsa.VerifyASN1(&enrolled.PrivateKey.(*ecdsa.PrivateKey).PublicKey, wire.RenewDigest("la-da/n1", ask.Request), ask.Proof))
	next := a.answer(ask, due)

	// what is not the answer is not taken
	otherKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	require.Error(t, i.take([]byte("rubbish")))
	require.Error(t, i.take(a.certify("n1", otherKey.Public(), due, time.Hour)), "for another key")
	require.Error(t, i.take(a.certify("n2", otherKey.Public(), due, time.Hour)))
	require.Error(t, i.take(newAuthority(t).answer(ask, due)), "by another authority")
	require.Error(t, reopen().take(next), "power failed since: the key is gone, and asked for anew")

	// power fails at every step of writing it
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".identity-1"), next[:100], 0o600))
	require.Equal(t, enrolled.Certificate, reopen().latest().Certificate)
	require.NoFileExists(t, filepath.Join(dir, ".identity-1"))
	require.NoError(t, i.take(next))
	require.Equal(t, next, i.latest().Certificate[0])
	require.Equal(t, next, reopen().latest().Certificate[0], "it is on flash")
	info, err := os.Stat(filepath.Join(dir, "identity.pem"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	whole, err := os.ReadFile(filepath.Join(dir, "identity.pem"))
	require.NoError(t, err)
	for n := 0; n < len(whole)-1; n += 37 { // flash that lost the end of it
		require.NoError(t, os.WriteFile(filepath.Join(dir, "identity.pem"), whole[:n], 0o600))
		require.Equal(t, enrolled.Certificate, reopen().latest().Certificate, n)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "identity.pem"), whole, 0o600))

	// the broker does not take the new one: the other is tried, and back
	i = reopen()
	used := map[string]int{}
	for range 4 * triesEach {
		cert, err := i.client(nil)
		require.NoError(t, err)
		used[string(cert.Certificate[0])]++
	}
	require.Equal(t, map[string]int{string(next): 2 * triesEach, string(enrolled.Certificate[0]): 2 * triesEach}, used)

	// enrolled anew, later: that one counts
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der := a.certify("n1", key.Public(), due.Add(time.Hour), time.Hour)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	enrolled = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
	require.Equal(t, der, reopen().latest().Certificate[0])
	block, _ := pem.Decode(whole)
	require.Equal(t, next, block.Bytes)
}

func TestTheEndOfTheCertificateIsToldAhead(t *testing.T) {
	a := newAuthority(t)
	i, err := openIdentity(Config{ID: "n1", Commune: "la-da", Data: t.TempDir()}, a.enrolled(), a.pool(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	app := &App{identity: i}
	end := madeFirst.Add(90 * 24 * time.Hour)
	require.False(t, app.certEnds(time.Time{}), "not by a clock that is not known")
	require.False(t, app.certEnds(end.Add(-15*24*time.Hour)))
	require.True(t, app.certEnds(end.Add(-15*24*time.Hour+1)))
	require.True(t, app.certEnds(end.Add(time.Hour)))
}
