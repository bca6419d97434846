package cache

import (
	"time"

	"loa/node/wire"
)

const (
	// queueMost is how much longer than alone a piece may be under way because of
	// those before it: so long what must sound may have to wait behind them.
	queueMost = 500 * time.Millisecond
	// flightMost is how long what is asked for together may take, by what is known.
	flightMost = 1100 * time.Millisecond
	// wideFrom is the rate, in bytes/s, from which a node takes the chunks that are
	// sent to all: the office sends them no slower than that.
	wideFrom = 256 << 10
	// lateChunk is how long a chunk that is sent to all may be under way, or the link
	// has become too thin for them.
	lateChunk = 1500 * time.Millisecond

	trusted = 2 * time.Second // since it last did, it may not be any more

	unheard    = 2 // rounds of which nothing comes: the office knows no pieces
	neverAgain = -1 << 20
)

// window is how many pieces of a clip may be on their way to this node at a time.
// It begins with one, doubles while that makes no queue, and shrinks when it does,
// as a sender of TCP would (RFC 6817); but here the receiver decides, since it
// alone sees whatever stands between the office and itself: our broker, another's,
// a modem.
type window struct {
	pieces int
	alone  time.Duration // the shortest way of a piece so far
	rate   int64         // that the link has shown to carry, bytes/s; 0: not known

	unanswered int // rounds, before the first piece; neverAgain after it
}

// round is what was asked for together.
type round struct {
	lacking map[int]bool
	of      int
	asked   time.Time
	first   time.Time     // sent by the office, in this board's time
	longest time.Duration // way of a piece
	short   bool          // a piece was, the clip's last: it says too little
}

func newRound(pieces []int, now time.Time) *round {
	r := &round{lacking: map[int]bool{}, of: len(pieces), asked: now}
	for _, i := range pieces {
		r.lacking[i] = true
	}
	return r
}

// came notes a piece that arrived, and when it was sent, and reports whether it was
// the last.
func (r *round) came(pc wire.Piece, sent, now time.Time) (last bool) {
	if !r.lacking[pc.Index] {
		return false
	}
	delete(r.lacking, pc.Index)
	r.short = r.short || len(pc.Data) < wire.PieceSize
	if r.first.IsZero() || sent.Before(r.first) {
		r.first = sent
	}
	r.longest = max(r.longest, now.Sub(sent))
	return len(r.lacking) == 0
}

// took judges a round that is complete at an instant.
func (w *window) took(r *round, now time.Time) {
	if r.short {
		return
	}
	if w.alone == 0 || r.longest < w.alone {
		w.alone = r.longest
	}
	// A lower bound either way: all of them in the whole time, one in its own.
	w.rate = max(rateOf(r.of*wire.PieceSize, now.Sub(r.first)), rateOf(wire.PieceSize, r.longest))
	switch wait := r.longest - w.alone; {
	case wait > queueMost:
		w.pieces = max(1, int(float64(r.of)*queueMost.Seconds()/wait.Seconds()))
	case wait <= queueMost/2:
		most := int(w.rate * int64(flightMost/time.Millisecond) / 1000 / wire.PieceSize)
		w.pieces = max(w.pieces, min(2*r.of, most, wire.MaxPieces))
	}
}

// old reports whether the office is one of before, which knows no pieces.
func (w *window) old() bool { return w.unanswered >= unheard }

// wide reports whether the link carries what is sent to all.
func (w *window) wide() bool { return w.rate >= wideFrom }

func rateOf(bytes int, d time.Duration) int64 {
	return int64(float64(bytes) / max(d, time.Millisecond).Seconds())
}
