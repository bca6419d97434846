package nodetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

// MadeFirst is when an Authority enrols.
var MadeFirst = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// Authority certifies as the controller does.
type Authority struct {
	t    testing.TB
	key  *ecdsa.PrivateKey
	Cert *x509.Certificate
}

// NewAuthority makes one with a key of its own.
func NewAuthority(t testing.TB) *Authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	a := &Authority{t: t, key: key}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: MadeFirst.AddDate(-20, 0, 0), NotAfter: MadeFirst.AddDate(40, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	require.NoError(t, err)
	a.Cert, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	return a
}

// Pool is whom the nodes trust.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Cert)
	return pool
}

// Certify makes the certificate of a node, in DER.
func (a *Authority) Certify(name string, public any, made time.Time, life time.Duration) []byte {
	serial := new(big.Int).Lsh(big.NewInt(made.UnixMilli()), 64)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: MadeFirst.AddDate(-20, 0, 0), NotAfter: made.Add(life),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, a.Cert, public, a.key)
	require.NoError(a.t, err)
	return der
}

// Answer certifies, for node n1 and for ninety days, what was asked for.
func (a *Authority) Answer(ask wire.Renew, made time.Time) []byte {
	r, err := x509.ParseCertificateRequest(ask.Request)
	require.NoError(a.t, err)
	return a.Certify("n1", r.PublicKey, made, 90*24*time.Hour)
}

// Enrolled is the first certificate of node n1, for ninety days.
func (a *Authority) Enrolled() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	der := a.Certify("n1", key.Public(), MadeFirst, 90*24*time.Hour)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(a.t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// Brokers is a broker's certificate.
func (a *Authority) Brokers() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "broker"},
		DNSNames:  []string{"broker"},
		NotBefore: a.Cert.NotBefore, NotAfter: a.Cert.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, a.Cert, key.Public(), a.key)
	require.NoError(a.t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
