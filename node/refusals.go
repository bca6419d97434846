package node

import (
	"log/slog"
	"sync"
	"time"
)

// sayEvery is how often at most the log tells of messages that were refused:
// their sender must not fill the flash by it.
const sayEvery = 10 * time.Second

// refusals are the messages that were refused and not told of yet.
type refusals struct {
	mu    sync.Mutex
	count int
	said  time.Time
}

// warn tells of a refused message, and of those since it last did.
func (r *refusals) warn(logger *slog.Logger, what string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	if now := time.Now(); now.Sub(r.said) >= sayEvery {
		logger.Warn(what, "err", err, "refused", r.count)
		r.count, r.said = 0, now
	}
}
