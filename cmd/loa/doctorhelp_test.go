package main

import (
	"crypto/tls"
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/trust"
	"loa/node"
)

func base64Key(keys *trust.Trust) string {
	return base64.StdEncoding.EncodeToString(keys.PublicKey())
}

// tlsServer is a broker of another commune, as far as TLS.
func tlsServer(t testing.TB, keys *trust.Trust) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", keys.ServerTLS())
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = conn.(*tls.Conn).Handshake() // the client's side tells
				_, _ = conn.Read(make([]byte, 1))
			}()
		}
	}()
	return l.Addr().String()
}

// A certificate is told of before it ends, and when it has ended.
func TestDoctorOfCertificates(t *testing.T) {
	path, config := enrolled(t)
	require.NoError(t, writeYAML(path, config))
	cert, _, err := config.Identity()
	require.NoError(t, err)
	until, soon := node.Expires(cert.Leaf, time.Now())
	require.False(t, soon)
	_, soon = node.Expires(cert.Leaf, until.Add(-41*24*time.Hour))
	require.True(t, soon)
	for life, words := range map[time.Duration]string{-time.Hour: "đã hết hạn", 24 * time.Hour: "còn hạn"} {
		path, config := enrolled(t)
		issue(t, &config, life)
		require.NoError(t, writeYAML(path, config))
		var r examination
		examineNode(t.Context(), &r, path, false)
		got := byName(t, r.checks)["certificate"]
		require.Contains(t, got.What.VI, words, "%v", life)
		require.Equal(t, life < 0, got.State == checkBad)
	}
}

// issue gives a board a certificate of another life.
func issue(t testing.TB, c *node.Config, life time.Duration) {
	t.Helper()
	keys, err := trust.Open(t.TempDir(), trust.Options{Commune: "la-da", NodeLife: life})
	require.NoError(t, err)
	cert, key, err := keys.IssueNode(c.ID)
	require.NoError(t, err)
	for path, data := range map[string][]byte{c.CA: keys.CAPEM(), c.Cert: cert, c.Key: key} {
		require.NoError(t, writeWhole(path, data))
	}
}
