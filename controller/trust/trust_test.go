package trust

import (
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func open(t *testing.T, dir string, hosts ...string) *Trust {
	t.Helper()
	tr, err := Open(dir, Options{Commune: "la-da", Hosts: hosts})
	require.NoError(t, err)
	return tr
}

func TestOpenMakesKeysOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "trust")
	a := open(t, dir)
	b := open(t, dir)
	require.Equal(t, a.CAPEM(), b.CAPEM())
	require.Equal(t, a.SigningKey(), b.SigningKey())
	require.Equal(t, a.Token(), b.Token())
	require.Equal(t, a.broker.Certificate, b.broker.Certificate)

	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 6)
	for _, f := range files {
		info, err := f.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), f.Name())
	}
}

func TestToken(t *testing.T) {
	tr := open(t, t.TempDir())
	require.Len(t, tr.Token(), 43)
	require.True(t, tr.CheckToken(tr.Token()))
	require.False(t, tr.CheckToken(""))
	require.False(t, tr.CheckToken(tr.Token()+"x"))
	require.False(t, tr.CheckToken(strings.Repeat("A", 43)))
}

// handshake runs TLS over loopback and returns the name the server saw.
func handshake(t *testing.T, server, client *tls.Config) (name string, err error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	a, err := l.Accept()
	require.NoError(t, err)
	require.NoError(t, l.Close())
	client = client.Clone()
	client.ServerName = "localhost"
	done := make(chan error, 1)
	go func() {
		c := tls.Client(b, client)
		err := c.Handshake()
		if err == nil {
			_, err = c.Read(make([]byte, 1)) // TLS 1.3: a refused client learns it on its first read
		}
		b.Close()
		done <- err
	}()
	s := tls.Server(a, server)
	if err = s.Handshake(); err == nil {
		name = s.ConnectionState().PeerCertificates[0].Subject.CommonName
		_, err = s.Write([]byte{1})
	}
	a.Close()
	if clientErr := <-done; err == nil {
		err = clientErr
	}
	return name, err
}

func TestNodesAndControllerAreKnownByName(t *testing.T) {
	tr, other := open(t, t.TempDir()), open(t, t.TempDir())
	name, err := handshake(t, tr.ServerTLS(), tr.ControllerTLS())
	require.NoError(t, err)
	require.Equal(t, ControllerName, name)

	node := func(tr *Trust) *tls.Config {
		certPEM, keyPEM, err := tr.IssueNode("thon-1")
		require.NoError(t, err)
		cert, err := tls.X509KeyPair(certPEM, keyPEM)
		require.NoError(t, err)
		return &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: tr.pool()}
	}
	name, err = handshake(t, tr.ServerTLS(), node(tr))
	require.NoError(t, err)
	require.Equal(t, "thon-1", name)

	_, err = handshake(t, tr.ServerTLS(), &tls.Config{RootCAs: tr.pool()})
	require.Error(t, err, "no certificate")
	foreign := node(other)
	foreign.RootCAs = tr.pool()
	_, err = handshake(t, tr.ServerTLS(), foreign)
	require.Error(t, err, "another commune's certificate")
	old := node(tr)
	old.MaxVersion = tls.VersionTLS12
	_, err = handshake(t, tr.ServerTLS(), old)
	require.Error(t, err, "TLS 1.2")
	asServer := tr.ServerTLS()
	asServer.Certificates = node(tr).Certificates
	_, err = handshake(t, asServer, tr.ControllerTLS())
	require.Error(t, err, "a node's certificate is no server's")
}

func TestBoardWithDeadClockStillTrusts(t *testing.T) {
	tr := open(t, t.TempDir())
	client := tr.ControllerTLS()
	client.Time = func() time.Time { return time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC) }
	_, err := handshake(t, tr.ServerTLS(), client)
	require.NoError(t, err)
}

func TestNodeIDs(t *testing.T) {
	tr := open(t, t.TempDir())
	for _, bad := range []string{"", ControllerName, "a/b", "+", "#", "$SYS", "Thôn", "A", "a_b", "a b", strings.Repeat("a", 65)} {
		_, _, err := tr.IssueNode(bad)
		require.ErrorIs(t, err, ErrNodeID, "%q", bad)
	}
	require.True(t, ValidNodeID(strings.Repeat("a", 64)))
	require.True(t, ValidNodeID("0-thon-1"))
}

func TestNewHostsRenewOnlyTheBroker(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	b := open(t, dir, "loa.la-da.vn", "192.0.2.7")
	require.Equal(t, a.CAPEM(), b.CAPEM())
	require.Equal(t, a.controller.Certificate, b.controller.Certificate)
	require.NotEqual(t, a.broker.Certificate, b.broker.Certificate)
	require.NoError(t, b.broker.Leaf.VerifyHostname("192.0.2.7"))
	require.NoError(t, b.broker.Leaf.VerifyHostname("loa.la-da.vn"))
	require.NoError(t, b.broker.Leaf.VerifyHostname("::1"))
}

func TestLeavesRenewNearTheirEnd(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	b, err := Open(dir, Options{Commune: "la-da", Now: a.broker.Leaf.NotAfter.Add(-renewAt)})
	require.NoError(t, err)
	require.NotEqual(t, a.broker.Certificate, b.broker.Certificate)
	require.Equal(t, a.CAPEM(), b.CAPEM())
}

func TestDamageIsRefusedNotReplaced(t *testing.T) {
	for _, file := range []string{"ca.pem", "broker.pem", "controller.pem", "signing.pem", "token"} {
		t.Run(file, func(t *testing.T) {
			dir := t.TempDir()
			open(t, dir)
			path := filepath.Join(dir, file)
			require.NoError(t, os.WriteFile(path, []byte("rubbish"), 0o600))
			_, err := Open(dir, Options{})
			require.ErrorContains(t, err, "damaged")
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, "rubbish", string(b))
		})
	}
}

func TestLostAuthorityIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	require.NoError(t, os.Remove(filepath.Join(dir, "ca.pem")))
	_, err := Open(dir, Options{})
	require.ErrorContains(t, err, "backup")
}

func TestMixedCommunesAreRefused(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	open(t, dir)
	open(t, other)
	b, err := os.ReadFile(filepath.Join(other, "ca.pem"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ca.pem"), b, 0o600))
	_, err = Open(dir, Options{})
	require.ErrorContains(t, err, "two communes")
}

func TestInterruptedFirstStartIsFinished(t *testing.T) {
	whole := t.TempDir()
	open(t, whole)
	ca, err := os.ReadFile(filepath.Join(whole, "ca.pem"))
	require.NoError(t, err)

	dir := t.TempDir() // power went after the authority was in place
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ca.pem"), ca, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".new-123"), ca[:40], 0o600))
	long := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(dir, ".new-123"), long, long))
	tr := open(t, dir)
	_, err = handshake(t, tr.ServerTLS(), tr.ControllerTLS())
	require.NoError(t, err)
	require.NoFileExists(t, filepath.Join(dir, ".new-123"))
	info, err := os.Stat(filepath.Join(dir, "ca.pem"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func FuzzParsePair(f *testing.F) {
	dir := f.TempDir()
	_, err := Open(dir, Options{})
	require.NoError(f, err)
	good, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	require.NoError(f, err)
	f.Add(good)
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := parsePair(b); err == nil && (p.cert == nil || p.key == nil) {
			t.Fatal("half a pair")
		}
	})
}
