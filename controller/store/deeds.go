package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Deed is something that has been done, and is written down after it: one of
// its fields is set. What sounds, and what silences, waits for no disk.
type Deed struct {
	Call      *Call      `json:"call,omitempty"`      // as it is now
	Clip      *ClipOf    `json:"clip,omitempty"`      // what an alert says, held in memory
	Places    *PlacesOf  `json:"places,omitempty"`    // where a clip belongs
	Audit     *Audit     `json:"audit,omitempty"`     // who did it
	Broadcast *Broadcast `json:"broadcast,omitempty"` // a stop of everything, in the broadcast log
	Said      *StopWord  `json:"said,omitempty"`      // what a node said after one
	Notice    *NoticeTo  `json:"notice,omitempty"`    // that leaders are told
	Session   *SessionOf `json:"session,omitempty"`   // somebody signed in, or was seen
	Passkey   *PasskeyOf `json:"passkey,omitempty"`   // a passkey was used
	Command   uint64     `json:"command,omitempty"`   // the highest number of a command
}

// SessionOf is a session with what it is found by, which no answer shows.
type SessionOf struct {
	Session
	Hash string `json:"hash"`
	New  bool   `json:"new,omitempty"` // it begins; else it was seen, if it has not ended meanwhile
}

// PasskeyOf is a passkey with its counter, which no answer shows.
type PasskeyOf struct {
	Passkey
	Credential json.RawMessage `json:"credential"`
}

// StopWord is what a node said after a stop of everything.
type StopWord struct {
	Stop   string    `json:"stop"`
	Node   string    `json:"node"`
	Silent bool      `json:"silent"`
	At     time.Time `json:"at"`
}

// NoticeTo is a notice with whom it is for.
type NoticeTo struct {
	Notice Notice   `json:"notice"`
	People []string `json:"people"`
}

const (
	retryDeeds = time.Second      // between tries to write what could not be written
	writeDeed  = 10 * time.Second // one write may take
	keepWait   = 5 * time.Second  // the caller that keeps a deed waits for no longer, nor for a write that has hung so long
	mostDeeds  = 4096             // that wait; see fold
)

// pending is a deed that waits to be written.
type pending struct {
	Deed
	settled  chan struct{} // closed once it is written, or is known to have to wait
	done     bool          // settled is closed
	written  bool          // in the database
	restored bool          // an earlier run did it
}

// deeds are what is to be written down, in order. One goroutine writes, while
// there is something to write.
type deeds struct {
	mu      sync.Mutex
	queue   []*pending
	busy    *pending  // is being written
	begun   time.Time // since then
	running bool
	closed  bool
	err     error
	since   time.Time // of err
	late    int       // written since err came
	dirty   bool      // the reserve does not hold the queue
	lost    bool      // and cannot
	saved   time.Time // when it was written last
	reserve *reserve  // nil: none could be made
	wake    chan struct{}
	over    chan struct{}
	wg      sync.WaitGroup
}

func newDeeds(r *reserve) *deeds {
	return &deeds{reserve: r, wake: make(chan struct{}, 1), over: make(chan struct{})}
}

// Backlog is what has been done and is not written down yet.
type Backlog struct {
	Count int       // deeds that wait
	Since time.Time // nothing could be written; zero: it can
	Err   error     // why; nil: it can
	Kept  bool      // a restart would not lose them
}

// Backlog tells what waits to be written.
func (s *Store) Backlog() Backlog {
	q := s.deeds
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil {
		return Backlog{Count: len(q.queue)}
	}
	return Backlog{Count: len(q.queue), Since: q.since, Err: q.err, Kept: !q.dirty}
}

// Unwritten returns what waits to be written, oldest first.
func (s *Store) Unwritten() []Deed {
	q := s.deeds
	q.mu.Lock()
	defer q.mu.Unlock()
	all := make([]Deed, len(q.queue))
	for i, p := range q.queue {
		all[i] = p.Deed
	}
	return all
}

// Receipt is for a deed that was taken.
type Receipt struct {
	q       *deeds
	p       *pending
	settled chan struct{}
}

// Note takes a deed to be written down, after all that were taken before it, and
// does not wait. It is written as soon as that is possible; until then the
// reserve keeps it over a restart. A deed that is the newer word of one that
// waits takes its place.
func (s *Store) Note(d Deed) Receipt { return s.deeds.add(s, d) }

// Keep is Note for a caller that waits as Receipt.Written does.
func (s *Store) Keep(ctx context.Context, d Deed) (written bool) { return s.Note(d).Written(ctx) }

// Written reports whether the deed is written down. It waits for that, but five
// seconds at most, and no longer once it is known that nothing can be written.
func (r Receipt) Written(ctx context.Context) bool {
	patience := time.NewTimer(r.q.patience())
	defer patience.Stop()
	select {
	case <-r.settled:
	case <-patience.C:
	case <-ctx.Done():
	}
	r.q.mu.Lock()
	defer r.q.mu.Unlock()
	return r.p.written
}

// patience is how long to wait for what was just taken.
func (q *deeds) patience() time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.busy == nil {
		return keepWait
	}
	return max(keepWait-time.Since(q.begun), 0)
}

// add puts a deed into the queue, or into one of its kind that waits there.
func (q *deeds) add(s *Store, d Deed) Receipt {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dirty = true
	p := q.merge(d)
	if p == nil {
		p = &pending{Deed: d, settled: make(chan struct{})}
		q.queue = append(q.queue, p)
	}
	if len(q.queue) > mostDeeds {
		q.fold(len(q.queue) / 2)
	}
	switch {
	case q.closed:
		p.settle()
	case !q.running:
		q.running = true
		q.wg.Go(func() { q.run(s) })
	default:
		select {
		case q.wake <- struct{}{}:
		default:
		}
	}
	return Receipt{q, p, p.settled}
}

// merge finds a deed that waits and that this one is the newer word of. It is
// given a settled of its own: the caller waits for the newer.
func (q *deeds) merge(d Deed) *pending {
	for _, p := range slices.Backward(q.queue) {
		if p == q.busy || !d.replaces(p.Deed) {
			continue
		}
		if d.Session != nil {
			d.Session.New = d.Session.New || p.Session.New
		}
		p.Deed = d
		if p.done {
			p.settled, p.done = make(chan struct{}), false
		}
		return p
	}
	return nil
}

// replaces reports whether a deed is the newer word of another.
func (d Deed) replaces(old Deed) bool {
	switch {
	case d.Call != nil && old.Call != nil:
		return d.Call.ID == old.Call.ID
	case d.Said != nil && old.Said != nil:
		return d.Said.Stop == old.Said.Stop && d.Said.Node == old.Said.Node
	case d.Session != nil && old.Session != nil:
		return d.Session.Hash == old.Session.Hash
	case d.Passkey != nil && old.Passkey != nil:
		return d.Passkey.ID == old.Passkey.ID
	}
	return d.Command != 0 && old.Command != 0
}

// run writes until nothing is left, or the store is closed.
func (q *deeds) run(s *Store) {
	for {
		p, tidy := q.next()
		if tidy {
			q.save(s)
			continue
		}
		if p == nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), writeDeed)
		err := s.writeDown(ctx, p)
		cancel()
		goOn, save := q.wrote(s, p, err)
		if save {
			q.save(s)
		}
		if goOn {
			continue
		}
		select {
		case <-q.wake:
		case <-time.After(retryDeeds):
		case <-q.over:
			q.mu.Lock()
			q.running = false
			q.mu.Unlock()
			return
		}
	}
}

// next is the deed to write; nil: none is left, and run is over, but for the
// reserve, which may hold some that were taken out of the queue meanwhile.
func (q *deeds) next() (p *pending, tidy bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.queue) > 0 {
		q.busy, q.begun = q.queue[0], time.Now()
		return q.busy, false
	}
	if q.err != nil {
		q.err = nil
		return nil, true
	}
	q.running = false
	return nil, false
}

// wrote takes what came of writing a deed. It reports whether to go on at once,
// and whether the reserve is to be written.
func (q *deeds) wrote(s *Store, p *pending, err error) (goOn, save bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.busy = nil
	if hopeless(err) {
		s.logger.Error("a deed cannot be written down and is only in this log", "deed", said(p.Deed), "err", err)
		err, p.written = nil, false
	} else if err == nil {
		p.written = true
	}
	if err != nil {
		if q.err == nil {
			q.since, q.late = time.Now(), 0
			s.logger.Error("what was done cannot be written down: it is kept until it can", "err", err)
		}
		q.err = err
		return false, true
	}
	q.queue = slices.DeleteFunc(q.queue, func(x *pending) bool { return x == p })
	p.settle()
	if q.err == nil && !p.restored {
		return true, false
	}
	q.late++
	q.dirty = true
	if len(q.queue) > 0 {
		return true, time.Since(q.saved) > retryDeeds // a crash now would have it written twice
	}
	s.logger.Warn("what could not be written down before is written now", "deeds", q.late, "since", q.since)
	q.err, q.late = nil, 0
	return true, true
}

// hopeless reports whether no later try would succeed: what the deed refers to
// is gone, or it cannot be put into words.
func hopeless(err error) bool {
	var value *json.UnsupportedValueError
	var marshal *json.MarshalerError
	return errors.Is(err, ErrConflict) || errors.Is(err, errLost) || errors.As(err, &value) || errors.As(err, &marshal)
}

// settle lets go the caller that waits for the deed. It is called with the lock held.
func (p *pending) settle() {
	if !p.done {
		p.done = true
		close(p.settled)
	}
}

// close ends the writing. What could be written is; what could not the reserve
// keeps.
func (q *deeds) close() {
	q.mu.Lock()
	was := q.closed
	q.closed = true
	q.mu.Unlock()
	if was {
		return
	}
	close(q.over)
	q.wg.Wait()
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, p := range q.queue {
		p.settle()
	}
	q.reserve.close()
	q.reserve = nil
}

// restore takes up what an earlier run could not write.
func (q *deeds) restore(s *Store, left []Deed) {
	if len(left) == 0 {
		return
	}
	s.logger.Warn("an earlier run left what it could not write down", "deeds", len(left))
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, d := range left {
		s.logger.Info("not written down before", "deed", said(d))
		q.queue = append(q.queue, &pending{Deed: d, settled: make(chan struct{}), restored: true})
	}
	q.running, q.since = true, time.Now()
	q.wg.Go(func() { q.run(s) })
}

// writeDown writes one deed. Each kind can be written twice without harm; of an
// audit record, which cannot, an earlier run's is looked for first.
func (s *Store) writeDown(ctx context.Context, p *pending) (err error) {
	d := p.Deed
	switch {
	case d.Call != nil:
		return s.PutCall(ctx, *d.Call)
	case d.Clip != nil:
		return s.writeClip(ctx, *d.Clip)
	case d.Places != nil:
		return s.PlaceClip(ctx, d.Places.Clip, d.Places.Areas...)
	case d.Audit != nil:
		if p.restored {
			if there, err := s.hasAudit(ctx, *d.Audit); there || err != nil {
				return err
			}
		}
		_, err = s.AddAudit(ctx, *d.Audit)
		return err
	case d.Broadcast != nil:
		return s.AddBroadcasts(ctx, []Broadcast{*d.Broadcast})
	case d.Said != nil:
		return s.StopSaid(ctx, d.Said.Stop, d.Said.Node, d.Said.Silent, d.Said.At)
	case d.Notice != nil:
		return s.AddNotice(ctx, d.Notice.Notice, d.Notice.People)
	case d.Session != nil:
		x := d.Session.Session
		x.Hash = d.Session.Hash
		if d.Session.New {
			return s.PutSession(ctx, x)
		}
		return s.seeSession(ctx, x)
	case d.Passkey != nil:
		k := d.Passkey.Passkey
		k.Credential = d.Passkey.Credential
		return s.PutPasskey(ctx, k)
	case d.Command != 0:
		return s.PutSetting(ctx, keyCommand, d.Command)
	}
	return nil
}

// said is a deed in a line of the log.
func said(d Deed) string {
	switch {
	case d.Call != nil:
		return fmt.Sprintf("call %s %q %s ended %v %s", d.Call.ID, d.Call.Title, d.Call.Start, d.Call.Ended, d.Call.Reason)
	case d.Clip != nil:
		return fmt.Sprintf("clip %s %q in %s", d.Clip.Clip.ID, d.Clip.Clip.Text, d.Clip.File)
	case d.Places != nil:
		return fmt.Sprintf("clip %s belongs to %v", d.Places.Clip, d.Places.Areas)
	case d.Audit != nil:
		return fmt.Sprintf("audit %s %s %s %s", d.Audit.At, d.Audit.Who, d.Audit.Action, d.Audit.Object)
	case d.Broadcast != nil:
		return fmt.Sprintf("stop %s by %s at %s", d.Broadcast.ID, d.Broadcast.Speaker, d.Broadcast.Began)
	case d.Said != nil:
		return fmt.Sprintf("%s after %s: silent %v", d.Said.Node, d.Said.Stop, d.Said.Silent)
	case d.Notice != nil:
		return fmt.Sprintf("notice of %s to %d", d.Notice.Notice.Call, len(d.Notice.People))
	case d.Session != nil:
		return "session of " + d.Session.Person
	case d.Passkey != nil:
		return "passkey of " + d.Passkey.Person
	}
	return fmt.Sprintf("command %d", d.Command)
}
