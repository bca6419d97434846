package identity

import (
	"context"
	"crypto/x509"
	"time"

	"loa/node/wire"
)

const (
	warnOfEnd = 6 * 7 * 24 * time.Hour // before the end of the certificate, or a sixth of its life
	lookLeast = time.Second
	lookMost  = 10 * time.Minute
	askMost   = 6 * time.Hour
)

// Link is what a renewal needs of the node's connection.
type Link struct {
	Clock func(time.Time) (time.Time, time.Duration, bool)
	Up    func() bool // there is a session
	Quiet func() bool // nothing passes that a new connection would disturb
	Anew  func()      // connect again
	Ask   func(wire.Renew) error
}

// Renew asks for the next certificate when it is time, and has the link use it in a
// quiet moment, until ctx ends.
func (i *Identity) Renew(ctx context.Context, link Link) error {
	var asked time.Time
	for {
		_, life := i.span()
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(min(max(life/100, lookLeast), lookMost)):
		}
		if i.renewed.Load() && link.Quiet() {
			i.renewed.Store(false)
			link.Anew()
		}
		ct, _, known := link.Clock(time.Now())
		if !known || !link.Up() || ct.Before(i.due()) || time.Since(asked) < min(max(life/50, lookLeast), askMost) {
			continue
		}
		asked = time.Now()
		question, err := i.Ask()
		if err == nil {
			err = link.Ask(question)
		}
		if err != nil {
			i.opt.Logger.Warn("the next certificate is not asked for", "err", err)
		}
	}
}

// Receive takes the answer at a controller time: the node's next certificate. An error
// says why it was refused.
func (i *Identity) Receive(raw []byte, ct time.Time) error {
	var answer wire.Renewed
	_, err := i.opt.Open(raw, wire.Header{Kind: wire.KindCert, Target: wire.Target(i.opt.Commune, i.opt.ID)}, ct, &answer)
	if err == nil {
		err = i.Take(answer.Cert)
	}
	if err != nil {
		return err
	}
	i.renewed.Store(true)
	i.opt.Logger.Info("certificate renewed", "until", i.Latest().Leaf.NotAfter)
	return nil
}

// EndsSoon reports whether the certificate ends soon, at a controller time: it should
// have been renewed long ago. Without the time it does not.
func (i *Identity) EndsSoon(ct time.Time) bool {
	_, soon := Expires(i.Latest().Leaf, ct)
	return !ct.IsZero() && soon
}

// Expires is when a certificate ends, and whether that is near enough that it
// should long have been renewed.
func Expires(cert *x509.Certificate, now time.Time) (until time.Time, soon bool) {
	life := cert.NotAfter.Sub(wire.MadeAt(cert))
	return cert.NotAfter, cert.NotAfter.Sub(now) < min(warnOfEnd, life/6)
}
