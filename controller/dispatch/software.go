package dispatch

import (
	"context"
	"maps"
	"time"

	"loa/controller/store"
	"loa/node/wire"
)

// softwareEvery is how soon is noticed what was said at the office's machine
// about the program that nodes run.
const softwareEvery = 5 * time.Second

// programs are the versions of the program that nodes may ask for.
type programs map[string]map[string]wire.ClipRef // node → sha → program

// runSoftware tells each node what it is to run, when that changes, and all of
// them what was said before once the broker is there again.
func (d *Dispatch) runSoftware(ctx context.Context) error {
	said := map[string]uint64{}
	tick := time.NewTicker(softwareEvery)
	defer tick.Stop()
	for {
		if err := d.publishSoftware(ctx, said); err != nil && ctx.Err() == nil {
			d.opt.Logger.Warn("what nodes are to run is not published", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.tellAll:
			clear(said)
		case <-tick.C:
		}
	}
}

func (d *Dispatch) publishSoftware(ctx context.Context, said map[string]uint64) error {
	wanted, err := d.opt.Store.WantedSoftware(ctx)
	if err != nil {
		return err
	}
	may := programs{}
	for _, n := range wanted {
		may[n.Node] = map[string]wire.ClipRef{}
		for ref := range maps.Values(n.Clips) {
			may[n.Node][ref.SHA] = ref
		}
	}
	d.programs.Store(&may) // before the word goes out: their wants follow at once
	for _, n := range wanted {
		if said[n.Node] == n.Seq {
			continue
		}
		if err := d.sendSoftware(ctx, n); err != nil {
			return err
		}
		said[n.Node] = n.Seq
	}
	return nil
}

func (d *Dispatch) sendSoftware(ctx context.Context, n store.NodeSoftware) error {
	h := wire.Header{Kind: wire.KindSoftware, Target: wire.Target(d.opt.Commune, n.Node), Seq: n.Seq, Issued: d.opt.Now().UTC()}
	raw, err := wire.Sign(d.opt.Key, h, n.Software)
	if err != nil {
		return err
	}
	return d.opt.Publish(ctx, d.topics.Down(n.Node, wire.KindSoftware), 1, true, raw)
}

// program finds what a node wants among the programs that it is to run.
func (d *Dispatch) program(node, sha string) (ref wire.ClipRef, ok bool) {
	if may := d.programs.Load(); may != nil {
		ref, ok = (*may)[node][sha]
	}
	return ref, ok
}
