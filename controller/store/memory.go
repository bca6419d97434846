package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"loa/schedule"
)

// memory is the last that was read of what an alert needs: where the nodes are,
// who may do what, what is ready to be aired. It answers when the database does
// not.
type memory struct {
	mu      sync.Mutex
	of      map[string]any
	failing map[string]error // what could not be read the last time
	slow    time.Time        // until then nobody waits for a reading that hangs
}

const (
	readWithin = 2 * time.Second       // a reading may take so long where something is remembered
	readSlow   = 20 * time.Millisecond // once one has taken longer,
	slowFor    = 30 * time.Second      // for so long
	mostInMind = 20_000                // things; with more all is forgotten, and read anew
)

// recall reads something, and returns what was read the last time when that
// fails or takes too long. What is not there, and a request that is over, are no
// failures. copied makes what is remembered nobody else's.
func recall[T any](ctx context.Context, s *Store, key string, copied func(T) T, read func(context.Context) (T, error)) (T, error) {
	type result struct {
		v   T
		err error
	}
	done := make(chan result, 1)
	go func() {
		v, err := read(ctx)
		if err == nil {
			s.memory.put(key, copied(v))
		}
		done <- result{v, err}
	}()
	var r result
	patience := time.NewTimer(s.memory.patience())
	defer patience.Stop()
	select {
	case r = <-done:
	case <-patience.C: // a disk that hangs answers to no context
		if v, ok := s.memory.get(key); ok {
			s.memory.hangs()
			s.stoodIn(key, errSlow)
			return copied(v.(T)), nil
		}
		select { // without it nothing can be done
		case r = <-done:
		case <-ctx.Done():
			r.err = ctx.Err()
		}
	}
	switch {
	case r.err == nil, ctx.Err() != nil:
		return r.v, r.err
	case errors.Is(r.err, ErrNotFound):
		s.memory.drop(key)
		return r.v, r.err
	}
	v, ok := s.memory.get(key)
	if !ok {
		return r.v, r.err
	}
	s.stoodIn(key, r.err)
	return copied(v.(T)), nil
}

var errSlow = errors.New("it takes too long")

// stoodIn notes that what was read before stands in, and says so once.
func (s *Store) stoodIn(key string, err error) {
	m := &s.memory
	m.mu.Lock()
	first := len(m.failing) == 0
	if m.failing == nil {
		m.failing = map[string]error{}
	}
	m.failing[key] = err
	m.mu.Unlock()
	if first {
		s.logger.Error("the database cannot be read: what was read before stands in", "what", key, "err", err)
	}
}

// ReadFault returns why something that an alert needs could not be read the last
// time, and what was read before stands in; nil: all of it is as it is.
func (s *Store) ReadFault() error {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	for _, err := range s.memory.failing {
		return err
	}
	return nil
}

// patience is how long to wait for a reading.
func (m *memory) patience() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Now().Before(m.slow) {
		return readSlow
	}
	return readWithin
}

func (m *memory) hangs() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.slow = time.Now().Add(slowFor)
}

func (m *memory) put(key string, v any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of == nil || len(m.of) >= mostInMind {
		m.of = map[string]any{} // filled again by what is read next
	}
	m.of[key], m.slow = v, time.Time{}
	delete(m.failing, key)
}

func (m *memory) get(key string) (any, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.of[key]
	return v, ok
}

func (m *memory) drop(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.of, key)
	delete(m.failing, key)
}

func (m *memory) dropIf(gone func(any) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.of, func(_ string, v any) bool { return gone(v) })
}

// Remember reads what an alert needs, so that it is known even if it cannot be
// read when it is needed: places, nodes, people, quiet hours, the alerts that are
// ready and their clips. It is done at the start and now and then. With an error what
// was remembered before stays.
func (s *Store) Remember(ctx context.Context) error {
	_, errTree := s.Tree(ctx)
	_, errAreas := s.Areas(ctx)
	_, errNodes := s.Nodes(ctx)
	_, errQuiet := s.Quiet(ctx)
	people, err := s.People(ctx)
	for _, p := range people {
		s.memory.put(keyPerson+p.ID, copyPerson(p))
		s.memory.put(keyLogin+p.Login, copyPerson(p))
	}
	return errors.Join(err, errTree, errAreas, errNodes, errQuiet, s.rememberAlerts(ctx))
}

// rememberAlerts reads the emergencies as they are approved, and as they are
// written now.
func (s *Store) rememberAlerts(ctx context.Context) error {
	approved, err := s.ApprovedBulletins(ctx, string(schedule.Emergency), time.Now())
	written, werr := s.Alerts(ctx)
	for _, b := range approved {
		s.memory.put(keyApproved+b.ID, copyBulletin(b))
	}
	for _, b := range written {
		s.memory.put(keyBulletin+b.ID, copyBulletin(b))
	}
	err = errors.Join(err, werr)
	for _, b := range append(approved, written...) {
		for _, clip := range b.Clips {
			if _, cerr := s.GetClip(ctx, clip); cerr != nil && err == nil {
				err = cerr
			}
		}
	}
	return err
}

// Keys of the memory, each followed by an id where there are many.
const (
	keyTree     = "tree"
	keyAreas    = "areas"
	keyNodes    = "nodes"
	keyPeople   = "people"
	keyPerson   = "person "
	keyLogin    = "login "
	keySession  = "session "
	keyToken    = "token "
	keyAlerts   = "alerts"
	keyBulletin = "bulletin "
	keyApproved = "approved "
	keyClip     = "clip "
	keyCall     = "call "
)

func same[T any](v T) T { return v }

// rememberPerson notes a person as they are from now on.
func (s *Store) rememberPerson(p Person) {
	s.forgetPerson(p.ID)
	s.memory.put(keyPerson+p.ID, copyPerson(p))
	s.memory.put(keyLogin+p.Login, copyPerson(p))
}

// forgetPerson forgets somebody, and what they came in by.
func (s *Store) forgetPerson(id string) {
	s.memory.dropIf(func(v any) bool {
		switch x := v.(type) {
		case Person:
			return x.ID == id
		case []Person:
			return true // read anew
		}
		return false
	})
}

func copyPerson(p Person) Person {
	p.Grants = slices.Clone(p.Grants)
	return p
}

func copyBulletin(b Bulletin) Bulletin {
	b.Clips = maps.Clone(b.Clips)
	return b
}
