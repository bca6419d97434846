package https

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// openACME has certmagic ask for the certificate and renew it. The server
// makes sure of the domain by our own listeners, plain and TLS, which must be
// reached from outside on 80 or 443; one of them is enough.
func openACME(o Options) (*Certificates, error) {
	if err := noName(o); err != nil {
		return nil, err
	}
	roots, err := rootsOf(o.Root)
	if err != nil {
		return nil, err
	}
	var cache *certmagic.Cache
	var config *certmagic.Config
	silent := zap.NewNop() // what matters comes as an event
	cache = certmagic.NewCache(certmagic.CacheOptions{Logger: silent,
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return config, nil }})
	config = certmagic.New(cache, certmagic.Config{Logger: silent, Storage: &certmagic.FileStorage{Path: filepath.Join(o.Dir, "acme")},
		DefaultServerName: o.Names[0], FallbackServerName: o.Names[0], OnEvent: o.event})
	issuer := certmagic.NewACMEIssuer(config,
		certmagic.ACMEIssuer{CA: o.ACME, TestCA: o.ACME, Email: o.Email, Agreed: true, TrustedRoots: roots, Logger: silent,
			ListenHost: o.Secure.IP.String(), AltHTTPPort: o.Plain.Port, AltTLSALPNPort: o.Secure.Port}) // taken already, by us
	config.Issuers = []certmagic.Issuer{issuer}
	return &Certificates{way: ACME, get: config.GetCertificate, protocols: []string{"acme-tls/1"},
		challenge: func(h http.Handler) http.Handler { return issuer.HTTPChallengeHandler(h) },
		run: func(ctx context.Context) error {
			defer cache.Stop()
			if err := config.ManageAsync(ctx, o.Names); err != nil {
				return fmt.Errorf("https: %w", err)
			}
			<-ctx.Done()
			return nil
		}}, nil
}

// event is what certmagic tells of its doings.
func (o Options) event(_ context.Context, event string, data map[string]any) error {
	switch event {
	case "cert_obtained":
		o.Logger.Info("https: certificate received", "name", data["identifier"], "renewal", data["renewal"])
	case "cached_managed_cert":
		o.Logger.Info("https: certificate in use", "names", data["sans"])
	case "cert_failed":
		o.Logger.Error("https: no certificate: the domain must lead here, and ports 80 or 443 be reached from the internet", "name",
			data["identifier"], "err", data["error"])
	}
	return nil
}

func rootsOf(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil // the machine's own
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cài đặt acme_root; setting acme_root: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, errors.New("cài đặt acme_root không có chứng chỉ nào; there is no certificate in acme_root's file")
	}
	return pool, nil
}
