package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"loa/node/cache"
	"loa/node/wire"
)

const (
	nameInspection = "inspection" // what came of the last one, on flash
	// inspectSpread is the time over which the nodes of a commune answer: they are asked
	// at one instant.
	inspectSpread = 10 * time.Second
)

// inspector examines the board when the office asks, without a sound: it has no way to the
// player, the amplifier or the horn.
type inspector struct {
	open     func(raw []byte, want wire.Header, now time.Time, v any) (wire.Header, error)
	target   string
	readBack func(wire.ClipRef) error // of a clip, from flash
	save     func(name string, value []byte) error
	load     func(name string) ([]byte, error)
	trouble  func() error // of flash
	clock    func(time.Time) (time.Time, time.Duration, bool)
	done     func() // something is to be told, and perhaps fetched anew
	logger   *slog.Logger
	orders   chan inspectOrder
	seq      uint64 // of the last order; of the link's goroutine
	last     atomic.Pointer[wire.Inspection]
}

type inspectOrder struct {
	seq uint64
	wire.Inspect
}

// newInspector takes up what flash holds.
func newInspector(a *App) *inspector {
	x := &inspector{open: a.keys.Open, target: wire.Target(a.config.Commune, a.config.ID), readBack: a.cache.ReadBack,
		save: a.cache.Save, load: a.cache.Load, trouble: a.cache.Trouble, clock: a.clock.At, logger: a.logger,
		orders: make(chan inspectOrder, 1),
		done: func() {
			a.fetcher.SetClips(a.wantedClips(time.Now()))
			a.status.kick()
		}}
	var kept wire.Inspection
	if raw, err := x.load(nameInspection); err == nil && raw != nil && json.Unmarshal(raw, &kept) == nil {
		x.last.Store(&kept)
	}
	return x
}

// receive takes an order at a controller time. One that is said again is
// [wire.ErrStale]; without the time whether it still counts cannot be told, and nothing
// comes of it.
func (x *inspector) receive(raw []byte, ct time.Time) error {
	if ct.IsZero() {
		return nil
	}
	var order wire.Inspect
	h, err := x.open(raw, wire.Header{Kind: wire.KindInspect, Target: x.target, Seq: wire.Binding(x.seq, ct)}, ct, &order)
	if err == nil && (h.Expires.IsZero() || len(order.Clips) > wire.MaxInspected) {
		err = wire.ErrNonsense
	}
	if err != nil {
		return err
	}
	x.seq = h.Seq
	select {
	case x.orders <- inspectOrder{h.Seq, order}:
	default: // one is under way: what it finds is as new
	}
	return nil
}

// run examines when it is asked, until ctx ends.
func (x *inspector) run(ctx context.Context) error {
	for {
		var order inspectOrder
		select {
		case <-ctx.Done():
			return nil
		case order = <-x.orders:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(rand.N(inspectSpread)):
		}
		found := x.examine(order)
		x.last.Store(&found)
		x.logger.Info("examined without a sound", "clips", found.Clips, "missing", found.Missing, "spoilt", found.Spoilt, "flash", found.Flash)
		x.done()
	}
}

// examine reads the clips of emergencies back, and writes a word to flash that it reads back.
func (x *inspector) examine(order inspectOrder) wire.Inspection {
	found := wire.Inspection{Order: order.seq, Clips: len(order.Clips)}
	found.At, _, _ = x.clock(time.Now())
	for _, ref := range order.Clips {
		switch err := x.readBack(ref); {
		case errors.Is(err, cache.ErrSpoilt):
			found.Spoilt++
		case err != nil:
			found.Missing++
		}
	}
	if err := x.prove(found); err != nil {
		found.Flash = wire.Text(err.Error(), 200)
	}
	return found
}

var errOtherWord = errors.New("flash gives back another word than it took")

// prove writes to flash and reads it back.
func (x *inspector) prove(found wire.Inspection) error {
	raw, err := json.Marshal(found)
	if err == nil {
		err = x.save(nameInspection, raw)
	}
	if err == nil {
		err = x.trouble() // what was kept in memory only was kept on no flash
	}
	if err != nil {
		return err
	}
	back, err := x.load(nameInspection)
	if err == nil && !bytes.Equal(raw, back) {
		err = errOtherWord
	}
	return err
}

// receiveInspect takes the office's order.
func (a *App) receiveInspect(raw []byte) {
	if err := a.inspect.receive(raw, a.toldTime()); err != nil && !errors.Is(err, wire.ErrStale) {
		a.refusals.warn(a.logger, "order to examine refused", err)
	}
}
