package live

import (
	"context"
	"sync/atomic"
	"time"

	"loa/controller/live/station"
	"loa/schedule"
)

const (
	streamsEvery = 5 * time.Second
	streamsAhead = 20 * time.Second // before its item a stream is looked for
	tuneAhead    = 10 * time.Second // and pulled
)

// streams passes on the stations of the calendar.
type streams struct {
	opt       *Options
	stations  *station.Pool
	concerned func(context.Context, schedule.Targets) (map[string]bool, error)
	due       atomic.Pointer[map[string]streamItem] // by id; nil: the calendar was not read yet
}

// streamItem is a station that is due as an item of the calendar.
type streamItem struct {
	id, title, source string
	start, end        time.Time
	nodes             map[string]bool
}

// run passes on the stations of the calendar, each in its time, until
// ctx ends. A station that does not come leaves its item silent: the rundown
// goes on at its times, and each node's play says that nothing came.
func (x *streams) run(ctx context.Context) {
	carried := map[string]*carrier{}
	tick := time.NewTicker(streamsEvery)
	defer tick.Stop()
	for {
		due, err := x.read(ctx, x.opt.Now())
		if err == nil {
			x.recast(ctx, carried, due)
		} else if ctx.Err() == nil {
			x.opt.Logger.Warn("calendar not read: no new relay begins", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			for _, c := range carried {
				<-c.ended
			}
			return
		}
	}
}

// carrier is a station that is passed on.
type carrier struct {
	item  streamItem
	stop  context.CancelFunc
	ended chan struct{}
}

// recast stops what is not due any more, or is another station now, and begins
// what is new.
func (x *streams) recast(ctx context.Context, carried map[string]*carrier, due map[string]streamItem) {
	for id, c := range carried {
		if item, still := due[id]; !still || item.source != c.item.source {
			c.stop()
			<-c.ended
			delete(carried, id)
		}
	}
	for id, item := range due {
		if carried[id] != nil {
			continue
		}
		c := &carrier{item: item, ended: make(chan struct{})}
		var one context.Context
		one, c.stop = context.WithCancel(ctx)
		carried[id] = c
		go func() {
			defer close(c.ended)
			x.carry(one, item)
		}()
	}
}

// may reports whether a station of the calendar is, or soon will be, due in a
// node's plan. A node asks later than that is known here, so one that asks for
// another is not to hear it; only where the calendar cannot be read is none refused.
func (x *streams) may(ctx context.Context, node, id string) bool {
	if due := x.due.Load(); due != nil {
		if item, known := (*due)[id]; known {
			return item.nodes[node]
		}
	}
	due, err := x.read(ctx, x.opt.Now()) // it may have come since
	return err != nil || due[id].nodes[node]
}

// read returns the stations of approved programmes that are, or soon will
// be, due, by the id of their frames.
func (x *streams) read(ctx context.Context, now time.Time) (map[string]streamItem, error) {
	programmes, err := x.opt.Store.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	due := map[string]streamItem{}
	for i := range programmes {
		p := &programmes[i].Programme
		if !hasStream(p.Rundown) {
			continue
		}
		nodes, err := x.concerned(ctx, p.Targets)
		if err != nil {
			return nil, err
		}
		for _, a := range p.Airings(now.Add(-p.Length()), now.Add(streamsAhead)) {
			at := a.Start
			for n, it := range p.Rundown {
				if it.Kind == schedule.Stream && at.Before(now.Add(streamsAhead)) && at.Add(it.Total()).After(now) {
					id := schedule.FeedID(a.ID, n)
					due[id] = streamItem{id, it.Title, it.Source, at, at.Add(it.Total()), nodes}
				}
				at = at.Add(it.Total())
			}
		}
	}
	x.due.Store(&due)
	return due, nil
}

func hasStream(rundown []schedule.Item) bool {
	for _, it := range rundown {
		if it.Kind == schedule.Stream {
			return true
		}
	}
	return false
}

// carry passes one station on until its item is over.
func (x *streams) carry(ctx context.Context, item streamItem) {
	if !wait(ctx, x.opt.Now, item.start.Add(-tuneAhead)) {
		return
	}
	log := x.opt.Logger.With("stream", item.id, "title", item.title)
	r := station.Pull(x.stations.ForCalendar(x.opt.Tune), item.source,
		func(err error) { log.Warn("station lost: connecting again", "err", err) }, func() {})
	defer r.Close()
	const delay = maxDelay // nobody waits for it: a bad link is allowed for from the beginning
	v, err := newVoice(x.opt, item.id, item.start, delay, len(item.nodes))
	if err != nil {
		log.Error("station not passed on", "err", err)
		return
	}
	if !wait(ctx, x.opt.Now, item.start.Add(-delay)) {
		return
	}
	log.Info("station is passed on")
	ctx, cancel := context.WithTimeout(ctx, item.end.Sub(x.opt.Now()))
	defer cancel()
	for ctx.Err() == nil {
		r.Give(ctx, func(pcm []float32, station bool) {
			if station {
				_ = v.write(pcm) // a frame that cannot be encoded is silence
				v.send(ctx, x.opt.Now(), false)
			}
		}) // a minute without sound is no end: the item lasts, and the station may come back
	}
}

// wait returns at an instant, or false when ctx has ended.
func wait(ctx context.Context, now func() time.Time, until time.Time) bool {
	timer := time.NewTimer(until.Sub(now()))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
