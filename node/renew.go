package node

import (
	"context"
	"time"

	"loa/node/wire"
)

const (
	warnOfEnd = 6 * 7 * 24 * time.Hour // before the end of the certificate, or a sixth of its life
	lookLeast = time.Second
	lookMost  = 10 * time.Minute
	askMost   = 6 * time.Hour
)

// renew asks for the next certificate when it is time, and has the link use it
// in a quiet moment.
func (a *App) renew(ctx context.Context) error {
	var asked time.Time
	for {
		_, life := a.identity.span()
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(min(max(life/100, lookLeast), lookMost)):
		}
		if a.renewed.Load() && a.link.Quiet() {
			a.renewed.Store(false)
			a.link.Anew()
		}
		ct, _, known := a.clock.At(time.Now())
		_, up := a.link.Session()
		if !known || !up || ct.Before(a.identity.due()) || time.Since(asked) < min(max(life/50, lookLeast), askMost) {
			continue
		}
		asked = time.Now()
		question, err := a.identity.ask()
		if err == nil {
			err = a.link.Publish(wire.KindRenew, 1, false, question)
		}
		if err != nil {
			a.logger.Warn("the next certificate is not asked for", "err", err)
		}
	}
}

// receiveCert takes the node's next certificate.
func (a *App) receiveCert(raw []byte) {
	ct, _, _ := a.clock.At(time.Now())
	var answer wire.Renewed
	_, err := a.keys.Open(raw, wire.Header{Kind: wire.KindCert, Target: wire.Target(a.config.Commune, a.config.ID)}, ct, &answer)
	if err == nil {
		err = a.identity.take(answer.Cert)
	}
	if err != nil {
		a.refusals.warn(a.logger, "certificate refused", err)
		return
	}
	a.renewed.Store(true)
	a.logger.Info("certificate renewed", "until", a.identity.latest().Leaf.NotAfter)
	a.status.kick()
}

// certEnds reports whether the certificate ends soon: it should have been
// renewed long ago.
func (a *App) certEnds(ct time.Time) bool {
	_, life := a.identity.span()
	return !ct.IsZero() && a.identity.latest().Leaf.NotAfter.Sub(ct) < min(warnOfEnd, life/6)
}
