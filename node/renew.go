package node

import (
	"crypto/tls"
	"log/slog"
	"time"

	"loa/node/identity"
	"loa/node/keyring"
	"loa/node/wire"
)

// identity are the options of the node's certificate, which config holds as it came
// from enrolment.
func (c Config) identity(config *tls.Config, keys *keyring.Ring, logger *slog.Logger) identity.Options {
	o := identity.Options{ID: c.ID, Commune: c.Commune, Data: c.Data, Enrolled: config.Certificates[0], Roots: config.RootCAs, Logger: logger}
	if keys != nil {
		o.Open = keys.Open
	}
	return o
}

// renewal is the link as the renewal of the certificate needs it.
func (a *App) renewal() identity.Link {
	return identity.Link{
		Clock: a.clock.At,
		Up:    func() bool { _, up := a.link.Session(); return up },
		Quiet: a.link.Quiet, Anew: a.link.Anew,
		Ask: func(r wire.Renew) error { return a.link.Publish(wire.KindRenew, 1, false, r) },
	}
}

// receiveCert takes the node's next certificate.
func (a *App) receiveCert(raw []byte) {
	ct, _, _ := a.clock.At(time.Now())
	if err := a.identity.Receive(raw, ct); err != nil {
		a.refusals.warn(a.logger, "certificate refused", err)
		return
	}
	a.status.kick()
}
