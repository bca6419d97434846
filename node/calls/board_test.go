package calls

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/node/nodetest"
	"loa/node/player"
	"loa/node/wire"
)

const (
	ms  = time.Millisecond
	sec = time.Second
)

// board is a node without its network: calls and a player, in a synctest bubble, on flash that survives them.
type board struct {
	t      *testing.T
	office *nodetest.Office
	plan   wire.Plan
	clips  map[string][]byte

	mu     sync.Mutex
	flash  map[string][]byte
	full   bool // flash
	offset time.Duration
	untold bool // the office has not said what time it is
	live   []string
	noes   int // of the broker, still to come
	plays  []wire.Play
	out    nodetest.Tape

	calls *Calls
	stop  func()
}

func newBoard(t *testing.T) *board {
	b := &board{t: t, office: nodetest.NewOffice(), clips: map[string][]byte{}, flash: map[string][]byte{},
		offset: 987654321 * time.Microsecond}
	b.plan = wire.Plan{Node: "n1", Areas: []string{"thon-1", "la-da"}, Volume: 100}
	return b
}

// onBoard runs a test in virtual time.
func onBoard(t *testing.T, f func(t *testing.T, b *board)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { f(t, newBoard(t)) })
}

func (b *board) clock(at time.Time) (time.Time, time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Unix(0, at.UnixNano()).UTC().Add(b.offset), ms, true
}

func (b *board) told(at time.Time) (time.Time, time.Duration, bool) {
	ct, bound, _ := b.clock(at)
	return ct, bound, !b.untold
}

func (b *board) now() time.Time { ct, _, _ := b.clock(time.Now()); return ct }

func (b *board) save(name string) func([]byte) error {
	return func(data []byte) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.full {
			return errors.New("flash is full")
		}
		b.flash[name] = data
		return nil
	}
}

func (b *board) load(name string) func() ([]byte, error) {
	return func() ([]byte, error) { b.mu.Lock(); defer b.mu.Unlock(); return b.flash[name], nil }
}

// start starts the node's parts on what flash holds.
func (b *board) start() {
	var p *player.Player
	b.calls = New(Options{
		Commune: "la-da", Open: wire.By(b.office.Public()), Kept: wire.By(b.office.Public()), Clock: b.clock, Told: b.told,
		Logger: slog.New(slog.DiscardHandler),
		Plan:   func() wire.Plan { return b.plan }, Save: b.save(OnFlash), Load: b.load(OnFlash),
		Changed: func() { p.SetPlan(b.calls.Into(b.plan)) },
		SetLive: func(calls []string) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.noes > 0 {
				b.noes--
				return errors.New("refused")
			}
			b.live = calls
			return nil
		},
	})
	p, err := player.New(player.Options{
		Clips: func(sha string) (io.ReaderAt, int64, error) {
			clip, ok := b.clips[sha]
			if !ok {
				return nil, 0, errors.New("not held")
			}
			return bytes.NewReader(clip), int64(len(clip)), nil
		},
		Clock: b.clock, Feed: b.calls.Feed, Sound: func() bool { return true },
		Save: b.save("ledger"), Load: b.load("ledger"),
		Report: func(p wire.Play) error { b.mu.Lock(); defer b.mu.Unlock(); b.plays = append(b.plays, p); return nil },
	})
	require.NoError(b.t, err)
	require.NoError(b.t, b.calls.Load())
	p.SetPlan(b.calls.Into(b.plan))
	ctx, cancel := context.WithCancel(b.t.Context())
	var wg sync.WaitGroup
	for _, run := range []func(context.Context) error{p.Run, b.calls.Run, b.calls.Listen} {
		wg.Go(func() { require.NoError(b.t, run(ctx)) })
	}
	wg.Go(func() { b.output(ctx, p.Source()) })
	b.stop = func() { cancel(); wg.Wait() }
}

func (b *board) output(ctx context.Context, src func([]float32, time.Time)) {
	next := time.Now()
	b.mu.Lock()
	b.out.Keep = 120
	b.out.Begin(next)
	b.mu.Unlock()
	buf := make([]float32, audio.FrameSamples)
	for ctx.Err() == nil {
		src(buf, next)
		b.mu.Lock()
		b.out.Put(int(audio.Samples(next.Sub(b.out.Zero))), buf)
		b.mu.Unlock()
		next = next.Add(20 * ms)
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(next)):
		}
	}
}

// kill is a power cut: nothing that is done now reaches flash.
func (b *board) kill() {
	b.mu.Lock()
	calls, ledger, plays := b.flash[OnFlash], b.flash["ledger"], len(b.plays)
	b.mu.Unlock()
	b.stop()
	b.flash[OnFlash], b.flash["ledger"], b.plays = calls, ledger, b.plays[:plays]
}

func (b *board) until(ct time.Time) {
	time.Sleep(ct.Sub(b.now())) // of the bubble
	synctest.Wait()
}

func (b *board) heard(ct time.Time, d time.Duration) []float32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.out.Cut(int(audio.Samples(ct.Add(-b.offset).Sub(b.out.Zero))), int(audio.Samples(d)))
}

func (b *board) listening() []string { b.mu.Lock(); defer b.mu.Unlock(); return b.live }

func (b *board) playOf(airing string, item int) wire.Play {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.plays {
		if p.Airing == airing && p.Item == item {
			return p
		}
	}
	require.Fail(b.t, "no play", "%s/%d in %v", airing, item, b.plays)
	panic("unreachable")
}

// speak sends 20 ms frames of a tone from one frame up to another, each 100 ms early.
func (b *board) speak(on wire.CallOn, from, to int) {
	packets := nodetest.TonePackets(b.t)
	for i := from; i < to; i++ {
		raw := b.office.Frames(b.t, on.Call.ID, i, packets[i%len(packets)])
		wait := on.Call.Start.Add(time.Duration(i)*20*ms - 100*ms).Sub(b.now())
		time.AfterFunc(wait, func() { b.calls.ReceiveFrames(on.Call.ID, raw) })
	}
}
