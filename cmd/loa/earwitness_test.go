package main

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"sync"
	"testing"
	"time"
)

// stretchOf is one stretch in which a horn made a sound.
type stretchOf struct{ from, to time.Time }

const (
	earBlock = rate / 100 // samples that are looked at together
	earGap   = 300 * time.Millisecond
	earLevel = 33 // of 32768: −60 dBFS
)

// earwitness listens to a horn all the time, over the restarts of its node, and knows
// when it sounded.
type earwitness struct {
	path string

	mu    sync.Mutex
	start time.Time // of the file that is read
	at    int64     // bytes of it that were
	heard []stretchOf
}

func listenTo(t testing.TB, path string) *earwitness {
	e := &earwitness{path: path}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				e.look()
			}
		}
	})
	t.Cleanup(func() { close(done); wg.Wait() })
	return e
}

// look takes in what has left the horn since.
func (e *earwitness) look() {
	e.mu.Lock()
	defer e.mu.Unlock()
	var side struct{ Start time.Time }
	data, err := os.ReadFile(e.path + ".json")
	if err != nil || json.Unmarshal(data, &side) != nil {
		return
	}
	if !side.Start.Equal(e.start) {
		e.start, e.at = side.Start, 44
	}
	f, err := os.Open(e.path)
	if err != nil {
		return
	}
	defer f.Close()
	buf := make([]byte, 2*earBlock)
	for {
		n, _ := f.ReadAt(buf, e.at)
		if n < len(buf) {
			return
		}
		from := e.start.Add(time.Duration(e.at-44) * time.Second / (2 * rate))
		e.at += int64(n)
		if loud(buf) {
			e.note(from, from.Add(10*time.Millisecond))
		}
	}
}

func loud(pcm []byte) bool {
	for i := 0; i < len(pcm); i += 2 {
		if v := int16(binary.LittleEndian.Uint16(pcm[i:])); v > earLevel || v < -earLevel {
			return true
		}
	}
	return false
}

func (e *earwitness) note(from, to time.Time) {
	if n := len(e.heard); n > 0 && from.Sub(e.heard[n-1].to) < earGap {
		e.heard[n-1].to = to
		return
	}
	e.heard = append(e.heard, stretchOf{from, to})
}

// since returns the stretches that end after an instant.
func (e *earwitness) since(t time.Time) (all []stretchOf) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.heard {
		if s.to.After(t) {
			all = append(all, s)
		}
	}
	return all
}

// first is when it sounded first after an instant; zero: not yet.
func (e *earwitness) first(t time.Time) time.Time {
	all := e.since(t)
	if len(all) == 0 {
		return time.Time{}
	}
	if all[0].from.After(t) {
		return all[0].from
	}
	return t
}

// last is when it sounded last.
func (e *earwitness) last() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := len(e.heard); n > 0 {
		return e.heard[n-1].to
	}
	return time.Time{}
}
