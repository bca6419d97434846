package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"loa/node/wire"
)

const (
	keepAlive   = 20 * time.Second
	dialTimeout = 10 * time.Second
	sendTimeout = 10 * time.Second
	minWait     = 200 * time.Millisecond
	maxWait     = 4 * time.Second        // the office may want to say something at any moment
	urgentWait  = 400 * time.Millisecond // at most, while a call is on air here
	inboxSize   = 64                     // messages waiting for their handler; more are dropped and counted
	fastFor     = 8                      // pings after each connect that are in a hurry
)

// ErrDown says that the link is down just now.
var ErrDown = errors.New("link is down")

// Options of a Link.
type Options struct {
	Broker string // host:port
	// Dial opens the way to the broker, on which TLS is spoken. nil: TCP.
	Dial    func(ctx context.Context, broker string) (net.Conn, error)
	TLS     *tls.Config // with the node's certificate and the commune's CA
	Commune string
	Node    string
	Boot    string // names this start of the node
	Clock   *Clock
	Time    wire.Opener // by the key that may say what time it is
	Logger  *slog.Logger

	// Receive handles the down messages by kind, one at a time, in order.
	Receive map[string]func(raw []byte)
	// All handles the commands to all nodes likewise.
	All map[string]func(raw []byte)
	// Live takes what comes of the calls named to SetLive; it must not block.
	Live func(call string, raw []byte)
	// OnAir reports whether something is, or soon will be, on air: then the time
	// is asked for more often, where that helps. nil: only calls are known of.
	OnAir func() bool
	// Thin reports that the link has hardly room for a voice: then the time is asked
	// for seldomer. nil: never.
	Thin func() bool
	// Chunk takes chunks of clips, Piece pieces that are for this node alone; they
	// must not block.
	Chunk func(sha string, raw []byte)
	Piece func(raw []byte)
	// Tap is shown all that passes; it must not block. nil: nobody.
	Tap func(topic string, payload []byte, retained bool)
	// Up is told of each connection, with its session number; Down of its loss.
	Up   func(session int)
	Down func()
}

// Link is a node's connection to the broker.
type Link struct {
	opt    Options
	topics wire.Topics
	inbox  chan incoming
	again  chan struct{} // ping now
	anew   chan struct{} // connect anew
	beat   chan struct{} // a bundle of a voice came
	lull   lull          // in what is sent

	mu      sync.Mutex
	client  mqtt.Client // nil while down
	session int
	since   time.Time // it is down
	dropped int64
	wish    []string        // calls to be heard
	heard   map[string]bool // calls that are, in this session
}

type incoming struct {
	handle func(raw []byte)
	raw    []byte
}

// New makes a link; Run connects it.
func New(opt Options) *Link {
	if opt.Dial == nil {
		opt.Dial = DialTCP
	}
	return &Link{opt: opt, since: time.Now(), topics: wire.Topics{Commune: opt.Commune},
		inbox: make(chan incoming, inboxSize), again: make(chan struct{}, 1), anew: make(chan struct{}, 1), beat: make(chan struct{}, 1)}
}

// Run keeps the link up until ctx ends, whatever befalls it.
func (l *Link) Run(ctx context.Context) error {
	done := make(chan struct{})
	go func() { defer close(done); l.handle(ctx) }()
	defer func() { <-done }()
	wait, told := minWait, false
	for ctx.Err() == nil {
		lost := make(chan error, 1)
		client, err := l.connect(ctx, lost)
		if err == nil {
			l.opt.Logger.Info("link up", "broker", l.opt.Broker)
			wait, told = minWait, false
			err = l.stay(ctx, lost)
			client.Disconnect(250)
			l.setClient(nil)
			l.opt.Down()
		}
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, errAnew) {
			continue
		}
		if !told { // the same again and again says nothing new
			l.opt.Logger.Warn("link down; trying on", "err", err)
			told = true
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait/2 + rand.N(wait)): // neighbours must not come back all at once
		}
		wait = min(wait*8/5, l.longest())
	}
	return nil
}

// connect makes one session: dial, subscribe, tell.
func (l *Link) connect(ctx context.Context, lost chan<- error) (mqtt.Client, error) {
	l.mu.Lock()
	l.session++
	session := l.session
	l.mu.Unlock()
	will, err := wire.Encode(wire.Gone{Boot: l.opt.Boot, Session: session})
	if err != nil {
		return nil, fmt.Errorf("encode will: %w", err)
	}
	opts := mqtt.NewClientOptions().
		AddBroker("ssl://"+l.opt.Broker).
		SetClientID(l.opt.Node).SetUsername(l.opt.Node).
		SetTLSConfig(l.opt.TLS).
		SetCustomOpenConnectionFn(l.dial).
		SetCleanSession(true).
		SetAutoReconnect(false). // a session's will carries its number
		SetKeepAlive(keepAlive).SetPingTimeout(dialTimeout).
		SetConnectTimeout(dialTimeout).SetWriteTimeout(sendTimeout).
		SetDefaultPublishHandler(l.sort). // subscriptions without a handler of their own cost no search for it
		SetBinaryWill(l.topics.Up(l.opt.Node, wire.KindGone), will, 1, false).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err })
	client := mqtt.NewClient(opts)
	if err := finish(ctx, client.Connect(), dialTimeout); err != nil {
		client.Disconnect(0)
		return nil, fmt.Errorf("connect to %s: %w", l.opt.Broker, err)
	}
	if err := l.subscribeAll(ctx, client); err != nil {
		client.Disconnect(0)
		return nil, err
	}
	l.setClient(client)
	l.opt.Up(session)
	return client, nil
}

// stay asks for the time now and then until the session ends.
func (l *Link) stay(ctx context.Context, lost <-chan error) error {
	l.ping()
	due := time.Now()
	for n := 1; ; n++ {
		wait := l.opt.Clock.pause(l.onAir())
		if n < fastFor {
			wait = min(wait, pingFast)
		}
		if l.opt.Thin != nil && l.opt.Thin() {
			wait = max(wait, pingThin)
		}
		wait -= rand.N(wait/4 + 1) // a call makes everyone ask at once: not for ever after
		var err error
		if due, err = l.await(ctx, lost, latest(due.Add(wait), time.Now()), wait); err != nil {
			return err
		}
		l.ping()
	}
}

// await waits until a ping is best sent that is due after a wait, or sooner if
// it is asked for, and returns when it was due. What the machine is late by puts
// that off: a node that has no time to ask should not ask the more often for it.
func (l *Link) await(ctx context.Context, lost <-chan error, due time.Time, wait time.Duration) (time.Time, error) {
	timer := time.NewTimer(time.Until(l.lull.moment(l.opt.Clock, time.Now(), due, wait)))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return due, ctx.Err()
		case err := <-lost:
			return due, err
		case <-timer.C:
			now := time.Now()
			at := l.lull.moment(l.opt.Clock, now, due, wait)
			if !at.After(now) {
				return due.Add(now.Sub(at)), nil
			}
			timer.Reset(at.Sub(now)) // something went meanwhile
		case <-l.anew:
			return due, errAnew
		case <-l.beat: // on a steady link all nodes ask when the office is awake: it takes a sixth less of its time
			if now := time.Now(); due.Sub(now) < lullEarly && !l.opt.Clock.unsteady() {
				return now, nil
			}
		case <-l.again:
			if soon := pingFast/2 + rand.N(pingFast); time.Until(due) > soon {
				due, wait = time.Now().Add(soon), soon
				timer.Reset(time.Until(l.lull.moment(l.opt.Clock, time.Now(), due, wait)))
			}
		}
	}
}

// errAnew ends a session that is to be followed by another at once.
var errAnew = errors.New("connecting anew")

// Anew ends the present session and connects anew, with what certificate there
// is by then.
func (l *Link) Anew() { nudge(l.anew) }

// Quiet reports whether nobody would notice that the link is gone for a moment.
func (l *Link) Quiet() bool { return !l.onAir() }

// onAir reports whether playing in step matters now.
func (l *Link) onAir() bool {
	l.mu.Lock()
	calls := len(l.wish)
	l.mu.Unlock()
	return calls > 0 || l.opt.OnAir != nil && l.opt.OnAir()
}

func (l *Link) ping() {
	_ = l.Publish(wire.KindTime, 0, false, l.opt.Clock.ping(time.Now())) // the next one follows anyway
}

// sort takes what is for this node. The time is taken here, where it is
// youngest; the rest waits for its handler.
func (l *Link) sort(_ mqtt.Client, m mqtt.Message) {
	now := time.Now()
	l.tap(m.Topic(), m.Payload(), m.Retained())
	branch, subject, kind, ok := l.topics.Parse(m.Topic())
	var handle func([]byte)
	switch {
	case !ok:
	case branch == "live" && l.opt.Live != nil:
		l.opt.Live(subject, m.Payload())
		nudge(l.beat)
		return
	case branch == "down" && subject == l.opt.Node && kind == wire.KindTime:
		l.answer(m.Payload(), now)
		return
	case branch == "down" && subject == l.opt.Node && kind == wire.KindPiece && l.opt.Piece != nil:
		l.opt.Piece(m.Payload())
		return
	case branch == "down" && subject == l.opt.Node && kind == wire.KindProbe:
		return // that it is acknowledged is the answer
	case branch == "down" && subject == l.opt.Node:
		handle = l.opt.Receive[kind]
	case branch == "all":
		handle = l.opt.All[subject]
	}
	if handle == nil {
		l.drop()
		return
	}
	select {
	case l.inbox <- incoming{handle, m.Payload()}:
	default:
		l.drop()
	}
}

func (l *Link) tap(topic string, payload []byte, retained bool) {
	if l.opt.Tap != nil {
		l.opt.Tap(topic, payload, retained)
	}
}

func (l *Link) answer(raw []byte, now time.Time) {
	var p wire.Pong
	want := wire.Header{Kind: wire.KindTime, Target: wire.Target(l.opt.Commune, l.opt.Node)}
	if _, err := l.opt.Time(raw, want, time.Time{}, &p); err != nil {
		l.drop()
		return
	}
	if l.opt.Clock.answer(p, now) {
		l.askAgain()
	}
}

func (l *Link) askAgain() { nudge(l.again) }

func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (l *Link) drop() {
	l.mu.Lock()
	l.dropped++
	l.mu.Unlock()
}

// Dropped counts messages that made no sense or came faster than they were
// handled.
func (l *Link) Dropped() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dropped
}

func (l *Link) handle(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-l.inbox:
			m.handle(m.raw)
		}
	}
}

// Listen subscribes to a clip's chunks, or no longer.
func (l *Link) Listen(sha string, on bool) error {
	client := l.up()
	if client == nil {
		return ErrDown
	}
	topic := l.topics.Clip(sha)
	if !on {
		return finish(context.Background(), client.Unsubscribe(topic), sendTimeout)
	}
	return l.subscribe(context.Background(), client, topic, 0, func(_ mqtt.Client, m mqtt.Message) {
		l.tap(topic, m.Payload(), m.Retained())
		l.opt.Chunk(sha, m.Payload())
	})
}

func (l *Link) subscribe(ctx context.Context, client mqtt.Client, filter string, qos byte, handler mqtt.MessageHandler) error {
	return check(ctx, client.Subscribe(filter, qos, handler), filter)
}

// check waits for a subscription and returns an error if one of the filters
// was refused, which paho does not: 0x80 stands in the result.
func check(ctx context.Context, token mqtt.Token, filters ...string) error {
	if err := finish(ctx, token, sendTimeout); err != nil {
		return fmt.Errorf("subscribe to %s: %w", filters[0], err)
	}
	sub, ok := token.(*mqtt.SubscribeToken)
	for _, f := range filters {
		if ok && sub.Result()[f] == 0x80 {
			return fmt.Errorf("subscribe to %s: refused by the broker", f)
		}
	}
	return nil
}

// Publish sends a message of this node. It returns once the message is handed
// to the connection; whether it was received, an answer must tell.
func (l *Link) Publish(kind string, qos byte, retained bool, msg any) error {
	client := l.up()
	if client == nil {
		return ErrDown
	}
	raw, err := wire.Encode(msg)
	if err != nil {
		return fmt.Errorf("encode %s: %w", kind, err)
	}
	topic := l.topics.Up(l.opt.Node, kind)
	l.tap(topic, raw, retained)
	token := client.Publish(topic, qos, retained, raw)
	if qos == 0 {
		return token.Error()
	}
	return finish(context.Background(), token, sendTimeout)
}

// Session returns the number of the present session, and whether it is up.
func (l *Link) Session() (int, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.session, l.client != nil
}

func (l *Link) up() mqtt.Client {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.client
}

// Down is for how long there has been no session; 0 while there is one.
func (l *Link) Down(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.client != nil {
		return 0
	}
	return now.Sub(l.since)
}

func (l *Link) setClient(c mqtt.Client) {
	l.mu.Lock()
	l.client, l.since = c, time.Now()
	l.mu.Unlock()
}

// finish waits for a token, but not for ever.
func finish(ctx context.Context, token mqtt.Token, limit time.Duration) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-token.Done():
		return token.Error()
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return errors.New("no answer in time")
	}
}
