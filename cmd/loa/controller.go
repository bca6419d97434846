package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sync/errgroup"

	"loa/cmd/loa/hold"
	"loa/controller"
	"loa/controller/client"
)

type controllerCmd struct {
	Config string `help:"The controller's settings, YAML." default:"/etc/loa/controller.yaml" type:"existingfile"`
}

// Run runs a controller, and another one in the same process after one that has
// a backup to be put in place: so it is the same with a service manager and without.
// The data folder it holds through all of them.
func (c *controllerCmd) Run(ctx context.Context, logger *slog.Logger) (err error) {
	var held *hold.Hold
	defer func() { held.Release() }()
	for {
		config := controller.DefaultConfig() // read anew each time, as by a restart
		if err := readYAML(c.Config, &config); err != nil {
			return err
		}
		if !held.Has(config.Data) {
			held.Release() // the settings name another folder by now
			if held, err = hold.Take(hold.Controller, config.Data); err != nil {
				return err
			}
		}
		err := serve(ctx, config, logger)
		if !errors.Is(err, controller.ErrRestart) {
			return err
		}
		logger.Info("starting anew", "why", err)
		if _, err := daemon.SdNotify(false, daemon.SdNotifyWatchdog); err != nil { // it has all its time to open
			logger.Warn("the watchdog is not reached", "err", err)
		}
	}
}

func serve(ctx context.Context, config controller.Config, logger *slog.Logger) error {
	app, err := controller.New(ctx, config, version, logger)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return app.Run(ctx) })
	g.Go(func() error {
		info := client.Info{URL: app.URL(), Secure: app.SecureURL(), Token: app.Token(), MQTT: app.BrokerAddr()}
		logger.Info("controller ready", "pages", info.URL, "https", info.Secure, "mqtt", info.MQTT)
		g.Go(func() error { tellWhere(ctx, filepath.Join(config.Data, client.InfoFile), info, logger); return nil })
		return supervise(ctx, app.Alive, logger)
	})
	return g.Wait()
}

// tellAgain is how soon what could not be written is tried again.
const tellAgain = 10 * time.Second

// tellWhere writes down where the controller is, again and again until a disk that
// is full takes it: that is no reason not to serve.
func tellWhere(ctx context.Context, path string, info client.Info, logger *slog.Logger) {
	for tries := 0; ; tries++ {
		err := writeJSON(path, info)
		if err == nil {
			return
		}
		if tries == 0 {
			logger.Error("where the controller is cannot be written down", "path", path, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(tellAgain):
		}
	}
}
