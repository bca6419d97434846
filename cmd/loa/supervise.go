package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"loa/controller"
)

// supervise tells the service manager that a role is ready and, for as long as
// alive says so, that it lives: one that stands still is ended and started anew
// by systemd's watchdog (sd_notify(3), WatchdogSec=). Without a manager it waits
// for the end of ctx and does nothing.
func supervise(ctx context.Context, alive func(context.Context) error, logger *slog.Logger) error {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return fmt.Errorf("the service manager's watchdog: %w", err)
	}
	if _, err := daemon.SdNotify(false, daemon.SdNotifyReady); err != nil {
		return fmt.Errorf("tell the service manager: %w", err)
	}
	defer func() {
		if !errors.Is(context.Cause(ctx), controller.ErrRestart) { // the process goes on, and the manager must not wait for its end
			_, _ = daemon.SdNotify(false, daemon.SdNotifyStopping) // the end is seen without it
		}
	}()
	if every == 0 {
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(every / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := aliveWithin(ctx, every/3, alive); err != nil {
			logger.Error("not alive: the watchdog is not told", "err", err)
			continue
		}
		if _, err := daemon.SdNotify(false, daemon.SdNotifyWatchdog); err != nil {
			logger.Warn("the watchdog is not reached", "err", err)
		}
	}
}

func aliveWithin(ctx context.Context, limit time.Duration, alive func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return alive(ctx)
}
