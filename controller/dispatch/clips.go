package dispatch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"loa/node/wire"
)

// A new plan reaches the nodes within a moment of each other. A clip that
// nobody was fetching waits until none has asked for gather, but not for more
// than patience: who asks later costs everyone what went before.
const (
	gather   = 200 * time.Millisecond
	patience = 2 * time.Second
)

type nodeWant struct {
	node string
	want wire.Want
}

// transfer is one clip on its way.
type transfer struct {
	ref     wire.ClipRef
	path    string // of its file
	pending []bool
	left    int
	at      int       // next chunk to look at
	from    time.Time // not before
	latest  time.Time // from at the most
}

// mark adds what a node lacks.
func (t *transfer) mark(ranges []wire.Range) {
	for _, r := range ranges {
		for i := max(r.First, 0); i <= min(r.Last, len(t.pending)-1); i++ {
			if !t.pending[i] {
				t.pending[i] = true
				t.left++
			}
		}
	}
}

// next takes the next pending chunk round the circle.
func (t *transfer) next() int {
	for range t.pending {
		i := t.at
		t.at = (t.at + 1) % len(t.pending)
		if t.pending[i] {
			t.pending[i] = false
			t.left--
			return i
		}
	}
	return -1
}

// runClips owns the transfers. It sends one chunk at a time, of each clip in
// turn, and sleeps as long as the rate says.
func (d *Dispatch) runClips(ctx context.Context) error {
	var active []*transfer
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var ready <-chan time.Time
		if len(active) > 0 {
			ready = timer.C
		}
		select {
		case <-ctx.Done():
			return nil
		case w := <-d.wants:
			idle := len(active) == 0
			active = d.accept(active, w, time.Now())
			if idle {
				timer.Reset(gather)
			}
		case now := <-ready:
			var pause time.Duration
			active, pause = d.turn(ctx, active, now)
			timer.Reset(pause)
		}
	}
}

// May reports whether a node may listen to a clip's chunks: not to one that stands
// in the plans of others only. Of what is in no plan, a program perhaps, nothing
// is known here.
func (d *Dispatch) May(node, sha string) bool {
	allowed := d.allowed.Load()
	if allowed == nil {
		return true // the plans are not made yet
	}
	if _, ok := d.wanted(nodeWant{node, wire.Want{Clip: sha}}); ok {
		return true
	}
	for _, clips := range *allowed {
		if _, others := clips[sha]; others {
			return false
		}
	}
	return true
}

// wanted finds the clip in the node's plan, or in what is on air.
func (d *Dispatch) wanted(w nodeWant) (wire.ClipRef, bool) {
	if allowed := d.allowed.Load(); allowed != nil {
		if ref, ok := (*allowed)[w.node][w.want.Clip]; ok {
			return ref, true
		}
		if _, known := (*allowed)[w.node]; !known {
			return wire.ClipRef{}, false
		}
	}
	if d.opt.OnAir != nil {
		for _, ref := range d.opt.OnAir() {
			if ref.SHA == w.want.Clip {
				return ref, true
			}
		}
	}
	return wire.ClipRef{}, false
}

// accept marks what a node wants, if it may have that clip.
func (d *Dispatch) accept(active []*transfer, w nodeWant, now time.Time) []*transfer {
	ref, ok := d.wanted(w)
	path := d.opt.Store.ClipPath(ref.SHA)
	if !ok {
		ref, ok = d.program(w.node, w.want.Clip)
		path = d.opt.Store.SoftwarePath(ref.SHA)
	}
	if !ok {
		d.count.dropped.Add(1)
		return active
	}
	for _, t := range active {
		if t.ref == ref {
			t.mark(w.want.Ranges)
			if now.Before(t.from) {
				t.from = t.latest
				if soon := now.Add(gather); soon.Before(t.latest) {
					t.from = soon
				}
			}
			return active
		}
	}
	t := &transfer{ref: ref, path: path, pending: make([]bool, ref.Chunks()), from: now.Add(gather), latest: now.Add(patience)}
	if t.mark(w.want.Ranges); t.left == 0 {
		return active
	}
	return append(active, t)
}

// turn sends a chunk of the first clip that is due and moves that clip to the
// end of the line.
func (d *Dispatch) turn(ctx context.Context, active []*transfer, now time.Time) ([]*transfer, time.Duration) {
	for i, t := range active {
		if now.Before(t.from) {
			continue
		}
		sent, err := d.sendChunk(ctx, t, t.next())
		active = append(active[:i:i], active[i+1:]...)
		if err != nil {
			d.opt.Logger.Warn("clip not sent", "clip", t.ref.SHA, "err", err)
			return active, 0 // the nodes ask again after their stall
		}
		if t.left > 0 {
			active = append(active, t)
		}
		return active, time.Duration(float64(sent) / float64(d.opt.ClipRate) * float64(time.Second))
	}
	return active, gather / 4
}

func (d *Dispatch) sendChunk(ctx context.Context, t *transfer, index int) (sent int, err error) {
	if index < 0 {
		return 0, nil
	}
	data := make([]byte, min(wire.ChunkSize, t.ref.Bytes-int64(index)*wire.ChunkSize))
	f, err := os.Open(t.path)
	if err != nil {
		return 0, fmt.Errorf("open clip: %w", err)
	}
	_, err = f.ReadAt(data, int64(index)*wire.ChunkSize)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, fmt.Errorf("read clip: %w", err)
	}
	raw, err := wire.Encode(wire.Chunk{Index: index, Data: data})
	if err != nil {
		return 0, fmt.Errorf("encode chunk: %w", err)
	}
	if err := d.opt.Publish(ctx, d.topics.Clip(t.ref.SHA), 0, false, raw); err != nil {
		return 0, err
	}
	d.count.chunks.Add(1)
	d.count.chunkBytes.Add(int64(len(data)))
	return len(raw), nil
}
