package player

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"loa/node/wire"
	"loa/schedule"
)

const (
	saveEvery  = 10 * time.Second // while something is on air; more often wears flash
	maxEntries = 100_000          // of each kind in a saved ledger
)

// flush saves what should be saved and reports what is due.
func (l *ledger) flush(o Options, log *slog.Logger) {
	if len(l.due) == 0 && !l.fresh && (len(l.open) == 0 || l.at.Sub(l.savedAt).Abs() < saveEvery) {
		return
	}
	if l.failing && l.at.Sub(l.savedAt).Abs() < saveEvery {
		return
	}
	save := o.Save
	if !l.fresh && len(l.due) == 0 {
		save = o.SaveRunning
	}
	err := l.save(save)
	for len(l.due) > 0 {
		// The play is on flash, so a cut of power here repeats it, word for word.
		if failed := o.Report(l.due[0]); failed != nil {
			err = fmt.Errorf("report play: %w", failed)
			break
		}
		l.due = l.due[1:]
		l.fresh = true
	}
	if l.fresh && err == nil {
		err = l.save(o.Save)
	}
	if err != nil && !l.failing {
		log.Error("the ledger cannot be kept; trying again", "err", err)
	}
	l.failing = err != nil
}

// saved is a ledger on flash.
type saved struct {
	At   time.Time    `json:"at"`
	Open []savedEntry `json:"open,omitempty"`
	Due  []wire.Play  `json:"due,omitempty"`
	Done []savedDone  `json:"done,omitempty"`
}

type savedEntry struct {
	Play  wire.Play                `json:"play"`
	To    time.Time                `json:"to"`
	Lost  map[string]time.Duration `json:"lost,omitempty"`
	Heard int64                    `json:"heard"`           // frames
	First int64                    `json:"first,omitempty"` // Unix nanoseconds, as Last
	Last  int64                    `json:"last,omitempty"`
}

type savedDone struct {
	Airing string    `json:"airing"`
	Item   int       `json:"item"`
	To     time.Time `json:"to"`
}

func (l *ledger) save(save func([]byte) error) error {
	if l.at.IsZero() {
		return nil // controller time was never known: what is kept still holds
	}
	s := saved{At: l.at, Due: l.due}
	for _, e := range l.open {
		if e.begun {
			s.Open = append(s.Open, e.saved())
		}
	}
	for k, to := range l.done {
		s.Done = append(s.Done, savedDone{k.airing, k.item, to})
	}
	b, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("save ledger: %w", err)
	}
	l.savedAt = l.at
	if err := save(b); err != nil {
		return fmt.Errorf("save ledger: %w", err)
	}
	l.fresh = false
	return nil
}

func (e *entry) saved() savedEntry {
	t := e.tally
	return savedEntry{Play: e.play, To: e.to, Lost: e.allLost(),
		Heard: t.heard.Load(), First: t.first.Load(), Last: t.last.Load()}
}

// loadLedger reads a saved ledger; nothing is an empty one. With an error it returns an empty one, too.
func loadLedger(data []byte, volume func(*schedule.Slot) int) (*ledger, error) {
	l := newLedger(volume)
	if len(data) == 0 {
		return l, nil
	}
	var s saved
	if err := json.Unmarshal(data, &s); err != nil {
		return l, fmt.Errorf("read ledger: %w", err)
	}
	if len(s.Open) > maxEntries || len(s.Due) > maxEntries || len(s.Done) > maxEntries {
		return l, fmt.Errorf("read ledger: more than %d entries", maxEntries)
	}
	l.at, l.due, l.savedAt = s.At, s.Due, s.At
	for _, d := range s.Done {
		l.done[key{d.Airing, d.Item}] = d.To
	}
	for _, se := range s.Open {
		e := se.entry()
		l.open[e.key] = e
	}
	return l, nil
}

func (s savedEntry) entry() *entry {
	e := &entry{key: key{s.Play.Airing, s.Play.Item}, play: s.Play, to: s.To, begun: true, lost: s.Lost, tally: &tally{}}
	if e.lost == nil {
		e.lost = map[string]time.Duration{}
	}
	e.tally.heard.Store(max(0, s.Heard))
	e.tally.first.Store(s.First)
	e.tally.last.Store(s.Last)
	return e
}
