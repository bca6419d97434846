package live

import (
	"context"
	"crypto"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"loa/controller/live/frames"
	"loa/controller/live/pace"
	"loa/controller/live/station"
	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

const (
	renewEvery = 2 * time.Second        // of the command of a call on air
	commandFor = 10 * time.Second       // how long a command counts
	gatherFor  = 500 * time.Millisecond // of many nodes that come at once the next are told together
	offFor     = 20 * time.Second       // the end of a voice is said again: the nodes end it by themselves before

	// DefaultLimit and MaxLimit bound a call that nobody stops.
	DefaultLimit = 30 * time.Minute
	MaxLimit     = 4 * time.Hour

	minDelay  = 100 * time.Millisecond
	maxDelay  = time.Second
	slowDelay = 500 * time.Millisecond // over links as bad as that a bundle is larger
	// anyNeed is how long before its play time a frame must be at a node that
	// has not said what its sound card needs.
	anyNeed = 240 * time.Millisecond

	manyNodes = 300              // more than any commune has, so far
	crowdEach = time.Millisecond // see crowdOf
)

// Options of a Live.
type Options struct {
	Store   *store.Store
	Publish func(ctx context.Context, topic string, qos byte, retain bool, payload []byte) error
	Key     crypto.Signer // Ed25519
	Commune string
	Now     func() time.Time // controller time
	// Statuses returns the last status of each node that is there now.
	Statuses func() map[string]*wire.Status
	Tune     station.Tune
	Silence  time.Duration    // that ends the voice of a person; 0: DefaultSilence
	News     func()           // a call began, changed or ended
	Ended    func(store.Call) // a call is over, also one that an earlier run began
	Logger   *slog.Logger
}

// topics are the commune's on the broker.
func (o *Options) topics() wire.Topics { return wire.Topics{Commune: o.Commune} }

// Live holds the calls that are on air.
type Live struct {
	opt      Options
	stations station.Pool
	streams  streams
	ends     ends
	arms     arms

	mu     sync.Mutex
	calls  map[string]*Call
	own    ownChime
	closed bool
	linked chan struct{}  // there is a new connection to the broker
	came   chan struct{}  // a node has one
	wg     sync.WaitGroup // of the calls' goroutines
}

// New makes a Live; Run takes up what an earlier run left on air.
func New(opt Options) *Live {
	if opt.Ended == nil {
		opt.Ended = func(store.Call) {}
	}
	if opt.Silence == 0 {
		opt.Silence = DefaultSilence
	}
	l := &Live{opt: opt, calls: map[string]*Call{}, linked: make(chan struct{}, 1), came: make(chan struct{}, 1)}
	l.arms.tokens = map[string]arming{}
	l.ends.opt = &l.opt
	l.streams = streams{opt: &l.opt, stations: &l.stations, concerned: l.concerned}
	return l
}

// Request is what a person wants on the air.
type Request struct {
	Title   string
	Class   schedule.Class // live, relay or emergency
	Targets schedule.Targets
	Author  string
	Chime   bool            // first
	Limit   time.Duration   // 0: DefaultLimit
	Rundown []schedule.Item // of a recorded emergency, repeated until the limit; empty: a voice
	Clips   []wire.ClipRef  // that Rundown needs
	Source  string          // URL of a stream to pass on, for a relay
	// Corrects is the call that this one takes back (cải chính): it goes to
	// exactly the nodes that heard that one, which ends if it is still on air.
	Corrects string
	Armed    string      // a token of Arm, for an emergency, or of ArmDrill, for a drill
	Drill    *Drill      // it is one; nil: it is real
	Approver string      // who approved what Rundown says; "": nobody
	Account  string      // id of the one that begins it
	Said     *store.Said // what exactly it says; nil: a voice
}

// Begin puts a call on the air. A voice is then written to the Call. A relay
// is begun once its station is heard, which may take some seconds. What cannot be on
// air is a problem for people, and then nothing was; that the broker is not reached is
// no error: the call is said again until it is.
func (l *Live) Begin(ctx context.Context, r Request) (_ *Call, err error) {
	if err := r.complete(); err != nil {
		return nil, err
	}
	if r.Corrects != "" {
		if err := l.correct(ctx, &r); err != nil {
			return nil, err
		}
	}
	if r.Drill != nil && !l.arms.has(r.Armed, true, l.opt.Now()) {
		return nil, notArmedDrill // before anything is made for nothing
	}
	say, err := l.recite(ctx, r)
	if err != nil {
		return nil, err
	}
	var station *station.Relay
	if r.Source != "" {
		if station, err = l.tune(ctx, r.Source, r.Account); err != nil {
			return nil, err
		}
	}
	c, err := l.begin(ctx, r, station, say)
	if err != nil && station != nil {
		station.Close()
	}
	return c, err
}

func (l *Live) begin(ctx context.Context, r Request, station *station.Relay, say recital) (*Call, error) {
	nodes, err := l.concerned(ctx, r.Targets)
	if err != nil {
		return nil, err
	}
	record := l.recorder(r) // before the lock: a stop must not wait for a disk
	l.mu.Lock()
	c, kept, err := l.start(ctx, r, nodes, station, say, record)
	l.mu.Unlock()
	if err != nil {
		record.Discard()
		return nil, err
	}
	if !kept.Written(ctx) {
		l.opt.Logger.Warn("a call is on air and not in the log yet", "call", c.row.ID)
	}
	return c, nil
}

// start puts a call on the air and has it written down. It waits for no disk, and
// is called with the lock held.
func (l *Live) start(ctx context.Context, r Request, nodes map[string]bool, station *station.Relay, say recital,
	record *frames.Recorder) (*Call, store.Receipt, error) {
	now := l.opt.Now()
	if err := l.check(r, nodes, now); err != nil {
		return nil, store.Receipt{}, err
	}
	c, err := l.makeCall(r, nodes, say, record, now)
	if err != nil {
		return nil, store.Receipt{}, err
	}
	c.relay = station
	c.seq = l.opt.Store.NextCommand(now)
	if raw, err := l.command(c, now); err == nil && len(raw) > wire.MaxCommand {
		return nil, store.Receipt{}, targetsMany
	}
	if err := l.say(ctx, c, now); err != nil { // said again every two seconds; until then it is recorded, and the speaker is told
		l.opt.Logger.Error("a call begins without the broker", "call", c.row.ID, "err", err)
	}
	l.hearAll()      // whom the new call takes them from has heard the others
	kept := c.note() // before its end can be
	l.adopt(c)
	if r.Class == schedule.Emergency {
		l.yield(nodes)
	}
	return c, kept, nil
}

// makeCall is a call that is not on air yet.
func (l *Live) makeCall(r Request, nodes map[string]bool, say recital, record *frames.Recorder, now time.Time) (*Call, error) {
	crowd, lead := crowdOf(r, len(nodes)), time.Duration(0)
	delay := l.delay(nodes) + crowd
	if r.Drill != nil {
		lead = drillLead
	}
	c := newCall(l, nodes)
	c.pace, c.clips, c.say, c.drill = pace.New(now, maxDelay), r.Clips, say, r.Drill != nil
	c.row = store.Call{Targets: r.Targets, Author: r.Author, Source: r.Source, Corrects: r.Corrects, Drill: c.drill, Approver: r.Approver,
		Account: r.Account, Said: r.Said, Call: schedule.Call{ID: newID(), Title: r.Title, Class: r.Class,
			Level: schedule.CommuneLevel, Start: now.Add(lead + delay).UTC().Truncate(time.Millisecond), Rundown: r.Rundown}}
	c.row.End = c.row.Start.Add(r.Limit + say.tail())
	if len(r.Rundown) > 0 {
		return c, nil
	}
	c.row.Unrecorded = record == nil
	var err error
	if c.voice, err = newVoice(&l.opt, c.row.ID, c.row.Start, delay, len(nodes)); err == nil {
		c.voice.hold = now.Add(crowd)
		err = c.voice.recites(say, record)
	}
	return c, err
}

// tune begins to pull a stream and waits until it is heard.
func (l *Live) tune(ctx context.Context, source, account string) (*station.Relay, error) {
	free, err := l.stations.ForCall(account)
	if err != nil {
		return nil, err
	}
	r := station.Pull(l.opt.Tune, source, func(err error) { l.opt.Logger.Warn("station lost: connecting again", "err", err) }, free)
	if err := r.Heard(ctx); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
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

// StopAll silences everything that the targets hear (dừng tất cả), and ends
// the calls that go to them. The word is given even if nobody knows which nodes
// those are: they know it themselves. An error says that the broker was not reached; the
// word is said again in any case.
func (l *Live) StopAll(ctx context.Context, targets schedule.Targets) error {
	nodes, err := l.concerned(ctx, targets)
	if err != nil {
		l.opt.Logger.Error("stop of everything: calls to the same targets end, which others go there is not known", "err", err)
	}
	now := l.opt.Now()
	until := now.Add(offFor)
	for _, c := range l.Calls() {
		if c.reaches(nodes) || reflect.DeepEqual(c.Info().Targets, targets) {
			until = later(until, c.Info().End)
			c.cut(EndStopped)
		}
	}
	var errs []error
	for _, some := range parted(targets) {
		errs = append(errs, l.ends.off(ctx, wire.CallOff{Targets: some, At: now.UTC()}, now, until))
	}
	return errors.Join(errs...)
}

// mostTargets is how many targets one stop names: more would be longer than what a
// node takes.
const mostTargets = 150

// parted are targets as one command after another names them.
func parted(t schedule.Targets) (parts []schedule.Targets) {
	t = once(t)
	for areas := range slices.Chunk(t.Areas, mostTargets) {
		parts = append(parts, schedule.Targets{Areas: areas})
	}
	for nodes := range slices.Chunk(t.Nodes, mostTargets) {
		parts = append(parts, schedule.Targets{Nodes: nodes})
	}
	if len(parts) < 2 || len(t.Areas)+len(t.Nodes) <= mostTargets {
		return []schedule.Targets{t}
	}
	return parts
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

// May reports whether a node may listen to the frames of a call or of a station of
// the calendar: not to those of one that is on air elsewhere. A call that begins just
// now is not known here and not refused: nobody waits for an answer.
func (l *Live) May(ctx context.Context, node, call string) bool {
	if schedule.IsFeed(call) {
		return l.streams.may(ctx, node, call)
	}
	if !l.mu.TryLock() {
		return true
	}
	c := l.calls[call]
	l.mu.Unlock()
	if c == nil || c.nodes[node] {
		return true
	}
	nodes, err := l.concerned(ctx, c.Info().Targets) // it may have come since
	return err != nil || nodes[node]
}

// takeUp goes through the calls that have no end in the log. What cannot be read
// or written then keeps nobody from speaking now.
func (l *Live) takeUp(ctx context.Context, now time.Time) {
	open, err := l.opt.Store.OpenCalls(ctx)
	if ctx.Err() != nil {
		return // told to end before it had begun
	}
	if err != nil {
		l.opt.Logger.Error("the log of calls cannot be read: what an earlier run left on air is not known", "err", err)
	}
	for _, row := range open {
		if l.Call(row.ID) != nil {
			continue // somebody was quicker: it was begun just now
		}
		if len(row.Rundown) == 0 || !row.End.After(now) {
			row.Ended, row.Reason = earlier(row.End, now), EndCut
			if len(row.Rundown) > 0 {
				row.Reason = EndLimit
			}
			l.opt.Store.Note(store.Deed{Call: &row})
			l.opt.Ended(row)
			continue
		}
		nodes, err := l.concerned(ctx, row.Targets)
		if err != nil {
			l.opt.Logger.Error("whom a call on air concerns is not known", "call", row.ID, "err", err)
		}
		c := newCall(l, nodes)
		c.row, c.clips = row, l.clipsOf(ctx, row)
		c.seq = l.opt.Store.NextCommand(now)
		l.mu.Lock()
		l.adopt(c)
		l.mu.Unlock()
	}
}

// clipsOf names the clips of a recorded emergency anew: nodes that lack one ask
// for what its command names, and dispatch serves no other.
func (l *Live) clipsOf(ctx context.Context, row store.Call) (refs []wire.ClipRef) {
	for _, it := range row.Rundown {
		if it.Clip == "" || slices.ContainsFunc(refs, func(r wire.ClipRef) bool { return r.SHA == it.Clip }) {
			continue
		}
		clip, err := l.opt.Store.GetClip(ctx, it.Clip)
		if err != nil {
			l.opt.Logger.Error("a clip of a call on air is not to be had", "call", row.ID, "clip", it.Clip, "err", err)
			continue // the rest must be heard all the same
		}
		refs = append(refs, wire.ClipRef{SHA: clip.ID, Bytes: clip.Bytes})
	}
	return refs
}

// Run takes up what an earlier run left on air, and ends every voice when ctx
// ends. A voice that was cut off is ended; a recorded emergency goes on, for
// the nodes repeat it by themselves. It returns nil: what goes wrong is told in the log.
func (l *Live) Run(ctx context.Context) error {
	l.takeUp(ctx, l.opt.Now())
	l.wg.Go(func() { l.streams.run(ctx) })
	l.keepSaying(ctx)
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	for _, c := range l.Calls() {
		if c.voice == nil {
			c.end(leaveOn)
		} else {
			c.cut(EndCut)
		}
	}
	l.wg.Wait()
	return nil
}

// keepSaying repeats what has ended until ctx ends.
func (l *Live) keepSaying(ctx context.Context) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	gathered := time.NewTimer(0)
	defer gathered.Stop()
	came := l.came // nil while others are waited for
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.ends.repeat(ctx, l.opt.Now())
			l.endStrays(ctx, l.opt.Now())
		case <-l.linked:
			l.sayAll(ctx, l.opt.Now())
		case <-came:
			l.sayAll(ctx, l.opt.Now())
			came = nil
			gathered.Reset(gatherFor)
		case <-gathered.C:
			came = l.came
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

// callPrefix begins the id of every call, and of nothing else that is played.
const callPrefix = "call-"

// newID makes an id that is short, unique and safe in a topic.
func newID() string {
	b := make([]byte, 10)
	_, _ = rand.Read(b) // never fails: crypto/rand
	return callPrefix + strings.ToLower(base32.StdEncoding.EncodeToString(b))
}
