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
// than patience: a node that asks later costs everyone what went before.
const (
	gather   = 200 * time.Millisecond
	patience = 2 * time.Second

	// slowest is how slow a clip goes to all at least, in bytes/s: a node whose link
	// carries less takes it in pieces.
	slowest = 256 << 10
)

type nodeWant struct {
	node string
	want wire.Want
}

// queue is what is to be sent: to all that listen, and to one node each.
type queue struct {
	active  []*transfer
	errands []*errand
}

func (q *queue) empty() bool { return len(q.active) == 0 && len(q.errands) == 0 }

// transfer is one clip on its way.
type transfer struct {
	ref     wire.ClipRef
	read    reader
	pending []bool
	left    int
	at      int       // next chunk to look at
	from    time.Time // not before
	latest  time.Time // from at the most
	rate    int64     // that all who want it can take, bytes/s; 0: nobody has said
}

// mark adds what a node lacks, and heeds what it can take.
func (t *transfer) mark(w wire.Want) {
	if w.Rate > 0 && (t.rate == 0 || w.Rate < t.rate) {
		t.rate = max(w.Rate, slowest)
	}
	for _, r := range w.Ranges {
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

// runClips owns the queue. It sends one chunk at a time, of each clip in turn, and
// a piece for one node between two chunks, and sleeps as long as the rate says.
func (d *Dispatch) runClips(ctx context.Context) error {
	var q queue
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var ready <-chan time.Time
		if !q.empty() {
			ready = timer.C
		}
		select {
		case <-ctx.Done():
			return nil
		case w := <-d.wants:
			idle := q.empty()
			d.accept(&q, w, time.Now())
			switch {
			case idle && len(q.errands) > 0:
				timer.Reset(0)
			case idle:
				timer.Reset(gather)
			}
		case now := <-ready:
			timer.Reset(d.turn(ctx, &q, now))
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
func (d *Dispatch) accept(q *queue, w nodeWant, now time.Time) {
	ref, ok := d.wanted(w)
	read := fromFile(func() string { return d.opt.Store.ClipPath(ref.SHA) })
	if rest, long := d.long.rests()[ref.SHA]; ok && long {
		read = fromMemory(rest)
	}
	if !ok {
		ref, ok = d.program(w.node, w.want.Clip)
		read = fromFile(func() string { return d.opt.Store.SoftwarePath(ref.SHA) })
	}
	if !ok {
		d.count.dropped.Add(1)
		return
	}
	if len(w.want.Pieces) > 0 {
		q.run(newErrand(w, ref, read))
		return
	}
	for _, t := range q.active {
		if t.ref == ref {
			t.mark(w.want)
			if now.Before(t.from) {
				t.from = t.latest
				if soon := now.Add(gather); soon.Before(t.latest) {
					t.from = soon
				}
			}
			return
		}
	}
	t := &transfer{ref: ref, read: read, pending: make([]bool, ref.Chunks()), from: now.Add(gather), latest: now.Add(patience)}
	if t.mark(w.want); t.left > 0 {
		q.active = append(q.active, t)
	}
}

// turn sends a piece of the first errand and a chunk of the first clip that is due,
// and moves both to the end of their lines. It returns how long to wait for the next.
func (d *Dispatch) turn(ctx context.Context, q *queue, now time.Time) time.Duration {
	sent := d.turnErrand(ctx, q) + d.turnClip(ctx, q, now)
	if sent == 0 && len(q.errands) == 0 {
		return q.idle(now)
	}
	return time.Duration(float64(sent) / float64(d.opt.ClipRate) * float64(time.Second))
}

// idle is how long it is until a clip is due.
func (q *queue) idle(now time.Time) time.Duration {
	wait := gather / 4
	for _, t := range q.active {
		wait = min(wait, max(t.from.Sub(now), time.Millisecond))
	}
	return wait
}

func (d *Dispatch) turnClip(ctx context.Context, q *queue, now time.Time) (sent int) {
	for i, t := range q.active {
		if now.Before(t.from) {
			continue
		}
		sent, err := d.sendChunk(ctx, t, t.next())
		q.active = append(q.active[:i:i], q.active[i+1:]...)
		if err != nil {
			d.opt.Logger.Warn("clip not sent", "clip", t.ref.SHA, "err", err)
			return 0 // the nodes ask again after their stall
		}
		if t.left > 0 {
			t.pause(now, sent)
			q.active = append(q.active, t)
		}
		return sent
	}
	return 0
}

// pause puts a clip off for as long as those who want it need for what was sent.
func (t *transfer) pause(now time.Time, sent int) {
	if t.rate > 0 {
		t.from = now.Add(time.Duration(float64(sent) / float64(t.rate) * float64(time.Second)))
		t.latest = t.from // one that asks now must not put it off further
	}
}

func (d *Dispatch) sendChunk(ctx context.Context, t *transfer, index int) (sent int, err error) {
	if index < 0 {
		return 0, nil
	}
	data, err := t.read.part(t.ref, index, wire.ChunkSize)
	if err != nil {
		return 0, err
	}
	raw, err := wire.Encode(wire.Chunk{Index: index, Data: data, Sent: d.opt.Now().UnixMilli()})
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

// reader reads a clip from an offset on.
type reader func(data []byte, from int64) error

// part reads a clip's part of a number, of parts of a size.
func (r reader) part(ref wire.ClipRef, index int, size int64) ([]byte, error) {
	data := make([]byte, min(size, ref.Bytes-int64(index)*size))
	if err := r(data, int64(index)*size); err != nil {
		return nil, fmt.Errorf("read clip: %w", err)
	}
	return data, nil
}

// fromFile reads a clip that is in a file, which may move meanwhile: from memory to
// the disk.
func fromFile(path func() string) reader {
	return func(data []byte, from int64) error {
		f, err := os.Open(path())
		if err != nil {
			return err
		}
		_, err = f.ReadAt(data, from)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return errors.Join(err, f.Close())
	}
}

func fromMemory(clip []byte) reader {
	return func(data []byte, from int64) error {
		if from < 0 || from > int64(len(clip)) {
			return io.ErrUnexpectedEOF
		}
		copy(data, clip[from:])
		return nil
	}
}
