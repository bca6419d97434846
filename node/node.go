// Package node is one loudspeaker's software: it keeps the plan the commune
// signed, plays it on its horns by controller time, and reports what was
// really heard. It needs the network only to learn what is new.
//
//	link ---plan, clips, time---> cache ---plan---> player ---samples---> speaker
//	|  ^                            ^               ^  |
//	|  '----------- outbox <--------'---------------|--' plays
//	'-----commands, frames------> calls ---voices---'
//
// New reads what flash holds, Run plays it; a node that starts with no
// network at all plays what it has.
package node

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"loa/node/amp"
	"loa/node/cache"
	"loa/node/calls"
	"loa/node/hearing"
	"loa/node/identity"
	"loa/node/keyring"
	"loa/node/link"
	"loa/node/player"
	"loa/node/speaker"
	"loa/node/wire"
	"loa/node/wire/tap"
)

const (
	nameClock = "clock"
	nameKeys  = "keys"
	// clipAge is how long a clip that no plan needs is kept: a bulletin is
	// often aired again within a month.
	clipAge     = 30 * 24 * time.Hour
	keepHouse   = time.Hour        // between evictions and new orders of clips
	keepClock   = 90 * time.Second // between writes of the running clock, a page each: flash that takes none is told within 100 s
	clipHorizon = 7 * 24 * time.Hour
	lookAtFlash = 30 * time.Second
)

// App is one node.
type App struct {
	config  Config
	outside outside
	boot    string
	start   time.Time
	logger  *slog.Logger

	identity *identity.Identity
	keys     *keyring.Ring
	cache    *cache.Cache
	keeper   cache.Keeper
	clock    *link.Clock
	link     *link.Link
	fetcher  *cache.Fetcher
	outbox   *link.Outbox
	player   *player.Player
	sink     speaker.Sink
	amp      *amp.Amp // nil: always on
	mixer    *mixer
	horn     *hearing.Horn // nil: no microphone
	status   *reporter
	plans    planState
	refusals refusals
	calls    *calls.Calls
	heads    *heads
	inspect  *inspector
	tap      *tap.Hub // for observers on this board

	program program
}

// New opens the node's store and puts its parts together. It makes no sound
// and opens no connection before Run.
func New(config Config, version string, logger *slog.Logger) (*App, error) {
	return newIn(realWorld, config, version, logger)
}

func newIn(outside outside, config Config, version string, logger *slog.Logger) (_ *App, err error) {
	config = config.WithDefaults()
	if err := config.Check(); err != nil {
		return nil, err
	}
	tlsConfig, err := config.tls()
	if err != nil {
		return nil, err
	}
	key, err := config.communeKey()
	if err != nil {
		return nil, err
	}
	store, aside, err := cache.Open(config.Data)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = store.Close() // the first error is the one to tell
		}
	}()
	if aside != "" {
		logger.Error("the node's store was damaged and is set aside; plan and clips are fetched anew", "file", aside)
	}
	if err := store.Trouble(); err != nil {
		logger.Error("going on without flash: what comes from now on is lost at the next start", "err", err)
	}
	a := &App{config: config, outside: outside, boot: newBoot(), start: time.Now(), logger: logger, cache: store}
	a.tap = tap.New(config.Commune, a.openTapped)
	if a.sink, err = outside.sink(config, logger); err != nil {
		return nil, err
	}
	a.mixer = newMixer(config, a.sink.State, logger)
	known, err := store.Load(nameClock)
	if err != nil {
		logger.Error("the clock on flash cannot be used; waiting for the controller", "err", err)
	}
	a.clock = link.NewClock(a.start, outside.system(), known)
	a.keys = keyring.New(keyring.Options{Root: key, Commune: config.Commune, Clock: a.clock.At, Logger: logger,
		Load: func() ([]byte, error) { return store.Load(nameKeys) },
		Save: func(raw []byte) error { return store.Save(nameKeys, raw) }})
	if a.identity, err = identity.Open(config.identity(tlsConfig, a.keys, logger)); err != nil {
		return nil, err
	}
	tlsConfig.Certificates, tlsConfig.GetClientCertificate = nil, a.identity.Client
	a.keeper = cache.Keeper{Cache: store, Open: a.keys.Open, Kept: a.keys.OpenKept, Target: wire.Target(config.Commune, config.ID)}
	a.status = newReporter(version)
	a.status.board = a.config.board(a.status.kick)
	a.calls = calls.New(calls.Options{
		Commune: config.Commune, Open: a.keys.Open, Kept: a.keys.OpenKept, Clock: a.clock.At, Told: a.clock.Told, Heard: a.clock.Heard,
		Plan: a.sentPlan, Logger: logger,
		Save:    func(b []byte) error { return store.Save(calls.OnFlash, b) },
		Load:    func() ([]byte, error) { return store.Load(calls.OnFlash) },
		Changed: a.actAnew, // what is on air thereby, the reporter notices by itself: not all nodes at the same instant
		SetLive: func(calls []string) error { return a.link.SetLive(calls) },
	})
	a.clock.OnStep(a.calls.Stepped)
	a.heads = &heads{open: a.keys.Open, target: wire.Target(config.Commune, wire.AllNodes), logger: logger,
		save: func(b []byte) error { return store.Save(nameHeads, b) }}
	a.heads.load(store.Load(nameHeads))
	a.inspect = newInspector(a)
	a.link = link.New(link.Options{
		Broker: config.Broker, Dial: outside.dial, TLS: tlsConfig, Commune: config.Commune, Node: config.ID, Boot: a.boot,
		Clock: a.clock, Time: a.keys.OpenTime, Logger: logger,
		Receive: map[string]func([]byte){wire.KindPlan: a.receivePlan, wire.KindAck: a.receiveAck, wire.KindCert: a.receiveCert,
			wire.KindSoftware: a.receiveSoftware, wire.KindSelfTest: a.receiveSelfTest, wire.KindInspect: a.receiveInspect},
		All: map[string]func([]byte){wire.KindCall: a.calls.ReceiveOn, wire.KindStop: a.calls.ReceiveOff, wire.KindKeys: a.receiveKeys,
			wire.KindHead: a.receiveHead},
		Live:  a.calls.ReceiveFrames,
		Tap:   a.tap.Pass,
		OnAir: func() bool { return a.player.Soon() },
		Chunk: func(sha string, raw []byte) { a.fetcher.Chunk(sha, raw) },
		Piece: func(raw []byte) { a.fetcher.Piece(raw) },
		Thin:  func() bool { return a.fetcher.Thin() },
		Up:    a.linkUp,
		Down:  a.status.kick,
	})
	a.outbox = link.NewOutbox(store.Outbox, store.Unsent, store.Acked, func(r wire.Report) error {
		return a.link.Publish(wire.KindReport, 1, false, r)
	}, logger)
	a.fetcher = store.NewFetcher(cache.FetchOptions{
		Listen: a.link.Listen, Changed: a.fetched, Logger: logger, Pieces: true, Clock: a.clock.At, Hold: a.calls.Spoken,
		Want: func(w wire.Want) error { return a.link.Publish(wire.KindWant, 1, false, w) },
	})
	if a.player, err = player.New(a.playerOptions()); err != nil {
		return nil, err
	}
	a.horn = hearing.New(a.hornOptions())
	a.amp = a.newAmp()
	a.status.about(a)
	return a, nil
}

// receiveAck takes the controller's word that it has plays. It is signed, for
// what is acknowledged is forgotten; said again it does no harm, for it names
// the outbox that it is about.
func (a *App) receiveAck(raw []byte) {
	var ack wire.Ack
	want := wire.Header{Kind: wire.KindAck, Target: wire.Target(a.config.Commune, a.config.ID)}
	if _, err := a.keys.Open(raw, want, time.Time{}, &ack); err != nil {
		a.refusals.warn(a.logger, "acknowledgement refused", err)
		return
	}
	a.outbox.Ack(ack)
}

// receiveKeys takes the chain of the commune's keys.
func (a *App) receiveKeys(raw []byte) {
	if err := a.keys.Receive(raw); err != nil {
		a.refusals.warn(a.logger, "keys refused", err)
	}
	a.status.kick()
}

// toldTime is controller time as the controller told it, by which what comes
// from the wire is judged; zero if it has not, yet.
func (a *App) toldTime() time.Time {
	ct, _, ok := a.clock.Told(time.Now())
	if !ok {
		return time.Time{}
	}
	return ct
}

func (a *App) playerOptions() player.Options {
	return player.Options{
		Clips:       a.openClip,
		Clock:       a.clock.At,
		Feed:        a.calls.Feed,
		Sound:       func() bool { return a.sink.State().OK() },
		Save:        func(ledger []byte) error { return a.cache.Save("ledger", ledger) },
		SaveRunning: func(ledger []byte) error { return a.cache.SaveRunning("ledger", ledger) },
		Load:        func() ([]byte, error) { return a.cache.Load("ledger") },
		Report:      a.report,
		Logger:      a.logger,
	}
}

func (a *App) openClip(sha string) (io.ReaderAt, int64, error) { return a.cache.Clip(sha) }

// report keeps a play before anyone is told of it.
func (a *App) report(p wire.Play) error {
	a.horn.Listen(&p)
	if err := a.cache.AddPlay(p); err != nil {
		return err
	}
	a.outbox.Kick()
	a.status.kick()
	return nil
}

func openSink(c Config, logger *slog.Logger) (speaker.Sink, error) {
	switch c.Sound {
	case "alsa":
		return speaker.OpenALSA(speaker.ALSAOptions{Logger: logger}), nil
	case "wav":
		if err := os.MkdirAll(filepath.Dir(c.WAV), 0o755); err != nil {
			return nil, fmt.Errorf("make folder of the horn's file: %w", err)
		}
		return speaker.OpenWAV(c.WAV)
	default:
		return speaker.OpenNull(), nil
	}
}

func newBoot() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails: crypto/rand
	return hex.EncodeToString(b)
}

// Run plays until ctx ends, or until the sound device is beyond repair in
// this process: then the error says so, and a supervisor starts it anew.
func (a *App) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, a.close()) }()
	a.loadPlan()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.player.Run(ctx) })
	g.Go(func() error { return a.mixer.run(ctx) })
	g.Go(func() error { return a.sound(ctx) })
	if a.amp != nil {
		g.Go(func() error { return a.amp.Run(ctx) })
	}
	g.Go(func() error { return a.horn.Run(ctx) })
	g.Go(func() error { return a.inspect.run(ctx) })
	g.Go(func() error { return a.link.Run(ctx) })
	g.Go(func() error { return a.calls.Run(ctx) })
	g.Go(func() error { return a.calls.Listen(ctx) })
	g.Go(func() error { return a.fetcher.Run(ctx) })
	g.Go(func() error { return a.outbox.Run(ctx) })
	g.Go(func() error { return a.status.board.Run(ctx) })
	g.Go(func() error { return a.status.run(ctx) })
	g.Go(func() error { return a.keepHouse(ctx) })
	g.Go(func() error { return a.identity.Renew(ctx, a.renewal()) })
	g.Go(func() error { return a.serveLocal(ctx) })
	if a.program.updates != nil {
		g.Go(func() error { return a.program.updates.Run(ctx) })
	}
	return g.Wait()
}

func (a *App) close() error {
	a.saveClock(a.cache.Save)
	return a.cache.Close()
}

// linkUp is told of each new session.
func (a *App) linkUp(int) {
	a.identity.Up()
	a.calls.KickListen()
	a.fetcher.Kick()
	a.outbox.Kick()
	a.status.kick()
}

// keepHouse does what is done now and then.
func (a *App) keepHouse(ctx context.Context) error {
	clock, house, flash := time.NewTicker(keepClock), time.NewTicker(keepHouse), time.NewTicker(lookAtFlash)
	defer clock.Stop()
	defer flash.Stop()
	defer house.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-clock.C:
			a.saveClock(a.cache.SaveRunning)
		case <-flash.C:
			a.atFlash(a.cache.Look)
		case now := <-house.C:
			a.saveClock(a.cache.Save)
			a.fetcher.SetClips(a.wantedClips(now))
			if err := a.cache.Evict(a.planClips(), clipAge, now); err != nil {
				a.logger.Warn("old clips not removed", "err", err)
			}
		}
	}
}

// atFlash does something with flash and tells at once if that shows it to be in
// trouble, or well again.
func (a *App) atFlash(do func()) {
	before := a.cache.Trouble()
	do()
	switch after := a.cache.Trouble(); {
	case before == nil && after != nil:
		a.logger.Error("flash is in trouble", "err", after)
		a.status.kick()
	case before != nil && after == nil:
		a.logger.Info("flash is well again, and has all")
		a.status.kick()
	}
}

func (a *App) saveClock(save func(name string, value []byte) error) {
	data, err := a.clock.Save(time.Now())
	if err == nil && data != nil {
		a.atFlash(func() { err = save(nameClock, data) })
	}
	if err != nil {
		a.logger.Warn("clock not saved", "err", err)
	}
}
