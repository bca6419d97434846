// Package controller is the commune office's side of Loa: it keeps the
// library and the calendar, signs each node its plan, serves clips, gathers
// the proof of what was heard, and shows it. This package only wires:
//
//	web → office → library, live, fleet → store
//	dispatch → store, broker        (calendar → signed plans, clips, time, acks)
//	fleet    → store                (status → state)
//
// News goes up through the handlers given here: all tell package news
// that something changed, and it tells the open pages.
package controller

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

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
	"loa/controller/live/station"
	"loa/controller/neighbour/warning"
	"loa/controller/news"
	"loa/controller/office"
	"loa/controller/reach"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/voices"
	"loa/controller/web"
	"loa/node/wire"
	"loa/node/wire/tap"
)

// App is one controller.
type App struct {
	config   Config
	version  string
	logger   *slog.Logger
	clock    *clock.Clock
	trust    *trust.Trust
	enrol    *trust.Enrolment
	store    *store.Store
	broker   *broker.Broker // nil with an external one
	library  *library.Library
	fleet    *fleet.Fleet
	dispatch *dispatch.Dispatch
	live     *live.Live
	warnings *warning.Desk // of other offices
	reach    *reach.Guard
	voices   *voices.Set
	backup   *backup.Keeper
	disk     *disk.Watch
	office   *office.Office
	news     *news.Hub
	web      *web.Server
	crowd    *crowd // whom the people's pages serve
	http     net.Listener
	secure   net.Listener                  // nil: plain HTTP only
	tap      *tap.Hub                      // for observers of the wire
	certs    *https.Certificates           // nil with it
	client   atomic.Pointer[broker.Client] // once Run has dialled
	outlaws  *outlaws
	keys     *keyTeller
	restart  chan struct{} // a backup is ready to be put in place
	aired    *onAirNote
	memory   memory
	started  time.Time
	heads    *heads
	// restored is what this start put in place, unrestored why a backup was not; nil: there was none.
	restored   *backup.Order
	unrestored error
}

// reached is how nodes reach the broker. The embedded one's certificate has
// localhost in it whatever address this machine has today.
func (a *App) reached() trust.Broker {
	if a.config.Broker != "" {
		return trust.Broker{Addr: a.BrokerAddr}
	}
	return trust.Broker{ServerName: "localhost", Addr: func() string {
		host, port, err := net.SplitHostPort(a.BrokerAddr())
		if err == nil && len(a.config.Hosts) > 0 {
			return net.JoinHostPort(a.config.Hosts[0], port)
		}
		if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
			return ":" + port
		}
		return a.BrokerAddr()
	}}
}

// drop ends a node's connection. To an external broker the list of revoked
// certificates tells it.
func (a *App) drop(node string) {
	if a.broker != nil {
		a.broker.Drop(node)
	}
	select {
	case a.outlaws.revoked <- struct{}{}:
	default:
	}
}

// Linked reports whether what is said reaches the broker now.
func (a *App) Linked() bool {
	client := a.client.Load()
	return client != nil && client.Connected()
}

// publish waits for nobody: a message that finds no broker is the business of
// its sender.
func (a *App) publish(ctx context.Context, topic string, qos byte, retain bool, payload []byte) error {
	client := a.client.Load()
	if client == nil {
		return broker.ErrNotConnected
	}
	return client.Publish(ctx, topic, qos, retain, payload)
}

// doubt has the fleet say that something is wrong with a node.
func (a *App) doubt(code string) func(node, detail string) {
	return func(node, detail string) { a.fleet.Doubt(node, code, detail) }
}

// flooded names the node on whose topic far too much is said.
func (a *App) flooded(topic string) {
	if _, node, kind, ok := (wire.Topics{Commune: a.config.Commune}).Parse(topic); ok {
		a.fleet.Doubt(node, fleet.FaultFlood, kind)
	}
}

// onAir reports whether a call is on air.
func (a *App) onAir() bool { return len(a.live.Calls()) > 0 }

// statuses is what the nodes said last.
func (a *App) statuses() map[string]*wire.Status {
	nodes := a.fleet.Snapshot()
	said := make(map[string]*wire.Status, len(nodes))
	for _, n := range nodes {
		said[n.Node] = n.Status
	}
	return said
}

func (a *App) counters() broker.Counters {
	if a.broker == nil {
		return broker.Counters{}
	}
	return a.broker.Counters()
}

// Run serves until ctx ends; ErrRestart: or until there is other data.
func (a *App) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, a.close()) }()
	g, ctx := errgroup.WithContext(ctx)
	if a.broker != nil {
		g.Go(func() error { return a.broker.Run(ctx) })
	}
	client, err := broker.Dial(ctx, broker.ClientOptions{URL: a.brokerURL(), TLS: a.trust.ControllerTLS(),
		ClientID: trust.ControllerName, Logger: a.logger, Urgent: a.live.Urgent, Flood: a.flooded, OnConnect: a.connected})
	if err != nil {
		return fmt.Errorf("connect to broker: %w", err)
	}
	a.client.Store(client)
	topics := wire.Topics{Commune: a.config.Commune}
	for _, kind := range []string{wire.KindStatus, wire.KindGone} {
		client.Subscribe(topics.AllUp(kind), 1, a.outlaws.heed(a.fleet.Receive))
	}
	for _, kind := range []string{wire.KindTime, wire.KindWant, wire.KindReport} {
		client.Subscribe(topics.AllUp(kind), 1, a.outlaws.heed(a.dispatch.Receive))
	}
	client.Subscribe(topics.AllUp(wire.KindRenew), 1, a.outlaws.heed(a.renew))
	g.Go(func() error { client.Wait(); return nil })
	g.Go(func() error { return a.clock.Run(ctx, a.onAir, a.logger) })
	g.Go(func() error { return a.fleet.Run(ctx) })
	g.Go(func() error { return a.dispatch.Run(ctx) })
	g.Go(func() error { return a.live.Run(ctx) })
	g.Go(func() error { return a.web.Serve(ctx, a.http) })
	if a.certs != nil {
		g.Go(func() error { return a.certs.Run(ctx) })
	}
	g.Go(func() error { return a.keepHouse(ctx) })
	g.Go(func() error { return a.keepStandIn(ctx) })
	if a.memory.trouble == nil { // the log of a stand-in is carried into the one that nodes know
		g.Go(func() error { return a.heads.run(ctx) })
	}
	g.Go(func() error { a.crowd.run(ctx, a); return nil })
	g.Go(func() error { return a.backup.Run(ctx) })
	g.Go(func() error { return a.disk.Run(ctx) })
	g.Go(func() error { return a.awaitRestart(ctx) })
	g.Go(func() error { return a.comeBack(ctx) })
	g.Go(func() error { return a.aired.run(ctx) })
	g.Go(func() error { return a.keys.run(ctx) })
	g.Go(func() error { return a.warnings.Run(ctx) })
	g.Go(func() error { return a.outlaws.run(ctx) })
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
	a.warnOfEnds(time.Now())
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			a.warnOfEnds(now)
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
	return "mqtts://" + local(a.broker.Addr())
}

// close gives back what New opened; what is closed already says so without
// harm.
func (a *App) close() error {
	var errs []error
	for _, l := range []net.Listener{a.http, a.secure, a.crowd.port()} {
		if l != nil {
			if err := l.Close(); !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	if a.broker != nil {
		a.broker.Close()
	}
	if a.store != nil {
		errs = append(errs, a.closeStore())
	}
	return errors.Join(errs...)
}

// sealAudit seals the log; that of a stand-in is carried into the one that is
// sealed, and without its key nobody can tell whether it was changed.
func (a *App) sealAudit(ctx context.Context) error {
	if a.memory.trouble != nil || a.trust.Deaf() {
		return nil
	}
	return a.trust.SealAudit(ctx, a.store)
}

// URL is where the pages are, for this machine.
func (a *App) URL() string { return "http://" + local(a.http.Addr().String()) }

// local is how this machine itself reaches a listener's address.
func local(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && ip.IsUnspecified() {
		return net.JoinHostPort("localhost", port)
	}
	return addr
}

// SecureURL is where the pages are over TLS; empty: nowhere.
func (a *App) SecureURL() string {
	if a.secure == nil {
		return ""
	}
	return "https://" + local(a.secure.Addr().String())
}

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

// tune pulls a station under the guard: ffmpeg gets its bytes and no address.
func tune(guard *reach.Guard) station.Tune {
	return func(ctx context.Context, source string, sink func([]float32) error) error {
		stream, err := guard.Open(ctx, source)
		if err != nil {
			return err
		}
		defer func() { _ = stream.Close() }() // what it had to say, Stream has said
		return ffmpeg.Program{}.Stream(ctx, stream, sink)
	}
}

// mayListen keeps a board from what sounds elsewhere. It protects what is said,
// and not the horns: those go by signatures. A broker that is not ours has static
// rules, by which each board may listen to every clip and call that it can name.
func (a *App) mayListen(node, branch, subject string) bool {
	if branch == "clip" {
		return a.dispatch.May(node, subject)
	}
	return a.live.May(context.Background(), node, subject)
}
