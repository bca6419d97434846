package dispatch

import (
	"context"

	"loa/node/wire"
)

// TestHorn has a node test its horn, soon. A node that is away never hears of it:
// the order is for a person who waits for the answer.
func (d *Dispatch) TestHorn(ctx context.Context, node string) error {
	now := d.opt.Now().UTC()
	h := wire.Header{Kind: wire.KindSelfTest, Target: wire.Target(d.opt.Commune, node), Seq: uint64(now.UnixMilli()), Issued: now,
		Expires: now.Add(wire.SelfTestLife)}
	raw, err := wire.Sign(d.opt.Key, h, struct{}{})
	if err != nil {
		return err
	}
	return d.opt.Publish(ctx, d.topics.Down(node, wire.KindSelfTest), 1, false, raw)
}
