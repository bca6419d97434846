package node

import (
	"log/slog"
	"sync"
	"time"

	"loa/node/wire"
)

const (
	nameHeads = "heads" // on flash
	// keepHeads is how often at the most a head is kept on flash, which wears out; a
	// contradiction is kept at once.
	keepHeads = 10 * time.Minute
)

// heads keeps the ends of the office's audit log that this node was told: so that a log
// that was cut at the office is not cut here. See wire.Heads.
type heads struct {
	open   func(raw []byte, want wire.Header, now time.Time, v any) (wire.Header, error)
	target string
	save   func([]byte) error
	logger *slog.Logger

	mu    sync.Mutex
	kept  wire.Heads
	saved time.Time
}

// load takes up what flash holds.
func (h *heads) load(data []byte, err error) {
	if err == nil && data != nil {
		err = wire.Decode(data, &h.kept)
	}
	if err != nil {
		h.logger.Warn("the ends of the office's log on flash cannot be used", "err", err)
		h.kept = wire.Heads{}
	}
	h.kept.Lost = h.kept.Lost[:min(len(h.kept.Lost), wire.MaxHeads)]
}

// receive takes a head from the wire, and reports whether it contradicts what the
// office said before. One from the future is not believed: it would
// stand above all that come after.
func (h *heads) receive(raw []byte, now, told time.Time) (cut bool, err error) {
	var next wire.Head
	_, err = h.open(raw, wire.Header{Kind: wire.KindHead, Target: h.target}, time.Time{}, &next)
	if err == nil {
		err = next.Check()
	}
	if err == nil && (told.IsZero() || next.At.After(told.Add(time.Minute))) {
		err = wire.ErrNonsense
	}
	if err != nil {
		return false, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	cut = h.kept.Take(next)
	if cut {
		h.logger.Warn("the office's audit log is not what it was", "record", next.Seq)
	}
	if !cut && now.Sub(h.saved) < keepHeads {
		return false, nil
	}
	data, err := wire.Encode(h.kept)
	if err == nil {
		err = h.save(data)
	}
	if err == nil {
		h.saved = now
	}
	return cut, err
}

// tell is what the status says; nil: nothing was told yet.
func (h *heads) tell() *wire.Heads {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.kept.Last.At.IsZero() {
		return nil
	}
	kept := h.kept
	return &kept
}

// receiveHead takes the end of the office's audit log.
func (a *App) receiveHead(raw []byte) {
	cut, err := a.heads.receive(raw, time.Now(), a.toldTime())
	if err != nil {
		a.refusals.warn(a.logger, "head of the audit log refused", err)
	}
	if cut {
		a.status.kick()
	}
}
