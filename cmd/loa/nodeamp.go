package main

import (
	"context"

	"loa/node"
)

type nodeAmpCmd struct {
	Off nodeAmpOffCmd `cmd:"" help:"Take the amplifier's power away, as the service does when a node has ended."`
}

type nodeAmpOffCmd struct {
	Config string `help:"The node's settings, YAML." default:"/etc/loa-node/node.yaml" type:"existingfile"`
}

// Run switches off by the command or the line of the settings; without one
// there is nothing to do.
func (c *nodeAmpOffCmd) Run(ctx context.Context) error {
	var config node.Config
	if err := readYAML(c.Config, &config); err != nil {
		return err
	}
	if err := becomeOwner(config.Data); err != nil {
		return err
	}
	return node.AmplifierOff(ctx, config)
}
