package notify

import (
	"context"
	"encoding/json"
	"time"

	"loa/controller/reach"
	"loa/controller/store"
)

var ways = []string{"webhook", "mail"}

// keepWithin bounds how long Send waits for the store.
const keepWithin = 5 * time.Second

// kept is a notice with what a webhook is not told of it.
type kept struct {
	Notice
	Subject string `json:"subject"`
}

func (s *Sender) queue(way string) chan Notice {
	if way == "mail" {
		return s.mails
	}
	return s.hooks
}

// enqueue puts a notice into the queue of a way and, if it is new, into the
// store first: it may be delivered, and forgotten, at once.
func (s *Sender) enqueue(way string, n Notice, isNew bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	queue := s.queue(way)
	if len(queue) == cap(queue) { // only this function fills it
		return false
	}
	if s.opt.Store != nil {
		s.queued[way+n.ID] = true
		if isNew {
			s.keep(way, n)
		}
	}
	queue <- n
	return true
}

func (s *Sender) keep(way string, n Notice) {
	body, err := json.Marshal(kept{n, n.Subject})
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), keepWithin)
		defer cancel()
		err = s.opt.Store.PutUnsent(ctx, store.Unsent{ID: n.ID, Way: way, At: n.At, Body: string(body)})
	}
	if err != nil {
		s.opt.Logger.Error("notice not kept: a restart would lose it", "notice", n.ID, "err", err)
	}
}

// forget is told what needs to be sent no more. It must be done even if the
// sender is just told to end, or it is sent twice.
func (s *Sender) forget(way, id string) {
	if s.opt.Store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), keepWithin)
	defer cancel()
	if err := s.opt.Store.DropUnsent(ctx, id, way); err != nil {
		s.opt.Logger.Error("notice sent and not forgotten: a restart sends it again", "notice", id, "err", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.queued, way+id)
}

// takeUp queues what an earlier run left.
func (s *Sender) takeUp(ctx context.Context, now time.Time) {
	if s.opt.Store == nil {
		return
	}
	all, err := s.opt.Store.Unsent(ctx)
	if err != nil {
		s.opt.Logger.Error("notices of before not found", "err", err)
		return
	}
	for _, u := range all {
		s.mu.Lock()
		mine := s.queued[u.Way+u.ID]
		s.mu.Unlock()
		var k kept
		switch {
		case mine:
			continue
		case json.Unmarshal([]byte(u.Body), &k) != nil, now.Sub(u.At) > Stale:
			s.forget(u.Way, u.ID)
			continue
		}
		k.Notice.Subject = k.Subject
		s.enqueue(u.Way, k.Notice, false) // what finds no room waits for the next start
	}
}

// Try sends a notice now, once, each way that is set, and returns what became
// of it by way: nil if it was taken.
func (to Settings) Try(ctx context.Context, guard *reach.Guard, n Notice) map[string]error {
	tried := map[string]error{}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if to.Webhook.URL != "" {
		tried["webhook"] = to.Webhook.post(ctx, guard.Client(0), n)
	}
	if ok, err := to.Mail.Ready(); ok || err != nil {
		tried["mail"] = to.Mail.send(ctx, guard, n)
	}
	return tried
}
