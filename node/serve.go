package node

import (
	"context"
	"time"

	"loa/node/calls"
	"loa/node/local"
	"loa/node/wire"
	"loa/node/wire/tap"
)

// Now is how a running node is, for a caller on its board.
type Now struct {
	Version string      `json:"version"`
	Linked  bool        `json:"linked"` // to the broker
	Status  wire.Status `json:"status"`
}

// serveLocal answers callers on this board. Without it the node does its work
// all the same.
func (a *App) serveLocal(ctx context.Context) error {
	err := a.outside.local(ctx, a.config.Data,
		map[string]local.Answer{"status": a.answerStatus, "tap": a.answerTap, "calibrate": a.answerCalibrate})
	if err != nil {
		a.logger.Warn("nobody on this board can ask how the node is", "err", err)
	}
	return nil
}

func (a *App) answerStatus(ctx context.Context, send func(any) error) error {
	reply := make(chan wire.Status, 1)
	select {
	case a.status.asks <- reply:
	case <-ctx.Done():
		return ctx.Err()
	}
	_, up := a.link.Session()
	return send(Now{Version: a.status.version, Linked: up, Status: <-reply})
}

// answerCalibrate calibrates the ears for a caller on this board.
func (a *App) answerCalibrate(ctx context.Context, send func(any) error) error {
	c, err := a.horn.Calibrate(ctx)
	if err != nil {
		return err
	}
	return send(c)
}

func (a *App) answerTap(ctx context.Context, send func(any) error) error {
	return a.tap.Watch(ctx, tap.Filter{}, func(s tap.Seen) error { return send(s) })
}

// openTapped checks a signature by all keys that this node ever believed.
func (a *App) openTapped(data []byte, want wire.Header, _ time.Time, v any) (wire.Header, error) {
	return a.keys.OpenKept(data, want, wire.Kept, v)
}

// Trouble returns what was counted so far of all calls.
func (a *App) Trouble() calls.Trouble { return a.calls.Trouble() }
