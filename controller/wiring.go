package controller

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"loa/audio/ffmpeg"
	"loa/controller/backup"
	"loa/controller/broker"
	"loa/controller/clock"
	"loa/controller/disk"
	"loa/controller/dispatch"
	"loa/controller/fleet"
	"loa/controller/https"
	"loa/controller/library"
	"loa/controller/live"
	"loa/controller/neighbour/ical"
	"loa/controller/neighbour/warning"
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
	a := &App{config: config, version: version, logger: logger, clock: clock.New(),
		news: news.New(), restart: make(chan struct{}, 1), started: time.Now()}
	a.aired = &onAirNote{data: config.Data, calls: func() []*live.Call { return a.live.Calls() }, changed: make(chan struct{}, 1),
		logger: logger}
	defer func() {
		if err != nil {
			_ = a.close() // the first error is the one to tell
		}
	}()
	for _, open := range []func(context.Context) error{a.settings, a.openData, a.keepers, a.openPorts, a.openParts, a.openOffice,
		func(context.Context) error { return openCrowd(a) }} {
		if err = open(ctx); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// settings reads what needs a look before anything is opened.
func (a *App) settings(context.Context) error {
	if !wire.ValidID(a.config.Commune) {
		return fmt.Errorf("setting commune: %q is not a name of a-z, 0-9 and -", a.config.Commune)
	}
	var err error
	if a.reach, err = reach.New(a.config.Reach...); err != nil {
		return err
	}
	if a.voices, err = a.config.Engines(); err != nil {
		return err
	}
	if a.config.Silence != 0 && (a.config.Silence < 10*time.Second || a.config.Silence > 10*time.Minute) {
		return fmt.Errorf("setting call_silence: %v is not between 10s and 10m", a.config.Silence)
	}
	return nil
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

// tells has the open pages told that something changed.
func (a *App) tells(what string) func() { return func() { a.news.Tell(what) } }

// keepers makes the parts that keep watch by themselves.
func (a *App) keepers(context.Context) error {
	config, logger := a.config, a.logger
	a.tap = tap.New(config.Commune, a.trust.Open)
	a.enrol = trust.NewEnrolment(a.store, a.trust, config.Commune, a.reached(), a.drop, a.clock.Now)
	a.outlaws = &outlaws{trust: a.trust, enrol: a.enrol, commune: config.Commune, external: config.Broker != "", keys: config.TrustDir(),
		crl:   config.CRL,
		fleet: func(out map[string]bool) { a.fleet.KeepOut(out) }, revoked: make(chan struct{}, 1), logger: logger}
	a.keys = &keyTeller{keys: a.trust, commune: config.Commune, publish: a.publish, linked: make(chan struct{}, 1),
		told: func() { a.dispatch.Connected() }, changed: func() { a.dispatch.Changed() }, logger: logger}
	a.heads = &heads{store: a.store, key: a.trust.Signer(), commune: config.Commune, now: a.clock.Now, publish: a.publish,
		statuses: a.statuses,
		news:     a.tells("nodes"), logger: logger}
	return nil
}

// openPorts takes the ports: the broker's, if it is ours, and those of the pages.
func (a *App) openPorts(context.Context) (err error) {
	config, logger := a.config, a.logger
	if config.Broker == "" {
		a.broker, err = broker.New(broker.Options{Addr: config.MQTT, TLS: a.trust.ServerTLS(), Commune: config.Commune,
			ControllerName: trust.ControllerName, MaxClients: config.MaxNodes, Tap: a.tap.Pass, May: a.mayListen,
			Twin:  a.doubt(fleet.FaultTwins),
			Admit: func(ctx context.Context, cert *x509.Certificate) bool { return a.enrol.Admits(ctx, cert) }, Logger: logger})
		if err != nil {
			return err
		}
	}
	if a.http, err = net.Listen("tcp", config.HTTP); err != nil {
		return fmt.Errorf("open pages: %w", err)
	}
	return a.openSecure()
}

// openParts makes those that work beside the pages, each by itself.
func (a *App) openParts(ctx context.Context) (err error) {
	config, logger := a.config, a.logger
	a.library = library.New(library.Options{Store: a.store, Voices: a.voices,
		TooLarge: func(err error) bool { var large *http.MaxBytesError; return errors.As(err, &large) },
		FFmpeg:   ffmpeg.Program{MaxDuration: time.Duration(a.config.MaxMinutes) * time.Minute},
		OnChange: func(library.Job) { a.news.Tell("library") }, Logger: a.logger})
	a.fleet, err = fleet.New(ctx, fleet.Options{Store: a.store, Commune: config.Commune, News: a.tells("nodes"),
		Came: func() { a.live.Came(); a.dispatch.Came() }, Logger: logger})
	if err != nil {
		return err
	}
	a.dispatch = dispatch.New(dispatch.Options{Store: a.store, Publish: a.publish, Key: a.trust.Signer(), Commune: config.Commune,
		Now: a.clock.Now, ClipRate: config.ClipRate, Doubt: a.doubt(fleet.FaultWrongTime), Held: a.memory.trouble != nil,
		OnAir: func() []wire.ClipRef { return a.live.Clips() }, Statuses: a.statuses, News: a.tells("plays"), Logger: logger})
	a.live = live.New(live.Options{Store: a.store, Publish: a.publish, Key: a.trust.Signer(), Commune: config.Commune,
		Now: a.clock.Now, Statuses: a.statuses, Tune: tune(a.reach), Silence: config.Silence,
		Ended: func(row store.Call) { a.office.Calls.Ended(row) }, News: func() { a.aired.kick(); a.news.Tell("calls") }, Logger: logger})
	source, err := config.BackupSource(a.store, a.version)
	if err != nil {
		return err
	}
	a.backup = backup.New(backup.Options{Folder: config.BackupsDir(), Source: source, Now: a.clock.Now, OnAir: a.onAir,
		RestoreOnly: a.memory.trouble != nil, Logger: logger, News: a.tells("backup"), Restart: func() { a.restart <- struct{}{} },
		Restored: a.restored, NotRestored: a.unrestored})
	a.disk = disk.New(disk.Options{Store: a.store,
		Bounds: disk.Bounds{Warn: int64(config.DiskWarnMB) << 20, Alarm: int64(config.DiskLowMB) << 20},
		News:   a.tells("machine"), Logger: logger})
	return nil
}

// openOffice opens the office, and puts its faces before it.
func (a *App) openOffice(context.Context) (err error) {
	var secure *address.Secure // nil: plain HTTP only
	if a.certs != nil {
		secure = &address.Secure{Listener: a.secure, TLS: a.certs.TLS(), Plain: a.certs.Plain, Authority: a.certs.Authority()}
	}
	var watched *tap.Hub // where what passes the broker can be looked at; nil of one that is not ours
	if a.broker != nil {
		watched = a.tap
	}
	accounts, machines := trust.NewAccounts(a.store, a.clock.Now, a.config.Passwords), trust.NewMachines(a.store, a.trust.Token(), a.logger)
	a.office = office.Open(office.Options{Store: a.store, Library: a.library, Fleet: a.fleet, Live: a.live, Enrol: a.enrol,
		Backup: a.backup, Accounts: accounts, Machines: machines, Reach: a.reach, Seal: a.sealAudit, Heads: a.heads.kept,
		Changed: a.dispatch.Changed, News: a.news.Tell, TestHorn: a.dispatch.TestHorn, Inspect: a.dispatch.Inspect, Troubles: a.troubles,
		Now: a.clock.Now, Commune: a.config.Commune, Logger: a.logger})
	a.warnings = warning.New(warning.Options{Store: a.store, Access: a.office.Access, Trail: a.office.Trail, Calls: a.office.Calls,
		Notices: a.office.Notices, Reach: a.reach, Folder: a.config.Warnings, Now: a.clock.Now, News: a.news.Tell, Logger: a.logger})
	a.web, err = web.New(web.Options{Office: a.office, Warnings: a.warnings,
		Feeds: ical.New(ical.Options{Store: a.store, Access: a.office.Access, Trail: a.office.Trail, Now: a.clock.Now}),
		News:  a.news, Store: a.store, Library: a.library,
		Fleet: a.fleet, Live: a.live,
		Backup: a.backup, Accounts: accounts, Machines: machines, CheckToken: a.trust.CheckToken, Secure: secure,
		Names: slices.Concat(a.config.HTTPSNames, a.config.Hosts), StandIn: a.standIn(), Tap: watched,
		Broker: a.counters, Sent: a.dispatch.Counters, Ends: a.ends,
		Now: a.clock.Now, Commune: a.config.Commune, Version: a.version, Styles: a.config.Styles,
		PublicURL: a.config.peoplesURL(), Answering: a.config.Public != "", Logger: a.logger})
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
		Settings: https.Settings{Names: c.HTTPSNames, Cert: c.HTTPSCert, Key: c.HTTPSKey, ACME: c.ACME, Email: c.ACMEEmail,
			Root: c.ACMERoot}})
	return err
}
