package calls

import (
	"context"
	"time"

	"loa/audio"
	"loa/audio/tune"
	"loa/controller/i18n"
	"loa/controller/live"
	"loa/controller/office/access"
	"loa/controller/office/inventory"
	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

const (
	// testGain makes the test chime 14 dB softer than a broadcast: a person who stands
	// below the pole hears it, and the village need not.
	testGain  = 0.2
	testLimit = 15 * time.Second // by which it ends whatever happens
)

// PlayTest has one node play the chime softly, as a short call. It needs no
// approval: it is always the same sound, at one pole. It never interrupts what
// is on air there.
func (d *Desk) PlayTest(ctx context.Context, id string) (store.Call, error) {
	n, err := d.opt.Inventory.Node(ctx, id)
	if err != nil {
		return store.Call{}, err
	}
	switch n.State {
	case "offline", "unknown":
		return store.Call{}, inventory.Away
	case "no_return":
		return store.Call{}, inventory.NoBoard
	case "on_air":
		return store.Call{}, inventory.Busy
	}
	if err := d.opt.Preview.CheckQuiet(ctx, d.opt.Now()); err != nil {
		return store.Call{}, err
	}
	c, err := d.opt.Live.Begin(ctx,
		live.Request{Title: i18n.Say(i18n.VI, "test_call"), Class: schedule.Live, Targets: access.NodeTarget(id), Author: access.Of(ctx).Who.Name,
			Account: access.Of(ctx).Who.ID, Limit: testLimit})
	if err != nil {
		return store.Call{}, err
	}
	d.begins(c)
	d.began.Go(func() { speakChime(c) })
	d.opt.Trail.Did(ctx, "node.test", id, nil, c.Info(), id)
	return c.Info(), nil
}

// speakChime gives the chime to a call as a microphone would, in time, and
// ends the call.
func speakChime(c *live.Call) {
	defer c.Stop()
	pcm := make([]float32, len(tune.Chime()))
	for i, v := range tune.Chime() {
		pcm[i] = testGain * v
	}
	began := time.Now()
	tick := time.NewTicker(wire.FrameLength)
	defer tick.Stop()
	for sent := 0; len(pcm) > 0; {
		select {
		case <-c.Done():
			return
		case now := <-tick.C:
			for due := int(now.Sub(began) / wire.FrameLength); sent < due && len(pcm) > 0; sent++ {
				n := min(audio.FrameSamples, len(pcm))
				_ = c.WritePCM(pcm[:n]) // a frame that cannot be encoded is silence
				pcm = pcm[n:]
			}
		}
	}
}

// Test plays the test chime at a node, and answers with the call.
func (d *Desk) Test(ctx context.Context, id string) (v Call, err error) {
	c, err := d.PlayTest(ctx, id)
	if err != nil {
		return v, err
	}
	return d.answer(ctx, c), nil
}
