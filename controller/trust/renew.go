package trust

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"loa/node/wire"
)

const renewGap = 5 * time.Second // between questions of one node that are answered

// ErrRenew means that a certificate is not renewed: the caller is not the node, or
// is it no longer.
var ErrRenew = errors.New("certificate not renewed")

// Renew gives a node its next certificate, if it proves that it holds the
// present one and that still counts. The present one counts until its own end:
// the board may lose power before the next is on its flash.
func (e *Enrolment) Renew(ctx context.Context, node string, ask wire.Renew) (wire.Renewed, error) {
	cert, err := x509.ParseCertificate(ask.Cert)
	if err != nil {
		return wire.Renewed{}, fmt.Errorf("%w: %w", ErrRenew, err)
	}
	now := e.now()
	_, err = cert.Verify(x509.VerifyOptions{Roots: e.keys.pool(), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		return wire.Renewed{}, fmt.Errorf("%w: %w", ErrRenew, err)
	}
	key, ok := cert.PublicKey.(*ecdsa.PublicKey)
	switch {
	case cert.Subject.CommonName != node:
		return wire.Renewed{}, fmt.Errorf("%w: the certificate is another's", ErrRenew)
	case !ok || !ecdsa.VerifyASN1(key, wire.RenewDigest(wire.Target(e.commune, node), ask.Request), ask.Proof):
		return wire.Renewed{}, fmt.Errorf("%w: its key did not sign this", ErrRenew)
	case !e.Admits(ctx, cert):
		return wire.Renewed{}, fmt.Errorf("%w: it was revoked or replaced", ErrRenew)
	case !e.renewNow(node, now):
		return wire.Renewed{}, fmt.Errorf("%w: asked again too soon", ErrRenew)
	}
	next, err := e.keys.CertifyNode(node, ask.Request)
	if err != nil {
		return wire.Renewed{}, err
	}
	return wire.Renewed{Cert: next.Raw}, nil
}

// renewNow bounds how often a node is answered. Only nodes that proved
// themselves are counted.
func (e *Enrolment) renewNow(node string, now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if last := e.renewed[node]; now.Before(last.Add(renewGap)) && !now.Before(last) {
		return false
	}
	e.renewed[node] = now
	return true
}

// Ends returns when the commune's own certificates end, by name.
func (t *Trust) Ends() map[string]time.Time {
	return map[string]time.Time{"ca": t.ca.cert.NotAfter, "broker": t.broker.Leaf.NotAfter, ControllerName: t.controller.Leaf.NotAfter}
}
