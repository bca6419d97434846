// Package share divides what there is only so much of: places at a table, turns
// in a line. One who takes much takes it from themselves: one person, or one
// address, never uses up what another needs.
package share

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
)

// ErrFull means that the caller has their share already.
var ErrFull = errors.New("this share is used up")

// Address is what counts as one address: of IPv6 the network, of which one
// machine has as many as it likes.
func Address(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	network, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return network.String()
}

// Seats are places that many hold at once.
type Seats struct {
	each, all int

	mu    sync.Mutex
	taken map[string][]*seat // by holder, oldest first
	count int
}

type seat struct{ give func() }

// NewSeats makes places: so many for each holder at most, and for all together.
func NewSeats(each, all int) *Seats {
	return &Seats{each: each, all: all, taken: map[string][]*seat{}}
}

// Take gives who a place, or returns false if they have their share. Where all
// are taken the oldest of the one with most is given up: its give is called, once,
// and must not block. leave gives the place back.
func (s *Seats) Take(who string, give func()) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.taken[who]) >= s.each {
		return nil, false
	}
	if s.count >= s.all {
		most := s.most()
		if len(s.taken[most]) <= len(s.taken[who])+1 {
			return nil, false // as many holders as places: nobody has more than this one
		}
		old := s.taken[most][0]
		s.remove(most, old)
		old.give()
	}
	x := &seat{give}
	s.taken[who] = append(s.taken[who], x)
	s.count++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.remove(who, x)
	}, true
}

// Count returns how many places are taken.
func (s *Seats) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

func (s *Seats) most() (most string) {
	for who, seats := range s.taken {
		if len(seats) > len(s.taken[most]) {
			most = who
		}
	}
	return most
}

// remove takes a place back; twice is once.
func (s *Seats) remove(who string, x *seat) {
	i := slices.Index(s.taken[who], x)
	if i < 0 {
		return
	}
	s.count--
	if s.taken[who] = slices.Delete(s.taken[who], i, i+1); len(s.taken[who]) == 0 {
		delete(s.taken, who)
	}
}

// Line lets in a few at a time. Those who wait take turns by who they are:
// however many wait for one, the next is another's.
type Line struct {
	places, own int // inside at once: all, and for one
	each, all   int // waiting

	mu      sync.Mutex
	inside  map[string]int
	entered int
	waiting map[string][]*turn // by who, first come first
	order   []string           // of those who have any, next first
	count   int
}

type turn struct {
	called  chan struct{} // closed when it is its turn, or when it is refused
	refused bool
}

// Room is how much a Line takes.
type Room struct {
	Places, Own int // callers that are let in at once: all, and of one
	Each, All   int // callers that wait: for one, and all together
}

// NewLine makes a line.
func NewLine(r Room) *Line {
	return &Line{places: r.Places, own: r.Own, each: r.Each, all: r.All, inside: map[string]int{}, waiting: map[string][]*turn{}}
}

// Enter waits for a turn; leave ends it. The error is ErrFull, or ctx's.
func (l *Line) Enter(ctx context.Context, who string) (leave func(), err error) {
	l.mu.Lock()
	t, err := l.join(who)
	if err == nil {
		l.call()
	}
	l.mu.Unlock()
	if err != nil {
		return nil, err
	}
	leave = func() { l.leave(who) }
	select {
	case <-t.called:
		l.mu.Lock()
		defer l.mu.Unlock()
		if t.refused {
			return nil, ErrFull
		}
		return leave, nil
	case <-ctx.Done():
		l.giveUp(who, t)
		return nil, ctx.Err()
	}
}

// join takes a place in the line. Where it is full the last of the one with most
// there goes.
func (l *Line) join(who string) (*turn, error) {
	if len(l.waiting[who]) >= l.each {
		return nil, ErrFull
	}
	if l.count >= l.all {
		most := l.most()
		if len(l.waiting[most]) <= len(l.waiting[who])+1 {
			return nil, ErrFull
		}
		last := l.waiting[most][len(l.waiting[most])-1]
		l.remove(most, last)
		last.refused = true
		close(last.called)
	}
	t := &turn{called: make(chan struct{})}
	if len(l.waiting[who]) == 0 {
		l.order = append(l.order, who)
	}
	l.waiting[who] = append(l.waiting[who], t)
	l.count++
	return t, nil
}

func (l *Line) most() (most string) {
	for who, turns := range l.waiting {
		if len(turns) > len(l.waiting[most]) {
			most = who
		}
	}
	return most
}

// giveUp leaves the line; a turn that came this moment goes to the next.
func (l *Line) giveUp(who string, t *turn) {
	l.mu.Lock()
	called := !l.remove(who, t) && !t.refused
	l.mu.Unlock()
	if called {
		l.leave(who)
	}
}

func (l *Line) remove(who string, t *turn) bool {
	i := slices.Index(l.waiting[who], t)
	if i < 0 {
		return false
	}
	l.count--
	if l.waiting[who] = slices.Delete(l.waiting[who], i, i+1); len(l.waiting[who]) == 0 {
		delete(l.waiting, who)
		l.order = slices.DeleteFunc(l.order, func(w string) bool { return w == who })
	}
	return true
}

func (l *Line) leave(who string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entered--
	if l.inside[who]--; l.inside[who] <= 0 {
		delete(l.inside, who)
	}
	l.call()
}

// call lets in the one that is next, for as long as there is a place: the first of the
// next one who has not their own share inside, which then goes behind the others.
func (l *Line) call() {
	for l.entered < l.places {
		i := slices.IndexFunc(l.order, func(who string) bool { return l.inside[who] < l.own })
		if i < 0 {
			return
		}
		who := l.order[i]
		t := l.waiting[who][0]
		l.remove(who, t)
		if len(l.waiting[who]) > 0 {
			l.order = append(slices.Delete(l.order, i, i+1), who)
		}
		l.inside[who]++
		l.entered++
		close(t.called)
	}
}
