// Package alerts decides which faults of loudspeakers are told by e-mail and
// webhook, and when: soon, but in few messages, for a person that is told of
// everything reads nothing.
//
//	            older than Hold          Window later            none is left
//	well ────────────> ripe ────────────────> told ────────────────> over
//	  ^                 │ well again           │  ^ comes back         │
//	  └─────────────────┘ (never told)         └──┘ (said once)        │
//	  └─────────────────────── CoolDown after the last message ────────┘
//
// All nodes that have one cause go into one message: the first waits a
// [Window] for the others. After a message of a cause there is none of new
// nodes with it before the cool-down has passed; then those are told that are
// still there. A node is well again only when it has been for as long as the
// hold: one that comes and goes is one fault. What somebody looks after already is not
// told. When the last one of a cause is
// well, one message says that it is over. What a person reported is not held:
// somebody has looked already.
//
// What was told is kept in the store, so that a restart tells nothing twice.
// The hold counts from the start of the controller at the earliest, and a node
// of which nothing is known yet is neither well nor at fault: after a power
// cut at the office the nodes have time to come back.
package alerts

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"loa/controller/notify"
	"loa/controller/store"
)

const (
	// Window is how long the first node of a cause waits for others.
	Window = 2 * time.Minute
	// DefaultHold and DefaultCoolDown stand in for settings that are zero.
	DefaultHold     = 10 * time.Minute
	DefaultCoolDown = 6 * time.Hour

	look    = 10 * time.Second // between looks
	setting = "alerts"         // key of what was told
)

// Trouble is one thing wrong at one node now.
type Trouble struct {
	Node   string
	Name   string // with its place, for people
	Cause  string // what is told in one message
	VI, EN string // the cause and advice
	Detail string // of this node alone
	Since  time.Time
	Place  string // its village, for people
	Seen   bool   // by a person: it is not held
	Known  bool   // somebody looks after it already: it is not told, and not over
}

// Fleet is how the nodes are at an instant.
type Fleet struct {
	Troubles []Trouble
	Unclear  map[string]bool // nodes of which nothing is known just now
}

// Message is what is told.
type Message struct {
	Over  bool
	Cause string
	VI    string // the cause and advice
	EN    string
	At    time.Time
	Nodes []Told // by name
}

// Told is a node in a message.
type Told struct {
	Node   string    `json:"-"`
	Name   string    `json:"name"`
	Place  string    `json:"place,omitempty"`
	Detail string    `json:"detail,omitempty"`
	Since  time.Time `json:"since"`
}

// Options of an Alerts.
type Options struct {
	Store *store.Store // keeps what was told
	Look  func(context.Context) (Fleet, error)
	// Settings are read at every look. Off also if nobody would be told.
	Settings func(context.Context) (notify.Faults, error)
	Send     func(context.Context, Message) error
	Logger   *slog.Logger
}

// Alerts watches. One goroutine, Run, owns it.
type Alerts struct {
	opt   Options
	start time.Time
	told  map[string]*told        // by cause; kept
	ripe  map[string]time.Time    // when the first untold node of a cause was ripe
	well  map[[2]string]time.Time // cause and node: told, and well since
}

// told is what was said of one cause.
type told struct {
	At   time.Time       `json:"at"` // of the last message
	VI   string          `json:"vi"`
	EN   string          `json:"en"`
	Seen bool            `json:"seen,omitempty"`
	Open map[string]Told `json:"open"` // nodes that have it
	Over map[string]Told `json:"over"` // that had it, since the last word that all is over
}

// New makes an Alerts; Run runs it.
func New(opt Options) *Alerts {
	return &Alerts{opt: opt, told: map[string]*told{}, ripe: map[string]time.Time{}, well: map[[2]string]time.Time{}}
}

// Run watches until ctx ends.
func (a *Alerts) Run(ctx context.Context) {
	a.start = time.Now()
	if err := a.opt.Store.SettingOr(ctx, setting, &a.told); err != nil {
		a.opt.Logger.Error("what was told of faults is not known: they may be told again", "err", err)
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	failed := false
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			err := a.look(ctx, now)
			if err != nil && !failed && ctx.Err() == nil {
				a.opt.Logger.Error("faults are not told", "err", err)
			}
			failed = err != nil
		}
	}
}

func (a *Alerts) look(ctx context.Context, now time.Time) error {
	settings, err := a.opt.Settings(ctx)
	if err != nil {
		return err
	}
	if settings.Off {
		clear(a.ripe)
		return nil
	}
	fleet, err := a.opt.Look(ctx)
	if err != nil {
		return err
	}
	messages, changed := a.judge(fleet, Complete(settings), now)
	for _, m := range messages {
		if err := a.opt.Send(ctx, m); err != nil {
			a.opt.Logger.Error("fault not told", "cause", m.Cause, "err", err)
		}
	}
	if !changed {
		return nil
	}
	return a.opt.Store.PutSetting(context.WithoutCancel(ctx), setting, a.told) // after Send: twice is better than never
}

// Complete fills in the defaults.
func Complete(s notify.Faults) notify.Faults {
	if s.Hold <= 0 {
		s.Hold = DefaultHold
	}
	if s.CoolDown <= 0 {
		s.CoolDown = DefaultCoolDown
	}
	return s
}

// judge says what is to be told now, and whether what was told has changed.
func (a *Alerts) judge(f Fleet, s notify.Faults, now time.Time) (messages []Message, changed bool) {
	byCause := map[string]map[string]Trouble{}
	for cause := range a.told {
		byCause[cause] = map[string]Trouble{}
	}
	for _, t := range f.Troubles {
		if byCause[t.Cause] == nil {
			byCause[t.Cause] = map[string]Trouble{}
		}
		byCause[t.Cause][t.Node] = t
	}
	for _, cause := range slices.Sorted(maps.Keys(byCause)) {
		now, open := now.UTC(), byCause[cause]
		healed := a.heal(cause, open, f.Unclear, s, now)
		begun := a.begin(cause, open, s, now)
		over := a.end(cause, now)
		for _, m := range []*Message{begun, over} {
			if m != nil {
				messages = append(messages, *m)
			}
		}
		changed = changed || healed || begun != nil || over != nil
		if t := a.told[cause]; t != nil && len(t.Open)+len(t.Over) == 0 && now.Sub(t.At) >= s.CoolDown {
			delete(a.told, cause)
			changed = true
		}
	}
	for cause := range a.ripe {
		if byCause[cause] == nil {
			delete(a.ripe, cause)
		}
	}
	return messages, changed
}

// heal notes which nodes that were told are well, and have been long enough.
func (a *Alerts) heal(cause string, open map[string]Trouble, unclear map[string]bool, s notify.Faults, now time.Time) (changed bool) {
	t := a.told[cause]
	if t == nil {
		return false
	}
	hold := s.Hold
	if t.Seen {
		hold = 0
	}
	for node, said := range t.Open {
		key := [2]string{cause, node}
		if _, still := open[node]; still || unclear[node] {
			delete(a.well, key)
			continue
		}
		if a.well[key].IsZero() {
			a.well[key] = now
		}
		if now.Sub(a.well[key]) >= hold {
			delete(a.well, key)
			delete(t.Open, node)
			t.Over[node], changed = said, true
		}
	}
	return changed
}

// begin tells of nodes that were not told yet.
func (a *Alerts) begin(cause string, open map[string]Trouble, s notify.Faults, now time.Time) *Message {
	t := a.told[cause]
	var fresh []Trouble
	for node, x := range open {
		if t != nil {
			if _, said := t.Open[node]; said {
				continue
			}
		}
		since := x.Since
		if since.Before(a.start) {
			since = a.start
		}
		if !x.Known && (x.Seen || now.Sub(since) >= s.Hold) {
			fresh = append(fresh, x)
		}
	}
	if len(fresh) == 0 {
		delete(a.ripe, cause)
		return nil
	}
	if a.ripe[cause].IsZero() {
		a.ripe[cause] = now
	}
	if now.Sub(a.ripe[cause]) < Window || t != nil && now.Sub(t.At) < s.CoolDown {
		return nil
	}
	delete(a.ripe, cause)
	if t == nil {
		t = &told{Open: map[string]Told{}, Over: map[string]Told{}}
		a.told[cause] = t
	}
	t.At, t.VI, t.EN, t.Seen = now, fresh[0].VI, fresh[0].EN, fresh[0].Seen
	said := map[string]Told{}
	for _, x := range fresh {
		said[x.Node] = Told{x.Node, x.Name, x.Place, x.Detail, x.Since}
		delete(t.Over, x.Node)
	}
	maps.Copy(t.Open, said)
	return message(false, cause, t, said, now)
}

// end says that a cause is over everywhere.
func (a *Alerts) end(cause string, now time.Time) *Message {
	t := a.told[cause]
	if t == nil || len(t.Open) > 0 || len(t.Over) == 0 {
		return nil
	}
	m := message(true, cause, t, t.Over, now)
	t.Over = map[string]Told{}
	return m
}

func message(over bool, cause string, t *told, nodes map[string]Told, now time.Time) *Message {
	m := &Message{Over: over, Cause: cause, VI: t.VI, EN: t.EN, At: now}
	for id, n := range nodes {
		n.Node = id
		m.Nodes = append(m.Nodes, n)
	}
	slices.SortFunc(m.Nodes, func(a, b Told) int { return strings.Compare(a.Name+a.Node, b.Name+b.Node) })
	return m
}
