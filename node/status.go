package node

import (
	"context"
	"encoding/hex"
	"errors"
	"maps"
	"math/rand/v2"
	"runtime"
	"syscall"
	"time"

	"loa/node/amp"
	"loa/node/cache"
	"loa/node/calls"
	"loa/node/health"
	"loa/node/hearing"
	"loa/node/identity"
	"loa/node/keyring"
	"loa/node/link"
	"loa/node/player"
	"loa/node/speaker"
	"loa/node/wire"
)

const (
	statusEvery = 20 * time.Second // a third of the silence that counts as offline
	statusLive  = 3 * time.Second  // while a voice is on air: its sender goes by what is told of it
	statusCrowd = 6 * time.Second  // likewise, while hundreds of nodes hear it: less than its sender goes by
	statusLook  = time.Second      // how soon a change is noticed that nobody reports
	crowdLooks  = 3                // looks of which one counts while hundreds hear the same: see run
	statusCalm  = 250 * time.Millisecond
	wayMore     = 40 * time.Millisecond // and half as much again: what calls begin by is told at once
	cutOffAfter = 3 * time.Minute       // without the office, with a modem that says it is connected
	clipsSoon   = 15 * time.Minute      // a clip missing so near its airing is a fault
)

// reporter says how the node is: regularly, and at once when that changes.
type reporter struct {
	parts
	version string
	kicks   chan struct{}
	asks    chan chan<- wire.Status // of observers on this board
	seq     uint64
	way     time.Duration         // as last told
	since   map[string]wire.Fault // each fault that is open
	looked  time.Time             // at what costs a look:
	clips   bool                  // clips missing soon
	board   *health.Watch
	ending  func(ct time.Time) bool // the certificate is
}

// parts are what a status is made of.
type parts struct {
	boot     string
	start    time.Time
	output   string // where samples go, by the settings
	clock    *link.Clock
	link     *link.Link
	calls    *calls.Calls
	player   *player.Player
	sink     speaker.Sink
	cache    *cache.Cache
	fetcher  *cache.Fetcher
	keys     *keyring.Ring
	identity *identity.Identity
	heads    *heads
	amp      *amp.Amp // nil: always on
	mixer    *mixer
	horn     *hearing.Horn // nil: no microphone
	inspect  *inspector
	plan     func() (wire.Plan, uint64)
	missing  func(ct time.Time, d time.Duration) bool // a clip of an airing within d
	software func() *wire.SoftwareState               // nil: the program stays as it is
}

// newReporter makes one that can be kicked; about tells it of what it reports.
func newReporter(version string) *reporter {
	return &reporter{board: &health.Watch{}, version: version, kicks: make(chan struct{}, 1), asks: make(chan chan<- wire.Status),
		since: map[string]wire.Fault{}}
}

// about gives the reporter the parts of a node, and what its ears knew before.
func (r *reporter) about(a *App) {
	r.parts = parts{
		boot: a.boot, start: a.start, output: a.config.Sound,
		clock: a.clock, link: a.link, calls: a.calls, player: a.player, sink: a.sink, cache: a.cache, fetcher: a.fetcher,
		keys: a.keys, identity: a.identity, heads: a.heads, amp: a.amp, mixer: a.mixer, horn: a.horn, inspect: a.inspect,
		plan: a.plans.get, missing: a.missingSoon, software: a.program.state,
	}
	r.ending = a.identity.EndsSoon
	maps.Copy(r.since, a.horn.LoadFindings())
}

// kick asks for a status soon.
func (r *reporter) kick() {
	select {
	case r.kicks <- struct{}{}:
	default:
	}
}

// run tells until ctx ends. In a crowd the changes are everyone's, and at the same
// instant: there each node looks a third as often, at a time of its own, and a
// longer way is told when its turn comes, for another's will have come before.
func (r *reporter) run(ctx context.Context) error {
	tick := time.NewTicker(statusLook)
	defer tick.Stop()
	var sent time.Time
	var told string
	for looks := rand.N(crowdLooks); ; looks++ {
		select {
		case <-ctx.Done():
			return nil
		case reply := <-r.asks:
			reply <- r.status(time.Now())
			r.seq-- // it is not sent
			continue
		case <-r.kicks: // several come together: plan, clips, plays
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(statusCalm):
			}
		case <-tick.C:
			crowd := r.clock.Crowd()
			if crowd && looks%crowdLooks != 0 || r.key() == told && time.Since(sent) < r.every(crowd) && (crowd || !r.slower()) {
				continue
			}
		}
		if err := r.send(); err == nil {
			sent, told = time.Now(), r.key()
		}
	}
}

// every is how often a status is sent when nothing happens.
func (r *reporter) every(crowd bool) time.Duration {
	switch {
	case r.live(time.Now()) == nil:
		return statusEvery
	case crowd:
		return statusCrowd
	}
	return statusLive
}

// slower reports whether the ways have become longer than what was told.
func (r *reporter) slower() bool {
	way := r.clock.Status(time.Now()).Way
	return way > r.way+wayMore && way > r.way*3/2
}

// live tells how the voice on air comes; nil if there is none.
func (r *reporter) live(now time.Time) *wire.Live {
	ct, _, ok := r.clock.At(now)
	if !ok {
		return nil
	}
	return r.calls.Live(ct, r.need())
}

// need is how long before its play time a frame of a voice must be there.
func (r *reporter) need() time.Duration {
	return max(0, r.player.Ahead()+max(0, r.sink.State().Latency))
}

// key is what a person would want to be told of at once.
func (r *reporter) key() string {
	key := r.sink.State().Fault
	if s := r.software(); s != nil {
		key += "\x00" + s.State
	}
	if r.fetcher.Thin() {
		key += "\x00thin" // calls begin by it
	}
	if on := r.player.OnAir(); on != nil {
		key += "\x00" + on.Airing + "\x00" + on.Title
	}
	return key
}

func (r *reporter) send() error {
	if _, up := r.link.Session(); !up {
		return nil // the next session begins with a status
	}
	s := r.status(time.Now())
	r.way = s.Clock.Way
	return r.link.Publish(wire.KindStatus, 1, true, s)
}

func (r *reporter) status(now time.Time) wire.Status {
	plan, seq := r.plan()
	session, _ := r.link.Session()
	sent, _, known := r.clock.At(now)
	if !known {
		sent = time.Time{}
	}
	r.seq++
	s := wire.Status{
		Boot: r.boot, Session: session, Seq: r.seq, Sent: sent, Version: r.version,
		Uptime: int64(now.Sub(r.start).Seconds()),
		Plan:   seq, LongPlans: true, OnAir: r.player.OnAir(), LastHeard: r.player.LastHeard(), Volume: plan.Volume, Clips: len(plan.Clips),
		Dropped: r.link.Dropped() + r.calls.Dropped(),
		Clock:   r.clock.Status(now), Live: r.live(now), Key: hex.EncodeToString(r.keys.Newest()), CertUntil: r.identity.Latest().Leaf.NotAfter,
		Audit: r.heads.tell(),
	}
	for _, c := range plan.Clips {
		if r.cache.Held(c.SHA) {
			s.Held++
		}
	}
	sound := r.sink.State()
	s.Sound = wire.Sound{OK: sound.OK(), Output: r.output, Error: sound.Detail, Need: r.need()}
	s.Sound.Mixer, _ = r.mixer.says()
	r.look(now, s.Clock.Known, sent)
	r.board.Fill(&s, now)
	if r.amp != nil {
		on := r.amp.State().On
		s.Amp = &on
	}
	var flash error
	s.Fetching, flash = r.fetcher.Progress()
	s.Rate = r.fetcher.Rate()
	_, s.Unsent, _ = r.cache.Unsent(0) // the cache tells of its troubles
	s.Spoilt, _ = r.cache.Spoilt()
	if err := r.cache.Trouble(); err != nil {
		flash = err
	}
	s.Software = r.software()
	r.horn.Tell(&s)
	s.Inspection = r.inspect.last.Load()
	s.Faults = r.faults(now, s, sound.Fault, flash)
	r.horn.KeepFindings(r.since)
	return s
}

// look sees to what changes slowly and costs a look at the plan: a voice on air
// has more statuses than that is worth.
func (r *reporter) look(now time.Time, known bool, ct time.Time) {
	if now.Sub(r.looked) < statusEvery/2 {
		return
	}
	r.looked, r.clips = now, known && r.missing(ct, clipsSoon)
}

// faults turns what is wrong now into faults with their since. Of what cannot be
// known now, the fault that was open stays.
func (r *reporter) faults(now time.Time, s wire.Status, sound string, flash error) []wire.Fault {
	var faults []wire.Fault
	find := func(f health.Finding) {
		was, open := r.since[f.Code]
		switch {
		case f.Wrong == nil && !open:
			return
		case f.Wrong == nil:
			f.Detail = was.Detail
		case !*f.Wrong:
			delete(r.since, f.Code)
			return
		case !open:
			was = wire.Fault{Code: f.Code, Since: s.Sent}
		}
		was.Detail = f.Detail
		if was.Since.IsZero() { // controller time was not known
			was.Since = s.Sent
		}
		r.since[f.Code] = was
		faults = append(faults, was)
	}
	raise := func(wrong bool, code, detail string) { find(health.Finding{Code: code, Wrong: &wrong, Detail: detail}) }
	detail := ""
	if flash != nil {
		detail = flash.Error()
	}
	// what is no fault of the flash's must not have it replaced
	spoilt, full, readOnly := errors.Is(flash, cache.ErrSpoilt), errors.Is(flash, syscall.ENOSPC), errors.Is(flash, syscall.EROFS)
	raise(!s.Sound.OK && sound != "sound_starting", wire.FaultSound, s.Sound.Error)
	ampSays := r.ampFault()
	_, mixerSays := r.mixer.says()
	raise(ampSays != "", wire.FaultAmp, ampSays)
	raise(mixerSays != "", wire.FaultMixer, mixerSays)
	earSays := r.horn.Fault()
	raise(earSays != "", wire.FaultEar, earSays)
	raise(!s.Clock.Known, wire.FaultClock, "")
	raise(r.clips, wire.FaultClips, "")
	raise(health.DiskLow(s.DiskFree) || full, wire.FaultDisk, diskDetail(full, detail))
	raise(spoilt, wire.FaultClip, detail)
	raise(readOnly, wire.FaultReadOnly, detail)
	raise(flash != nil && !spoilt && !full && !readOnly, wire.FaultStore, detail)
	raise(r.ending(s.Sent), wire.FaultCert, s.CertUntil.Format(time.DateOnly))
	isOpen := func(code string) bool { _, open := r.since[code]; return open }
	for _, f := range append(health.Judge(&s, runtime.NumCPU(), isOpen), r.horn.Findings(isOpen)...) {
		if f.Code == wire.FaultModem {
			f = r.unreached(now, s.Modem, f)
		}
		find(f)
	}
	return faults
}

// ampFault is what the amplifier's switch says when it does not switch.
func (r *reporter) ampFault() string {
	if r.amp == nil {
		return ""
	}
	return r.amp.State().Fault
}

// diskDetail is what the system said of a disk that is full; of one that is nearly so it says nothing.
func diskDetail(full bool, said string) string {
	if full {
		return said
	}
	return ""
}

// unreached judges a modem that calls itself connected by what it carries: a SIM
// without data stays connected. It is told on the board, and by the office when
// the node is back.
func (r *reporter) unreached(now time.Time, m *wire.Modem, f health.Finding) health.Finding {
	if r.link == nil || m == nil || m.State != "connected" {
		return f
	}
	if down := r.link.Down(now); down >= cutOffAfter {
		wrong := true
		f.Wrong, f.Detail = &wrong, f.Detail+", office not reached for "+down.Round(time.Minute).String()
	}
	return f
}
