package live

import (
	"crypto/rand"
	"encoding/base64"
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

// arming is what a token makes possible, for whom, and until when.
type arming struct {
	who   string
	until time.Time
	drill bool
}

// Arm gives the caller a token without which no emergency begins: a slip of
// the finger is not enough.
func (l *Live) Arm(who string, now time.Time) (token string, until time.Time) {
	return l.arm(arming{who, now.Add(armedFor), false}, now)
}

// ArmDrill gives a token without which no drill begins, and which is good for
// nothing else: people rehearse what they will have to do.
func (l *Live) ArmDrill(who string, now time.Time) (token string, until time.Time) {
	return l.arm(arming{who, now.Add(armedFor), true}, now)
}

func (l *Live) arm(a arming, now time.Time) (token string, until time.Time) {
	b := make([]byte, 18)
	_, _ = rand.Read(b) // never fails: crypto/rand
	token = base64.RawURLEncoding.EncodeToString(b)
	l.mu.Lock()
	defer l.mu.Unlock()
	own, oldest := 0, ""
	for t, x := range l.armed {
		switch {
		case now.After(x.until):
			delete(l.armed, t)
		case x.who == a.who:
			if own++; oldest == "" || x.until.Before(l.armed[oldest].until) {
				oldest = t
			}
		}
	}
	if own >= armedEach {
		delete(l.armed, oldest)
	}
	l.armed[token] = a
	return token, a.until
}

// Hold takes a token the moment that it is used, before anything is made ready
// that takes time: the finger is judged, not the speed of this machine. What it
// returns stands in Request.Armed for the token, which is used up. One that does
// not count is refused.
func (l *Live) Hold(token string, drill bool, now time.Time) (held string, err error) {
	l.mu.Lock()
	a := l.armed[token]
	good := l.disarm(token, drill, now)
	l.mu.Unlock()
	switch {
	case !good && drill:
		return "", notArmedDrill
	case !good:
		return "", notArmed
	}
	held, _ = l.arm(arming{a.who, now.Add(heldFor), drill}, now)
	return held, nil
}

// isArmed reports whether a token counts now.
func (l *Live) isArmed(token string, drill bool, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, ok := l.armed[token]
	return ok && a.drill == drill && !now.After(a.until)
}

// disarm uses a token up. It is called with the lock held.
func (l *Live) disarm(token string, drill bool, now time.Time) bool {
	a, ok := l.armed[token]
	delete(l.armed, token)
	return ok && a.drill == drill && !now.After(a.until)
}
