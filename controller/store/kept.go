package store

import "slices"

// keptCall is the newest word of a call that is not written yet; nil: the
// database has it.
func (s *Store) keptCall(id string) *Call {
	s.deeds.mu.Lock()
	defer s.deeds.mu.Unlock()
	for _, p := range slices.Backward(s.deeds.queue) {
		if p.Call != nil && p.Call.ID == id {
			c := *p.Call
			return &c
		}
	}
	return nil
}

// keptSession is a session that is not written yet; nil: the database has it.
func (s *Store) keptSession(hash string) *Session {
	s.deeds.mu.Lock()
	defer s.deeds.mu.Unlock()
	for _, p := range slices.Backward(s.deeds.queue) {
		if p.Session != nil && p.Session.Hash == hash {
			x := p.Session.Session
			x.Hash = hash
			return &x
		}
	}
	return nil
}

// dropSessions takes out of the queue, and out of the memory, the sessions that
// are over.
func (s *Store) dropSessions(over func(Session) bool) {
	s.deeds.mu.Lock()
	s.deeds.queue = slices.DeleteFunc(s.deeds.queue, func(p *pending) bool {
		if p.Session == nil || p == s.deeds.busy {
			return false
		}
		x := p.Session.Session
		x.Hash = p.Session.Hash
		if !over(x) {
			return false
		}
		p.settle()
		s.deeds.dirty = true
		return true
	})
	s.deeds.mu.Unlock()
	s.memory.dropIf(func(v any) bool {
		x, ok := v.(Session)
		return ok && over(x)
	})
}

// withKept puts the calls that are not written yet among those that the
// database has: they are newer. Only what chosen wants stays; newest first.
func (s *Store) withKept(calls []Call, chosen func(Call) bool) []Call {
	s.deeds.mu.Lock()
	defer s.deeds.mu.Unlock()
	for _, p := range s.deeds.queue {
		if p.Call == nil {
			continue
		}
		calls = slices.DeleteFunc(calls, func(c Call) bool { return c.ID == p.Call.ID })
		if chosen(*p.Call) {
			calls = append(calls, *p.Call)
		}
	}
	slices.SortStableFunc(calls, func(a, b Call) int { return b.Start.Compare(a.Start) })
	return calls
}
