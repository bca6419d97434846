package witness

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

// tries is how often a scene is played before it is given up.
const tries = 3

// scene is one try of a test: what it started ends with it.
type scene struct {
	testing.TB
	mu      sync.Mutex
	ending  []func()
	ctx     context.Context
	judging bool // it has made a check that depends on the machine
}

// unjudged is what a scene panics with that must be played again.
type unjudged struct{ what, excuse string }

// Play plays a scene of real processes. Its t stands for this try: Cleanup and
// Context end with it. A failure of t is a failure of the test, at once; a
// failure within Judge may have it played again.
func Play(t *testing.T, play func(t testing.TB)) {
	t.Helper()
	here()
	for try := 1; ; try++ {
		s := &scene{TB: t}
		again := s.play(play)
		if again == nil {
			if s.judging {
				count(t.Name(), "")
			}
			return
		}
		t.Logf("try %d: %s: %s", try, again.excuse, again.what)
		if try == tries {
			count(t.Name(), again.excuse)
			giveUp(t, again)
		}
	}
}

// giveUp ends a test that could not be judged.
func giveUp(t testing.TB, u *unjudged) {
	t.Helper()
	if os.Getenv("LOA_STRICT") == "1" {
		t.Fatalf("not judged: %s, and LOA_STRICT is set: %s", u.excuse, u.what)
	}
	t.Skipf("not judged: %s", u.excuse)
}

func (s *scene) play(play func(testing.TB)) (again *unjudged) {
	ctx, cancel := context.WithCancel(s.TB.Context())
	s.ctx = ctx
	defer s.end()
	defer cancel()
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *unjudged:
			again = v
		default:
			panic(v)
		}
	}()
	play(s)
	return nil
}

// end runs what was to be done at the end, the last first.
func (s *scene) end() {
	for {
		s.mu.Lock()
		n := len(s.ending) - 1
		if n < 0 {
			s.mu.Unlock()
			return
		}
		f := s.ending[n]
		s.ending = s.ending[:n]
		s.mu.Unlock()
		f()
	}
}

func (s *scene) Cleanup(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ending = append(s.ending, f)
}

func (s *scene) Context() context.Context { return s.ctx }

// check is a testing.TB that keeps its first failure to itself.
type check struct {
	testing.TB
	failure string
}

// failed is what a check panics with that goes no further.
type failed struct{ *check }

func (c *check) Errorf(format string, args ...any) {
	if c.failure == "" {
		c.failure = fmt.Sprintf(format, args...)
	}
}
func (c *check) Error(args ...any)                 { c.Errorf("%s", fmt.Sprint(args...)) }
func (c *check) Fail()                             { c.Errorf("failed") }
func (c *check) FailNow()                          { c.Fail(); panic(failed{c}) }
func (c *check) Failed() bool                      { return c.failure != "" || c.TB.Failed() }
func (c *check) Fatal(args ...any)                 { c.Error(args...); c.FailNow() }
func (c *check) Fatalf(format string, args ...any) { c.Errorf(format, args...); c.FailNow() }

// excused is a variable for this package's own tests.
var excused = func(from, to time.Time) string { return here().excuse(from, to) }

// Judge makes a check of milliseconds: of what happened from one instant to
// another. If it fails and the machine was not awake then, the scene is played
// again; outside a scene the test is skipped.
func Judge(t testing.TB, from, to time.Time, checks func(t testing.TB)) {
	t.Helper()
	s := sceneOf(t)
	if s != nil {
		s.judging = true
	} else {
		count(t.Name(), "")
	}
	c := &check{TB: t}
	c.run(checks)
	if c.failure == "" {
		return
	}
	excuse := excused(from, to)
	if excuse == "" {
		t.Errorf("%s", c.failure)
		t.FailNow()
	}
	u := &unjudged{c.failure, excuse}
	if s == nil {
		count(t.Name(), excuse)
		giveUp(t, u)
	}
	panic(u)
}

// Again has the scene played again for a reason that it has seen itself, such as
// a sound card that ran dry; the third time the test is not judged.
func Again(t testing.TB, why string) {
	t.Helper()
	u := &unjudged{"it could not be told", why}
	s := sceneOf(t)
	if s == nil {
		giveUp(t, u)
	}
	s.judging = true
	panic(u)
}

func (c *check) run(checks func(testing.TB)) {
	defer func() {
		if v := recover(); v != nil {
			if f, ok := v.(failed); !ok || f.check != c {
				panic(v)
			}
		}
	}()
	checks(c)
}

// sceneOf finds the scene that a check is made in; nil if in none.
func sceneOf(t testing.TB) *scene {
	switch t := t.(type) {
	case *scene:
		return t
	case *check:
		return sceneOf(t.TB)
	}
	return nil
}

// scenes are those of this process that made checks, with why they were not
// judged.
var (
	countMu sync.Mutex
	scenes  = map[string]string{}
)

func count(name, excuse string) {
	countMu.Lock()
	defer countMu.Unlock()
	scenes[name] = excuse
}

// Main runs a package's tests, for its TestMain, and prints how many of its
// scenes were judged.
func Main(m *testing.M) int {
	code := m.Run()
	countMu.Lock()
	defer countMu.Unlock()
	if len(scenes) == 0 {
		return code
	}
	judged := 0
	for name, excuse := range scenes {
		if excuse == "" {
			judged++
			continue
		}
		fmt.Printf("not judged: %s: %s\n", name, excuse)
	}
	fmt.Printf("judged %d of %d\n", judged, len(scenes))
	return code
}
