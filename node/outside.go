package node

import (
	"context"
	"log/slog"
	"net"

	"loa/node/link"
	"loa/node/local"
	"loa/node/speaker"
)

// outside is all that a node meets in real time. A test gives it another, so
// that a whole node lives in fake time and what its horn is given is exact.
type outside struct {
	dial   func(ctx context.Context, broker string) (net.Conn, error)
	system func() link.System // what the board knows of time
	sink   func(Config, *slog.Logger) (speaker.Sink, error)
	local  func(ctx context.Context, dir string, answers map[string]local.Answer) error // callers on the board
}

var realWorld = outside{dial: link.DialTCP, system: link.ReadSystem, sink: openSink, local: local.Serve}
