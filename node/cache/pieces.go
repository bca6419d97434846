package cache

import (
	"context"
	"time"

	"loa/node/wire"
)

// receivePieces takes pieces, a round of them at a time, until none is missing,
// another clip comes first, or the link has shown to carry what is sent to all: then
// again is true.
func (f *Fetcher) receivePieces(ctx context.Context, p *part) (again bool, err error) {
	wait := stall
	r := f.askPieces(p, time.Now())
	timer := time.NewTimer(f.until(r, wait))
	defer timer.Stop()
	for p.left > 0 {
		select {
		case <-ctx.Done():
			return false, nil
		case f.list = <-f.refs:
			if next, ok := f.next(); !ok || next != p.ref {
				return false, nil
			}
			continue
		case <-f.kicks:
			f.anew()
			r = nil
		case <-timer.C:
			if r != nil { // lost, or the link is dead: no time to ask for much
				f.window.pieces, f.window.unanswered, wait = 1, f.window.unanswered+1, min(2*wait, stallMost)
			}
			if f.window.old() {
				f.way, f.window.rate, f.wideAt = wide, 0, time.Now()
				return true, nil
			}
			r = nil
		case <-f.chunks: // late
			continue
		case pc := <-f.pieces:
			if pc.Clip != p.ref.SHA {
				continue
			}
			f.window.unanswered, wait = neverAgain, stall
			last, err := f.takePiece(p, pc, r)
			if err != nil {
				return false, err
			}
			if !last {
				timer.Reset(wait)
				continue
			}
			if f.way == wide {
				return p.left > 0, nil
			}
			r = nil
		}
		if r == nil && p.left > 0 {
			r = f.askPieces(p, time.Now())
		}
		timer.Reset(f.until(r, wait))
	}
	return false, nil
}

// until is how long to wait for the round; without one, for the voice to end.
func (f *Fetcher) until(r *round, wait time.Duration) time.Duration {
	if r == nil {
		return holdLook
	}
	return wait
}

// askPieces asks for the next round; it returns nil while a voice is on air.
func (f *Fetcher) askPieces(p *part, now time.Time) *round {
	if f.opt.Hold != nil && f.opt.Hold() {
		return nil
	}
	pieces := p.missingPieces(f.window.pieces)
	_ = f.opt.Want(wire.Want{Clip: p.ref.SHA, Pieces: ranges(pieces), Rate: f.window.rate}) // what fails is asked again
	return newRound(pieces, now)
}

// takePiece keeps a piece, and at the end of a round judges the link by it.
func (f *Fetcher) takePiece(p *part, pc wire.Piece, r *round) (last bool, err error) {
	fresh, err := p.writePiece(pc)
	if err != nil {
		return false, err
	}
	if fresh {
		if err := f.tell(p); err != nil {
			return false, err
		}
	}
	now := time.Now()
	if r == nil || !r.came(pc, f.sentAt(pc, r, now), now) {
		return false, nil
	}
	f.window.took(r, now)
	f.setRate(f.window.rate)
	if f.window.wide() {
		f.way, f.wideAt = wide, now
	}
	return true, nil
}

// sentAt is when the office sent a piece, by this board's clock and rather too early;
// while controller time is not known, when it was asked for.
func (f *Fetcher) sentAt(pc wire.Piece, r *round, now time.Time) time.Time {
	if f.opt.Clock == nil || pc.Sent == 0 {
		return r.asked
	}
	ct, bound, ok := f.opt.Clock(now)
	if !ok {
		return r.asked
	}
	at := now.Add(-ct.Sub(time.UnixMilli(pc.Sent)) - bound)
	if at.After(now) || at.Before(r.asked) { // it was not sent before it was asked for
		return r.asked
	}
	return at
}

// ranges writes rising numbers as ranges.
func ranges(numbers []int) (out []wire.Range) {
	for _, n := range numbers {
		if last := len(out) - 1; last >= 0 && out[last].Last == n-1 {
			out[last].Last = n
			continue
		}
		out = append(out, wire.Range{First: n, Last: n})
	}
	return out
}
