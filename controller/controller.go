// Package controller is the commune office's side of Loa: it keeps the
// library and the calendar, signs each node its plan, serves clips, gathers
// the proof of what was heard, and shows it. This package only wires:
//
//	web → library, live, fleet → store
//	dispatch → store, broker        (calendar → signed plans, clips, time, acks)
//	fleet    → store                (status → state)
//
// News goes up through the handlers given here: fleet and dispatch tell web
// that something changed.
package controller

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"loa/audio"
	"loa/controller/broker"
	"loa/controller/dispatch"
	"loa/controller/fleet"
	"loa/controller/library"
	"loa/controller/live"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/web"
	"loa/node/wire"
)

// Config is a controller's settings, as they stand in its YAML file.
type Config struct {
	Data       string   `yaml:"data" help:"folder for database, clips and keys"`
	Commune    string   `yaml:"commune" help:"the commune's id: a-z, 0-9 and -"`
	HTTP       string   `yaml:"http" help:"address of pages and API"`
	MQTT       string   `yaml:"mqtt" help:"address of the embedded broker, TLS"`
	Broker     string   `yaml:"broker,omitempty" help:"an external broker instead, as mqtts://host:port"`
	Hosts      []string `yaml:"hosts,omitempty" help:"names and addresses by which nodes reach the broker"`
	Speech     []string `yaml:"speech,omitempty" help:"text to speech: command and arguments, text on stdin, WAV on stdout"`
	MaxMinutes int      `yaml:"max_minutes,omitempty" help:"longest recording that is taken"`
	MaxNodes   int      `yaml:"max_nodes,omitempty" help:"connections that the embedded broker takes"`
	ClipRate   int      `yaml:"clip_rate,omitempty" help:"bytes per second for clips, for all nodes together"`
}

// DefaultConfig is what stands in for settings that are left out.
func DefaultConfig() Config {
	return Config{Data: "/var/lib/loa", Commune: "la-da", HTTP: "127.0.0.1:8080", MQTT: "127.0.0.1:8883", MaxMinutes: 60, MaxNodes: 1000, ClipRate: 2 << 20}
}

// TrustDir is where the commune's keys are.
func (c Config) TrustDir() string { return filepath.Join(c.Data, "trust") }

// App is one controller.
type App struct {
	config   Config
	logger   *slog.Logger
	trust    *trust.Trust
	store    *store.Store
	broker   *broker.Broker // nil with an external one
	library  *library.Library
	fleet    *fleet.Fleet
	dispatch *dispatch.Dispatch
	live     *live.Live
	web      *web.Server
	http     net.Listener
	client   atomic.Pointer[broker.Client] // once Run has dialled
}

// New opens the store and the keys, takes the ports and puts the parts
// together. What it has opened is closed again if a later step fails.
func New(ctx context.Context, config Config, version string, logger *slog.Logger) (_ *App, err error) {
	a := &App{config: config, logger: logger}
	defer func() {
		if err != nil {
			_ = a.close() // the first error is the one to tell
		}
	}()
	if !wire.ValidID(config.Commune) {
		return nil, fmt.Errorf("setting commune: %q is not a name of a-z, 0-9 and -", config.Commune)
	}
	if a.trust, err = trust.Open(config.TrustDir(), trust.Options{Commune: config.Commune, Hosts: config.Hosts}); err != nil {
		return nil, err
	}
	if a.store, err = store.Open(ctx, config.Data, logger); err != nil {
		return nil, err
	}
	a.library = library.New(a.libraryOptions())
	if config.Broker == "" {
		a.broker, err = broker.New(broker.Options{Addr: config.MQTT, TLS: a.trust.ServerTLS(), Commune: config.Commune,
			ControllerName: trust.ControllerName, MaxClients: config.MaxNodes, Logger: logger})
		if err != nil {
			return nil, err
		}
	}
	if a.http, err = net.Listen("tcp", config.HTTP); err != nil {
		return nil, fmt.Errorf("open pages: %w", err)
	}
	a.fleet, err = fleet.New(ctx, fleet.Options{Store: a.store, Commune: config.Commune, News: func() { a.web.News("nodes") }, Logger: logger})
	if err != nil {
		return nil, err
	}
	a.dispatch = dispatch.New(dispatch.Options{Store: a.store, Publish: a.publish, Key: a.trust.SigningKey(), Commune: config.Commune,
		ClipRate: config.ClipRate, OnAir: func() []wire.ClipRef { return a.live.Clips() }, News: func() { a.web.News("plays") }, Logger: logger})
	a.live = live.New(live.Options{Store: a.store, Publish: a.publish, Key: a.trust.SigningKey(), Commune: config.Commune,
		RTT: a.roundTrip, News: func() { a.web.News("calls") }, Logger: logger})
	a.web, err = web.New(web.Options{Store: a.store, Library: a.library, Fleet: a.fleet, Live: a.live, Broker: a.counters, Sent: a.dispatch.Counters, Changed: a.dispatch.Changed,
		CheckToken: a.trust.CheckToken, Commune: config.Commune, Version: version, Logger: logger})
	return a, err
}

func (a *App) libraryOptions() library.Options {
	return library.Options{Store: a.store, Speech: audio.Speech{Command: a.config.Speech},
		FFmpeg:   audio.FFmpeg{MaxDuration: time.Duration(a.config.MaxMinutes) * time.Minute},
		OnChange: func(library.Job) { a.web.News("library") }, Logger: a.logger}
}

// publish waits for nobody: a message that finds no broker is the business of
// whoever sent it.
func (a *App) publish(ctx context.Context, topic string, qos byte, retain bool, payload []byte) error {
	client := a.client.Load()
	if client == nil {
		return broker.ErrNotConnected
	}
	return client.Publish(ctx, topic, qos, retain, payload)
}

// roundTrip is what a node itself measures to the controller; zero if it has
// not spoken.
func (a *App) roundTrip(node string) time.Duration {
	for _, n := range a.fleet.Snapshot() {
		if n.Node == node && n.Status != nil {
			return n.Status.Clock.RTT
		}
	}
	return 0
}

func (a *App) counters() broker.Counters {
	if a.broker == nil {
		return broker.Counters{}
	}
	return a.broker.Counters()
}

// Run serves until ctx ends.
func (a *App) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, a.close()) }()
	g, ctx := errgroup.WithContext(ctx)
	if a.broker != nil {
		g.Go(func() error { return a.broker.Run(ctx) })
	}
	client, err := broker.Dial(ctx, broker.ClientOptions{URL: a.brokerURL(), TLS: a.trust.ControllerTLS(),
		ClientID: trust.ControllerName, Logger: a.logger, OnConnect: a.dispatch.Connected})
	if err != nil {
		return fmt.Errorf("connect to broker: %w", err)
	}
	a.client.Store(client)
	topics := wire.Topics{Commune: a.config.Commune}
	for _, kind := range []string{wire.KindStatus, wire.KindGone} {
		client.Subscribe(topics.AllUp(kind), 1, a.fleet.Receive)
	}
	for _, kind := range []string{wire.KindTime, wire.KindWant, wire.KindReport} {
		client.Subscribe(topics.AllUp(kind), 1, a.dispatch.Receive)
	}
	g.Go(func() error { client.Wait(); return nil })
	g.Go(func() error { return a.fleet.Run(ctx) })
	g.Go(func() error { return a.dispatch.Run(ctx) })
	g.Go(func() error { return a.live.Run(ctx) })
	g.Go(func() error { return a.web.Serve(ctx, a.http) })
	g.Go(func() error { return a.keepHouse(ctx) })
	return g.Wait()
}

// Between rounds of keeping house, and how long the states and ended faults of
// nodes are kept. The proof of play is kept for ever.
const (
	houseEvery  = 24 * time.Hour
	keepHistory = 400 * 24 * time.Hour
)

// keepHouse does what is done once a day.
func (a *App) keepHouse(ctx context.Context) error {
	tick := time.NewTicker(houseEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			if err := a.store.ForgetHistory(ctx, now.Add(-keepHistory)); err != nil {
				a.logger.Warn("old history not removed", "err", err)
			}
		}
	}
}

func (a *App) brokerURL() string {
	if a.broker == nil {
		return a.config.Broker
	}
	return "mqtts://" + a.broker.Addr()
}

// close gives back what New opened; what is closed already says so without
// harm.
func (a *App) close() error {
	var errs []error
	if a.http != nil {
		if err := a.http.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if a.broker != nil {
		a.broker.Close()
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	return errors.Join(errs...)
}

// URL is where the pages are.
func (a *App) URL() string { return "http://" + a.http.Addr().String() }

// BrokerAddr is where nodes connect, as host:port.
func (a *App) BrokerAddr() string {
	if a.broker == nil {
		return strings.TrimPrefix(a.config.Broker, "mqtts://")
	}
	return a.broker.Addr()
}

// Token is the bearer token of the API.
func (a *App) Token() string { return a.trust.Token() }

// Trust is the commune's keys.
func (a *App) Trust() *trust.Trust { return a.trust }

// Commune is the commune's id.
func (a *App) Commune() string { return a.config.Commune }
