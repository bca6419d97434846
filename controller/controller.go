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
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"gopkg.in/yaml.v3"

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
	"loa/controller/reach"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/voices"
	"loa/controller/web"
	"loa/node/wire"
	"loa/node/wire/tap"
)

// Config is a controller's settings, as they stand in its YAML file.
type Config struct {
	Data       string        `yaml:"data" help:"folder for database, clips and keys"`
	Commune    string        `yaml:"commune" help:"the commune's id: a-z, 0-9 and -"`
	HTTP       string        `yaml:"http" help:"address of pages and API"`
	HTTPS      string        `yaml:"https,omitempty" help:"address of the pages over TLS too, without which a phone gives no microphone: 0.0.0.0:8443; plain HTTP then serves this machine only"`
	HTTPSNames []string      `yaml:"https_names,omitempty" help:"names by which people open the pages, if any"`
	HTTPSCert  string        `yaml:"https_cert,omitempty" help:"PEM file of a certificate that somebody else renews; with https_key. Without it, and without acme, the commune is its own authority: see the page /trust"`
	HTTPSKey   string        `yaml:"https_key,omitempty" help:"PEM file of its key"`
	ACME       string        `yaml:"acme,omitempty" help:"directory of an ACME server that certifies https_names, which must be reached from the internet on port 80 or 443"`
	ACMEEmail  string        `yaml:"acme_email,omitempty" help:"who is told of trouble with certificates"`
	ACMERoot   string        `yaml:"acme_root,omitempty" help:"PEM file of the authority of a private ACME server"`
	MQTT       string        `yaml:"mqtt" help:"address of the embedded broker, TLS"`
	Broker     string        `yaml:"broker,omitempty" help:"an external broker instead, as mqtts://host:port"`
	Hosts      []string      `yaml:"hosts,omitempty" help:"names and addresses by which nodes reach the broker"`
	Speech     []string      `yaml:"speech,omitempty" help:"text to speech with one program, in the place of espeak-ng: command and arguments, text on stdin, WAV on stdout. Better: voices"`
	Voices     []Engine      `yaml:"voices,omitempty" help:"speech programs beside espeak-ng, which is built in; the first one is the usual voice. How, and with which licences, says voices.md in /usr/share/doc/loa-controller; the page Settings and loa doctor try them"`
	MaxMinutes int           `yaml:"max_minutes,omitempty" help:"longest recording that is taken"`
	Silence    time.Duration `yaml:"call_silence,omitempty" help:"after so long without a word a live call ends by itself, 10s to 10m; whoever speaks is warned after a third of it"`
	MaxNodes   int           `yaml:"max_nodes,omitempty" help:"connections that the embedded broker takes"`
	CertLife   time.Duration `yaml:"cert_life,omitempty" help:"how long a node's certificate counts; it is renewed by itself after two thirds"`
	CRL        string        `yaml:"crl,omitempty" help:"file for the external broker: the certificates that were revoked; beside it are written ca.pem and broker.pem, which the group of the folder may read. Left out: trust/crl.pem in the data folder, and nothing beside it. The packaged service may write only /var/lib/loa and /etc/mosquitto/loa: for another folder see backups"`
	Backups    string        `yaml:"backups,omitempty" help:"folder for the nightly backups, best on another disk; backups in the data folder if left out. The packaged service must be allowed to write there: systemctl edit loa-controller, then the lines [Service] and ReadWritePaths=/the/folder"`
	DiskWarnMB int           `yaml:"disk_warn_mb,omitempty" help:"with less free room on the data disk, in MB, every page warns; left out: 1024, or a tenth of the disk up to 10 GB if that is more"`
	DiskLowMB  int           `yaml:"disk_alarm_mb,omitempty" help:"with less it is an alarm, and /readyz says 503; left out: 200"`
	Reach      []string      `yaml:"reach,omitempty" help:"hosts, addresses or networks inside the house that stations, webhooks and mail servers may be at: 192.168.1.7, dai.lan, 10.9.0.0/24; only what is public if left out"`
	ClipRate   int           `yaml:"clip_rate,omitempty" help:"bytes per second for clips, for all nodes together"`
}

// DefaultConfig is what stands in for settings that are left out.
func DefaultConfig() Config {
	return Config{Data: "/var/lib/loa", Commune: "la-da", HTTP: "127.0.0.1:8080", MQTT: "127.0.0.1:8883", MaxMinutes: 60, Silence: live.DefaultSilence, MaxNodes: 1000, ClipRate: 2 << 20, CertLife: trust.NodeLife}
}

// TrustDir is where the commune's keys are.
func (c Config) TrustDir() string { return filepath.Join(c.Data, "trust") }

// BackupsDir is where the nightly backups are.
func (c Config) BackupsDir() string { return cmp.Or(c.Backups, filepath.Join(c.Data, "backups")) }

// Engine is a speech program of the settings.
type Engine = voices.Engine

// Engines are the speech programs of the settings, and espeak-ng.
func (c Config) Engines() (*voices.Set, error) {
	return voices.New(voices.Options{Single: c.Speech, Engines: c.Voices})
}

// App is one controller.
type App struct {
	config   Config
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
	reach    *reach.Guard
	voices   *voices.Set
	backup   *backup.Keeper
	disk     *disk.Watch
	web      *web.Server
	http     net.Listener
	secure   net.Listener                  // nil: plain HTTP only
	tap      *tap.Hub                      // for observers of the wire
	certs    *https.Certificates           // nil with it
	client   atomic.Pointer[broker.Client] // once Run has dialled
	revoked  chan struct{}                 // a certificate was
	out      atomic.Value                  // map[string]bool, the nodes that are kept out; for a broker that is not ours
	linked   chan struct{}                 // there is a new connection to the broker
	restart  chan struct{}                 // a backup is ready to be put in place
	aired    chan struct{}                 // what is on air has changed
	memory   memory
	started  time.Time
	heads    heads
}

// New opens the store and the keys, takes the ports and puts the parts
// together. What it has opened is closed again if a later step fails.
func New(ctx context.Context, config Config, version string, logger *slog.Logger) (_ *App, err error) {
	a := &App{config: config, logger: logger, clock: clock.New(), linked: make(chan struct{}, 1), revoked: make(chan struct{}, 1), restart: make(chan struct{}, 1), aired: make(chan struct{}, 1), started: time.Now()}
	defer func() {
		if err != nil {
			_ = a.close() // the first error is the one to tell
		}
	}()
	if !wire.ValidID(config.Commune) {
		return nil, fmt.Errorf("setting commune: %q is not a name of a-z, 0-9 and -", config.Commune)
	}
	if a.reach, err = reach.New(config.Reach...); err != nil {
		return nil, err
	}
	if a.voices, err = config.Engines(); err != nil {
		return nil, err
	}
	if config.Silence != 0 && (config.Silence < 10*time.Second || config.Silence > 10*time.Minute) {
		return nil, fmt.Errorf("setting call_silence: %v is not between 10s and 10m", config.Silence)
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
	a.tap = tap.New(config.Commune, a.trust.Open)
	a.enrol = trust.NewEnrolment(a.store, a.trust, config.Commune, a.reached(), a.drop, a.clock.Now)
	a.library = library.New(a.libraryOptions())
	if config.Broker == "" {
		a.broker, err = broker.New(broker.Options{Addr: config.MQTT, TLS: a.trust.ServerTLS(), Commune: config.Commune,
			ControllerName: trust.ControllerName, MaxClients: config.MaxNodes, Tap: a.tap.Pass, May: a.mayListen, Twin: func(node, addr string) { a.fleet.Doubt(node, fleet.FaultTwins, addr) }, Logger: logger,
			Admit: func(ctx context.Context, cert *x509.Certificate) bool { return a.enrol.Admits(ctx, cert) }})
		if err != nil {
			return nil, err
		}
	}
	if a.http, err = net.Listen("tcp", config.HTTP); err != nil {
		return nil, fmt.Errorf("open pages: %w", err)
	}
	if err = a.openSecure(); err != nil {
		return nil, err
	}
	a.fleet, err = fleet.New(ctx, fleet.Options{Store: a.store, Commune: config.Commune, News: func() { a.web.News("nodes") }, Came: func() { a.live.Came(); a.dispatch.Came() }, Logger: logger})
	if err != nil {
		return nil, err
	}
	a.dispatch = dispatch.New(dispatch.Options{Store: a.store, Publish: a.publish, Key: a.trust.Signer(), Commune: config.Commune,
		Now: a.clock.Now, ClipRate: config.ClipRate, Doubt: a.doubt(fleet.FaultWrongTime), Held: a.memory.trouble != nil, OnAir: func() []wire.ClipRef { return a.live.Clips() }, Statuses: a.statuses, News: func() { a.web.News("plays") }, Logger: logger})
	a.live = live.New(live.Options{Store: a.store, Publish: a.publish, Key: a.trust.Signer(), Commune: config.Commune,
		Now: a.clock.Now, Statuses: a.statuses, Tune: tune(a.reach), Silence: config.Silence, Ended: func(row store.Call) { a.web.CallEnded(row) }, News: a.newsOfCalls, Logger: logger})
	source, err := config.BackupSource(a.store, version)
	if err != nil {
		return nil, err
	}
	a.backup = backup.New(backup.Options{Folder: config.BackupsDir(), Source: source, Now: a.clock.Now, OnAir: a.onAir, RestoreOnly: a.memory.trouble != nil, Logger: logger,
		News: func() { a.web.News("backup") }, Restart: func() { a.restart <- struct{}{} }, Restored: restored, NotRestored: kept})
	a.disk = disk.New(disk.Options{Store: a.store, Bounds: disk.Bounds{Warn: int64(config.DiskWarnMB) << 20, Alarm: int64(config.DiskLowMB) << 20},
		News: func() { a.web.News("machine") }, Logger: logger})
	a.web, err = web.New(web.Options{Store: a.store, Backup: a.backup, Enrol: a.enrol, Library: a.library, Fleet: a.fleet, Live: a.live, Now: a.clock.Now, Broker: a.counters, Sent: a.dispatch.Counters, Ends: a.ends, Changed: a.dispatch.Changed, TestHorn: a.dispatch.TestHorn, Tap: a.watched(),
		Secure: a.securePages(), CheckToken: a.trust.CheckToken, Reach: a.reach, Machines: trust.NewMachines(a.store, a.trust.Token(), logger), Accounts: trust.NewAccounts(a.store, a.clock.Now), Seal: a.sealAudit, Heads: a.headsKept, Troubles: a.troubles, StandIn: a.standIn(), Names: slices.Concat(config.HTTPSNames, config.Hosts), Commune: config.Commune, Version: version, Logger: logger})
	return a, err
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

func (a *App) securePages() *web.Secure {
	if a.certs == nil {
		return nil
	}
	return &web.Secure{Listener: a.secure, TLS: a.certs.TLS(), Plain: a.certs.Plain, Authority: a.certs.Authority()}
}

func (a *App) libraryOptions() library.Options {
	return library.Options{Store: a.store, Voices: a.voices,
		FFmpeg:   ffmpeg.Program{MaxDuration: time.Duration(a.config.MaxMinutes) * time.Minute},
		OnChange: func(library.Job) { a.web.News("library") }, Logger: a.logger}
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

// watched is where what passes the broker can be looked at; nil of one that is
// not ours.
func (a *App) watched() *tap.Hub {
	if a.broker == nil {
		return nil
	}
	return a.tap
}

// drop ends a node's connection. To an external broker the list of revoked
// certificates tells it.
func (a *App) drop(node string) {
	if a.broker != nil {
		a.broker.Drop(node)
	}
	select {
	case a.revoked <- struct{}{}:
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
		client.Subscribe(topics.AllUp(kind), 1, a.heed(a.fleet.Receive))
	}
	for _, kind := range []string{wire.KindTime, wire.KindWant, wire.KindReport} {
		client.Subscribe(topics.AllUp(kind), 1, a.heed(a.dispatch.Receive))
	}
	client.Subscribe(topics.AllUp(wire.KindRenew), 1, a.heed(a.renew))
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
	g.Go(func() error { return a.watchHeads(ctx) })
	g.Go(func() error { return a.backup.Run(ctx) })
	g.Go(func() error { return a.disk.Run(ctx) })
	g.Go(func() error { return a.awaitRestart(ctx) })
	g.Go(func() error { return a.comeBack(ctx) })
	g.Go(func() error { return a.keepOnAir(ctx) })
	g.Go(func() error { return a.keepKeys(ctx) })
	g.Go(func() error { return a.keepOut(ctx) })
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
	for _, l := range []net.Listener{a.http, a.secure} {
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

// BackupSource is what a backup of this controller is made of.
func (c Config) BackupSource(st *store.Store, version string) (backup.Source, error) {
	settings, err := yaml.Marshal(c)
	if err != nil {
		return backup.Source{}, fmt.Errorf("encode settings: %w", err)
	}
	return backup.Source{Data: c.Data, Trust: c.TrustDir(), Commune: c.Commune, Version: version, Settings: settings, Store: st}, nil
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
func tune(guard *reach.Guard) live.Tune {
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
