package live

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

const (
	renewEvery = 2 * time.Second  // of the command of a call on air
	commandFor = 10 * time.Second // how long a command counts
	armedFor   = 10 * time.Second
	offFor     = 20 * time.Second // the end of a voice is said again: the nodes end it by themselves before

	// DefaultLimit and MaxLimit bound a call that nobody stops.
	DefaultLimit = 30 * time.Minute
	MaxLimit     = 4 * time.Hour

	// A sound card asks for its samples 170 ms before they leave the horn, and
	// decoding takes some more: a bundle must be there 240 ms before.
	minDelay  = 350 * time.Millisecond
	linkDelay = 300 * time.Millisecond // and twice the round trip
	maxDelay  = time.Second
)

// Options of a Live.
type Options struct {
	Store   *store.Store
	Publish func(ctx context.Context, topic string, qos byte, retain bool, payload []byte) error
	Key     ed25519.PrivateKey
	Commune string
	// RTT returns the round trip that a node measures; zero if it is not known.
	RTT    func(node string) time.Duration
	News   func() // a call began, changed or ended
	Logger *slog.Logger
}

// Live holds the calls that are on air.
type Live struct {
	opt    Options
	topics wire.Topics

	numbering sync.Mutex // of commands: their order is the order in which they count

	mu     sync.Mutex
	calls  map[string]*Call
	over   []ended              // calls whose end is said again
	armed  map[string]time.Time // token → until when
	closed bool
	wg     sync.WaitGroup // of the calls' goroutines
}

// New makes a Live; Run takes up what an earlier run left on air.
func New(opt Options) *Live {
	return &Live{opt: opt, topics: wire.Topics{Commune: opt.Commune}, calls: map[string]*Call{}, armed: map[string]time.Time{}}
}

// Request is what a person wants on the air.
type Request struct {
	Title   string
	Class   schedule.Class // live or emergency
	Targets schedule.Targets
	Author  string
	Chime   bool            // first
	Limit   time.Duration   // 0: DefaultLimit
	Rundown []schedule.Item // of a recorded emergency, repeated until the limit; empty: a voice
	Clips   []wire.ClipRef  // that Rundown needs
	Armed   string          // a token of Arm, for an emergency
}

// Arm gives a token without which no emergency begins: a slip of the finger is
// not enough.
func (l *Live) Arm(now time.Time) (token string, until time.Time) {
	b := make([]byte, 18)
	_, _ = rand.Read(b) // never fails: crypto/rand
	token, until = base64.RawURLEncoding.EncodeToString(b), now.Add(armedFor)
	l.mu.Lock()
	defer l.mu.Unlock()
	for t, end := range l.armed {
		if now.After(end) {
			delete(l.armed, t)
		}
	}
	if len(l.armed) < 1000 {
		l.armed[token] = until
	}
	return token, until
}

// disarm uses a token up.
func (l *Live) disarm(token string, now time.Time) bool {
	until, ok := l.armed[token]
	delete(l.armed, token)
	return ok && !now.After(until)
}

// Begin puts a call on the air. A voice is then written to the Call.
func (l *Live) Begin(ctx context.Context, r Request) (*Call, error) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	nodes, err := l.check(ctx, &r, now)
	if err != nil {
		return nil, err
	}
	delay := l.delay(nodes)
	c := newCall(l, nodes)
	c.row = store.Call{Targets: r.Targets, Author: r.Author, Call: schedule.Call{ID: newID(), Title: r.Title, Class: r.Class,
		Level: schedule.CommuneLevel, Start: now.Add(delay).UTC().Truncate(time.Millisecond), Rundown: r.Rundown}}
	c.row.End = c.row.Start.Add(r.Limit)
	c.clips = r.Clips
	if len(r.Rundown) == 0 {
		if c.voice, err = newVoice(c, delay, r.Chime); err != nil {
			return nil, err
		}
	}
	if err := l.command(ctx, c, now); err != nil {
		c.drop()
		return nil, err
	}
	if err := l.opt.Store.PutCall(ctx, c.row); err != nil {
		l.opt.Logger.Error("call not kept in the log", "call", c.row.ID, "err", err) // it must be heard all the same
	}
	l.adopt(c)
	return c, nil
}

// adopt gives a call its goroutine.
func (l *Live) adopt(c *Call) {
	l.calls[c.row.ID] = c
	l.wg.Add(1)
	go func() {
		defer l.wg.Done()
		c.run()
	}()
	l.opt.News()
}

// delay is how long after it is spoken a voice sounds.
func (l *Live) delay(nodes map[string]bool) time.Duration {
	var worst time.Duration
	for n := range nodes {
		worst = max(worst, l.opt.RTT(n))
	}
	return min(max(minDelay, linkDelay+2*worst), maxDelay)
}

// command numbers, signs and says that a call is on air.
func (l *Live) command(ctx context.Context, c *Call, now time.Time) error {
	var err error
	if c.seq, err = l.number(ctx, now); err != nil {
		return err
	}
	return l.say(ctx, c, now)
}

func (l *Live) number(ctx context.Context, now time.Time) (uint64, error) {
	l.numbering.Lock()
	defer l.numbering.Unlock()
	seq, err := l.opt.Store.NextCommand(ctx, now)
	if err != nil {
		return 0, fmt.Errorf("number command: %w", err)
	}
	return seq, nil
}

// say publishes a call's command, or says it again.
func (l *Live) say(ctx context.Context, c *Call, now time.Time) error {
	row := c.Info()
	raw, err := wire.Sign(l.opt.Key, wire.Header{Kind: wire.KindCall, Target: wire.Target(l.opt.Commune, wire.AllNodes), Seq: c.seq,
		Issued: now.UTC(), Expires: now.Add(commandFor).UTC()}, wire.CallOn{Call: row.Call, Targets: row.Targets, Clips: c.clips})
	if err != nil {
		return err
	}
	if err := l.opt.Publish(ctx, l.topics.All(wire.KindCall), 0, false, raw); err != nil {
		return fmt.Errorf("say that a call is on air: %w", err)
	}
	return nil
}

// ended is an end that is said again, for a node that was not there to hear it.
type ended struct {
	seq   uint64
	off   wire.CallOff
	until time.Time // the call's own limit: after it every node has ended it
}

// off says that a call, or with "" all that the targets hear, ends at an
// instant, and has it said again until a node could no longer be on air.
func (l *Live) off(ctx context.Context, off wire.CallOff, now, until time.Time) error {
	seq, err := l.number(ctx, now)
	if err != nil {
		return err
	}
	e := ended{seq, off, until}
	l.mu.Lock()
	l.over = append(l.over, e)
	l.mu.Unlock()
	return l.sayOff(ctx, e, now)
}

func (l *Live) sayOff(ctx context.Context, e ended, now time.Time) error {
	raw, err := wire.Sign(l.opt.Key, wire.Header{Kind: wire.KindStop, Target: wire.Target(l.opt.Commune, wire.AllNodes), Seq: e.seq,
		Issued: now.UTC(), Expires: now.Add(commandFor).UTC()}, e.off)
	if err != nil {
		return err
	}
	if err := l.opt.Publish(ctx, l.topics.All(wire.KindStop), 1, false, raw); err != nil {
		return fmt.Errorf("say stop: %w", err)
	}
	return nil
}

// repeat says again what has ended, and forgets what cannot be on air any more.
func (l *Live) repeat(ctx context.Context, now time.Time) {
	l.mu.Lock()
	l.over = slices.DeleteFunc(l.over, func(e ended) bool { return now.After(e.until) })
	over := slices.Clone(l.over)
	l.mu.Unlock()
	for _, e := range over {
		_ = l.sayOff(ctx, e, now) // what fails is said again in two seconds
	}
}

// StopAll silences everything that the targets hear (dừng tất cả), and ends
// the calls that go to them.
func (l *Live) StopAll(ctx context.Context, targets schedule.Targets) error {
	nodes, err := l.concerned(ctx, targets)
	if err != nil {
		return err
	}
	now := time.Now()
	until := now.Add(offFor)
	for _, c := range l.Calls() {
		if c.reaches(nodes) {
			until = later(until, c.Info().End)
			c.end(EndStopped)
		}
	}
	return l.off(ctx, wire.CallOff{Targets: targets, At: now.UTC()}, now, until)
}

// concerned returns the nodes that targets cover.
func (l *Live) concerned(ctx context.Context, t schedule.Targets) (map[string]bool, error) {
	tree, err := l.opt.Store.Tree(ctx)
	if err != nil {
		return nil, err
	}
	all, err := l.opt.Store.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	nodes := map[string]bool{}
	for _, n := range all {
		if t.Covers(tree, n.ID, n.Area) {
			nodes[n.ID] = true
		}
	}
	return nodes, nil
}

// Calls returns the calls on air, by their start.
func (l *Live) Calls() []*Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]*Call, 0, len(l.calls))
	for _, c := range l.calls {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *Call) int { return a.row.Start.Compare(b.row.Start) })
	return all
}

// Clips returns the clips of what is on air.
func (l *Live) Clips() []wire.ClipRef {
	var refs []wire.ClipRef
	for _, c := range l.Calls() {
		refs = append(refs, c.clips...)
	}
	return refs
}

// Call returns a call that is on air, nil if it is not.
func (l *Live) Call(id string) *Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls[id]
}

// takeUp goes through the calls that have no end in the log.
func (l *Live) takeUp(ctx context.Context, now time.Time) error {
	open, err := l.opt.Store.OpenCalls(ctx)
	if err != nil {
		return err
	}
	for _, row := range open {
		if len(row.Rundown) == 0 || !row.End.After(now) {
			row.Ended, row.Reason = earlier(row.End, now), EndCut
			if len(row.Rundown) > 0 {
				row.Reason = EndLimit
			}
			if err := l.opt.Store.PutCall(ctx, row); err != nil {
				return err
			}
			continue
		}
		nodes, err := l.concerned(ctx, row.Targets)
		if err != nil {
			return err
		}
		c := newCall(l, nodes)
		c.row = row
		if c.seq, err = l.number(ctx, now); err != nil {
			return err
		}
		l.mu.Lock()
		l.adopt(c)
		l.mu.Unlock()
	}
	return nil
}

// Run takes up what an earlier run left on air, and ends every voice when ctx
// ends. A voice that was cut off is ended; a recorded emergency goes on, for
// the nodes repeat it by themselves.
func (l *Live) Run(ctx context.Context) error {
	err := l.takeUp(ctx, time.Now())
	if err == nil {
		l.keepSaying(ctx)
	}
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	for _, c := range l.Calls() {
		if c.voice == nil {
			c.end(leaveOn)
		} else {
			c.end(EndCut)
		}
	}
	l.wg.Wait()
	if ctx.Err() != nil {
		return nil // also when told to end before it had begun
	}
	return err
}

// keepSaying repeats what has ended until ctx ends.
func (l *Live) keepSaying(ctx context.Context) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			l.repeat(ctx, now)
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// newID makes an id that is short, unique and safe in a topic.
func newID() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b) // never fails: crypto/rand
	return "call-" + strings.ToLower(base32.StdEncoding.EncodeToString(b))
}
