package web_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller"
)

// lan is an office whose pages are there over TLS, by the name loa.lan.
func lan(t *testing.T) *office {
	dir := t.TempDir()
	s := open(t, dir)
	commune(t, s)
	require.NoError(t, s.Close())
	return startWith(t, dir, func(c *controller.Config) { c.HTTPS, c.HTTPSNames = "127.0.0.1:0", []string{"loa.lan"} })
}

// phone opens pages as one in the LAN does, that trusts who is in roots.
func (o *office) phone(t *testing.T, method, path, base string, roots *x509.CertPool, headers ...string) (*http.Response, error) {
	t.Helper()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(strings.TrimPrefix(base, "http://"), "https://"))
	require.NoError(t, err)
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
	}
	scheme, _, _ := strings.Cut(base, "://")
	req, err := http.NewRequestWithContext(t.Context(), method, scheme+"://loa.lan:"+port+path, nil)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	c := &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots}},
		CheckRedirect: client.CheckRedirect}
	return c.Do(req)
}

func TestPhonesUseHTTPS(t *testing.T) {
	o := lan(t)
	ask := func(method, path string, headers ...string) *http.Response {
		res, err := o.phone(t, method, path, o.URL(), nil, headers...)
		require.NoError(t, err)
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	secure := strings.Replace(o.SecureURL(), "127.0.0.1", "loa.lan", 1)
	require.Equal(t, secure+"/live?lang=en", ask("GET", "/live?lang=en").Header.Get("Location"))
	require.Equal(t, "/trust", ask("GET", "/", "Accept", "text/html").Header.Get("Location"), "who comes for the first time")
	for _, r := range []*http.Response{ask("POST", "/signin"), ask("POST", "/api/v1/stop"),
		ask("GET", "/api/v1/nodes", "Authorization", "Bearer "+o.Token()), ask("GET", "/?token="+o.Token())} {
		require.Equal(t, 403, r.StatusCode, "a secret is not taken in clear")
		require.Empty(t, r.Header.Get("Set-Cookie"))
	}
	require.Equal(t, 200, ask("GET", "/healthz").StatusCode)
	require.Equal(t, 400, ask("POST", "/api/v1/enrol").StatusCode, "a board has its own proof")
	require.Equal(t, 200, o.ask(t, "GET", "/api/v1/nodes", nil).status, "the office machine itself needs no TLS")

	ca := o.authority(t)
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	res, err := o.phone(t, "GET", "/setup", o.SecureURL(), roots)
	require.NoError(t, err)
	require.Equal(t, 200, res.StatusCode)
	_ = res.Body.Close()
	res, err = o.phone(t, "GET", "/?token="+o.Token(), o.SecureURL(), roots)
	require.NoError(t, err)
	_ = res.Body.Close()
	require.Contains(t, res.Header.Get("Set-Cookie"), "Secure")
	_, err = o.phone(t, "GET", "/setup", o.SecureURL(), x509.NewCertPool())
	require.Error(t, err)

	// a board is told plain HTTP, for it does not know the pages' authority
	res, err = o.phone(t, "POST", "/api/v1/nodes/thon-1-loa/invite", o.SecureURL(), roots, "Authorization", "Bearer "+o.Token())
	require.NoError(t, err)
	require.Contains(t, string(readAll(t, res)), strings.Replace(o.URL(), "127.0.0.1", "loa.lan", 1))
}

// authority downloads the certificate that phones must trust.
func (o *office) authority(t *testing.T) *x509.Certificate {
	t.Helper()
	res, err := o.phone(t, "GET", "/trust/loa.crt", o.URL(), nil)
	require.NoError(t, err)
	require.Equal(t, "application/x-x509-ca-cert", res.Header.Get("Content-Type"))
	ca, err := x509.ParseCertificate(readAll(t, res))
	require.NoError(t, err)
	return ca
}

func TestTrustPage(t *testing.T) {
	o := lan(t)
	office := string(o.send(t, "GET", "/trust", nil).body)
	require.Contains(t, office, "quét mã")
	res, err := o.phone(t, "GET", "/trust?lang=en", o.URL(), nil)
	require.NoError(t, err)
	page := string(readAll(t, res))
	for _, want := range []string{"/trust/loa.crt", "/trust/loa.mobileconfig", "Compare the fingerprint", "https://loa.lan:"} {
		require.Contains(t, page, want)
	}
	ca := o.authority(t)
	res, err = o.phone(t, "GET", "/trust/loa.mobileconfig", o.URL(), nil)
	require.NoError(t, err)
	profile := string(readAll(t, res))
	require.Contains(t, profile, "com.apple.security.root")
	require.Contains(t, profile, strings.ReplaceAll(strings.Split(string(pem.EncodeToMemory(&pem.Block{Type: "X", Bytes: ca.Raw})),
		"-----")[2], "\n", "")[:64])
	require.FileExists(t, filepath.Join(o.dir, "trust", "pages-ca.pem"))
}

func TestNoAuthorityOfOwn(t *testing.T) {
	o := start(t)
	for _, path := range []string{"/trust", "/trust/loa.crt", "/trust/loa.mobileconfig"} {
		require.Equal(t, 404, o.send(t, "GET", path, nil).status)
	}
}

// Wrong settings are told at the start, and nothing stays open.
func TestWrongHTTPSSettings(t *testing.T) {
	for name, wrong := range map[string]func(*controller.Config){
		"https_cert":  func(c *controller.Config) { c.HTTPSCert, c.HTTPSKey = "/nowhere", "/nowhere" },
		"https_key":   func(c *controller.Config) { c.HTTPSCert = "/nowhere" },
		"https_names": func(c *controller.Config) { c.ACME = "https://acme.example/directory" },
		"acme_root": func(c *controller.Config) {
			c.ACME, c.ACMERoot, c.HTTPSNames = "https://acme.example/directory", os.DevNull, []string{"a.example"}
		},
		"over TLS": func(c *controller.Config) { c.HTTPS = "256.0.0.1:0" },
	} {
		config := controller.DefaultConfig()
		config.Data, config.HTTP, config.MQTT, config.HTTPS = t.TempDir(), "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
		wrong(&config)
		_, err := controller.New(t.Context(), config, "test", discard)
		require.ErrorContains(t, err, name)
	}
}
