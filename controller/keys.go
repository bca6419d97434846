package controller

import (
	"context"
	"log/slog"
	"time"

	"loa/controller/trust"
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
	case a.keys.linked <- struct{}{}:
	default:
	}
}

// keyTeller has the nodes know by which keys this office signs.
type keyTeller struct {
	keys    *trust.Trust
	commune string
	publish func(ctx context.Context, topic string, qos byte, retain bool, payload []byte) error
	linked  chan struct{} // there is a new connection to the broker
	told    func()        // of the keys, on a new connection
	changed func()        // every plan is to be signed anew
	logger  *slog.Logger
}

// run tells the nodes of the signing keys, on each connection before any
// plan, and takes up a key that somebody made at this machine (loa keys). The
// nodes are told first; what is signed a moment later they understand.
func (k *keyTeller) run(ctx context.Context) error {
	tick := time.NewTicker(lookForKeys)
	defer tick.Stop()
	said := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-k.linked:
			if err := k.tell(ctx, k.keys.Signing()); err != nil && ctx.Err() == nil {
				k.logger.Warn("nodes are not told of the signing keys", "err", err)
			}
			k.told()
		case <-tick.C:
			err := k.takeUp(ctx)
			if err != nil && ctx.Err() == nil && err.Error() != said {
				said = err.Error()
				k.logger.Error("the new signing key is not taken up", "err", err)
			}
		}
	}
}

func (k *keyTeller) tell(ctx context.Context, s *signing.Newest) error {
	chain := s.Chain()
	if chain == nil {
		return nil
	}
	return k.publish(ctx, wire.Topics{Commune: k.commune}.All(wire.KindKeys), 1, true, chain)
}

// takeUp takes up what changed in the key file. Without the broker it waits:
// a key that no node was told of would only be refused.
func (k *keyTeller) takeUp(ctx context.Context) error {
	fresh, err := k.keys.Fresh()
	if err != nil || fresh == nil {
		return err
	}
	if err := k.tell(ctx, fresh); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(settleKeys):
	}
	k.keys.Adopt(fresh)
	k.logger.Info("signing key taken up", "key", fresh.ID())
	k.changed()
	return nil
}
