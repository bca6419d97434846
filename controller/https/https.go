// Package https gives the pages their certificate, for a browser lends its
// microphone to a page of HTTPS or of localhost only. There are three ways,
// the first whose settings are there:
//
//	files   the certificate and key somebody else renews; read anew when changed
//	ACME    from a certificate authority (RFC 8555), for a domain that is
//	        reached from the internet on port 80 or 443
//	own     from an authority of the commune's own (authority.go), which every
//	        phone must be told to trust once: the page /trust walks it through
//
// Whatever the way, only TLS 1.2 and later is spoken: phones of ten years ago
// have nothing later.
package https

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Settings are what the certificate is made of.
type Settings struct {
	Names []string // names and addresses by which people open the pages
	// Cert and Key are PEM files.
	Cert, Key string
	// ACME is the directory of an ACME server; Email is told of trouble with
	// certificates; Root is a PEM file of an authority that the ACME server's own
	// certificate is of, for a private one.
	ACME, Email, Root string
}

// Options are what is needed beside the settings.
type Options struct {
	Settings
	Dir     string // of the keys made here
	Commune string // written into the own authority's certificate
	// Plain and Secure are the listeners, which answer an ACME server.
	Plain, Secure *net.TCPAddr
	Now           func() time.Time
	Logger        *slog.Logger
}

// Way says where the certificate is from.
type Way string

// The ways.
const (
	Files Way = "files"
	ACME  Way = "acme"
	Own   Way = "own"
)

// Certificates is the pages' certificate, kept valid.
type Certificates struct {
	way       Way
	get       func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	protocols []string
	run       func(context.Context) error // nil: nothing is to be done
	challenge func(http.Handler) http.Handler
	authority *authority
}

// Open makes ready. An error says which setting is wrong.
func Open(o Options) (*Certificates, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	switch {
	case (o.Cert == "") != (o.Key == ""):
		return nil, errors.New("cài đặt https_cert và https_key phải có cả hai; settings https_cert and https_key belong together")
	case o.Cert != "":
		return openFiles(o)
	case o.ACME != "":
		return openACME(o)
	default:
		return openOwn(o)
	}
}

// TLS is what the listener needs.
func (c *Certificates) TLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: append([]string{"http/1.1"}, c.protocols...)}
}

// Run keeps the certificate valid until ctx ends.
func (c *Certificates) Run(ctx context.Context) error {
	if c.run == nil {
		return nil
	}
	return c.run(ctx)
}

// Plain wraps what answers on plain HTTP, where an ACME server may come asking.
func (c *Certificates) Plain(h http.Handler) http.Handler {
	if c.challenge == nil {
		return h
	}
	return c.challenge(h)
}

// Way says where the certificate is from.
func (c *Certificates) Way() Way { return c.way }

// Authority is the commune's own, which phones must trust; nil: the
// certificate is from elsewhere.
func (c *Certificates) Authority() *x509.Certificate {
	if c.authority == nil {
		return nil
	}
	return c.authority.ca.cert
}

func noName(o Options) error {
	if len(o.Names) > 0 {
		return nil
	}
	return fmt.Errorf("cài đặt https_names: hãy ghi tên miền của trang; name the pages' domain in https_names")
}
