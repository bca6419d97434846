package pages

import (
	"context"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/preview"
)

// livePage is where a person speaks to villages.
type livePage struct {
	*kit
	preview *preview.Preview
}

// register adds the endpoints.
func (p *livePage) register() {
	p.mux.HandleFunc("GET /live", p.page("live", map[string]part{"places": p.livePlaces, "calls": p.liveCalls, "quiet": p.quietNow}))
}

// livePlaces offers the smallest village first: a slip of the finger on the
// page of every day must not wake the commune.
func (p *livePage) livePlaces(ctx context.Context, _ time.Time) (any, error) {
	rows, err := p.placeRows(ctx, access.Speaking)
	chooseSmallest(rows)
	return rows, err
}

// quietNow is when the quiet hours of now end; zero if there are none.
func (p *livePage) quietNow(ctx context.Context, now time.Time) (any, error) {
	return p.preview.QuietUntil(ctx, now)
}

// liveCalls is what is on air, and what was silenced of late.
func (p *livePage) liveCalls(ctx context.Context, now time.Time) (any, error) {
	v, err := p.onAir(ctx, now)
	if err == nil {
		v.Stops, err = p.calls.Stops(ctx, now)
	}
	return v, err
}
