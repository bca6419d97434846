package pages

import (
	"context"
	"slices"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/calls"
	"loa/controller/store"
)

// callRow is a call as the pages list it.
type callRow struct {
	calls.Call
	Where     string
	VI, EN    string // of a relay: how it is
	Lasted    time.Duration
	Text      string // that a correction would say
	Corrected *callRow
	MayStop   bool // the reader
	Own       bool // the reader began it
	person    bool // it is a person that looks
}

// Mine reports whether a call is the own one of a person: the office machine,
// which counts as everybody, knows its own by what its browser remembers.
func (r callRow) Mine() bool { return r.Own && r.person }

// callsView is what is on air now.
type callsView struct {
	Now   time.Time
	Calls []callRow
	Stops []calls.Stop
}

// callsOnAir is every call on air, the latest first.
func (p *kit) callsOnAir(ctx context.Context, now time.Time) (any, error) {
	return p.onAir(ctx, now)
}

func (p *kit) onAir(ctx context.Context, now time.Time) (callsView, error) {
	v := callsView{Now: now}
	calls := p.live.Calls()
	if len(calls) == 0 {
		return v, nil
	}
	a, err := p.access.View(ctx)
	if err != nil {
		return v, err
	}
	for _, c := range slices.Backward(calls) {
		if !a.Concerns(c.Info().Targets) {
			continue
		}
		v.Calls = append(v.Calls, p.callRow(a, c.Info(), now))
	}
	return v, nil
}

func (p *kit) callRow(a *access.View, row store.Call, now time.Time) callRow {
	r := callRow{Call: p.calls.View(a, row), Where: strings.Join(a.Where(row.Targets), ", ")}
	r.Own, r.person = p.calls.IsOwn(a.Who, row), a.Who.Kind == access.Person
	r.MayStop = r.Own || a.Permit(access.Sounding, a.PlacesOf(row.Targets)...) == nil
	end := now
	if r.Ended != nil {
		end = *r.Ended
	}
	r.Lasted = max(end.Sub(r.Start), 0)
	if r.Relay != nil {
		r.VI, r.EN = r.Relay.VI, r.Relay.EN
	}
	return r
}
