package live

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"loa/controller/live/pace"
	"loa/controller/live/station"
	"loa/controller/store"
	"loa/node/wire"
)

// Why a call ended, as it stands in the log.
const (
	EndStopped = "stopped"   // by a person
	EndLimit   = "limit"     // its time was over
	EndNoVoice = "no_frames" // nothing came from the microphone
	EndSilence = "silence"   // it was open and nobody spoke
	EndStream  = "no_stream" // the station that was passed on did not come any more
	EndCut     = "cut"       // the controller stopped, or was stopped

	EndEmergency = "emergency" // a drill: a real emergency began

	leaveOn = "" // not ended: the nodes go on by themselves
)

const tick = 40 * time.Millisecond // two frames

// Call is one call on air. Its methods may be called from any goroutine.
type Call struct {
	live  *Live
	nodes map[string]bool // whom it concerns
	clips []wire.ClipRef
	seq   uint64
	voice *voice         // nil for a recorded emergency
	relay *station.Relay // what the voice is, if it is a station's
	pace  pace.Pace      // of the voice
	drill bool
	say   recital // what the controller itself says in it
	why   string  // it ends, once its last words are said

	mu  sync.Mutex
	row store.Call // its id, title, class, start and targets never change

	ending  chan string // why; the first counts
	cutting chan string // why, at once
	closing chan struct{}
	done    chan struct{}
}

func newCall(l *Live, nodes map[string]bool) *Call {
	return &Call{live: l, nodes: nodes, ending: make(chan string, 1), cutting: make(chan string, 1), closing: make(chan struct{}),
		done: make(chan struct{})}
}

// Info is what the log knows of the call so far.
func (c *Call) Info() store.Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.row
}

// Nodes returns how many nodes the call concerns.
func (c *Call) Nodes() int { return len(c.nodes) }

// NodeIDs returns the nodes that the call concerns, sorted.
func (c *Call) NodeIDs() []string { return slices.Sorted(maps.Keys(c.nodes)) }

// Relay says how the station comes, if the call passes one on.
func (c *Call) Relay() station.State {
	if c.relay == nil {
		return station.State{}
	}
	return c.relay.State()
}

// note has the call written down as it is now.
func (c *Call) note() store.Receipt {
	row := c.Info()
	return c.live.opt.Store.Note(store.Deed{Call: &row})
}

// Done is closed when the call has ended and is in the log, or waits to be.
func (c *Call) Done() <-chan struct{} { return c.done }

// Stop ends the call for a person; a drill says its last words first.
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

// run keeps the call on air until it ends, and closes it.
func (c *Call) run() {
	defer close(c.done)
	ctx := context.Background() // a call ends by its own rules, in bounded time
	if c.relay != nil {
		defer c.passOn()()
	}
	now := c.live.opt.Now
	var ready chan struct{} // of a recorded emergency: never
	if c.voice != nil {
		ready = c.voice.ready
		c.voice.send(ctx, now(), false) // the chime waits for no tick
	}
	ticker, renew, look := time.NewTicker(tick), time.NewTicker(renewEvery), time.NewTicker(lookEvery)
	defer ticker.Stop()
	defer renew.Stop()
	defer look.Stop()
	for {
		select {
		case why := <-c.cutting:
			c.close(ctx, cmp.Or(c.why, why))
			return
		case why := <-c.ending:
			if c.why != "" || c.closes(why, now()) {
				continue // its last words are heard first
			}
			c.close(ctx, why)
			return
		case <-renew.C:
			// What fails is said again in two seconds.
			_ = c.live.say(ctx, c, now())
		case <-ready:
			c.voice.send(ctx, now(), false)
		case <-look.C:
			c.look(ctx, now())
		case <-ticker.C:
			why := c.due(ctx, now())
			if c.why != "" && c.voice.recited() {
				c.close(ctx, c.why)
				return
			}
			if why != "" {
				c.end(why)
			}
		}
	}
}

// due sends what is due and says why the call must end, if it must.
func (c *Call) due(ctx context.Context, now time.Time) string {
	if c.voice != nil {
		c.voice.send(ctx, now, false)
	}
	switch {
	case !now.Before(c.row.End.Add(-c.say.tail())):
		return EndLimit
	case c.voice == nil, c.relay != nil: // a relay knows itself when to give up
		return ""
	case c.Microphone():
		return c.voice.forgotten(now)
	case c.voice.recited():
		return EndLimit
	}
	return ""
}

// passOn has the station's sound written to the voice; the function that it
// returns ends that.
func (c *Call) passOn() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ok := c.relay.Give(ctx, func(pcm []float32, _ bool) {
			_ = c.voice.write(pcm) // a frame that cannot be encoded is silence
		})
		if !ok {
			c.end(EndStream)
		}
	}()
	return func() {
		cancel()
		<-ended
		c.relay.Close()
	}
}

// close tells the nodes, finishes the recording and writes the log.
func (c *Call) close(ctx context.Context, why string) {
	l := c.live
	if why != leaveOn {
		c.conclude(ctx, why, l.opt.Now())
		if !c.note().Written(ctx) {
			l.opt.Logger.Warn("the end of a call is not in the log yet", "call", c.row.ID)
		}
		l.opt.Ended(c.Info())
	}
	l.mu.Lock()
	delete(l.calls, c.row.ID)
	l.mu.Unlock()
	l.opt.News()
}

func (c *Call) conclude(ctx context.Context, why string, now time.Time) {
	l := c.live
	c.hear(l.opt.Statuses())
	end, until := now, c.row.End
	if c.voice != nil {
		c.voice.send(ctx, now, true)
		end, until = c.voice.end(now), now.Add(offFor)
	}
	if err := l.ends.off(ctx, wire.CallOff{Call: c.row.ID, Targets: c.row.Targets, At: end.UTC()}, now, until); err != nil {
		l.opt.Logger.Warn("the nodes end the call by themselves", "call", c.row.ID, "err", err)
	}
	var recording string
	var failed error
	if c.voice != nil {
		if recording, failed = c.voice.finish(l.opt.Store); failed != nil {
			l.opt.Logger.Error("call not recorded", "call", c.row.ID, "err", failed)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.row.Unrecorded = c.row.Unrecorded || failed != nil
	c.row.Ended, c.row.Reason, c.row.End = now.UTC(), why, earlier(c.row.End, end.UTC())
	if c.row.End.Before(c.row.Start) { // stopped before it sounded: it lasted for no time, not for less
		c.row.End = c.row.Start
	}
	c.row.Recording = recording
}
