package https

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
	"github.com/stretchr/testify/require"
)

// domain leads to this machine, by the DNS server of the test.
const domain = "loa.lada.example"

// resolver is a DNS server that knows the domain.
func resolver(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &dns.Server{Listener: l, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if len(q.Question) == 1 && q.Question[0].Qtype == dns.TypeA {
			m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1},
				A: net.IPv4(127, 0, 0, 1)}}
		}
		_ = w.WriteMsg(m)
	})}
	go func() { _ = server.ActivateAndServe() }() // ends with the listener
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

// pebble is Let's Encrypt's small ACME server: where its directory is, whom
// its own certificate is of, and whom those that it gives.
func pebble(t *testing.T, plain, secure int) (directory, root string, issuer func() *x509.CertPool) {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	quiet := log.New(io.Discard, "", 0)
	memory := db.NewMemoryStore()
	authority := ca.New(quiet, memory, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "as usual"}})
	front := wfe.New(quiet, memory, va.New(quiet, plain, secure, false, resolver(t), memory), authority, []string{"pebble.example"}, false,
		false, 1, 1)
	server := httptest.NewTLSServer(front.Handler())
	t.Cleanup(server.Close)
	root = filepath.Join(t.TempDir(), "root.pem")
	require.NoError(t, os.WriteFile(root, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	return server.URL + wfe.DirectoryPath, root, func() *x509.CertPool {
		pool := x509.NewCertPool()
		require.True(t, pool.AppendCertsFromPEM(bytes.Clone(authority.GetRootCert(0).PEM())))
		return pool
	}
}

// A real ACME server makes sure of the domain, by our own listeners, and the
// page has its certificate.
func TestACME(t *testing.T) {
	plain, plainAddr := listen(t)
	secure, secureAddr := listen(t)
	directory, root, issuer := pebble(t, plainAddr.Port, secureAddr.Port)
	received := make(received, 8)
	r := serveOn(t, secure, Options{Plain: plainAddr, Secure: secureAddr, Logger: slog.New(received), Now: time.Now,
		Settings: Settings{Names: []string{domain}, ACME: directory, Root: root, Email: "lam@lada.example"}})
	r.now = time.Now().Add(time.Minute) // the certificate begins now
	server := &http.Server{Handler: r.Plain(http.NotFoundHandler())}
	go func() { _ = server.Serve(plain) }() // ends with the server
	t.Cleanup(func() { _ = server.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	require.Equal(t, ACME, r.Way())
	require.Equal(t, "https: certificate received", <-received)
	require.Equal(t, "https: certificate in use", <-received)
	_, err := r.get(domain, issuer())
	require.NoError(t, err)
	cancel()
	require.NoError(t, <-ended)
}

// received is told of what is logged.
type received chan string

func (r received) Enabled(context.Context, slog.Level) bool { return true }
func (r received) Handle(_ context.Context, x slog.Record) error {
	r <- x.Message
	return nil
}
func (r received) WithAttrs([]slog.Attr) slog.Handler { return r }
func (r received) WithGroup(string) slog.Handler      { return r }
