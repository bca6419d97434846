package cache_test

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/cache"
	"loa/node/wire"
)

// thin is an office behind a link that carries so many bytes a second. What it is
// asked for stands in line there.
type thin struct {
	t       *testing.T
	data    []byte
	ref     wire.ClipRef
	rate    atomic.Int64
	old     bool // it knows no pieces
	fetcher *cache.Fetcher

	listens               atomic.Bool
	pieces, wants, chunks atomic.Int64

	mu     sync.Mutex
	busy   time.Time
	queued time.Duration // the longest that anything else would have had to wait
}

func newThin(t *testing.T, size int, rate int64) *thin {
	o := &thin{t: t}
	o.data, o.ref = clip(t, size)
	o.rate.Store(rate)
	return o
}

// run fetches the clip on a cache of its own; stop ends it.
func (o *thin) run(hold func() bool) (c *cache.Cache, stop func()) {
	c = open(o.t, o.t.TempDir())
	o.fetcher = c.NewFetcher(cache.FetchOptions{Pieces: true, Hold: hold, Want: o.want, Changed: func() {},
		Logger: slog.New(slog.DiscardHandler),
		Listen: func(_ string, on bool) error { o.listens.Store(on); return nil },
		Clock:  func(at time.Time) (time.Time, time.Duration, bool) { return at, 2 * time.Millisecond, true }})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- o.fetcher.Run(ctx) }()
	o.fetcher.SetClips([]wire.ClipRef{o.ref})
	return c, func() { cancel(); require.NoError(o.t, <-done) }
}

// carry hands over bytes when the link has carried them, 20 ms away.
func (o *thin) carry(bytes int, arrive func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	if o.busy.Before(now) {
		o.busy = now
	}
	o.busy = o.busy.Add(time.Duration(bytes) * time.Second / time.Duration(o.rate.Load()))
	o.queued = max(o.queued, o.busy.Sub(now))
	time.AfterFunc(o.busy.Sub(now)+20*time.Millisecond, arrive)
}

// line is the longest that anything else would have had to wait since anew.
func (o *thin) line() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.queued
}

func (o *thin) anew() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queued = 0
}

func (o *thin) want(w wire.Want) error {
	o.wants.Add(1)
	sent := time.Now().UnixMilli()
	for _, r := range w.Pieces {
		for i := r.First; i <= r.Last && !o.old; i++ {
			o.pieces.Add(1)
			raw, _ := wire.Encode(wire.Piece{Clip: w.Clip, Index: i, Data: o.data[i*wire.PieceSize : min(len(o.data), (i+1)*wire.PieceSize)],
				Sent: sent})
			o.carry(len(raw), func() { o.fetcher.Piece(raw) })
		}
	}
	for _, r := range w.Ranges {
		for i := r.First; i <= r.Last; i++ {
			o.chunks.Add(1)
			time.AfterFunc(time.Duration(i-r.First)*wire.ChunkSize*time.Second/(256<<10), func() { // as the office paces them
				if !o.listens.Load() {
					return
				}
				raw, _ := wire.Encode(wire.Chunk{Index: i, Data: o.data[i*wire.ChunkSize : min(len(o.data), (i+1)*wire.ChunkSize)],
					Sent: time.Now().UnixMilli()})
				o.carry(len(raw), func() { o.fetcher.Chunk(w.Clip, raw) })
			})
		}
	}
	return nil
}

// On a link that carries little nothing ever waits for much more than a second
// behind a clip, whatever it carries; the clip comes whole, once.
func TestNothingWaitsBehindAClip(t *testing.T) {
	for _, kbit := range []int64{32, 64, 128, 256, 1000} {
		synctest.Test(t, func(t *testing.T) {
			o := newThin(t, 300_001, kbit*1000/8)
			c, stop := o.run(nil)
			defer stop()
			began := time.Now()
			for !c.Held(o.ref.SHA) && time.Since(began) < 5*time.Minute {
				later(100 * time.Millisecond)
			}
			took := time.Since(began)
			require.True(t, c.Held(o.ref.SHA))
			require.Equal(t, int64(o.ref.Pieces()), o.pieces.Load(), "each once")
			require.Zero(t, o.chunks.Load())
			require.LessOrEqual(t, o.line(), 1200*time.Millisecond, "%d kbit/s", kbit)
			used := 300_000 * 8 / float64(kbit*1000) / took.Seconds()
			t.Logf("%d kbit/s: %.0f %% of it used, at most %v in line, %d bytes/s told", kbit, 100*used, o.line().Round(time.Millisecond),
				o.fetcher.Rate())
			require.Greater(t, used, 0.7)
			require.InDelta(t, kbit*1000/8, o.fetcher.Rate(), 0.35*float64(kbit*1000/8))
		})
	}
}

// On a fast link a few pieces show it, and the rest comes in the chunks for all.
func TestFastLinkTakesWhatIsSentToAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newThin(t, 2_000_000, 10<<20)
		c, stop := o.run(nil)
		defer stop()
		later(20 * time.Second)
		require.True(t, c.Held(o.ref.SHA))
		require.LessOrEqual(t, o.pieces.Load(), int64(8))
		require.Greater(t, o.chunks.Load(), int64(50))
	})
}

// An office of before knows no pieces.
func TestOfficeOfBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newThin(t, 300_000, 10<<20)
		o.old = true
		c, stop := o.run(nil)
		defer stop()
		later(14 * time.Second)
		require.False(t, c.Held(o.ref.SHA))
		later(10 * time.Second)
		require.True(t, c.Held(o.ref.SHA))
		var second wire.ClipRef
		o.data, second = clip(t, 300_000)
		o.fetcher.SetClips([]wire.ClipRef{second})
		later(5 * time.Second)
		require.True(t, c.Held(second.SHA), "that is known by now")
	})
}

// A link that fades in the midst of a clip is noticed, and what is sent to all left to others.
func TestLinkThatFades(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newThin(t, 4_000_000, 10<<20)
		c, stop := o.run(nil)
		defer stop()
		later(3 * time.Second)
		require.True(t, o.listens.Load())
		o.rate.Store(8000)
		later(4 * time.Second)
		require.False(t, o.listens.Load(), "left after the first silence")
		later(2 * time.Minute)
		before := o.pieces.Load()
		o.anew()
		later(time.Minute)
		require.Greater(t, o.pieces.Load(), before+50)
		require.LessOrEqual(t, o.line(), 1200*time.Millisecond)
		o.rate.Store(10 << 20)
		later(40 * time.Second)
		require.True(t, c.Held(o.ref.SHA), "and taken again when it has become well")
	})
}

// While a voice is on air here nothing is asked for on a thin link.
func TestVoiceHasTheThinLinkForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newThin(t, 100_000, 8000)
		var speaks atomic.Bool
		c, stop := o.run(speaks.Load)
		defer stop()
		later(5 * time.Second)
		speaks.Store(true)
		later(2 * time.Second)
		before := o.pieces.Load()
		later(time.Minute)
		require.Equal(t, before, o.pieces.Load())
		speaks.Store(false)
		later(20 * time.Second)
		require.True(t, c.Held(o.ref.SHA))
	})
}

// A link that has become thin between two clips is known to be before much of the second is on its way.
func TestLinkThatHasFaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newThin(t, 20_000, 10<<20)
		c, stop := o.run(nil)
		defer stop()
		later(3 * time.Second)
		require.True(t, c.Held(o.ref.SHA))
		require.Positive(t, o.chunks.Load())
		o.rate.Store(32_000)
		o.anew()
		o.chunks.Store(0)
		o.data, o.ref = clip(t, 300_000)
		o.fetcher.SetClips([]wire.ClipRef{o.ref})
		later(20 * time.Second)
		require.True(t, c.Held(o.ref.SHA))
		require.Zero(t, o.chunks.Load())
		require.LessOrEqual(t, o.line(), 600*time.Millisecond)
	})
}
