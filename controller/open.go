package controller

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"loa/audio"
	"loa/controller/backup"
	"loa/controller/broker"
	"loa/controller/clock"
	"loa/controller/disk"
	"loa/controller/dispatch"
	"loa/controller/fleet"
	"loa/controller/https"
	"loa/controller/library"
	"loa/controller/live"
	"loa/controller/news"
	"loa/controller/office"
	"loa/controller/reach"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/web"
	"loa/controller/web/address"
	"loa/node/wire"
	"loa/node/wire/tap"
)

// New opens the store and the keys, takes the ports and puts the parts
// together. What it has opened is closed again if a later step fails.
func New(ctx context.Context, config Config, version string, logger *slog.Logger) (_ *App, err error) {
	a := &App{config: config, version: version, logger: logger, clock: clock.New(), news: news.New(), started: time.Now(),
		linked: make(chan struct{}, 1), revoked: make(chan struct{}, 1), restart: make(chan struct{}, 1), aired: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			_ = a.close() // the first error is the one to tell
		}
	}()
	if err = config.check(); err != nil {
		return nil, err
	}
	if a.reach, err = reach.New(config.Reach...); err != nil {
		return nil, err
	}
	if a.voices, err = config.Engines(); err != nil {
		return nil, err
	}
	for _, open := range []func(context.Context) error{a.openData, a.openBroker, a.openListeners, a.openParts, a.openOffice} {
		if err = open(ctx); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// openData opens what is kept: the keys, the database or what stands in for it.
func (a *App) openData(ctx context.Context) (err error) {
	a.unrestored = backup.Place(a.config.Data)
	if a.unrestored != nil && !errors.Is(a.unrestored, backup.ErrKept) {
		return a.unrestored
	}
	if err = a.openTrust(ctx); err != nil {
		return err
	}
	if err = a.openStore(ctx); err != nil {
		return err
	}
	if a.restored, err = a.logRestored(ctx); err != nil {
		return err
	}
	return a.carryOver(ctx)
}

// openBroker opens our own, unless the settings name another.
func (a *App) openBroker(context.Context) (err error) {
	a.tap = tap.New(a.config.Commune, a.trust.Open)
	a.enrol = trust.NewEnrolment(a.store, a.trust, a.config.Commune, a.reached(), a.drop, a.clock.Now)
	if a.config.Broker != "" {
		return nil
	}
	a.broker, err = broker.New(broker.Options{Addr: a.config.MQTT, TLS: a.trust.ServerTLS(), Commune: a.config.Commune,
		ControllerName: trust.ControllerName, MaxClients: a.config.MaxNodes, Tap: a.tap.Pass, May: a.mayListen,
		Twin:   func(node, addr string) { a.fleet.Doubt(node, fleet.FaultTwins, addr) },
		Admit:  func(ctx context.Context, cert *x509.Certificate) bool { return a.enrol.Admits(ctx, cert) },
		Logger: a.logger})
	return err
}

// openListeners takes the ports of the pages.
func (a *App) openListeners(context.Context) (err error) {
	if a.http, err = net.Listen("tcp", a.config.HTTP); err != nil {
		return fmt.Errorf("open pages: %w", err)
	}
	return a.openSecure()
}

// openParts are those that work beside the pages, each by itself.
func (a *App) openParts(ctx context.Context) (err error) {
	c, tells := a.config, func(what string) func() { return func() { a.news.Tell(what) } }
	a.library = library.New(a.libraryOptions())
	a.fleet, err = fleet.New(ctx, fleet.Options{Store: a.store, Commune: c.Commune, News: tells("nodes"),
		Came: func() { a.live.Came(); a.dispatch.Came() }, Logger: a.logger})
	if err != nil {
		return err
	}
	a.dispatch = dispatch.New(dispatch.Options{Store: a.store, Publish: a.publish, Key: a.trust.Signer(), Commune: c.Commune,
		Now: a.clock.Now, ClipRate: c.ClipRate, Doubt: a.doubt(fleet.FaultWrongTime), Held: a.memory.trouble != nil,
		OnAir: func() []wire.ClipRef { return a.live.Clips() }, Statuses: a.statuses, News: tells("plays"), Logger: a.logger})
	a.live = live.New(live.Options{Store: a.store, Publish: a.publish, Key: a.trust.Signer(), Commune: c.Commune,
		Now: a.clock.Now, Statuses: a.statuses, Tune: tune(a.reach), Silence: c.Silence,
		Ended: func(row store.Call) { a.office.Calls.Ended(row) }, News: a.newsOfCalls, Logger: a.logger})
	source, err := c.BackupSource(a.store, a.version)
	if err != nil {
		return err
	}
	a.backup = backup.New(backup.Options{Folder: c.BackupsDir(), Source: source, Now: a.clock.Now, OnAir: a.onAir,
		RestoreOnly: a.memory.trouble != nil, News: tells("backup"), Restart: func() { a.restart <- struct{}{} },
		Restored: a.restored, NotRestored: a.unrestored, Logger: a.logger})
	a.disk = disk.New(disk.Options{Store: a.store, News: tells("machine"), Logger: a.logger,
		Bounds: disk.Bounds{Warn: int64(c.DiskWarnMB) << 20, Alarm: int64(c.DiskLowMB) << 20}})
	return nil
}

// openOffice opens the office, and puts its faces before it.
func (a *App) openOffice(context.Context) (err error) {
	accounts, machines := trust.NewAccounts(a.store, a.clock.Now), trust.NewMachines(a.store, a.trust.Token(), a.logger)
	a.office = office.Open(office.Options{Store: a.store, Library: a.library, Fleet: a.fleet, Live: a.live, Enrol: a.enrol,
		Backup: a.backup, Accounts: accounts, Machines: machines, Reach: a.reach, Seal: a.sealAudit, Heads: a.headsKept,
		Changed: a.dispatch.Changed, News: a.news.Tell, TestHorn: a.dispatch.TestHorn, Troubles: a.troubles,
		Now: a.clock.Now, Commune: a.config.Commune, Logger: a.logger})
	a.web, err = web.New(web.Options{Office: a.office, News: a.news, Store: a.store, Library: a.library, Fleet: a.fleet, Live: a.live,
		Backup: a.backup, Accounts: accounts, Machines: machines, CheckToken: a.trust.CheckToken, Secure: a.securePages(),
		Names: slices.Concat(a.config.HTTPSNames, a.config.Hosts), StandIn: a.standIn(), Tap: a.watched(),
		Broker: a.counters, Sent: a.dispatch.Counters, Ends: a.ends,
		Now: a.clock.Now, Commune: a.config.Commune, Version: a.version, Logger: a.logger})
	return err
}

// openSecure takes the port of HTTPS and makes its certificate ready.
func (a *App) openSecure() (err error) {
	c := a.config
	if c.HTTPS == "" {
		return nil
	}
	if a.secure, err = net.Listen("tcp", c.HTTPS); err != nil {
		return fmt.Errorf("open pages over TLS: %w", err)
	}
	a.certs, err = https.Open(https.Options{Dir: c.TrustDir(), Commune: c.Commune, Logger: a.logger,
		Plain: a.http.Addr().(*net.TCPAddr), Secure: a.secure.Addr().(*net.TCPAddr),
		Settings: https.Settings{Names: c.HTTPSNames, Cert: c.HTTPSCert, Key: c.HTTPSKey, ACME: c.ACME, Email: c.ACMEEmail, Root: c.ACMERoot}})
	return err
}

func (a *App) securePages() *address.Secure {
	if a.certs == nil {
		return nil
	}
	return &address.Secure{Listener: a.secure, TLS: a.certs.TLS(), Plain: a.certs.Plain, Authority: a.certs.Authority()}
}

func (a *App) libraryOptions() library.Options {
	return library.Options{Store: a.store, Voices: a.voices,
		FFmpeg:   audio.FFmpeg{MaxDuration: time.Duration(a.config.MaxMinutes) * time.Minute},
		OnChange: func(library.Job) { a.news.Tell("library") }, Logger: a.logger}
}
