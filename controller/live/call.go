package live

import (
	"context"
	"sync"
	"time"

	"loa/controller/store"
	"loa/node/wire"
)

// Why a call ended, as it stands in the log.
const (
	EndStopped = "stopped"   // by a person
	EndLimit   = "limit"     // its time was over
	EndNoVoice = "no_frames" // nothing came from the microphone
	EndSilence = "silence"   // it was open and nobody spoke
	EndCut     = "cut"       // the controller stopped, or was stopped

	leaveOn = "" // not ended: the nodes go on by themselves
)

const (
	tick        = 40 * time.Millisecond // two frames
	storeWithin = 5 * time.Second
)

// Call is one call on air. Its methods may be called from any goroutine.
type Call struct {
	live  *Live
	nodes map[string]bool // whom it concerns
	clips []wire.ClipRef
	seq   uint64
	voice *voice // nil for a recorded emergency

	mu  sync.Mutex
	row store.Call // its id, title, class, start and targets never change

	ending chan string // why; the first counts
	done   chan struct{}
}

func newCall(l *Live, nodes map[string]bool) *Call {
	return &Call{live: l, nodes: nodes, ending: make(chan string, 1), done: make(chan struct{})}
}

// Info is what the log knows of the call so far.
func (c *Call) Info() store.Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.row
}

// Nodes returns how many nodes the call concerns.
func (c *Call) Nodes() int { return len(c.nodes) }

// Done is closed when the call has ended and is in the log.
func (c *Call) Done() <-chan struct{} { return c.done }

// Stop ends the call for a person.
func (c *Call) Stop() { c.end(EndStopped) }

func (c *Call) end(why string) {
	select {
	case c.ending <- why:
	default: // it is ending already
	}
}

func (c *Call) reaches(nodes map[string]bool) bool {
	for n := range c.nodes {
		if nodes[n] {
			return true
		}
	}
	return false
}

// drop gives up a call that never began.
func (c *Call) drop() {
	if c.voice != nil {
		c.voice.discard()
	}
}

// run keeps the call on air until it ends, and closes it.
func (c *Call) run() {
	defer close(c.done)
	ctx := context.Background() // a call ends by its own rules, in bounded time
	ticker, renew := time.NewTicker(tick), time.NewTicker(renewEvery)
	defer ticker.Stop()
	defer renew.Stop()
	for {
		select {
		case why := <-c.ending:
			c.close(ctx, why)
			return
		case now := <-renew.C:
			// What fails is said again in two seconds.
			_ = c.live.say(ctx, c, now)
		case now := <-ticker.C:
			if why := c.due(ctx, now); why != "" {
				c.end(why)
			}
		}
	}
}

// due sends what is due and says why the call must end, if it must.
func (c *Call) due(ctx context.Context, now time.Time) string {
	if !now.Before(c.row.End) {
		return EndLimit
	}
	if c.voice == nil {
		return ""
	}
	return c.voice.step(ctx, now)
}

// close tells the nodes, finishes the recording and writes the log.
func (c *Call) close(ctx context.Context, why string) {
	l := c.live
	if why != leaveOn {
		c.conclude(ctx, why, time.Now())
		ctx, cancel := context.WithTimeout(ctx, storeWithin)
		defer cancel()
		if err := l.opt.Store.PutCall(ctx, c.Info()); err != nil {
			l.opt.Logger.Error("end of call not kept in the log", "call", c.row.ID, "err", err)
		}
	}
	l.mu.Lock()
	delete(l.calls, c.row.ID)
	l.mu.Unlock()
	l.opt.News()
}

func (c *Call) conclude(ctx context.Context, why string, now time.Time) {
	l := c.live
	end, until := now, c.row.End
	if c.voice != nil {
		end, until = c.voice.end(now), now.Add(offFor)
	}
	if err := l.off(ctx, wire.CallOff{Call: c.row.ID, Targets: c.row.Targets, At: end.UTC()}, now, until); err != nil {
		l.opt.Logger.Warn("the nodes end the call by themselves", "call", c.row.ID, "err", err)
	}
	var recording string
	if c.voice != nil {
		var err error
		if recording, err = c.voice.finish(l.opt.Store); err != nil {
			l.opt.Logger.Error("call not recorded", "call", c.row.ID, "err", err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.row.Ended, c.row.Reason, c.row.End = now.UTC(), why, earlier(c.row.End, end.UTC())
	c.row.Recording = recording
}
