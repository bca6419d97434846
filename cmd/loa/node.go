package main

import (
	"context"
	"log/slog"

	"loa/node"
)

type nodeCmd struct {
	Config string `help:"The node's settings, YAML." required:"" type:"existingfile"`
}

func (c *nodeCmd) Run(ctx context.Context, logger *slog.Logger) error {
	var config node.Config
	if err := readYAML(c.Config, &config); err != nil {
		return err
	}
	app, err := node.New(config, version, logger.With("node", config.ID))
	if err != nil {
		return err
	}
	return app.Run(ctx)
}
