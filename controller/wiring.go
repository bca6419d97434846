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
	"loa/controller/reach"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/web"
	"loa/node/wire"
	"loa/node/wire/tap"
)

// New opens the store and the keys, takes the ports and puts the parts
// together. What it has opened is closed again if a later step fails.
func New(ctx context.Context, config Config, version string, logger *slog.Logger) (_ *App, err error) {
	a := &App{config: config, version: version, logger: logger, clock: clock.New(),
		restart: make(chan struct{}, 1), started: time.Now()}
	a.aired = &onAirNote{data: config.Data, calls: func() []*live.Call { return a.live.Calls() }, changed: make(chan struct{}, 1),
		logger: logger}
	defer func() {
		if err != nil {
			_ = a.close() // the first error is the one to tell
		}
	}()
	if err = a.settings(); err != nil {
		return nil, err
	}
	kept := backup.Place(config.Data)
	if kept != nil && !errors.Is(kept, backup.ErrKept) {
		return nil, kept
	}
	if err = a.openTrust(ctx); err != nil {
		return nil, err
	}
	if err = a.openStore(ctx); err != nil {
		return nil, err
	}
	restored, err := a.logRestored(ctx)
	if err == nil {
		err = a.carryOver(ctx)
	}
	if err != nil {
		return nil, err
	}
	a.keepers()
	if err = a.openPorts(); err != nil {
		return nil, err
	}
	if err = a.openParts(ctx, restored, kept); err != nil {
		return nil, err
	}
	a.web, err = web.New(a.webOptions())
	return a, err
}

// settings reads what needs a look before anything is opened.
func (a *App) settings() error {
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

// keepers makes the parts that keep watch by themselves.
func (a *App) keepers() {
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
		news:     func() { a.web.News("nodes") }, logger: logger}
}

// openPorts takes the ports: the broker's, if it is ours, and those of the pages.
func (a *App) openPorts() (err error) {
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

// openParts puts the parts together. restored is what this start put in place, kept
// why a backup was not.
func (a *App) openParts(ctx context.Context, restored *backup.Order, kept error) (err error) {
	config, logger := a.config, a.logger
	a.library = library.New(library.Options{Store: a.store, Voices: a.voices,
		TooLarge: func(err error) bool { var large *http.MaxBytesError; return errors.As(err, &large) },
		FFmpeg:   audio.FFmpeg{MaxDuration: time.Duration(a.config.MaxMinutes) * time.Minute},
		OnChange: func(library.Job) { a.web.News("library") }, Logger: a.logger})
	a.fleet, err = fleet.New(ctx, fleet.Options{Store: a.store, Commune: config.Commune, News: func() { a.web.News("nodes") },
		Came: func() { a.live.Came(); a.dispatch.Came() }, Logger: logger})
	if err != nil {
		return err
	}
	a.dispatch = dispatch.New(dispatch.Options{Store: a.store, Publish: a.publish, Key: a.trust.Signer(), Commune: config.Commune,
		Now: a.clock.Now, ClipRate: config.ClipRate, Doubt: a.doubt(fleet.FaultWrongTime), Held: a.memory.trouble != nil,
		OnAir: func() []wire.ClipRef { return a.live.Clips() }, Statuses: a.statuses, News: func() { a.web.News("plays") }, Logger: logger})
	a.live = live.New(live.Options{Store: a.store, Publish: a.publish, Key: a.trust.Signer(), Commune: config.Commune,
		Now: a.clock.Now, Statuses: a.statuses, Tune: tune(a.reach), Silence: config.Silence,
		Ended: func(row store.Call) { a.web.CallEnded(row) }, News: func() { a.aired.kick(); a.web.News("calls") }, Logger: logger})
	source, err := config.BackupSource(a.store, a.version)
	if err != nil {
		return err
	}
	a.backup = backup.New(backup.Options{Folder: config.BackupsDir(), Source: source, Now: a.clock.Now, OnAir: a.onAir,
		RestoreOnly: a.memory.trouble != nil, Logger: logger, News: func() { a.web.News("backup") }, Restart: func() { a.restart <- struct{}{} },
		Restored: restored, NotRestored: kept})
	a.disk = disk.New(disk.Options{Store: a.store,
		Bounds: disk.Bounds{Warn: int64(config.DiskWarnMB) << 20, Alarm: int64(config.DiskLowMB) << 20},
		News:   func() { a.web.News("machine") }, Logger: logger})
	return nil
}

// webOptions are what the two faces are given.
func (a *App) webOptions() web.Options {
	var secure *web.Secure // nil: plain HTTP only
	if a.certs != nil {
		secure = &web.Secure{Listener: a.secure, TLS: a.certs.TLS(), Plain: a.certs.Plain, Authority: a.certs.Authority()}
	}
	var watched *tap.Hub // where what passes the broker can be looked at; nil of one that is not ours
	if a.broker != nil {
		watched = a.tap
	}
	return web.Options{
		Store:      a.store,
		Backup:     a.backup,
		Enrol:      a.enrol,
		Library:    a.library,
		Fleet:      a.fleet,
		Live:       a.live,
		Now:        a.clock.Now,
		Broker:     a.counters,
		Sent:       a.dispatch.Counters,
		Ends:       a.ends,
		Changed:    a.dispatch.Changed,
		TestHorn:   a.dispatch.TestHorn,
		Tap:        watched,
		Secure:     secure,
		CheckToken: a.trust.CheckToken,
		Reach:      a.reach,
		Machines:   trust.NewMachines(a.store, a.trust.Token(), a.logger),
		Accounts:   trust.NewAccounts(a.store, a.clock.Now),
		Seal:       a.sealAudit,
		Heads:      a.heads.kept,
		Troubles:   a.troubles,
		StandIn:    a.standIn(),
		Names:      slices.Concat(a.config.HTTPSNames, a.config.Hosts),
		Commune:    a.config.Commune,
		Version:    a.version,
		Logger:     a.logger,
	}
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
