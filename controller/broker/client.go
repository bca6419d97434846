package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

const (
	connectTime  = 10 * time.Second // for TCP, TLS and CONNECT together
	writeTime    = 10 * time.Second // for one packet
	keepalive    = 20 * time.Second
	firstBackoff = 200 * time.Millisecond
	lastBackoff  = 10 * time.Second
	urgentWait   = 300 * time.Millisecond // at most, while something must be said at once
	urgentDial   = time.Second            // likewise, for TCP: who lost our first packet gets the next after seconds only
	steadyAfter  = 30 * time.Second       // a connection that lasted so long begins the backoff anew
	ackTime      = 10 * time.Second       // for SUBACK
	checkEvery   = 5 * time.Second
	goodbyeTime  = 250 // milliseconds for DISCONNECT to leave
)

// ErrNotConnected means that there is no broker to publish to at this moment.
var ErrNotConnected = errors.New("not connected to the broker")

// Message is one that arrived.
type Message struct {
	Topic    string
	Payload  []byte
	Retained bool // an old word that the broker kept, not one said now
}

// ClientOptions are the settings of the controller's client.
type ClientOptions struct {
	URL      string      // mqtts://host:port, or mqtt://host:port where the operator trusts the wire
	TLS      *tls.Config // for mqtts
	ClientID string      // also the user name: the common name of the certificate
	Logger   *slog.Logger

	// Urgent reports whether every second without the broker is silence, or a sound
	// that should have ended; nil: never.
	Urgent func() bool
	// Flood is told of a topic on which far too much is said; it must not block. nil:
	// nobody.
	Flood func(topic string)
	// OnConnect is called after each connection, once every subscription
	// stands. It must not block.
	OnConnect func()
}

// ClientCounters tell what the client has done.
type ClientCounters struct {
	Connects  int64
	Published int64
	Failed    int64 // publishes that were not confirmed
	Received  int64
	Dropped   int64 // messages for which a handler had no room
}

// Client is the controller's one connection to its broker.
type Client struct {
	opt    ClientOptions
	addr   string
	secure bool
	ctx    context.Context // bounds the handlers' goroutines, which Subscribe starts
	wake   chan struct{}   // a subscription was added
	hurry  chan struct{}   // somebody has something to say, and there is no broker
	wg     sync.WaitGroup

	connects, published, failed, received, dropped atomic.Int64

	mu   sync.Mutex
	live *link
	subs []*subscription
}

// link is one connection of the paho client, never used again once lost: what
// paho keeps over a reconnect (unacknowledged plans, sent after newer ones)
// would do harm.
type link struct {
	paho paho.Client
	lost chan struct{}
	once sync.Once
	done int // how many of subs are subscribed
}

type subscription struct {
	filter  string
	qos     byte
	handler func(Message)
	inbox   *inbox
}

// Dial starts a client. It does not wait for the broker: the client tries
// until ctx ends. Wait returns when it has stopped.
func Dial(ctx context.Context, o ClientOptions) (*Client, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, fmt.Errorf("broker client: %w", err)
	}
	c := &Client{opt: o, addr: u.Host, secure: u.Scheme == "mqtts", ctx: ctx, wake: make(chan struct{}, 1), hurry: make(chan struct{}, 1)}
	switch {
	case u.Scheme != "mqtts" && u.Scheme != "mqtt" || u.Port() == "":
		return nil, fmt.Errorf("broker client: %q is not mqtts://host:port or mqtt://host:port", o.URL)
	case c.secure && o.TLS == nil:
		return nil, errors.New("broker client: mqtts needs certificates")
	case o.ClientID == "":
		return nil, errors.New("broker client: no client id")
	}
	if c.opt.Logger == nil {
		c.opt.Logger = slog.New(slog.DiscardHandler)
	}
	c.wg.Go(func() { c.run(ctx) })
	return c, nil
}

// Wait returns when the context given to Dial has ended and all is at rest.
func (c *Client) Wait() { c.wg.Wait() }

// Connected reports whether there is a connection, with its subscriptions.
func (c *Client) Connected() bool { return c.link() != nil }

// Counters returns the counts so far.
func (c *Client) Counters() ClientCounters {
	return ClientCounters{
		Connects: c.connects.Load(), Published: c.published.Load(), Failed: c.failed.Load(),
		Received: c.received.Load(), Dropped: c.dropped.Load(),
	}
}

// Publish sends a message and, for QoS 1, waits until the broker has it, ctx
// ends or the connection is lost. It never queues for later: on
// ErrNotConnected the caller says again what still matters in OnConnect, and
// the client tries at once to connect, instead of sleeping on.
// payload must not be changed afterwards.
func (c *Client) Publish(ctx context.Context, topic string, qos byte, retain bool, payload []byte) error {
	err := c.publish(ctx, topic, qos, retain, payload)
	if err != nil {
		c.failed.Add(1)
		return fmt.Errorf("publish %s: %w", topic, err)
	}
	c.published.Add(1)
	return nil
}

func (c *Client) publish(ctx context.Context, topic string, qos byte, retain bool, payload []byte) error {
	l := c.link()
	if l == nil {
		c.Hurry()
		return ErrNotConnected
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return l.await(ctx, l.paho.Publish(topic, qos, retain, payload))
}

// Hurry has a client that waits to try again try now.
func (c *Client) Hurry() {
	select {
	case c.hurry <- struct{}{}:
	default:
	}
}

func (l *link) await(ctx context.Context, t paho.Token) error {
	select {
	case <-t.Done():
		return t.Error()
	case <-l.lost:
		return ErrNotConnected
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Subscribe has handler called for each message that matches filter, one at a
// time, in order, on a goroutine of its own; it holds for every connection to
// come. While the handler is busy the latest sixteen messages of each topic wait,
// 16 MiB at most, and the topics take turns; the rest is dropped and counted.
func (c *Client) Subscribe(filter string, qos byte, handler func(Message)) {
	s := &subscription{filter: filter, qos: qos, handler: handler, inbox: newInbox()}
	c.mu.Lock()
	c.subs = append(c.subs, s)
	c.mu.Unlock()
	c.wg.Go(func() { s.serve(c.ctx) })
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (s *subscription) serve(ctx context.Context) {
	for {
		select {
		case <-s.inbox.ready:
		case <-ctx.Done():
			return
		}
		for m, ok := s.inbox.next(); ok && ctx.Err() == nil; m, ok = s.inbox.next() {
			s.handler(m)
		}
	}
}

// deliver is paho's one handler. It must not block: paho reads no pings and
// acknowledgements meanwhile.
func (c *Client) deliver(_ paho.Client, pm paho.Message) {
	c.received.Add(1)
	m := Message{Topic: pm.Topic(), Payload: pm.Payload(), Retained: pm.Retained()}
	now := time.Now()
	c.mu.Lock()
	subs := c.subs
	c.mu.Unlock()
	for _, s := range subs {
		if !covers(s.filter, m.Topic) {
			continue
		}
		dropped, flood := s.inbox.put(m, now)
		c.dropped.Add(int64(dropped))
		if flood && c.opt.Flood != nil {
			c.opt.Flood(m.Topic)
		}
	}
}

func (c *Client) link() *link {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.live
}

func (c *Client) setLink(l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live = l
}

// run connects again and again until ctx ends. The same failure is logged once.
func (c *Client) run(ctx context.Context) {
	backoff, said := firstBackoff, ""
	for ctx.Err() == nil {
		began := time.Now()
		err := c.connection(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > steadyAfter {
			backoff, said = firstBackoff, ""
		}
		if err.Error() != said {
			c.opt.Logger.Warn("no connection to the broker, trying again", "broker", c.addr, "error", err)
			said = err.Error()
		}
		c.pause(ctx, c.wait(backoff))
		backoff = min(2*backoff, lastBackoff)
	}
}

// pause waits, until somebody is in a hurry; never so short that a broker that is
// there and refuses is asked without end.
func (c *Client) pause(ctx context.Context, d time.Duration) {
	least := time.NewTimer(min(d, firstBackoff))
	defer least.Stop()
	select {
	case <-least.C:
	case <-ctx.Done():
		return
	}
	rest := time.NewTimer(d - min(d, firstBackoff))
	defer rest.Stop()
	select {
	case <-rest.C:
	case <-c.hurry:
	case <-ctx.Done():
	}
}

// wait is how long to wait after a failure.
func (c *Client) wait(backoff time.Duration) time.Duration {
	d := backoff/2 + rand.N(backoff) // jitter: many may have lost the same broker
	if c.urgent() {
		d = min(d, urgentWait)
	}
	return d
}

func (c *Client) urgent() bool { return c.opt.Urgent != nil && c.opt.Urgent() }

// connection lives through one connection, from dialling to its loss.
func (c *Client) connection(ctx context.Context) error {
	l := &link{lost: make(chan struct{})}
	l.paho = paho.NewClient(c.pahoOptions(ctx, l))
	defer l.paho.Disconnect(goodbyeTime)
	defer l.fail()
	if err := l.await(ctx, l.paho.Connect()); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if err := c.subscribe(ctx, l); err != nil {
		return err
	}
	c.setLink(l)
	defer c.setLink(nil)
	c.connects.Add(1)
	c.opt.Logger.Info("connected to the broker", "broker", c.addr)
	if c.opt.OnConnect != nil {
		c.opt.OnConnect()
	}
	return c.keep(ctx, l)
}

// keep waits for the end of the connection, adding subscriptions as they come.
func (c *Client) keep(ctx context.Context, l *link) error {
	check := time.NewTicker(checkEvery)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.lost:
			return errors.New("connection lost")
		case <-check.C: // in one corner paho loses a connection without a word
			if !l.paho.IsConnectionOpen() {
				return errors.New("connection lost")
			}
		case <-c.wake:
			if err := c.subscribe(ctx, l); err != nil {
				return err
			}
		}
	}
}

// subscribe brings the connection's subscriptions up to date.
func (c *Client) subscribe(ctx context.Context, l *link) error {
	ctx, cancel := context.WithTimeout(ctx, ackTime)
	defer cancel()
	c.mu.Lock()
	missing := c.subs[l.done:len(c.subs):len(c.subs)]
	c.mu.Unlock()
	for _, s := range missing {
		t := l.paho.Subscribe(s.filter, s.qos, nil)
		if err := l.await(ctx, t); err != nil {
			return fmt.Errorf("subscribe %s: %w", s.filter, err)
		}
		for _, granted := range t.(*paho.SubscribeToken).Result() {
			if granted == 0x80 { // MQTT 3.1.1, 3.9.3; paho's token has no error for it
				return fmt.Errorf("subscribe %s: the broker does not allow it; check its topic rules", s.filter)
			}
		}
		l.done++
	}
	return nil
}

func (l *link) fail() { l.once.Do(func() { close(l.lost) }) }

func (c *Client) pahoOptions(ctx context.Context, l *link) *paho.ClientOptions {
	return paho.NewClientOptions().
		AddBroker("tcp://" + c.addr).
		SetClientID(c.opt.ClientID).SetUsername(c.opt.ClientID).
		SetProtocolVersion(4).SetCleanSession(true).
		SetConnectTimeout(connectTime).SetWriteTimeout(writeTime).
		SetKeepAlive(keepalive).SetPingTimeout(connectTime).
		SetAutoReconnect(false).SetConnectRetry(false).
		SetOrderMatters(true).SetDefaultPublishHandler(c.deliver).
		SetConnectionLostHandler(func(paho.Client, error) { l.fail() }).
		SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) { return c.open(ctx) })
}

// open dials by itself: paho would follow proxy variables of the environment
// and not heed ctx.
func (c *Client) open(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	conn, err := c.dial(ctx)
	if err != nil || !c.secure {
		return conn, err
	}
	config := c.opt.TLS
	if config.ServerName == "" {
		host, _, err := net.SplitHostPort(c.addr)
		if err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		config = config.Clone()
		config.ServerName = host
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secure, nil
}

// dial opens the way to the broker. A try that has lasted a while is given up for a
// new one once somebody is in a hurry.
func (c *Client) dial(ctx context.Context) (net.Conn, error) {
	limit := connectTime
	if c.urgent() {
		limit = urgentDial
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	time.AfterFunc(urgentDial, func() {
		select {
		case <-c.hurry:
			cancel()
		case <-ctx.Done():
		}
	})
	return (&net.Dialer{}).DialContext(ctx, "tcp", c.addr)
}
