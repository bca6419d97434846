package controller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loa/controller/backup"
	"loa/controller/standby"
	"loa/controller/store"
	"loa/controller/trust/signing"
)

// ErrRestart ends Run when there is other data to be used, a backup or the database
// whose disk takes writes again: the caller makes another App, whose New does that.
var ErrRestart = errors.New("other data is to be used by a new start")

func (a *App) awaitRestart(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-a.restart:
		return ErrRestart
	}
}

// comeBack ends Run when the disk for which the database could not be opened takes
// writes again.
func (a *App) comeBack(ctx context.Context) error {
	if t := a.memory.trouble; t == nil || t.Code != standby.Closed {
		return nil
	}
	if standby.AwaitDisk(ctx, a.config.Data, a.onAir) != nil {
		return nil
	}
	a.logger.Info("the data disk takes writes again: back to the database")
	return ErrRestart
}

// leaveTime is how long an end waits for what was done on a stand-in to be copied.
const leaveTime = 5 * time.Second

// closeStore closes the database, or what stands in for it.
func (a *App) closeStore() error {
	t := a.memory.trouble
	if t == nil {
		return a.store.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	return standby.Close(ctx, a.config.Data, a.store, t.From, a.logger)
}

// logRestored writes into the log that was restored that it was: what came after
// the backup is in no log. It returns what this start put in place, if anything.
func (a *App) logRestored(ctx context.Context) (*backup.Order, error) {
	if a.memory.trouble != nil {
		return nil, nil // into the log that comes after
	}
	o, err := backup.Placed(a.config.Data)
	if o == nil || err != nil {
		return nil, err
	}
	_, err = a.store.AddAudit(ctx, store.Audit{At: time.Now(), Who: o.Who, Name: o.Name, From: o.Addr, Action: signing.RestoreAct,
		Object: o.File, Where: []string{a.config.Commune}, Note: o.Aside})
	if err == nil {
		err = a.sealAudit(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("write into the log what was restored: %w", err)
	}
	a.logger.Info("restored", "file", o.File, "from", o.From, "old", o.Aside)
	return o, backup.Logged(a.config.Data)
}

// carryOver writes into the log what was done while a stand-in was used.
func (a *App) carryOver(ctx context.Context) error {
	if a.memory.trouble != nil {
		return nil
	}
	n, err := standby.Carry(ctx, a.config.Data, a.store, a.logger)
	if n > 0 {
		a.logger.Info("what was done while the database was damaged is in the log", "records", n)
	}
	return err
}
