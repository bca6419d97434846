package link

import (
	"context"
	"log/slog"
	"time"

	"loa/node/wire"
)

const (
	resend   = 10 * time.Second // without an acknowledgement
	reportOf = 50               // plays in one report
)

// Outbox repeats the plays on flash until the controller has them.
type Outbox struct {
	id     func() string
	unsent func(limit int) ([]wire.Play, int, error)
	acked  func(ids []uint64) error
	send   func(wire.Report) error
	logger *slog.Logger
	kicks  chan struct{}
}

// NewOutbox makes an outbox over a store (id, unsent, acked) and a link (send).
func NewOutbox(id func() string, unsent func(int) ([]wire.Play, int, error), acked func([]uint64) error, send func(wire.Report) error,
	logger *slog.Logger) *Outbox {
	return &Outbox{id: id, unsent: unsent, acked: acked, send: send, logger: logger, kicks: make(chan struct{}, 1)}
}

// Kick says that there is a new play, or that the link is up again.
func (o *Outbox) Kick() {
	select {
	case o.kicks <- struct{}{}:
	default:
	}
}

// Ack takes the controller's word, and sends on what still waits. What was said
// of another outbox is not about these plays.
func (o *Outbox) Ack(ack wire.Ack) {
	if ack.Outbox != o.id() || len(ack.IDs) > wire.MaxPlays {
		return
	}
	if err := o.acked(ack.IDs); err != nil {
		o.logger.Error("outbox", "err", err)
		return
	}
	o.Kick()
}

// Run sends until ctx ends.
func (o *Outbox) Run(ctx context.Context) error {
	for {
		plays, _, err := o.unsent(reportOf)
		if err != nil {
			o.logger.Error("outbox", "err", err)
		}
		var again <-chan time.Time
		if len(plays) > 0 {
			_ = o.send(wire.Report{Outbox: o.id(), Plays: plays}) // down: a kick or the timer sends it again
			again = time.After(resend)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-again:
		case <-o.kicks:
		}
	}
}
