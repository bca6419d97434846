package trust

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"loa/controller/store"
)

// Machines are the browsers of the machine's own administrator. Each was opened
// once with the machine's token, and keeps a session instead of it: one who finds the
// cookie has no token, and signing out ends it. Another token ends them all.
type Machines struct {
	store *store.Store
	token string // its hash
	log   *slog.Logger

	mu     sync.Mutex
	memory map[string]store.MachineSession // that the store would not keep: till the next start
	read   map[string]store.MachineSession // as they were read last, for when the store cannot be
}

// mostMachines bounds the sessions that are in memory only.
const mostMachines = 100

// NewMachines makes one over a store, for a token.
func NewMachines(st *store.Store, token string, log *slog.Logger) *Machines {
	return &Machines{store: st, token: hashOf(token), log: log, memory: map[string]store.MachineSession{},
		read: map[string]store.MachineSession{}}
}

// Begin begins a session; cookie is what the browser keeps. It begins on a full
// disk too: a person at the machine may have to raise an alarm.
func (m *Machines) Begin(ctx context.Context, now time.Time) (cookie string) {
	if err := m.store.ForgetMachineSessions(ctx, m.token, now.Add(-sessionMost), now.Add(-sessionIdle)); err != nil {
		m.log.Error("old sessions of the machine are not removed", "err", err) // they do not count anyway
	}
	cookie = newSecret()
	m.keep(ctx, store.MachineSession{Hash: hashOf(cookie), Token: m.token, Created: now, Seen: now})
	return cookie
}

func (m *Machines) keep(ctx context.Context, x store.MachineSession) {
	err := m.store.PutMachineSession(ctx, x)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err == nil {
		delete(m.memory, x.Hash)
		return
	}
	m.log.Error("a session of the machine is not kept beyond the next start", "err", err)
	if _, there := m.memory[x.Hash]; there || len(m.memory) < mostMachines {
		m.memory[x.Hash] = x
	}
}

// Knows reports whether a cookie is of a session that has not ended. A store that
// cannot be read keeps out nobody who was in: see recall.
func (m *Machines) Knows(ctx context.Context, cookie string, now time.Time) bool {
	x, ok := m.recall(ctx, hashOf(cookie))
	if !ok || x.Token != m.token || over(store.Session{Created: x.Created, Seen: x.Seen}, now) {
		return false
	}
	if now.Sub(x.Seen) >= seenEvery {
		x.Seen = now
		m.keep(ctx, x)
	}
	return true
}

// recall finds a session, as it was read last if the store fails.
func (m *Machines) recall(ctx context.Context, hash string) (x store.MachineSession, ok bool) {
	m.mu.Lock()
	x, ok = m.memory[hash]
	m.mu.Unlock()
	if ok {
		return x, true
	}
	x, err := m.store.MachineSession(ctx, hash)
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case err == nil:
		if len(m.read) >= mostMachines {
			clear(m.read)
		}
		m.read[hash] = x
		return x, true
	case errors.Is(err, store.ErrNotFound):
		delete(m.read, hash)
		return x, false
	}
	x, ok = m.read[hash]
	return x, ok
}

// End ends a session; one that has ended is none.
func (m *Machines) End(ctx context.Context, cookie string) error {
	hash := hashOf(cookie)
	m.mu.Lock()
	delete(m.memory, hash)
	delete(m.read, hash)
	m.mu.Unlock()
	return m.store.EndMachineSession(ctx, hash)
}
