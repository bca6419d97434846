package controller

import (
	"context"
	"time"

	"loa/controller/trust/signing"
	"loa/node/wire"
)

const (
	lookForKeys = time.Second
	settleKeys  = 2 * time.Second // from telling the nodes of a key to signing with it
)

// connected says that there is a new connection to the broker. It does not block.
func (a *App) connected() {
	a.live.Connected()
	select {
	case a.linked <- struct{}{}:
	default:
	}
}

// keepKeys tells the nodes of the signing keys, on each connection before any
// plan, and takes up a key that somebody made at this machine (loa keys). The
// nodes are told first; what is signed a moment later they understand.
func (a *App) keepKeys(ctx context.Context) error {
	tick := time.NewTicker(lookForKeys)
	defer tick.Stop()
	said := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.linked:
			if err := a.tellKeys(ctx, a.trust.Signing()); err != nil && ctx.Err() == nil {
				a.logger.Warn("nodes are not told of the signing keys", "err", err)
			}
			a.dispatch.Connected()
		case <-tick.C:
			err := a.takeUpKeys(ctx)
			if err != nil && ctx.Err() == nil && err.Error() != said {
				said = err.Error()
				a.logger.Error("the new signing key is not taken up", "err", err)
			}
		}
	}
}

func (a *App) tellKeys(ctx context.Context, s *signing.Newest) error {
	chain := s.Chain()
	if chain == nil {
		return nil
	}
	return a.publish(ctx, wire.Topics{Commune: a.config.Commune}.All(wire.KindKeys), 1, true, chain)
}

// takeUpKeys takes up what changed in the key file. Without the broker it waits:
// a key that no node was told of would only be refused.
func (a *App) takeUpKeys(ctx context.Context) error {
	fresh, err := a.trust.Fresh()
	if err != nil || fresh == nil {
		return err
	}
	if err := a.tellKeys(ctx, fresh); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(settleKeys):
	}
	a.trust.Adopt(fresh)
	a.logger.Info("signing key taken up", "key", fresh.ID())
	a.dispatch.Changed() // every plan is signed anew
	return nil
}
