package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"loa/cmd/loa/hold"
	"loa/node"
	"loa/node/update"
)

type nodeCmd struct {
	Run    nodeRunCmd    `cmd:"" default:"withargs" help:"Run the node."`
	Amp    nodeAmpCmd    `cmd:"" help:"Switch this board's amplifier, while no node runs."`
	Ear    nodeEarCmd    `cmd:"" help:"Calibrate this board's microphone, while the node runs."`
	Enrol  nodeEnrolCmd  `cmd:"" help:"Make this board a node, with a code from the office."`
	Invite nodeInviteCmd `cmd:"" help:"Make such a code, at the office."`
	Revoke nodeRevokeCmd `cmd:"" help:"Keep a node's board out, at the office: it was stolen or is replaced."`
}

type nodeRunCmd struct {
	Config string `help:"The node's settings, YAML." default:"/etc/loa-node/node.yaml" type:"existingfile"`

	Trial time.Duration `hidden:"" env:"LOA_TRIAL" help:"How long another version of the program must be well before it is kept, for tests."`
}

func (c *nodeRunCmd) Run(ctx context.Context, logger *slog.Logger) error {
	var config node.Config
	if err := readYAML(c.Config, &config); err != nil {
		return err
	}
	held, err := holdBoard(config.Data, logger)
	if err != nil {
		return err
	}
	defer held.Release()
	versions, running := startChosen(config.SoftwareDir(), logger)
	versions.WellFor = cmp.Or(max(c.Trial, 0), versions.WellFor)
	app, err := node.New(config, version, logger.With("node", config.ID))
	if err != nil {
		return err
	}
	app.TakeUpdates(versions, running)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return app.Run(ctx) })
	g.Go(func() error { return supervise(ctx, app.Alive, logger) })
	if err := g.Wait(); !errors.Is(err, update.ErrRestart) {
		return err
	}
	return relaunch()
}

// holdBoard holds a node's folder. Flash that cannot even be locked is no reason
// not to play: the node goes on without it.
func holdBoard(data string, logger *slog.Logger) (*hold.Hold, error) {
	held, err := hold.Take(hold.Node, data)
	if other := (*hold.Held)(nil); err == nil || errors.As(err, &other) {
		return held, err
	}
	logger.Error("whether another program works on the data folder is not known; going on", "err", err)
	return nil, nil
}
