package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"loa/controller/broker"
	"loa/controller/store"
	"loa/node/wire"
)

// Silence is how long a node may say nothing before it counts as offline:
// three of its regular words. EN 54-16 wants any fault shown within 100 s.
const Silence = 60 * time.Second

const (
	inboxSize = 1024
	atOnce    = 128              // messages that are judged before what changed is kept: all in one write
	keepEvery = 30 * time.Second // between writes of last words; changes are written at once
	maxNodes  = 20_000
	look      = time.Second // between looks for silence
)

// State is what a person sees of a node at a glance.
type State string

// The states; their words on screen are in package i18n.
const (
	Good    State = "good"
	OnAir   State = "on_air"
	Offline State = "offline"
	Faulty  State = "fault"
	Unknown State = "unknown"
	// NoReturn is of what has no way to say how it is: neither good nor broken.
	NoReturn State = "no_return"
)

// Fault is one thing wrong, with its cause and advice.
type Fault struct {
	Code   string
	VI, EN string
	Since  time.Time
	Detail string
}

// NodeState is how a node is.
type NodeState struct {
	Node      string
	State     State
	Since     time.Time
	VI, EN    string       // why, in a sentence
	LastWord  time.Time    // when it last spoke itself
	LastHeard time.Time    // when it last gave out sound, by its own word
	OnAir     *wire.OnAir  // while it plays
	Faults    []Fault      // open, oldest first
	Status    *wire.Status // its last, nil if never seen
	KeptOut   bool         // see KeepOut
}

// Options of a Fleet.
type Options struct {
	Store   *store.Store
	Commune string
	News    func() // something changed that a person could see
	Came    func() // a node has a new connection; it must not block. nil: nobody waits for one
	Logger  *slog.Logger
}

// Fleet watches the nodes of one commune.
type Fleet struct {
	opt     Options
	topics  wire.Topics
	start   time.Time
	inbox   chan broker.Message
	doubts  chan doubt
	done    chan struct{} // closed when Run has ended
	dropped atomic.Int64
	probe   chan struct{}                   // see Answers
	out     atomic.Pointer[map[string]bool] // see KeepOut

	mu       sync.Mutex
	shown    map[string]NodeState // as published
	ids      []string             // of these, sorted
	snapshot []NodeState          // of these, by id; nil: to be made when somebody asks

	// owned by Run
	nodes   map[string]*node
	changed []*node // to be kept at once
	kept    time.Time
}

// node is what Run knows of one.
type node struct {
	NodeState
	spoke bool // itself, since this controller started
	gone  bool // its will came, and nothing since

	will  wire.Gone
	dirty bool // not yet kept
	boots boots
	found map[string]finding // by code: what the office itself finds wrong with it
}

// New takes up what was kept of the nodes; every one is unknown at first.
func New(ctx context.Context, opt Options) (*Fleet, error) {
	f := &Fleet{opt: opt, topics: wire.Topics{Commune: opt.Commune}, start: time.Now(),
		inbox: make(chan broker.Message, inboxSize), doubts: make(chan doubt, inboxSize), done: make(chan struct{}), probe: make(chan struct{}),
		nodes: map[string]*node{}, shown: map[string]NodeState{}}
	kept, err := opt.Store.NodeStates(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range kept {
		n := f.node(k.Node)
		n.LastWord, n.LastHeard = past(k.LastWord, f.start), past(k.LastHeard, f.start)
		var s wire.Status
		if wire.Take(k.Status, &s) == nil {
			n.Status = &s
		}
	}
	open, err := opt.Store.OpenFaults(ctx)
	if err != nil {
		return nil, err
	}
	for _, o := range open {
		n := f.node(o.Node)
		words := wordsOf(o.Code, o.Since)
		n.Faults = append(n.Faults, Fault{o.Code, words.vi, words.en, o.Since, o.Detail})
	}
	for _, n := range f.nodes {
		f.publish(n)
	}
	return f, nil
}

// node returns a node, making it if it is new.
func (f *Fleet) node(id string) *node {
	n := f.nodes[id]
	if n == nil {
		n = &node{NodeState: NodeState{Node: id, State: Unknown, Since: f.start}}
		f.nodes[id] = n
		n.VI, n.EN = why(n)
	}
	return n
}

// NeverSeen is the state of a node that was set up and has not come yet.
func NeverSeen(id string, created time.Time) NodeState {
	n := &node{NodeState: NodeState{Node: id, State: Unknown, Since: created}}
	n.VI, n.EN = why(n)
	return n.NodeState
}

// WithoutReturn is the state of what has no way to say how it is.
func WithoutReturn(id string, created time.Time) NodeState {
	return NodeState{Node: id, State: NoReturn, Since: created,
		VI: "Không có phản hồi: loa FM hoặc có dây nối qua thiết bị tích hợp, máy không biết nó có kêu hay không; hãy hỏi người ở gần.",
		EN: "No return path: FM or wired, joined through an integration device; no machine knows whether it sounds: ask somebody who lives near."}
}

// Snapshot returns how all nodes are, by id. It is shared: do not change it.
func (f *Fleet) Snapshot() []NodeState {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.snapshot == nil {
		f.snapshot = make([]NodeState, len(f.ids))
		for i, id := range f.ids {
			f.snapshot[i] = f.shown[id]
		}
	}
	return f.snapshot
}

// Dropped counts messages that made no sense or came too fast.
func (f *Fleet) Dropped() int64 { return f.dropped.Load() }

// Receive takes a status or a will. It waits for its turn, so that those who deliver
// can see to it that each node has its share.
func (f *Fleet) Receive(m broker.Message) {
	select {
	case f.inbox <- m:
	case <-f.done:
	}
}

// Run judges until ctx ends.
func (f *Fleet) Run(ctx context.Context) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	defer close(f.done)
	defer f.keepAll(context.WithoutCancel(ctx))
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-f.probe:
		case m := <-f.inbox:
			f.doMessage(ctx, m, time.Now())
			for n := 1; n < atOnce && len(f.inbox) > 0; n++ {
				f.doMessage(ctx, <-f.inbox, time.Now())
			}
			f.keepChanged(ctx)
		case d := <-f.doubts:
			f.doDoubt(ctx, d, time.Now())
		case <-tick.C:
			f.doLook(ctx, time.Now())
		}
	}
}

// Answers returns nil once Run has come round, and an error if ctx ends before.
func (f *Fleet) Answers(ctx context.Context) error {
	select {
	case f.probe <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *Fleet) doMessage(ctx context.Context, m broker.Message, now time.Time) {
	branch, id, kind, ok := f.topics.Parse(m.Topic)
	if !ok || branch != "up" || f.nodes[id] == nil && len(f.nodes) >= maxNodes {
		f.dropped.Add(1)
		return
	}
	switch kind {
	case wire.KindStatus:
		var s wire.Status
		if wire.Take(m.Payload, &s) != nil {
			f.dropped.Add(1)
			return
		}
		f.doStatus(ctx, f.node(id), &s, m.Retained, now)
	case wire.KindGone:
		var g wire.Gone
		if wire.Take(m.Payload, &g) != nil || m.Retained {
			f.dropped.Add(1)
			return
		}
		f.doGone(ctx, f.node(id), g, now)
	}
}

// doStatus takes a node's own word. A retained one says how it was.
func (f *Fleet) doStatus(ctx context.Context, n *node, s *wire.Status, retained bool, now time.Time) {
	if n.spoke && (retained || n.Status.Boot == s.Boot && s.Seq <= n.Status.Seq) {
		return // heard already
	}
	if n.gone && s.Boot == n.will.Boot && s.Session <= n.will.Session {
		return // said before the will, but overtaken by it on the way here
	}
	before := visible(n)
	if told(n.Status) != told(s) {
		f.changed = append(f.changed, n)
	}
	if !retained {
		n.judgeTime(s, now)
		n.judgeBoot(s.Boot, now)
		if f.opt.Came != nil && (!n.spoke || n.Status.Boot != s.Boot || n.Status.Session != s.Session) {
			f.opt.Came()
		}
	}
	n.Status = s
	n.hear(s, retained, now)
	if !retained {
		n.LastWord, n.spoke, n.gone, n.dirty = now, true, false, true
		f.doFaults(ctx, n, s.Faults, now)
	}
	f.judge(n, now)
	f.publish(n)
	f.news(visible(n) != before)
}

// doGone takes a will. That of a connection before the present one is void.
func (f *Fleet) doGone(ctx context.Context, n *node, g wire.Gone, now time.Time) {
	if n.spoke && (g.Boot != n.Status.Boot || g.Session < n.Status.Session) {
		return
	}
	n.spoke, n.gone, n.will = true, true, g
	if n.Status == nil {
		n.Status = &wire.Status{Boot: g.Boot, Session: g.Session}
	}
	changed := f.judge(n, now)
	f.publish(n)
	f.news(changed)
}

// doLook notices silence.
func (f *Fleet) doLook(ctx context.Context, now time.Time) {
	changed := false
	for _, n := range f.nodes {
		if n.forget(now) {
			f.doFaults(ctx, n, n.said(), now)
			f.publish(n)
			changed = true
		}
		if f.judge(n, now) {
			f.publish(n)
			changed = true
		}
	}
	f.keepChanged(ctx)
	f.news(changed)
	if now.Sub(f.kept) >= keepEvery {
		f.keepAll(ctx)
		f.kept = now
	}
}

// doFaults opens and closes faults by what the node says now, and the office finds.
func (f *Fleet) doFaults(ctx context.Context, n *node, said []wire.Fault, now time.Time) {
	said = append(n.findings(), said...)
	n.Faults = slices.DeleteFunc(slices.Clone(n.Faults), func(old Fault) bool {
		if slices.ContainsFunc(said, func(s wire.Fault) bool { return s.Code == old.Code }) {
			return false
		}
		f.log(f.opt.Store.CloseFault(ctx, n.Node, old.Code, now))
		return true
	})
	for _, s := range said[:min(len(said), 32)] {
		if len(s.Code) > 64 || slices.ContainsFunc(n.Faults, func(old Fault) bool { return s.Code == old.Code }) {
			continue
		}
		words := wordsOf(s.Code, began(s.Since, now))
		fault := Fault{Code: s.Code, VI: words.vi, EN: words.en, Since: now, Detail: s.Detail[:min(len(s.Detail), 400)]}
		n.Faults = append(n.Faults, fault)
		f.log(f.opt.Store.OpenFault(ctx, store.Fault{Node: n.Node, Code: s.Code, Since: now, Detail: fault.Detail}))
	}
}

// judge works out a node's state. A change is to be kept at once.
func (f *Fleet) judge(n *node, now time.Time) (changed bool) {
	state, since := f.stateOf(n, now)
	n.KeptOut = f.isKeptOut(n.Node)
	n.OnAir = nil
	if state == OnAir {
		n.OnAir = n.Status.OnAir
	}
	if state == n.State {
		vi := n.VI
		n.VI, n.EN = why(n)
		return vi != n.VI
	}
	n.State, n.Since = state, since
	n.VI, n.EN = why(n)
	f.opt.Logger.Info("node", "node", n.Node, "state", state)
	f.changed = append(f.changed, n)
	return true
}

func (f *Fleet) stateOf(n *node, now time.Time) (State, time.Time) {
	last := n.LastWord
	if !n.spoke && last.Before(f.start) {
		if now.Sub(f.start) < Silence {
			return Unknown, f.start
		}
		if last.IsZero() {
			last = f.start
		}
		return Offline, last
	}
	switch {
	case n.gone:
		return Offline, now
	case now.Sub(last) >= Silence:
		return Offline, last
	case slices.ContainsFunc(n.Faults, func(x Fault) bool { return mutes[x.Code] }):
		return Faulty, now
	case n.Status.OnAir != nil:
		return OnAir, now
	case len(n.Faults) > 0:
		return Faulty, now
	}
	return Good, now
}

// why says a state in a sentence.
func why(n *node) (vi, en string) {
	switch n.State {
	case Good:
		return "Hoạt động tốt", "Works well"
	case OnAir:
		return fmt.Sprintf("Đang phát “%s”", n.OnAir.Title), fmt.Sprintf("Playing “%s”", n.OnAir.Title)
	case Offline:
		if n.KeptOut {
			return keptOutWords.vi, keptOutWords.en
		}
		if vi, en, ok := lastWords(n); ok {
			return vi, en
		}
		return "Cụm loa mất điện hoặc mất mạng: kiểm tra điện, rồi SIM hoặc dây mạng",
			"No power or no network: check the mains, then the SIM or the cable"
	case Faulty:
		for _, x := range n.Faults { // what keeps it silent first
			if mutes[x.Code] {
				return x.VI, x.EN
			}
		}
		return n.Faults[0].VI, n.Faults[0].EN
	}
	if n.KeptOut {
		return keptOutWords.vi, keptOutWords.en
	}
	return "Chưa rõ: đang chờ cụm loa báo về", "Not known yet: waiting for its word"
}

// publish shows how a node is now. The snapshot is made when somebody asks: a
// thousand nodes say a word each three seconds while a voice is on air.
func (f *Fleet) publish(n *node) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, known := f.shown[n.Node]; !known {
		at, _ := slices.BinarySearch(f.ids, n.Node)
		f.ids = slices.Insert(f.ids, at, n.Node)
	}
	f.shown[n.Node], f.snapshot = n.NodeState, nil
}

func (f *Fleet) news(any bool) {
	if any && f.opt.News != nil {
		f.opt.News()
	}
}

// keepChanged writes down the nodes whose state has changed.
func (f *Fleet) keepChanged(ctx context.Context) {
	if len(f.changed) > 0 {
		f.keep(ctx, f.changed)
		f.changed = f.changed[:0]
	}
}

func (f *Fleet) keepAll(ctx context.Context) {
	var dirty []*node
	for _, n := range f.nodes {
		if n.dirty {
			dirty = append(dirty, n)
		}
	}
	if len(dirty) > 0 {
		f.keep(ctx, dirty)
	}
}

// keep writes states down; what fails stays dirty and is tried again.
func (f *Fleet) keep(ctx context.Context, nodes []*node) {
	states := make([]store.NodeState, len(nodes))
	for i, n := range nodes {
		states[i] = store.NodeState{Node: n.Node, State: string(n.State), Cause: n.EN, Since: n.Since, LastWord: n.LastWord,
			LastHeard: n.LastHeard}
		if n.Status != nil {
			states[i].Status, _ = wire.Encode(n.Status) // it came from the wire
		}
	}
	err := f.opt.Store.PutNodeStates(ctx, states)
	f.log(err)
	for _, n := range nodes {
		n.dirty = err != nil
	}
}

func (f *Fleet) log(err error) {
	if err != nil {
		f.opt.Logger.Error("node state not kept", "err", err)
	}
}
