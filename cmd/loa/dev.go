package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"loa/cmd/loa/demo"
	"loa/cmd/loa/hold"
	"loa/controller"
	"loa/controller/client"
	"loa/node"
)

type devCmd struct {
	Data  string `help:"Folder for everything." default:"data/dev" type:"path"`
	Nodes int    `help:"How many nodes." default:"3"`
	HTTP  string `help:"Address of the pages; :0 takes a free port." default:"127.0.0.1:8080" name:"http"`
	MQTT  string `help:"Address of the broker; :0 takes a free port." default:"127.0.0.1:8883" name:"mqtt"`
	Open  string `help:"Address of the people's pages, which show what was heard, and nothing else; :0 takes a free port." default:"127.0.0.1:8090" name:"public"`
	Sound string `help:"Where the nodes play: wav, alsa or null." default:"wav" enum:"wav,alsa,null"`
	Demo  bool   `help:"Air a bulletin soon after the start." default:"true" negatable:""`
}

// devInfo is DIR/dev.json, for scripts.
type devInfo struct {
	URL   string    `json:"url"`
	Open  string    `json:"public,omitempty"` // of the people's pages
	Token string    `json:"token"`
	MQTT  string    `json:"mqtt"`
	CA    string    `json:"ca"`
	Nodes []devNode `json:"nodes"`
}

type devNode struct {
	ID   string `json:"id"`
	Area string `json:"area"`
	WAV  string `json:"wav"`
}

func (c *devCmd) Run(ctx context.Context, logger *slog.Logger) error {
	if c.Nodes < 1 || c.Nodes > 500 {
		return fmt.Errorf("--nodes %d: choose 1 to 500", c.Nodes)
	}
	held, err := hold.Take(hold.Dev, c.folders()...)
	if err != nil {
		return err
	}
	defer held.Release()
	info := filepath.Join(c.Data, "dev.json")
	if err := os.Remove(info); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove old %s: %w", info, err)
	}
	config := controller.DefaultConfig()
	config.Data, config.HTTP, config.MQTT = filepath.Join(c.Data, "controller"), c.HTTP, c.MQTT
	config.Reach = []string{"127.0.0.1"} // a station that is tried out on this machine
	config.Public, config.Styles = c.Open, true
	app, err := controller.New(ctx, config, version, logger)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	config.HTTP, config.MQTT = strings.TrimPrefix(app.URL(), "http://"), app.BrokerAddr() // where the nodes find it again
	if at := controller.PublicAddr(app); at != "" {
		config.Public = at
	}
	first := app
	g.Go(func() error {
		for {
			err := app.Run(ctx)
			if !errors.Is(err, controller.ErrRestart) {
				return err
			}
			if app, err = controller.New(ctx, config, version, logger); err != nil {
				return err
			}
		}
	})
	g.Go(func() error { return c.commune(ctx, g, first, logger) })
	return g.Wait()
}

// opened is where the people's pages are; "": nowhere.
func opened(app *controller.App) string {
	if at := controller.PublicAddr(app); at != "" {
		return "http://" + at
	}
	return ""
}

// folders are all in which somebody else might be at work: a controller or a node
// may be run on its own part of the commune.
func (c *devCmd) folders() []string {
	all := []string{c.Data, filepath.Join(c.Data, "controller")}
	for _, s := range demo.Nodes(c.Nodes) {
		all = append(all, filepath.Join(c.Data, "nodes", s.ID, "data"))
	}
	return all
}

// board is a node's settings. One that was there before keeps its identity, so that
// what was revoked stays so, unless that is of another commune's keys.
func (c *devCmd) board(app *controller.App, id, dir string) (config node.Config, err error) {
	ca, cerr := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if cerr == nil && readYAML(filepath.Join(dir, "node.yaml"), &config) == nil &&
		(bytes.Equal(ca, app.Trust().CAPEM()) || app.Trust().Deaf()) {
		config.Broker, config.Sound = app.BrokerAddr(), c.Sound
		return config, nil
	}
	return provision(app.Trust(), app.Commune(), id, app.BrokerAddr(), c.Sound, dir)
}

// commune seeds La Dạ, starts its nodes and, once they all spoke, says so.
func (c *devCmd) commune(ctx context.Context, g *errgroup.Group, app *controller.App, logger *slog.Logger) error {
	api := &client.Client{Base: app.URL(), Token: app.Token()}
	info := devInfo{URL: app.URL(), Open: opened(app), Token: app.Token(), MQTT: app.BrokerAddr(), CA: filepath.Join(c.Data, "ca.pem")}
	// A commune that there was before comes up as it is, on a full disk or a damaged
	// database too.
	trouble := func(what string, err error) {
		if err != nil {
			logger.Error("going on as it was before", "not done", what, "err", err)
		}
	}
	trouble("write the authority's certificate", writeWhole(info.CA, app.Trust().CAPEM()))
	seeds, err := demo.Seed(ctx, api, c.Nodes)
	if err != nil && !app.Trust().Used() {
		return fmt.Errorf("seed the commune: %w", err)
	}
	trouble("seed the commune", err)
	for _, s := range seeds {
		dir := filepath.Join(c.Data, "nodes", s.ID)
		config, err := c.board(app, s.ID, dir)
		if err != nil {
			return err
		}
		n, err := node.New(config, version, logger.With("node", s.ID))
		if err != nil {
			return fmt.Errorf("node %s: %w", s.ID, err)
		}
		g.Go(func() error { return n.Run(ctx) })
		dev := devNode{ID: s.ID, Area: s.Area}
		if c.Sound == "wav" {
			dev.WAV = config.WAV
		}
		info.Nodes = append(info.Nodes, dev)
	}
	if err := demo.AwaitNodes(ctx, api, len(seeds)); err != nil {
		logger.Warn("not every node has spoken yet", "err", err)
	}
	trouble("write dev.json", writeJSON(filepath.Join(c.Data, "dev.json"), info))
	fmt.Printf("\n  Loa · xã La Dạ\n\n  %s/?token=%s\n\n", info.URL, info.Token)
	if c.Demo {
		if err := demo.Air(ctx, api, logger); err != nil && ctx.Err() == nil {
			logger.Warn("no first bulletin", "err", err) // the commune works all the same
		}
	}
	return nil
}
