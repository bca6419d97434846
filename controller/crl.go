package controller

import (
	"context"
	"path/filepath"
	"time"

	"loa/controller/broker"
	"loa/node/wire"
)

const crlAgain = time.Minute // after a failure

// crlPath is where an external broker finds which certificates were revoked.
func (a *App) crlPath() string {
	if a.config.CRL != "" {
		return a.config.CRL
	}
	return filepath.Join(a.config.TrustDir(), "crl.pem")
}

// writeBrokerFiles writes what a broker that is not ours needs of us, the list of
// revoked certificates last: a caller that waits for it finds the others.
func (a *App) writeBrokerFiles(ctx context.Context) (wrote bool, err error) {
	if a.config.CRL != "" {
		if wrote, err = a.trust.WriteBrokerFiles(filepath.Dir(a.config.CRL)); err != nil {
			return wrote, err
		}
	}
	list, err := a.enrol.WriteCRL(ctx, a.crlPath())
	return wrote || list, err
}

// heed passes on what nodes say. A broker that is not ours may hold the connection
// of a board that was revoked until it starts anew: what such a one says counts
// for nothing.
func (a *App) heed(handle func(broker.Message)) func(broker.Message) {
	if a.broker != nil {
		return handle // it has thrown them out
	}
	topics := wire.Topics{Commune: a.config.Commune}
	return func(m broker.Message) {
		if out, _ := a.out.Load().(map[string]bool); len(out) > 0 {
			if _, node, _, ok := topics.Parse(m.Topic); ok && out[node] {
				return
			}
		}
		handle(m)
	}
}

// keepCRL keeps the files of a broker that is not ours, and who is kept out.
func (a *App) keepCRL(ctx context.Context) error {
	if a.broker != nil {
		return nil
	}
	for {
		wait := houseEvery
		out, err := a.enrol.KeptOut(ctx)
		if err == nil {
			a.out.Store(out)
		} else if ctx.Err() == nil {
			a.logger.Error("who is kept out cannot be read", "err", err)
		}
		wrote, err := a.writeBrokerFiles(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			a.logger.Error("the broker's certificate or the list of revoked ones is not written: it may still let revoked nodes in", "file", a.crlPath(), "err", err)
			wait = crlAgain
		case wrote:
			a.logger.Info("list of revoked certificates written, and the broker's own if need be; it must start anew to heed them", "file", a.crlPath())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-a.revoked:
		case <-time.After(wait):
		}
	}
}
