package store

import (
	"context"
	"slices"
	"time"

	"loa/schedule"
)

const keyOpenings = "openings"

// Openings (nhạc hiệu) are what calls and programmes begin with.
type Openings struct {
	Live      schedule.Opening `json:"live"` // never off: it is the time to think again
	Scheduled schedule.Opening `json:"scheduled"`
	Since     time.Time        `json:"since"` // when they were chosen
}

// Openings returns the commune's. Zero where nobody set any.
func (s *Store) Openings(ctx context.Context) (o Openings, err error) {
	return openings(ctx, s.read)
}

func openings(ctx context.Context, db querier) (o Openings, err error) {
	err = settingOr(ctx, db, keyOpenings, &o)
	return o, err
}

// PutOpenings sets them.
func (s *Store) PutOpenings(ctx context.Context, o Openings) error {
	return s.PutSetting(ctx, keyOpenings, o)
}

// open returns a programme with its opening. Of what was aired under another one
// than today's nobody knows whether it had a chime; see Programme.Reported.
func (o Openings) open(p Programme) Programme {
	p.Programme = o.Scheduled.Open(p.Programme)
	p.openedSince = o.Since
	return p
}

// Calendar returns the approved programmes as nodes get them, each with the
// commune's opening and without its days off. What is stored and approved says only that there is one: do
// not store these, nor ask whether they are approved. None is an empty list, and no
// error.
func (s *Store) Calendar(ctx context.Context) ([]Programme, error) {
	o, err := s.Openings(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.Programmes(ctx, false)
	if err != nil {
		return nil, err
	}
	holidays, err := s.Holidays(ctx)
	if err != nil {
		return nil, err
	}
	var off []schedule.Date
	for _, h := range holidays {
		off = append(off, h.Days()...)
	}
	all = slices.DeleteFunc(all, func(p Programme) bool { return !p.Approved() })
	for i := range all {
		all[i] = o.open(all[i])
		rest(&all[i].Programme, off)
	}
	return all, nil
}

// Aired returns one programme, cancelled or not, approved or not, as Calendar
// does.
func (s *Store) Aired(ctx context.Context, id string) (Programme, error) {
	o, err := s.Openings(ctx)
	if err != nil {
		return Programme{}, err
	}
	p, err := s.Programme(ctx, id)
	return o.open(p), err
}
