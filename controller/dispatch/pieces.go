package dispatch

import (
	"context"
	"fmt"

	"loa/node/wire"
)

// errand is what one node has asked for by itself.
type errand struct {
	node   string
	ref    wire.ClipRef
	read   reader
	pieces []int
}

// newErrand takes up the pieces that a node wants, as many as one may want.
func newErrand(w nodeWant, ref wire.ClipRef, read reader) *errand {
	e := &errand{node: w.node, ref: ref, read: read}
	for _, r := range w.want.Pieces {
		for i := max(r.First, 0); i <= min(r.Last, ref.Pieces()-1) && len(e.pieces) < wire.MaxPieces; i++ {
			e.pieces = append(e.pieces, i)
		}
	}
	return e
}

// run adds an errand. A node has one at a time: what it asks for now counts.
func (q *queue) run(e *errand) {
	for i, old := range q.errands {
		if old.node == e.node {
			q.errands = append(q.errands[:i:i], q.errands[i+1:]...)
			break
		}
	}
	if len(e.pieces) > 0 {
		q.errands = append(q.errands, e)
	}
}

// turnErrand sends a piece of the first errand and moves it to the end of the line.
func (d *Dispatch) turnErrand(ctx context.Context, q *queue) (sent int) {
	if len(q.errands) == 0 {
		return 0
	}
	e := q.errands[0]
	q.errands = q.errands[1:]
	sent, err := d.sendPiece(ctx, e, e.pieces[0])
	if err != nil {
		d.opt.Logger.Warn("piece of a clip not sent", "clip", e.ref.SHA, "node", e.node, "err", err)
		return 0 // the node asks again after its stall
	}
	if e.pieces = e.pieces[1:]; len(e.pieces) > 0 {
		q.errands = append(q.errands, e)
	}
	return sent
}

func (d *Dispatch) sendPiece(ctx context.Context, e *errand, index int) (sent int, err error) {
	data, err := e.read.part(e.ref, index, wire.PieceSize)
	if err != nil {
		return 0, err
	}
	raw, err := wire.Encode(wire.Piece{Clip: e.ref.SHA, Index: index, Data: data, Sent: d.opt.Now().UnixMilli()})
	if err != nil {
		return 0, fmt.Errorf("encode piece: %w", err)
	}
	if err := d.opt.Publish(ctx, d.topics.Down(e.node, wire.KindPiece), 0, false, raw); err != nil {
		return 0, err
	}
	d.count.pieces.Add(1)
	d.count.chunkBytes.Add(int64(len(data)))
	return len(raw), nil
}
