package answers

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net/netip"
	"strings"
	"sync"
	"time"

	"loa/schedule"
)

// How often somebody may say something, each day. Behind one address of a mobile network
// there are many telephones, and behind one network many villages' people: the bounds are
// for what a village does in its worst hour.
const (
	mostOfNetwork = 16   // addresses of one network that are counted for one thing in one village
	mostOfVillage = 3000 // that are counted for one thing in one village
	mostChanges   = 6    // of one address' word for one thing
	mostWrong     = 30   // codes of one address
	mostWrongNet  = 200  // and of one network

	mostSentHour    = 6 // messages of one address
	mostSentDay     = 15
	mostSentNetwork = 40 // an hour
	mostSentVillage = 120
	mostSentAll     = 600

	mostRings    = 6 // notices of urgent messages an hour, of one village
	mostRingsAll = 60

	mostMarks = 400_000 // that are known at once, about 40 MB
)

// gate knows who said what today: by a hash, whose key is drawn anew each day and written
// nowhere.
type gate struct {
	mu     sync.Mutex
	day    string
	key    [32]byte
	counts map[mark]int
	words  map[mark]string
}

type mark [16]byte

func newGate() *gate { return &gate{} }

// turn begins a new day. The caller locks.
func (g *gate) turn(now time.Time) {
	day := now.In(schedule.Zone()).Format(time.DateOnly)
	if day == g.day {
		return
	}
	g.day, g.counts, g.words = day, map[mark]int{}, map[mark]string{}
	_, _ = rand.Read(g.key[:]) // never fails: crypto/rand
}

// mark is how somebody, or something, is known today. The caller locks.
func (g *gate) mark(parts ...string) (m mark) {
	h := hmac.New(sha256.New, g.key[:])
	_, _ = h.Write([]byte(strings.Join(parts, "\x00"))) // a hash takes everything
	copy(m[:], h.Sum(nil))
	return m
}

// bound is one of the bounds that something must keep.
type bound struct {
	most  int
	parts []string
}

func upTo(most int, parts ...string) bound { return bound{most, parts} }

// admit counts something, if it keeps all bounds. The caller locks.
func (g *gate) admit(bounds ...bound) bool {
	marks := make([]mark, len(bounds))
	for i, b := range bounds {
		marks[i] = g.mark(b.parts...)
		if g.counts[marks[i]] >= b.most {
			return false
		}
	}
	if len(g.counts)+len(g.words)+len(bounds) > mostMarks {
		return false
	}
	for _, m := range marks {
		g.counts[m]++
	}
	return true
}

// takeBack undoes admit. The caller locks.
func (g *gate) takeBack(bounds ...bound) {
	for _, b := range bounds {
		g.counts[g.mark(b.parts...)]--
	}
}

// let is admit for those who hold no lock.
func (g *gate) let(now time.Time, bounds ...bound) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(now)
	return g.admit(bounds...)
}

// blocked reports whether an address, or its network, came with too many wrong codes.
func (g *gate) blocked(now time.Time, from string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(now)
	return g.counts[g.mark("wrong", from)] >= mostWrong || g.counts[g.mark("wrong net", network(from))] >= mostWrongNet
}

// wrong notes a wrong code.
func (g *gate) wrong(now time.Time, from string) {
	g.let(now, upTo(mostWrong, "wrong", from))
	g.let(now, upTo(mostWrongNet, "wrong net", network(from)))
}

// say notes somebody's word for a thing in a village. former is what they said before, "" of
// nothing; undo forgets that it was said. false: it is not counted.
func (g *gate) say(now time.Time, from, subject, area, word string) (former string, undo func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(now)
	who, day := g.mark("word", subject, area, from), g.day
	former = g.words[who]
	bounds := []bound{upTo(mostChanges, "changes", subject, area, from)}
	if former == "" {
		bounds = []bound{upTo(mostOfNetwork, "net", subject, area, network(from)), upTo(mostOfVillage, "village", subject, area)}
	}
	if former != word && !g.admit(bounds...) {
		return former, nil, false
	}
	g.words[who] = word
	return former, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.day != day {
			return
		}
		if g.takeBack(bounds...); former == "" {
			delete(g.words, who)
		} else {
			g.words[who] = former
		}
	}, true
}

// receipt is the code that a message was answered with today, if the same was sent before by
// the same address; "": it was not. set keeps one.
func (g *gate) receipt(now time.Time, from, area, sum, set string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(now)
	m := g.mark("sent", from, area, sum)
	if set != "" && len(g.counts)+len(g.words) < mostMarks {
		g.words[m] = set
	}
	return g.words[m]
}

// network is the neighbourhood of an address: 256 of IPv4, and of IPv6 what one customer may
// get.
func network(from string) string {
	if p, err := netip.ParsePrefix(from); err == nil { // of IPv6 an address is a network already
		if wide, err := p.Addr().Prefix(48); err == nil {
			return wide.String()
		}
	}
	ip, err := netip.ParseAddr(from)
	if err != nil {
		return from
	}
	ip = ip.Unmap()
	bits := 24
	if !ip.Is4() {
		bits = 48
	}
	wide, err := ip.Prefix(bits)
	if err != nil {
		return from
	}
	return wide.String()
}
