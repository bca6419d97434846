package live

import (
	"crypto/rand"
	"encoding/base64"
	"sync"
	"time"
)

const (
	armedFor = 10 * time.Second
	// heldFor is how long a token that was taken counts: what is then made ready,
	// speech above all, is bounded by less.
	heldFor = 2 * time.Minute
	// armedEach is how many tokens one person has at most; the oldest gives way. So
	// nobody can use up those of another.
	armedEach = 10
)

// arms are the tokens that are out.
type arms struct {
	mu     sync.Mutex
	tokens map[string]arming // by its token
}

// arming is what a token makes possible, for whom, and until when.
type arming struct {
	who   string
	until time.Time
	drill bool
}

// Arm gives the caller a token without which no emergency begins: a slip of
// the finger is not enough.
func (l *Live) Arm(who string, now time.Time) (token string, until time.Time) {
	return l.arms.arm(arming{who, now.Add(armedFor), false}, now)
}

// ArmDrill gives a token without which no drill begins, and which is good for
// nothing else: people rehearse what they will have to do.
func (l *Live) ArmDrill(who string, now time.Time) (token string, until time.Time) {
	return l.arms.arm(arming{who, now.Add(armedFor), true}, now)
}

// Hold takes a token the moment that it is used, before anything is made ready
// that takes time: the finger is judged, not the speed of this machine. What it
// returns stands in Request.Armed for the token, which is used up. One that does
// not count is refused.
func (l *Live) Hold(token string, drill bool, now time.Time) (held string, err error) {
	a, good := l.arms.disarm(token, drill, now)
	switch {
	case !good && drill:
		return "", notArmedDrill
	case !good:
		return "", notArmed
	}
	held, _ = l.arms.arm(arming{a.who, now.Add(heldFor), drill}, now)
	return held, nil
}

// arm gives out a token; of one who has too many the oldest counts no more.
func (x *arms) arm(a arming, now time.Time) (token string, until time.Time) {
	b := make([]byte, 18)
	_, _ = rand.Read(b) // never fails: crypto/rand
	token = base64.RawURLEncoding.EncodeToString(b)
	x.mu.Lock()
	defer x.mu.Unlock()
	own, oldest := 0, ""
	for t, other := range x.tokens {
		switch {
		case now.After(other.until):
			delete(x.tokens, t)
		case other.who == a.who:
			if own++; oldest == "" || other.until.Before(x.tokens[oldest].until) {
				oldest = t
			}
		}
	}
	if own >= armedEach {
		delete(x.tokens, oldest)
	}
	x.tokens[token] = a
	return token, a.until
}

// has reports whether a token counts now.
func (x *arms) has(token string, drill bool, now time.Time) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	a, ok := x.tokens[token]
	return ok && a.drill == drill && !now.After(a.until)
}

// disarm uses a token up, and reports whether it counted.
func (x *arms) disarm(token string, drill bool, now time.Time) (a arming, counted bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	a, ok := x.tokens[token]
	delete(x.tokens, token)
	return a, ok && a.drill == drill && !now.After(a.until)
}
