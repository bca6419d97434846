package broker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	mqtt "github.com/mochi-mqtt/server/v2"

	"loa/node/wire"
)

const (
	maxPacket     = wire.MaxMessage + 4<<10 // bytes: the longest message and its topic
	queueLength   = 1024                    // packets that wait for one client; 8 KiB of pointers each
	defaultMax    = 1000
	sessionExpiry = 60    // seconds until a closed client that was left over is forgotten
	sysInterval   = 86400 // seconds; each $SYS round stops the world to read memory figures
)

// Options are the settings of the embedded broker.
type Options struct {
	Addr           string      // host:port; port 0 takes a free one
	TLS            *tls.Config // must require and verify client certificates
	Commune        string      // whose topics
	ControllerName string      // common name of the controller's certificate
	MaxClients     int         // connected at once; 0 means 1000
	// Admit reports whether a node may connect with a certificate; nil: with any
	// that TLS accepts.
	Admit func(ctx context.Context, cert *x509.Certificate) bool
	// Twin is told that somebody with a node's certificate was turned away because
	// that node is connected and answers; it must not block. nil: nobody.
	Twin func(node, addr string)
	// May reports whether a node may listen to some sound: of branch "clip" or
	// "live", the clip or the call that is subject; to all at once none may. It must
	// not block. nil: to any.
	May func(node, branch, subject string) bool
	// Tap is shown each message that is let through; it must not block. nil:
	// nobody.
	Tap    func(topic string, payload []byte, retained bool)
	Logger *slog.Logger
}

// Broker is the embedded MQTT broker.
type Broker struct {
	server   *mqtt.Server
	hook     *hook
	listener *listener
}

// Counters tell what the broker has done since it was made.
type Counters struct {
	Clients          int64 // connected now
	MessagesReceived int64 // publishes from clients
	MessagesSent     int64 // publishes to clients, one for each receiver
	BytesReceived    int64 // inside TLS
	BytesSent        int64 // inside TLS
	Retained         int64 // topics with a retained message
	Denied           int64 // publishes, subscriptions and deliveries that no rule permits
	Dropped          int64 // publishes to a client that did not keep up
	Refused          int64 // connections turned away
}

// New opens the port. It serves nobody until Run.
func New(o Options) (*Broker, error) {
	if o.TLS == nil || o.TLS.ClientAuth != tls.RequireAndVerifyClientCert {
		return nil, errors.New("broker: TLS with verified client certificates is required")
	}
	if !wire.ValidID(o.Commune) || o.ControllerName == "" {
		return nil, fmt.Errorf("broker: %q is no commune, or the controller has no name", o.Commune)
	}
	if o.MaxClients <= 0 {
		o.MaxClients = defaultMax
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	b := &Broker{server: mqtt.New(serverOptions(o))}
	b.hook = &hook{
		server: b.server, rules: Rules(o.Commune), controller: o.ControllerName, log: o.Logger,
		topics: wire.Topics{Commune: o.Commune}, sessions: map[string]*session{}, admit: o.Admit, tap: o.Tap, twin: o.Twin, may: o.May,
	}
	if err := b.server.AddHook(b.hook, nil); err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	var err error
	if b.listener, err = newListener(o.Addr, o, b.hook); err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	if err := b.server.AddListener(b.listener); err != nil {
		b.listener.Close(nil)
		return nil, fmt.Errorf("broker: %w", err)
	}
	return b, nil
}

// serverOptions bounds what mochi leaves open. Its own log is discarded
// because it writes whole packets of a sender of rubbish; the hook logs
// what matters.
func serverOptions(o Options) *mqtt.Options {
	c := mqtt.NewDefaultServerCapabilities()
	c.MaximumClients = int64(o.MaxClients)
	c.MaximumPacketSize = maxPacket
	c.MaximumClientWritesPending = queueLength
	c.MaximumInflight = queueLength
	c.ReceiveMaximum = queueLength
	c.MaximumSessionExpiryInterval = sessionExpiry
	c.MaximumMessageExpiryInterval = 0 // otherwise retained plans vanish after a day
	c.MaximumQos = 1
	c.MinimumProtocolVersion = 4
	c.SharedSubAvailable = 0
	c.TopicAliasMaximum = 0
	return &mqtt.Options{
		Capabilities:           c,
		SysTopicResendInterval: sysInterval,
		Logger:                 slog.New(slog.DiscardHandler),
	}
}

// Addr is where clients connect, with the port that was really taken.
func (b *Broker) Addr() string { return b.listener.Address() }

// Close gives the port back if Run was never called.
func (b *Broker) Close() { b.listener.Close(nil) }

// Drop ends a client's connection, if it has one. One that may not come back is
// Admit's business.
func (b *Broker) Drop(name string) {
	if s := b.hook.session(name); s != nil {
		_ = s.Close() // the connection is gone, or will be in a moment
	}
}

// Run serves until ctx ends, then disconnects everyone and waits for them.
func (b *Broker) Run(ctx context.Context) error {
	if err := b.server.Serve(); err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	<-ctx.Done()
	b.hook.closing.Store(true)
	if err := b.server.Close(); err != nil {
		return fmt.Errorf("broker: close: %w", err)
	}
	return nil
}

// Counters returns the counts so far.
func (b *Broker) Counters() Counters {
	info, c := b.server.Info, &b.hook.count
	return Counters{
		Clients:          atomic.LoadInt64(&info.ClientsConnected),
		MessagesReceived: atomic.LoadInt64(&info.MessagesReceived),
		MessagesSent:     atomic.LoadInt64(&info.MessagesSent) + c.fanned.Load(),
		BytesReceived:    c.bytesIn.Load(),
		BytesSent:        c.bytesOut.Load(),
		Retained:         int64(b.server.Topics.Retained.Len()),
		Denied:           c.denied.Load(),
		Dropped:          c.dropped.Load(),
		Refused:          c.refused.Load(),
	}
}
