package swarm

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"
	"gopkg.in/yaml.v3"

	"loa/cmd/loa/hold"
	"loa/cmd/process"
	"loa/node"
	"loa/node/calls"
)

// Trouble is what the nodes of a village counted of frames and commands
// that were not as they should be; all zero is a call heard whole.
type Trouble struct {
	Nodes     int   `json:"nodes"` // that counted anything
	Late      int64 `json:"late"`  // frames of 20 ms
	Lost      int64 `json:"lost"`
	Recovered int64 `json:"recovered"` // of the lost: from the next frame's copy
	Wrong     int64 `json:"wrong"`
	Refused   int64 `json:"refused"`  // bundles
	TooFast   int64 `json:"too_fast"` // bundles that found the node busy
}

// add adds what one node counted.
func (f *Trouble) add(t calls.Trouble) {
	if t.Frames.Late+t.Frames.Lost+t.Frames.Wrong+t.Bundles+t.TooFast > 0 {
		f.Nodes++
	}
	f.Late += t.Frames.Late
	f.Lost += t.Frames.Lost
	f.Recovered += min(t.Frames.Recovered, t.Frames.Lost) // a node that joins in mid-call begins with one that it did not lose
	f.Wrong += t.Frames.Wrong
	f.Refused += t.Bundles
	f.TooFast += t.TooFast
}

// villageStep is between the starts of two nodes: a machine that is all nodes
// at once would be measured at nothing but its handshakes.
const villageStep = 5 * time.Millisecond

// villageGC lets the heap of a village grow fivefold between two collections. A
// board collects its own few MB in a millisecond; a village collects all of
// them at once, and for that time there is half a machine.
const villageGC = 400

// Village runs the nodes whose folders are in nest until ctx ends, and then
// writes what they counted.
func Village(ctx context.Context, nest, version string, w io.Writer) error {
	settings, err := filepath.Glob(filepath.Join(nest, "*", "node.yaml"))
	if err != nil {
		return fmt.Errorf("find the nodes: %w", err)
	}
	debug.SetGCPercent(villageGC)
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	held, err := hold.Take(hold.Swarm)
	if err != nil {
		return err
	}
	defer held.Release()
	var nodes []*node.App
	g, ctx := errgroup.WithContext(ctx)
	for _, path := range settings {
		n, err := villageNode(path, version, held, logger)
		if err != nil {
			return err
		}
		nodes = append(nodes, n)
		g.Go(func() error { return n.Run(ctx) })
		if process.Pause(ctx, villageStep) != nil {
			break
		}
	}
	err = g.Wait()
	var sum Trouble
	for _, n := range nodes {
		sum.add(n.Trouble())
	}
	if werr := json.NewEncoder(w).Encode(sum); err == nil {
		err = werr
	}
	return err
}

// villageNode opens the node of a settings file, whose folder is held with those
// of the others.
func villageNode(settings, version string, held *hold.Hold, logger *slog.Logger) (n *node.App, err error) {
	var config node.Config
	text, err := os.ReadFile(settings)
	if err == nil {
		err = yaml.Unmarshal(text, &config)
	}
	if err != nil {
		return nil, fmt.Errorf("settings in %s: %w", settings, err)
	}
	if err = held.Add(config.Data); err == nil {
		n, err = node.New(config, version, logger.With("node", config.ID))
	}
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", config.ID, err)
	}
	return n, nil
}
