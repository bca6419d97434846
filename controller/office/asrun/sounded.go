package asrun

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// Sounding is what a loudspeaker gave out about some instant, by its own proof.
type Sounding struct {
	Node   string         `json:"node"`
	Name   string         `json:"name" doc:"of the loudspeaker"`
	Title  string         `json:"title" doc:"of the airing or the call; of the item if the log does not know it"`
	Class  schedule.Class `json:"class,omitempty"`
	Drill  bool           `json:"drill,omitempty"`
	Author string         `json:"author,omitempty" doc:"who put it on the air"`
	Began  time.Time      `json:"began"`
	Ended  time.Time      `json:"ended"`
	Volume int            `json:"volume" doc:"percent, as it was then"`
	Ear    string         `json:"ear,omitempty" enum:"heard,not_heard,cannot_tell" doc:"by the microphone at the horn; left out: there is none"`
	EarDB  *float64       `json:"ear_db,omitempty" doc:"how much louder than calibrated it was"`
	airing string
}

const (
	// soundAround is how far off a villager's clock may be.
	soundAround = 10 * time.Minute
	// soundLong is how long what sounded then may have gone on before: a station that is
	// passed on plays for hours.
	soundLong = 12 * time.Hour
)

var soundAhead = problem.New(problem.Invalid, "sound_ahead", "Giờ này chưa tới: hãy chọn giờ đã qua.",
	"That is still to come: choose a time that is over.")

// Sounded is what loudspeakers gave out within ten minutes of an instant, the first to
// begin first: the answer to somebody who asks what that noise was. Items of one airing
// are one. What is not reported yet is not known; of nothing it is empty.
func (l *Log) Sounded(ctx context.Context, nodes []string, at time.Time) ([]Sounding, error) {
	a, err := l.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	if at.After(l.opt.Now()) {
		return nil, soundAhead
	}
	sounds := []Sounding{}
	for _, node := range nodes {
		if !a.Sees(node) {
			continue
		}
		plays, err := l.opt.Store.Plays(ctx, store.Filter{Node: node, From: at.Add(-soundLong), To: at.Add(soundAround), Limit: 1000})
		if err != nil {
			return nil, err
		}
		sounds = append(sounds, joined(plays, cmp.Or(a.Names[node], node), at)...)
	}
	if err := l.name(ctx, sounds); err != nil {
		return nil, err
	}
	slices.SortStableFunc(sounds, func(x, y Sounding) int { return x.Began.Compare(y.Began) })
	return sounds, nil
}

// joined are the airings of one node's plays, the last first, that sounded about an
// instant, each with the title of one of its items.
func joined(plays []store.Play, name string, at time.Time) (all []Sounding) {
	of := map[string]int{}
	for _, p := range plays {
		if p.Began.IsZero() || p.Heard <= 0 || p.Began.After(at.Add(soundAround)) || p.Ended.Before(at.Add(-soundAround)) {
			continue
		}
		i, known := of[p.Airing]
		if !known {
			of[p.Airing] = len(all)
			all = append(all, Sounding{Node: p.Node, Name: name, Title: p.Title, Began: p.Began, Ended: p.Ended,
				Volume: p.Volume, Ear: p.Ear, EarDB: p.EarDB, airing: p.Airing})
			continue
		}
		s := &all[i]
		if p.Began.Before(s.Began) {
			s.Began = p.Began
		}
		if p.Ended.After(s.Ended) {
			s.Ended = p.Ended
		}
		s.Volume = max(s.Volume, p.Volume)
		if s.Ear == "" || s.Ear == "cannot_tell" {
			s.Ear, s.EarDB = p.Ear, p.EarDB
		}
	}
	return all
}

// name puts in what the broadcast log knows of what sounded.
func (l *Log) name(ctx context.Context, sounds []Sounding) error {
	for i := range sounds {
		s := &sounds[i]
		b, err := l.opt.Store.Broadcast(ctx, s.airing)
		switch {
		case errors.Is(err, store.ErrNotFound):
			continue
		case err != nil:
			return err
		}
		s.Title, s.Class, s.Drill, s.Author = cmp.Or(b.Title, s.Title), b.Class, b.Drill, cmp.Or(b.Speaker, b.Author)
	}
	return nil
}
