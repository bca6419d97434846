package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

// question is what a node that holds a certificate asks.
func (g *gate) question(node, certPEM, keyPEM string) wire.Renew {
	pair, err := tls.X509KeyPair([]byte(certPEM), []byte(keyPEM))
	require.NoError(g.desk.T, err)
	csr := request(g.desk.T, elliptic.P256())
	proof, err := ecdsa.SignASN1(rand.Reader, pair.PrivateKey.(*ecdsa.PrivateKey), wire.RenewDigest(wire.Target("la-da", node), csr))
	require.NoError(g.desk.T, err)
	return wire.Renew{Request: csr, Cert: pair.Leaf.Raw, Proof: proof}
}

func (g *gate) issued(node string) (cert, key string) {
	c, k, err := g.keys.IssueNode(node)
	require.NoError(g.desk.T, err)
	return string(c), string(k)
}

func TestACertificateIsRenewedForWhoHoldsIt(t *testing.T) {
	g := newGate(t)
	g.keys.nodeLife = 90 * 24 * time.Hour
	cert, key := g.issued("loa-1")
	other, otherKey := g.issued("loa-2")
	g.at = g.at.Add(60 * 24 * time.Hour)
	good := g.question("loa-1", cert, key)

	for name, bad := range map[string]wire.Renew{
		"nothing":                      {},
		"another node's certificate":   g.question("loa-1", other, otherKey),
		"a proof of another's key":     {Request: good.Request, Cert: good.Cert, Proof: g.question("loa-1", other, otherKey).Proof},
		"another key put in its place": {Request: request(t, elliptic.P256()), Cert: good.Cert, Proof: good.Proof},
		"a proof for another node":     g.question("loa-2", cert, key),
	} {
		_, err := g.Renew(t.Context(), "loa-1", bad)
		require.ErrorIs(t, err, ErrRenew, name)
	}
	stranger := open(t, t.TempDir())
	c, k, err := stranger.IssueNode("loa-1")
	require.NoError(t, err)
	_, err = g.Renew(t.Context(), "loa-1", g.question("loa-1", string(c), string(k)))
	require.ErrorIs(t, err, ErrRenew, "another commune's")

	answer, err := g.Renew(t.Context(), "loa-1", good)
	require.NoError(t, err)
	next, err := x509.ParseCertificate(answer.Cert)
	require.NoError(t, err)
	require.Equal(t, "loa-1", next.Subject.CommonName)
	require.WithinDuration(t, g.at.Add(90*24*time.Hour), next.NotAfter, time.Second)
	require.Equal(t, g.at.UnixMilli(), wire.MadeAt(next).UnixMilli())
	require.True(t, g.Admits(t.Context(), next))
	_, err = g.Renew(t.Context(), "loa-1", good)
	require.ErrorIs(t, err, ErrRenew, "not twice in a moment")

	g.at = g.at.Add(time.Minute)
	require.NoError(t, g.Revoke(t.Context(), "loa-1"))
	_, err = g.Renew(t.Context(), "loa-1", g.question("loa-1", cert, key))
	require.ErrorIs(t, err, ErrRenew, "revoked: who stole the board cannot renew himself out of it")
	g.at = g.at.Add(40 * 24 * time.Hour)
	_, err = g.Renew(t.Context(), "loa-2", g.question("loa-2", other, otherKey))
	require.ErrorIs(t, err, ErrRenew, "its time is over")
}
