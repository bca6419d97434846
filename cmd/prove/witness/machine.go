package witness

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	nap = 5 * time.Millisecond
	// A player works ahead by more than this, and a check of milliseconds allows
	// for it: from here on the machine can be heard.
	awake = 20 * time.Millisecond
	// The share of a stretch in which something waited for a processor, from
	// which on the processes under test cannot be told from a machine that is
	// too small for them. Two processes beside them on two cores make it 0.9 or
	// more, one listening test alone 0.1 to 0.4.
	busy = 0.6
	// How often the pressure is noted.
	beat = 100 * time.Millisecond
)

// late is one time that the witness woke late.
type late struct {
	at time.Time // when it should have woken
	by time.Duration
}

// pressure is how long something had waited for a processor by then, since the
// machine was started.
type pressure struct {
	at    time.Time
	total time.Duration
}

// machine is what the witness has seen. Its records grow by some 600 a minute.
type machine struct {
	mu    sync.Mutex
	lates []late
	beats []pressure
}

// here is the machine of this process's tests; it is watched from the first
// use on.
var here = sync.OnceValue(func() *machine {
	m := &machine{}
	go m.watch()
	return m
})

func (m *machine) watch() {
	next := time.Now()
	for last := next; ; last = time.Now() {
		time.Sleep(nap)
		m.woke(last.Add(nap), time.Now())
		if !last.Before(next) {
			m.press(last, waited())
			next = last.Add(beat)
		}
	}
}

// woke notes that it woke now instead of at due.
func (m *machine) woke(due, now time.Time) {
	if by := now.Sub(due); by > nap {
		m.mu.Lock()
		m.lates = append(m.lates, late{due, by})
		m.mu.Unlock()
	}
}

func (m *machine) press(at time.Time, total time.Duration) {
	m.mu.Lock()
	m.beats = append(m.beats, pressure{at, total})
	m.mu.Unlock()
}

// waited reads the kernel's account: zero where it keeps none.
func waited() time.Duration {
	data, err := os.ReadFile("/proc/pressure/cpu")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(data), "\n") // some avg10=… avg60=… avg300=… total=µs
	_, total, _ := strings.Cut(line, "total=")
	us, err := strconv.ParseInt(total, 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(us) * time.Microsecond
}

// stood is for how long the machine stood still in a stretch, and the longest
// of it: only what a program would notice.
func (m *machine) stood(from, to time.Time) (sum, worst time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.lates) - 1; i >= 0; i-- {
		l := m.lates[i]
		if l.at.Add(l.by).Before(from) {
			break
		}
		if l.by > awake && l.at.Before(to) {
			sum += l.by
			worst = max(worst, l.by)
		}
	}
	return sum, worst
}

// crowded is for how long in a stretch something waited for a processor.
func (m *machine) crowded(from, to time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	var first, last pressure
	for i := len(m.beats) - 1; i >= 0; i-- {
		b := m.beats[i]
		if last.at.IsZero() || !b.at.Before(to) {
			last = b
		}
		first = b
		if !b.at.After(from) {
			break
		}
	}
	return last.total - first.total
}

// excuse says why a check over a stretch does not count; "" if it does.
func (m *machine) excuse(from, to time.Time) string {
	if _, worst := m.stood(from, to); worst > awake {
		return fmt.Sprintf("the machine was late by %d ms", worst.Milliseconds())
	}
	if share := float64(m.crowded(from, to)) / float64(max(to.Sub(from), beat)); share > busy {
		return fmt.Sprintf("the machine was busy, something waited for a processor %.0f %% of the time", 100*share)
	}
	return ""
}

// spent is how long a stretch was in the machine's own time: what it stood
// still is not counted, and what it was crowded half, for then everybody had
// perhaps half of it. It runs on at a quarter of the clock at least, so every
// wait ends.
func (m *machine) spent(from, to time.Time) time.Duration {
	wall := to.Sub(from)
	still, _ := m.stood(from, to)
	return max(wall-still-m.crowded(from, to)/2, wall/4)
}
