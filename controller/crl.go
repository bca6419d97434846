package controller

import (
	"context"
	"maps"
	"path/filepath"
	"time"

	"loa/controller/broker"
	"loa/node/wire"
)

const outEvery = time.Minute // that who is kept out is looked at

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

// keepOut knows who is kept out, and tells the fleet: a board that was revoked lacks
// neither power nor a network. A broker that is not ours finds them in its files.
// Both are looked at again every minute, for `loa provision` says nothing.
func (a *App) keepOut(ctx context.Context) error {
	var written time.Time // what a broker that is not ours needs of us
	for {
		out, err := a.enrol.KeptOut(ctx)
		if err == nil {
			before, _ := a.out.Load().(map[string]bool)
			if !maps.Equal(before, out) {
				written = time.Time{}
			}
			a.out.Store(out)
			a.fleet.KeepOut(out)
		} else if ctx.Err() == nil {
			a.logger.Error("who is kept out cannot be read", "err", err)
		}
		if a.broker == nil && time.Since(written) >= houseEvery && a.writeFiles(ctx) {
			written = time.Now()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-a.revoked:
			written = time.Time{}
		case <-time.After(outEvery):
		}
	}
}

// writeFiles is writeBrokerFiles, and says in the log what came of it.
func (a *App) writeFiles(ctx context.Context) (ok bool) {
	wrote, err := a.writeBrokerFiles(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		a.logger.Error("the broker's certificate or the list of revoked ones is not written: it may still let revoked nodes in", "file", a.crlPath(), "err", err)
	case wrote:
		a.logger.Info("list of revoked certificates written, and the broker's own if need be; it must start anew to heed them", "file", a.crlPath())
	}
	return err == nil
}
