package controller

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/broker"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/node/wire"
)

// As soon as a board is revoked a broker that is not ours finds it on the list,
// and what it says until that broker heeds the list counts for nothing. That
// Mosquitto does is TestMosquittoHeedsRevocation of package broker.
func TestARevokedBoardIsListedAndNotHeeded(t *testing.T) {
	t.Parallel()
	config := DefaultConfig()
	config.Data, config.HTTP, config.CRL = t.TempDir(), "127.0.0.1:0", filepath.Join(t.TempDir(), "crl.pem")
	keys, err := trust.Open(config.TrustDir(), trust.Options{Commune: config.Commune})
	require.NoError(t, err)
	careless, err := broker.New(broker.Options{Addr: "127.0.0.1:0", TLS: keys.ServerTLS(), Commune: config.Commune,
		ControllerName: trust.ControllerName})
	require.NoError(t, err)
	config.Broker = "mqtts://" + careless.Addr()
	a, err := New(t.Context(), config, "test", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, a.store.PutArea(t.Context(), store.Area{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune}))
	for _, id := range []string{"n1", "n2"} {
		require.NoError(t, a.store.PutNode(t.Context(), store.Node{ID: id, Name: id, Area: "la-da", Volume: 80, Created: time.Now()}))
	}
	inBackground(t, careless.Run)
	inBackground(t, a.Run)
	n1, n2 := board(t, keys, config, "n1"), board(t, keys, config, "n2")
	eventually := func(what string, ok func() bool) { require.Eventually(t, ok, time.Minute, 10*time.Millisecond, what) }
	heard := func(id, version string) func() bool {
		return func() bool { s := a.statuses()[id]; return s != nil && s.Version == version }
	}

	eventually("a list of nobody", func() bool { return listed(config.CRL, 0) })
	for _, name := range []string{"ca.pem", "broker.pem"} {
		require.FileExists(t, filepath.Join(filepath.Dir(config.CRL), name))
	}
	eventually("the office is there", a.Linked)
	n2(1, "before")
	eventually("the board is heard", heard("n2", "before"))
	require.NoError(t, a.enrol.Revoke(t.Context(), "n2"))
	eventually("it is on the list", func() bool { return listed(config.CRL, 1) })
	n2(2, "a lie")
	n1(1, "after it")
	eventually("another board is heard", heard("n1", "after it"))
	require.True(t, heard("n2", "before")(), "what was said before that counts for nothing")
}

func inBackground(t *testing.T, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-done) })
}

// board is a node's client of the broker, which tells statuses; the broker has
// each when it returns.
func board(t *testing.T, keys *trust.Trust, config Config, id string) (tell func(seq uint64, version string)) {
	certPEM, keyPEM, err := keys.IssueNode(id)
	require.NoError(t, err)
	cert, err := tls.X509KeyPair(certPEM, keyPEM)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(keys.CAPEM()))
	up := make(chan bool, 8)
	ctx, cancel := context.WithCancel(context.Background())
	c, err := broker.Dial(ctx,
		broker.ClientOptions{URL: config.Broker, ClientID: id,
			TLS:    &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, Certificates: []tls.Certificate{cert}},
			Logger: slog.New(slog.DiscardHandler), OnConnect: func() { up <- true }})
	require.NoError(t, err)
	t.Cleanup(func() { cancel(); c.Wait() })
	<-up
	return func(seq uint64, version string) {
		raw, err := wire.Encode(wire.Status{Boot: id, Session: 1, Seq: seq, Sent: time.Now().UTC(), Version: version})
		require.NoError(t, err)
		require.NoError(t, c.Publish(t.Context(), wire.Topics{Commune: config.Commune}.Up(id, wire.KindStatus), 1, true, raw))
	}
}

// listed reports whether a file is a list of so many revoked certificates.
func listed(path string, n int) bool {
	data, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	block, _ := pem.Decode(data)
	list, err := x509.ParseRevocationList(block.Bytes)
	return err == nil && len(list.RevokedCertificateEntries) == n
}
