package https

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

// rig is a page behind certificates, and a clock.
type rig struct {
	*Certificates
	now  time.Time
	addr *net.TCPAddr
}

func listen(t *testing.T) (net.Listener, *net.TCPAddr) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return l, l.Addr().(*net.TCPAddr)
}

// serve answers with TLS on a free port of loopback.
func serve(t *testing.T, o Options) *rig {
	t.Helper()
	l, addr := listen(t)
	o.Secure, o.Logger = addr, slog.New(slog.DiscardHandler)
	return serveOn(t, l, o)
}

func serveOn(t *testing.T, l net.Listener, o Options) *rig {
	t.Helper()
	r := &rig{now: start, addr: o.Secure}
	if o.Now == nil {
		o.Now = func() time.Time { return r.now }
	}
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	var err error
	r.Certificates, err = Open(o)
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "loa") }),
		TLSConfig: r.TLS(), ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)}
	go func() { _ = server.ServeTLS(l, "", "") }() // ends with the server
	t.Cleanup(func() { _ = server.Close() })
	return r
}

// get opens the page by a name, as a phone that trusts roots.
func (r *rig) get(name string, roots *x509.CertPool) (*x509.Certificate, error) {
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, r.addr.String())
	}
	transport := &http.Transport{DialContext: dial, DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{RootCAs: roots, Time: func() time.Time { return r.now }}}
	res, err := (&http.Client{Transport: transport}).Get("https://" + name + "/")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return res.TLS.PeerCertificates[0], nil
}

func poolOf(certs ...*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range certs {
		pool.AddCert(c)
	}
	return pool
}

func TestOwnAuthority(t *testing.T) {
	dir := t.TempDir()
	r := serve(t, Options{Dir: dir, Commune: "la-da", Settings: Settings{Names: []string{"loa.lada.example", "203.0.113.7"}}})
	require.Equal(t, Own, r.Way())
	trusting := poolOf(r.Authority())
	for _, name := range []string{"localhost", "127.0.0.1", "loa.lada.example", "203.0.113.7"} {
		_, err := r.get(name, trusting)
		require.NoError(t, err, name)
	}
	_, err := r.get("localhost", x509.NewCertPool())
	require.Error(t, err, "who was not told to trust it does not")
	_, err = r.get("bank.example", trusting)
	require.Error(t, err)

	// the same authority after a start, for phones have trusted it
	again := serve(t, Options{Dir: dir, Commune: "la-da"})
	require.Equal(t, r.Authority().Raw, again.Authority().Raw)
	info, err := os.Stat(filepath.Join(dir, "pages-ca.pem"))
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	_, err = Open(Options{Dir: dir, Settings: Settings{Names: []string{"other.example"}}})
	require.ErrorContains(t, err, "other.example")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pages-ca.pem"), []byte("x"), 0o600))
	_, err = Open(Options{Dir: dir})
	require.ErrorContains(t, err, "bản sao lưu")
}

// A thief of the authority's key cannot pass for a bank.
func TestOwnAuthorityVouchesForTheLANOnly(t *testing.T) {
	r := serve(t, Options{Commune: "la-da"})
	for _, name := range []string{"bank.example", "8.8.8.8", "gov.vn", "2001:4860::1"} {
		a := r.authority
		tmpl := a.template("x")
		tmpl.NotAfter, tmpl.DNSNames = start.Add(time.Hour), []string{name}
		if ip := net.ParseIP(name); ip != nil {
			tmpl.DNSNames, tmpl.IPAddresses = nil, []net.IP{short(ip)}
		}
		forged, err := certify(tmpl, a.ca, a.leaf.PrivateKey.(*ecdsa.PrivateKey))
		require.NoError(t, err)
		_, err = forged.cert.Verify(x509.VerifyOptions{Roots: poolOf(a.ca.cert), CurrentTime: start})
		var wrong x509.CertificateInvalidError
		require.ErrorAs(t, err, &wrong, name)
		require.Equal(t, x509.CANotAuthorizedForThisName, wrong.Reason, name)
	}
}

// The leaf is made anew in time, and when the router gives another address.
func TestOwnLeafFollowsTimeAndAddress(t *testing.T) {
	r := serve(t, Options{Commune: "la-da"})
	trusting := poolOf(r.Authority())
	first, err := r.get("localhost", trusting)
	require.NoError(t, err)
	require.LessOrEqual(t, first.NotAfter.Sub(first.NotBefore), 825*24*time.Hour, "Apple's limit")
	r.now = start.Add(leafLives - leafAnew - time.Hour)
	same, err := r.get("localhost", trusting)
	require.NoError(t, err)
	require.Equal(t, first.SerialNumber, same.SerialNumber)
	r.now = start.Add(leafLives - leafAnew + time.Hour)
	next, err := r.get("localhost", trusting)
	require.NoError(t, err)
	require.NotEqual(t, first.SerialNumber, next.SerialNumber)

	r.authority.addresses = func() []net.IP { return nil }
	leaf, err := r.authority.makeLeaf(nil)
	require.NoError(t, err)
	r.authority.leaf = leaf // made before the router gave this address
	moved, err := r.get("127.0.0.1", trusting)
	require.NoError(t, err)
	kept, err := r.get("127.0.0.1", trusting)
	require.NoError(t, err)
	require.Equal(t, moved.SerialNumber, kept.SerialNumber)
}

// write makes a pair of files for localhost, and returns its certificate.
func write(t *testing.T, cert, key string, at time.Time) *x509.Certificate {
	t.Helper()
	a := &authority{Options: Options{Now: func() time.Time { return at }, Settings: Settings{Names: []string{"localhost"}}},
		addresses: machineAddresses}
	require.NoError(t, a.make(filepath.Join(t.TempDir(), "ca.pem")))
	leaf, err := a.get(nil)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(leaf.PrivateKey)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Certificate[0]}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	for _, path := range []string{cert, key} {
		require.NoError(t, os.Chtimes(path, at, at))
	}
	return a.ca.cert
}

func TestFilesAreReadAnew(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	_, err := Open(Options{Settings: Settings{Cert: cert, Key: key}})
	require.ErrorContains(t, err, "https_cert")
	_, err = Open(Options{Settings: Settings{Cert: cert}})
	require.ErrorContains(t, err, "https_key")
	old := write(t, cert, key, start)
	r := serve(t, Options{Settings: Settings{Cert: cert, Key: key}})
	require.Equal(t, Files, r.Way())
	require.Nil(t, r.Authority())
	_, err = r.get("localhost", poolOf(old))
	require.NoError(t, err)

	r.now = start.Add(time.Hour)
	require.NoError(t, os.WriteFile(cert, []byte("half"), 0o600))
	_, err = r.get("localhost", poolOf(old))
	require.NoError(t, err, "a file that is being written changes nothing")
	r.now = start.Add(2 * time.Hour)
	fresh := write(t, cert, key, start.Add(time.Hour))
	_, err = r.get("localhost", poolOf(fresh))
	require.NoError(t, err)
	r.now = r.now.Add(lookEvery / 2)
	third := write(t, cert, key, r.now)
	_, err = r.get("localhost", poolOf(third))
	require.Error(t, err, "the files are looked at now and then only")
}

func TestPlainIsLeftAlone(t *testing.T) {
	r := serve(t, Options{})
	h := http.NewServeMux()
	require.Equal(t, http.Handler(h), r.Plain(h))
	require.NoError(t, r.Run(t.Context()))
}
