package main

import (
	"context"
	"log/slog"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"loa/controller"
)

type controllerCmd struct {
	Config string `help:"The controller's settings, YAML." default:"/etc/loa/controller.yaml" type:"existingfile"`
}

func (c *controllerCmd) Run(ctx context.Context, logger *slog.Logger) error {
	config := controller.DefaultConfig()
	if err := readYAML(c.Config, &config); err != nil {
		return err
	}
	app, err := controller.New(ctx, config, version, logger)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return app.Run(ctx) })
	g.Go(func() error {
		info := controllerInfo{URL: app.URL(), Secure: app.SecureURL(), Token: app.Token(), MQTT: app.BrokerAddr()}
		logger.Info("controller ready", "pages", info.URL, "https", info.Secure, "mqtt", info.MQTT)
		if err := writeJSON(filepath.Join(config.Data, "controller.json"), info); err != nil {
			return err
		}
		return supervise(ctx, app.Alive, logger)
	})
	return g.Wait()
}

// controllerInfo is DATA/controller.json, for scripts and for the person who
// looks for the address.
type controllerInfo struct {
	URL    string `json:"url"`
	Secure string `json:"secure,omitempty"` // the same over TLS
	Token  string `json:"token"`
	MQTT   string `json:"mqtt"`
}
