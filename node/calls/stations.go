package calls

import (
	"time"

	"loa/node/player"
	"loa/node/wire"
	"loa/schedule"
)

const (
	tuneEvery = 2 * time.Second
	tuneAhead = 10 * time.Second // before its item a station's frames are asked for
)

// station is a stream of the calendar (tiếp sóng) that is, or soon will be, on
// air here. Nobody orders it: the item stands in the signed plan, and its
// frames are signed under the id that [schedule.FeedID] gives it.
//
// Frames are numbered from where the item begins if its airing begins in time.
// Where it began late, the station is joined where it is.
type station struct {
	id       string
	feed     *player.Feed
	late     uint64 // frames by which the airing began late
	from, to time.Time
}

// tune makes ready for the stations that are due soon, and leaves those that
// are over or not in the plan any more.
func (c *Calls) tune(ct time.Time) {
	due := stationsDue(c.Into(c.opt.Plan()).Plan, ct)
	c.mu.Lock()
	anew := len(due) != len(c.stations)
	for id, s := range due {
		old := c.stations[id]
		if old == nil {
			feed, err := player.NewFeed(s.from)
			if err != nil {
				c.opt.Logger.Error("a station cannot be heard", "stream", id, "err", err)
				delete(due, id)
				continue
			}
			s.feed, anew = feed, true
			continue
		}
		s.feed = old.feed
		if !s.from.Equal(old.from) {
			s.feed.SetStart(s.from)
		}
	}
	c.stations = due
	c.mu.Unlock()
	if anew {
		c.KickListen()
	}
}

// stationsDue returns the streams of a plan that are on air at ct or within
// tuneAhead, without their feeds.
func stationsDue(p schedule.Plan, ct time.Time) map[string]*station {
	due := map[string]*station{}
	if !hasStream(p) {
		return due
	}
	for _, slot := range schedule.NewTimeline(p, ct, ct.Add(tuneAhead)).Slots {
		if !slot.Began() {
			continue
		}
		for _, it := range slot.Items() {
			if it.Item.Kind != schedule.Stream || !it.Span.To.After(ct) || it.Span.From.After(ct.Add(tuneAhead)) {
				continue
			}
			id := schedule.FeedID(slot.ID, it.Index)
			due[id] = &station{id: id, from: it.Span.From, to: it.Span.To, late: uint64(max(slot.Begin.Sub(slot.Start), 0) / wire.FrameLength)}
		}
	}
	return due
}

func hasStream(p schedule.Plan) bool {
	for i := range p.Programmes {
		for _, it := range p.Programmes[i].Rundown {
			if it.Kind == schedule.Stream {
				return true
			}
		}
	}
	return false
}

// push takes a bundle of the station's frames.
func (s *station) push(b wire.Bundle, ct time.Time) {
	frames := b.Frames
	if b.First < s.late { // spoken before the airing began here
		frames = frames[min(s.late-b.First, uint64(len(frames))):]
		b.First = s.late
	}
	if len(frames) > 0 {
		s.feed.Push(b.First-s.late, frames, ct)
	}
}
