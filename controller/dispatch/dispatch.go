package dispatch

import (
	"context"
	"crypto"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"loa/controller/broker"
	"loa/controller/store"
	"loa/node/wire"
)

const (
	calm      = 100 * time.Millisecond // changes that come together make one round of plans
	again     = 5 * time.Second        // after a round that failed
	freshen   = time.Hour              // so that what is long over leaves the plans
	inboxSize = 1024
	maxOutbox = 64 // characters of an outbox's name
	abreast   = 16 // plans on their way at once: a far broker takes its time for each
)

// Options of a Dispatch.
type Options struct {
	Now     func() time.Time // controller time
	Store   *store.Store
	Publish func(ctx context.Context, topic string, qos byte, retain bool, payload []byte) error
	Key     crypto.Signer // Ed25519; plans are signed anew when it becomes another
	Commune string
	// Held: what the store holds is a stand-in. No plan is published, so that nodes go
	// on by theirs, and no report is taken, so that they keep it.
	Held     bool
	ClipRate int                   // bytes of clips per second, for all nodes together
	OnAir    func() []wire.ClipRef // clips of calls: any node may ask for them; nil: none
	// Statuses returns the last status of each node, which says what it takes; nil: no
	// node says anything.
	Statuses func() map[string]*wire.Status
	News     func() // plays were added to the log
	// Doubt is told of a node that reports times that cannot be; nil: nobody.
	Doubt  func(node, detail string)
	Logger *slog.Logger
}

// Dispatch serves the nodes of one commune.
type Dispatch struct {
	opt      Options
	topics   wire.Topics
	changed  chan struct{}
	force    atomic.Bool // publish every plan, changed or not
	wants    chan nodeWant
	reports  chan broker.Message
	allowed  atomic.Pointer[map[string]map[string]wire.ClipRef] // node → sha → clip of its plan
	done     chan struct{}                                      // closed when Run has ended
	count    counters
	tellAll  chan struct{} // the broker may have forgotten what nodes are to run
	programs atomic.Pointer[programs]
	long     longPlans
	probes   [2]chan struct{} // of the loops that make plans and take reports: see Answers
}

type counters struct {
	plans, chunks, pieces, chunkBytes, dropped atomic.Int64
}

// Counters tell what was sent and refused since the start.
type Counters struct {
	Plans      int64 // published
	Chunks     int64 // published; each serves every node that listens
	Pieces     int64 // published; each serves one node
	ChunkBytes int64 // of clip data in both
	Dropped    int64 // messages of nodes that made no sense, or came too fast
}

// New makes a dispatch; Run runs it.
func New(opt Options) *Dispatch {
	return &Dispatch{opt: opt, topics: wire.Topics{Commune: opt.Commune},
		changed: make(chan struct{}, 1), wants: make(chan nodeWant, inboxSize), reports: make(chan broker.Message, inboxSize),
		tellAll: make(chan struct{}, 1), done: make(chan struct{}),
		probes: [2]chan struct{}{make(chan struct{}), make(chan struct{})}}
}

// Counters returns the counts so far.
func (d *Dispatch) Counters() Counters {
	return Counters{d.count.plans.Load(), d.count.chunks.Load(), d.count.pieces.Load(), d.count.chunkBytes.Load(), d.count.dropped.Load()}
}

// Changed says that the calendar, the nodes or the areas changed.
func (d *Dispatch) Changed() {
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// Connected says that there is a new connection to the broker.
func (d *Dispatch) Connected() {
	d.force.Store(true)
	select {
	case d.tellAll <- struct{}{}:
	default:
	}
	d.Changed()
}

// Receive takes a message that a node wrote. But for the time it waits for its turn,
// so that those who deliver can see to it that each node has its share; each kind is
// to be delivered by itself.
func (d *Dispatch) Receive(m broker.Message) {
	branch, node, kind, ok := d.topics.Parse(m.Topic)
	if !ok || branch != "up" {
		d.count.dropped.Add(1)
		return
	}
	switch kind {
	case wire.KindTime:
		d.answerTime(node, m.Payload)
	case wire.KindWant:
		var w wire.Want
		if wire.Take(m.Payload, &w) != nil {
			d.count.dropped.Add(1)
			return
		}
		select {
		case d.wants <- nodeWant{node, w}:
		case <-d.done:
		}
	case wire.KindReport:
		select {
		case d.reports <- m:
		case <-d.done:
		}
	}
}

// answerTime says what time it is, at once: the way there and back is what
// the node's bound is made of.
func (d *Dispatch) answerTime(node string, raw []byte) {
	now := d.opt.Now()
	var p wire.Ping
	if wire.Take(raw, &p) != nil {
		d.count.dropped.Add(1)
		return
	}
	then := d.opt.Now()
	pong, err := wire.Sign(d.opt.Key, wire.Header{Kind: wire.KindTime, Target: wire.Target(d.opt.Commune, node), Seq: 1, Issued: then},
		wire.Pong{T1: p.T1, Nonce: p.Nonce, T2: now.UnixNano(), T3: then.UnixNano()})
	if err != nil {
		return
	}
	_ = d.opt.Publish(context.Background(), d.topics.Down(node, wire.KindTime), 0, false, pong) // it asks again
}

// Run serves until ctx ends.
func (d *Dispatch) Run(ctx context.Context) error {
	defer close(d.done)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.runPlans(ctx) })
	g.Go(func() error { return d.runClips(ctx) })
	g.Go(func() error { return d.runReports(ctx) })
	g.Go(func() error { return d.runSoftware(ctx) })
	return g.Wait()
}

// Answers returns nil once the loops that make plans and take reports have come
// round, and an error if ctx ends before.
func (d *Dispatch) Answers(ctx context.Context) error {
	for _, probe := range d.probes {
		select {
		case probe <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// runPlans works the plans out after each change.
func (d *Dispatch) runPlans(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.probes[0]:
			continue
		case <-d.changed:
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(calm):
			}
			select { // what came meanwhile is in this round
			case <-d.changed:
			default:
			}
		case <-timer.C:
		}
		force := d.force.Swap(false)
		next := freshen
		if err := d.publishPlans(ctx, force); err != nil && ctx.Err() == nil {
			d.opt.Logger.Warn("plans not published", "err", err)
			d.force.Store(force || d.force.Load())
			next = again
		}
		timer.Reset(next)
	}
}

// runReports stores and acknowledges.
func (d *Dispatch) runReports(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.probes[1]:
		case m := <-d.reports:
			if d.opt.Held {
				continue // not acknowledged: the node sends it again
			}
			_, node, _, _ := d.topics.Parse(m.Topic)
			if err := d.takeReport(ctx, node, m.Payload); err != nil && ctx.Err() == nil {
				d.opt.Logger.Warn("report not taken", "node", node, "err", err)
			}
		}
	}
}

func (d *Dispatch) takeReport(ctx context.Context, node string, raw []byte) error {
	var r wire.Report
	if err := wire.Take(raw, &r); err != nil || len(r.Outbox) > maxOutbox {
		d.count.dropped.Add(1)
		return nil
	}
	now := d.opt.Now()
	plays := make([]store.Play, len(r.Plays))
	ids := make([]uint64, len(r.Plays))
	for i, p := range r.Plays {
		if plays[i], ids[i] = playOf(node, p, now), p.ID; plays[i].Reason == store.WrongTime && d.opt.Doubt != nil {
			d.opt.Doubt(node, p.Airing)
		}
	}
	fresh, err := d.opt.Store.AddPlays(ctx, plays)
	if err != nil {
		return err // not acknowledged: the node sends it again
	}
	ack, err := wire.Sign(d.opt.Key, wire.Header{Kind: wire.KindAck, Target: wire.Target(d.opt.Commune, node), Seq: 1, Issued: now},
		wire.Ack{Outbox: r.Outbox, IDs: ids})
	if err != nil {
		return err
	}
	if fresh > 0 && d.opt.News != nil {
		d.opt.News()
	}
	return d.opt.Publish(ctx, d.topics.Down(node, wire.KindAck), 1, false, ack)
}

// A play may lie ahead of our clock by the node's own error, and back by as long as
// the history of nodes is kept: a board may have been without a network for months.
const (
	playAhead = 2 * time.Minute
	playBack  = 400 * 24 * time.Hour
)

// canBe reports whether something can have been then, or is not told.
func canBe(t, now time.Time) bool {
	return t.IsZero() || !t.After(now.Add(playAhead)) && now.Sub(t) < playBack
}

// playOf is a play as the log has it. One whose times cannot be is kept, for it is
// what the node said; but it proves nothing, so it counts as not heard, and it
// stands where it was received.
func playOf(node string, p wire.Play, now time.Time) store.Play {
	ear, level := p.Acoustic()
	out := store.Play{
		Node: node, Programme: p.Programme, Airing: p.Airing, Item: p.Item,
		Title: clip(p.Title, 400), Clip: p.Clip, At: placeOf(p), Began: p.Began, Ended: p.Ended,
		Heard: p.Heard, Length: p.Length, Volume: p.Volume,
		Outcome: outcomeOf(p.Outcome), Reason: p.Reason, Received: now, Ear: ear, EarDB: level,
	}
	if !canBe(p.Began, now) || !canBe(p.Ended, now) || !canBe(out.At, now) || p.Ended.Before(p.Began) ||
		p.Began.IsZero() && p.Heard > 0 { // wire.Take has left out what no calendar has
		out.Began, out.Ended, out.Heard, out.Ear, out.EarDB = time.Time{}, time.Time{}, 0, "", nil
		out.Outcome, out.Reason, out.At = string(wire.NotHeard), store.WrongTime, now
	}
	return out
}

// placeOf is where a play stands in the log: when it began, or, if it never
// did, when its airing was due. A report may come days later.
func placeOf(p wire.Play) time.Time {
	if !p.Began.IsZero() {
		return p.Began
	}
	_, due, _ := strings.Cut(p.Airing, "@")
	t, err := time.Parse("20060102T150405Z", due) // see schedule.AiringID
	if err != nil {
		return time.Time{} // the store knows a next best
	}
	return t
}

func outcomeOf(o wire.Outcome) string {
	switch o {
	case wire.Heard, wire.Partly:
		return string(o)
	default:
		return string(wire.NotHeard)
	}
}

func clip(s string, n int) string {
	for len(s) > n {
		s = s[:n]
	}
	return string([]rune(s)) // a rune cut in half becomes U+FFFD, not a broken text
}
