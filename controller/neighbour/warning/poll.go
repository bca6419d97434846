package warning

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"loa/controller/neighbour/cap"
	"loa/controller/problem"
	"loa/controller/reach"
	"loa/controller/store"
)

// How feeds are asked.
const (
	askEvery   = time.Minute
	askRarely  = 15 * time.Minute // after failures, each twice as late as the one before
	askWithin  = 30 * time.Second
	redirects  = 3
	mostNew    = 20     // messages that are fetched at once; the rest at the next time
	mostSeen   = 10_000 // entries that are remembered
	silentLook = 5 * time.Minute
)

// What stands at a source that does not answer as one.
var (
	errAnswer = problem.New(problem.Unreachable, "feed_answer", "Nguồn không trả lời được: hãy kiểm tra mạng và địa chỉ.",
		"The source does not answer: look at the network and at its address.")
	errBody = problem.New(problem.TooLarge, "feed_large", "Nguồn trả lời quá 4 MB.", "The source answers with more than 4 MB.")
)

// Run asks the feeds and looks into the folder until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	if d.opt.Folder != "" {
		all.Go(func() { d.watch(ctx) })
	}
	all.Go(func() { d.tellSilent(ctx) })
	for {
		ours, stop := context.WithCancel(ctx)
		var asking sync.WaitGroup
		sources, err := d.opt.Store.WarningSources(ctx)
		var later <-chan time.Time
		if err != nil && ctx.Err() == nil {
			d.opt.Logger.Error("the sources of warnings are not known", "err", err)
			later = time.After(askEvery) // the database may be back
		}
		for _, s := range sources {
			if s.Kind == Feed {
				asking.Go(func() { d.ask(ours, s) })
			}
		}
		select {
		case <-ctx.Done():
		case <-d.renew:
		case <-later:
		}
		stop()
		asking.Wait()
		if ctx.Err() != nil {
			return nil
		}
	}
}

// changed has the sources read anew.
func (d *Desk) changed() {
	select {
	case d.renew <- struct{}{}:
	default:
	}
	d.opt.News("warnings")
}

// feed is one source as it is asked again and again.
type feed struct {
	source   store.WarningSource
	client   *http.Client
	tag      string // of the last answer
	modified string
	seen     map[string]bool // entries that were taken, refused, or known
	failures int
}

// ask asks a feed until ctx ends.
func (d *Desk) ask(ctx context.Context, s store.WarningSource) {
	f := &feed{source: s, client: d.opt.Reach.Client(redirects), seen: map[string]bool{}}
	defer f.client.CloseIdleConnections()
	for {
		err := d.round(ctx, f)
		if ctx.Err() != nil {
			return
		}
		d.note(s.ID, func(l *Link, now time.Time) {
			l.Asked = &now
			if l.Fault = reasonOf(err); err == nil {
				l.Answered = &now
			}
		})
		wait := askEvery
		if f.failures++; err == nil {
			f.failures = 0
		}
		for range min(f.failures, 5) {
			wait = min(2*wait, askRarely)
		}
		timer := time.NewTimer(wait + rand.N(wait/10))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// note changes what is known of how a source answers.
func (d *Desk) note(source string, change func(l *Link, now time.Time)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.links[source]
	change(&l, d.opt.Now())
	d.links[source] = l
}

// reasonOf is an error in words; nil for none.
func reasonOf(err error) *Reason {
	if err == nil {
		return nil
	}
	p, ok := problem.Of(err)
	if !ok {
		p = errAnswer
	}
	return &Reason{p.VI, p.EN}
}

// round asks once and takes what is new.
func (d *Desk) round(ctx context.Context, f *feed) error {
	body, base, err := f.get(ctx, f.source.Address, true)
	if err != nil || body == nil {
		return err
	}
	entries, err := cap.Feed(body, base)
	if err != nil {
		f.tag, f.modified = "", ""
		return err
	}
	if len(f.seen) > mostSeen {
		clear(f.seen) // what is known is known by the database, too
	}
	fetched := 0
	for _, e := range entries {
		key := e.ID + " " + e.Updated.String() + " " + e.URL
		if e.URL != "" && f.seen[key] {
			continue
		}
		data := e.Data
		if e.URL != "" {
			if fetched++; fetched > mostNew {
				f.tag, f.modified = "", "" // there is more: the whole list next time
				break
			}
			if data, _, err = f.get(ctx, e.URL, false); err != nil || ctx.Err() != nil {
				f.tag, f.modified = "", ""
				return err
			}
		}
		d.taken(ctx, f.source, data)
		f.seen[key] = true
	}
	return nil
}

// taken takes a message and notes what was wrong with it.
func (d *Desk) taken(ctx context.Context, s store.WarningSource, data []byte) {
	all, err := d.Take(ctx, s.ID, data)
	if err != nil && ctx.Err() != nil {
		return
	}
	refused := reasonOf(err)
	for _, t := range all {
		if t.Refused != nil {
			refused = t.Refused
		}
	}
	if refused != nil {
		d.opt.Logger.Warn("a warning is refused", "source", s.Name, "why", refused.EN)
		d.note(s.ID, func(l *Link, _ time.Time) { l.Refused = refused })
	}
}

// get fetches an address; nil: nothing has changed there. Its second result is where it was
// found in the end.
func (f *feed) get(ctx context.Context, address string, again bool) ([]byte, *url.URL, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, nil, errAnswer
	}
	r.Header.Set("Accept", "application/cap+xml, application/atom+xml, application/rss+xml, application/xml, text/xml")
	r.Header.Set("User-Agent", "Loa")
	if again && f.tag != "" {
		r.Header.Set("If-None-Match", f.tag)
	}
	if again && f.modified != "" {
		r.Header.Set("If-Modified-Since", f.modified)
	}
	res, err := f.client.Do(r)
	if err != nil {
		if errors.Is(err, reach.ErrPrivate) {
			return nil, nil, reach.ErrPrivate
		}
		return nil, nil, fmt.Errorf("%w: %w", errAnswer, reach.WithoutAddress(err))
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusNotModified && again:
		return nil, nil, nil
	case res.StatusCode != http.StatusOK:
		return nil, nil, fmt.Errorf("%w: status %d", errAnswer, res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, cap.MostBytes+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("%w: %w", errAnswer, reach.WithoutAddress(err))
	case len(body) > cap.MostBytes:
		return nil, nil, errBody
	}
	if again {
		f.tag, f.modified = bounded(res.Header.Get("ETag")), bounded(res.Header.Get("Last-Modified"))
	}
	return body, res.Request.URL, nil
}

// bounded is a header that is worth being kept.
func bounded(s string) string {
	if len(s) > 200 {
		return ""
	}
	return s
}

// tellSilent tells once of each feed that has not answered for longer than it may.
func (d *Desk) tellSilent(ctx context.Context) {
	tick := time.NewTicker(silentLook)
	defer tick.Stop()
	told := map[string]bool{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		all, err := d.Sources(ctx)
		if err != nil {
			continue
		}
		for _, s := range all {
			if s.Silent && !told[s.ID] {
				d.opt.Logger.Error("a source of warnings is silent", "source", s.Name)
				d.opt.Notices.TellWarning(ctx, nil, d.opt.Now(), "Nguồn cảnh báo im lặng: "+s.Name)
			}
			told[s.ID] = s.Silent
		}
	}
}
