package dispatch

import (
	"context"
	"time"

	"loa/node/wire"
)

// Inspect has a node examine itself without a sound, and read some clips back. The answer
// names order, which is the time of asking in Unix milliseconds; a node that is away never
// hears of it.
func (d *Dispatch) Inspect(ctx context.Context, node string, order uint64, clips []wire.ClipRef) error {
	issued := time.UnixMilli(int64(order)).UTC()
	h := wire.Header{Kind: wire.KindInspect, Target: wire.Target(d.opt.Commune, node), Seq: order, Issued: issued,
		Expires: issued.Add(wire.InspectLife)}
	raw, err := wire.Sign(d.opt.Key, h, wire.Inspect{Clips: clips[:min(len(clips), wire.MaxInspected)]})
	if err != nil {
		return err
	}
	return d.opt.Publish(ctx, d.topics.Down(node, wire.KindInspect), 1, false, raw)
}
