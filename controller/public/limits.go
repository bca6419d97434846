package public

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"loa/controller/share"
)

// Limits are how much of the machine the people's pages may take. What is zero is the
// default. Behind one address of a mobile network there are many telephones: a share of an
// address is no share of a person.
type Limits struct {
	Connections int     // at once, of all
	Each        int     // of one address
	Arrivals    float64 // new connections a second, of all
	Requests    float64 // a second, of all
	Own         float64 // of one address
	Rate        int     // bytes of sound a second, of all
	Waiting     int     // that wait for a rendition
}

func (l Limits) complete() Limits {
	whole := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	part := func(v *float64, d float64) {
		if *v <= 0 {
			*v = d
		}
	}
	whole(&l.Connections, 800)
	whole(&l.Each, 100)
	whole(&l.Rate, 2<<20)
	whole(&l.Waiting, 50)
	part(&l.Arrivals, 150)
	part(&l.Requests, 400)
	part(&l.Own, 40)
	return l
}

// burst is how many seconds of a rate may come at once.
const burst = 5

// bucket is a rate with what was saved of it. The caller locks.
type bucket struct {
	rate, level float64
	at          time.Time
}

func newBucket(rate float64, now time.Time) *bucket { return &bucket{rate, rate * burst, now} }

func (b *bucket) fill(now time.Time) {
	if d := now.Sub(b.at).Seconds(); d > 0 {
		b.level = min(b.level+d*b.rate, b.rate*burst)
	}
	b.at = now
}

// take takes one. false: there is none left.
func (b *bucket) take(now time.Time) bool {
	b.fill(now)
	if b.level < 1 {
		return false
	}
	b.level--
	return true
}

// verdict is what becomes of a request.
type verdict int

const (
	welcome verdict = iota
	tooMany         // of this address
	tooBusy         // of all
)

// mostAddresses are remembered at once; one that is forgotten begins anew, full.
const mostAddresses = 4096

// guard counts requests.
type guard struct {
	limits Limits
	mu     sync.Mutex
	all    *bucket
	each   map[string]*bucket
}

func newGuard(l Limits) *guard {
	return &guard{limits: l, all: newBucket(l.Requests, time.Now()), each: map[string]*bucket{}}
}

// admit judges one request. One that is refused for its address costs the others nothing.
func (g *guard) admit(r *http.Request, now time.Time) verdict {
	from := addressOf(r.RemoteAddr)
	g.mu.Lock()
	defer g.mu.Unlock()
	own := g.each[from]
	if own == nil {
		if len(g.each) >= mostAddresses {
			g.forget(now)
		}
		own = newBucket(g.limits.Own, now)
		g.each[from] = own
	}
	if !own.take(now) {
		return tooMany
	}
	if !g.all.take(now) {
		return tooBusy
	}
	return welcome
}

// forget drops those who have their whole share again, and where that is none, all.
func (g *guard) forget(now time.Time) {
	for from, b := range g.each {
		if b.fill(now); b.level >= b.rate*burst {
			delete(g.each, from)
		}
	}
	if len(g.each) >= mostAddresses {
		clear(g.each)
	}
}

// addressOf is what counts as one address.
func addressOf(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	return share.Address(host)
}

// line is the office's line to the internet, as far as sound may take it.
type line struct {
	rate   int
	slower func() bool // then it is a quarter

	mu   sync.Mutex
	owed float64 // bytes that are under way
	at   time.Time
}

const (
	slowPart  = 4
	mostOwed  = 20 * time.Second // a reader that would wait longer is sent away
	burstLine = 500 * time.Millisecond
)

// wait takes a turn for so many bytes. false: the line is full, or ctx has ended.
func (l *line) wait(ctx context.Context, bytes int) bool {
	pause, ok := l.turn(time.Now(), bytes)
	if !ok || pause <= 0 {
		return ok
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// turn says how long to wait from now.
func (l *line) turn(now time.Time, bytes int) (time.Duration, bool) {
	rate := float64(l.rate)
	if l.slower() {
		rate /= slowPart
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.owed = max(0, l.owed-now.Sub(l.at).Seconds()*rate)
	l.at = now
	if l.owed/rate > mostOwed.Seconds() {
		return 0, false
	}
	l.owed += float64(bytes)
	return time.Duration(l.owed/rate*float64(time.Second)) - burstLine, true
}

// How an answer goes out.
const (
	answerWithin = 30 * time.Second // a page
	chunk        = 16 << 10
	chunkWithin  = 25 * time.Second // a reader that takes less than 700 bytes a second is cut off
)

// paced writes sound in turns.
type paced struct {
	http.ResponseWriter
	ctx     context.Context
	line    *line
	control *http.ResponseController
}

// Write is io.Writer's.
func (p paced) Write(data []byte) (n int, err error) {
	for len(data) > 0 {
		part := data[:min(chunk, len(data))]
		if !p.line.wait(p.ctx, len(part)) {
			return n, io.ErrShortWrite
		}
		_ = p.control.SetWriteDeadline(time.Now().Add(chunkWithin)) // of a recorder in a test there is none
		m, err := p.ResponseWriter.Write(part)
		n += m
		if err != nil {
			return n, err
		}
		data = data[m:]
	}
	return n, nil
}
