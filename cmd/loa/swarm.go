package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"loa/cmd/loa/swarm"
)

// swarmCmd measures one call to many nodes on this machine: see package swarm.
type swarmCmd struct {
	Nodes    int           `help:"How many nodes." default:"1000"`
	For      time.Duration `help:"How long the call lasts." default:"30s"`
	Source   string        `help:"What is spoken: a file or URL that ffmpeg reads, over and over; a generated voice if left out."`
	Recorded bool          `help:"A recorded emergency that all nodes hold, in place of a voice."`
	Chime    bool          `help:"Begin with the chime." default:"true" negatable:""`
	MQTT     string        `help:"Address of the broker." default:"127.0.0.1:0" name:"mqtt"`
	Village  string        `help:"Command that runs the nodes' process, as 'ip netns exec NAME'."`
	Data     string        `help:"Folder for everything, kept; a temporary one if left out." type:"path"`
	JSON     string        `help:"File for the figures." name:"json" type:"path"`
	FFmpeg   string        `help:"The ffmpeg program." default:"ffmpeg"`

	Nest string `hidden:"" help:"Be the village: run the nodes of this folder." type:"path"`
}

// Run measures, prints a table, and leaves nothing running.
func (c *swarmCmd) Run(ctx context.Context, logger *slog.Logger) error {
	if c.Nest != "" {
		return swarm.Village(ctx, c.Nest, version, os.Stdout)
	}
	if c.Nodes < 1 || c.Nodes > swarm.Most || c.For < 2*time.Second {
		return fmt.Errorf("--nodes %d --for %v: choose 1 to %d nodes and at least 2s", c.Nodes, c.For, swarm.Most)
	}
	bin, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	report, err := swarm.Measure(ctx,
		swarm.Options{Nodes: c.Nodes, For: c.For, Source: c.Source, Recorded: c.Recorded, Chime: c.Chime, MQTT: c.MQTT,
			Village: c.Village, Data: c.Data, FFmpeg: c.FFmpeg, Bin: bin, Provision: provision}, logger)
	if err != nil {
		return err
	}
	report.Print(os.Stdout)
	if c.JSON == "" {
		return nil
	}
	return writeJSON(c.JSON, report)
}
