package store

import (
	"math"
	"time"

	"loa/node/wire"
)

// What is stored is read safely: an earlier program, or a hand, may have written
// numbers that are none and times that no calendar has. One such row must hide no
// other, and must be fit to be told on as JSON.

// millis and instant are the two ways between time.Time and the database.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// instant bounds what an earlier program may have written that no RFC 3339 can say.
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(min(max(ms, firstMillis), lastMillis)).UTC()
}

var (
	firstMillis = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	lastMillis  = wire.Until.Add(-time.Millisecond).UnixMilli()
)

// whole is a number of a column: one that is none is 0.
func whole(v any) int64 {
	switch n := v.(type) {
	case int64:
		return n
	case float64:
		if n >= math.MinInt64 && n < math.MaxInt64 { // not if it is no number
			return int64(n)
		}
		if n > 0 {
			return math.MaxInt64
		}
	}
	return 0
}

// at scans milliseconds into a time.
type at struct{ *time.Time }

// Scan is database/sql's side of it.
func (a at) Scan(v any) error {
	*a.Time = instant(whole(v))
	return nil
}

// counted scans a number, from 0 to a thousand million.
type counted struct{ *int }

// Scan is database/sql's side of it.
func (c counted) Scan(v any) error {
	*c.int = int(min(max(whole(v), 0), mostCounted))
	return nil
}

// lasting scans milliseconds into a length of time, of a year at the most.
type lasting struct{ *time.Duration }

// Scan is database/sql's side of it.
func (l lasting) Scan(v any) error {
	*l.Duration = time.Duration(min(max(whole(v), 0), mostLasting)) * time.Millisecond
	return nil
}

// decibels scans a level; nil: there is none, or none that can be.
type decibels struct{ to **float64 }

// Scan is database/sql's side of it.
func (d decibels) Scan(v any) error {
	*d.to = nil
	if i, ok := v.(int64); ok {
		v = float64(i)
	}
	if db, ok := v.(float64); ok && db > -mostDecibels && db < mostDecibels {
		*d.to = &db
	}
	return nil
}

const (
	mostCounted  = 1_000_000_000
	mostLasting  = 366 * 24 * 60 * 60 * 1000 // ms
	mostDecibels = 200
)
