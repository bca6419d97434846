package node

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"log/slog"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/node/player"
	"loa/node/wire"
	"loa/schedule"
)

const (
	ms  = time.Millisecond
	sec = time.Second
)

// office signs commands and frames.
type office struct {
	key ed25519.PrivateKey
	seq uint64
}

func newOffice() *office { return &office{key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))} }

func (o *office) public() ed25519.PublicKey { return o.key.Public().(ed25519.PublicKey) }

func (o *office) sign(t testing.TB, h wire.Header, body any) []byte {
	raw, err := wire.Sign(o.key, h, body)
	require.NoError(t, err)
	return raw
}

// command signs the next command, which expires ten seconds after now.
func (o *office) command(t testing.TB, kind string, now time.Time, body any) []byte {
	o.seq = max(o.seq+1, uint64(now.UnixMilli())) // as the office numbers them
	return o.again(t, kind, o.seq, now, body)
}

func (o *office) again(t testing.TB, kind string, seq uint64, now time.Time, body any) []byte {
	return o.sign(t, wire.Header{Kind: kind, Target: wire.Target("la-da", wire.AllNodes), Seq: seq, Issued: now, Expires: now.Add(10 * sec)}, body)
}

func (o *office) frames(t testing.TB, call string, first int, packets ...[]byte) []byte {
	return o.sign(t, wire.Header{Kind: wire.KindFrames, Target: wire.Target("la-da", call), Seq: uint64(first) + 1},
		wire.Bundle{First: uint64(first), Frames: packets})
}

// board is a node without its network: calls and a player, in a synctest bubble, on flash that survives them.
type board struct {
	t      *testing.T
	office *office
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
	zero   time.Time
	out    []float32

	calls *calls
	stop  func()
}

func newBoard(t *testing.T) *board {
	b := &board{t: t, office: newOffice(), clips: map[string][]byte{}, flash: map[string][]byte{}, offset: 987654321 * time.Microsecond}
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
	b.calls = newCalls(callOptions{
		Commune: "la-da", Open: wire.By(b.office.public()), Kept: wire.By(b.office.public()), Clock: b.clock, Told: b.told, Logger: slog.New(slog.DiscardHandler),
		Plan: func() wire.Plan { return b.plan }, Save: b.save(nameCalls), Load: b.load(nameCalls),
		Changed: func() { p.SetPlan(b.calls.into(b.plan)) },
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
		Clock: b.clock, Feed: b.calls.feed, Sound: func() bool { return true },
		Save: b.save("ledger"), Load: b.load("ledger"),
		Report: func(p wire.Play) error { b.mu.Lock(); defer b.mu.Unlock(); b.plays = append(b.plays, p); return nil },
	})
	require.NoError(b.t, err)
	require.NoError(b.t, b.calls.load())
	p.SetPlan(b.calls.into(b.plan))
	ctx, cancel := context.WithCancel(b.t.Context())
	var wg sync.WaitGroup
	for _, run := range []func(context.Context) error{p.Run, b.calls.run, b.calls.listen} {
		wg.Go(func() { require.NoError(b.t, run(ctx)) })
	}
	wg.Go(func() { b.output(ctx, p.Source()) })
	b.stop = func() { cancel(); wg.Wait() }
}

func (b *board) output(ctx context.Context, src func([]float32, time.Time)) {
	next := time.Now()
	if b.zero.IsZero() || next.Sub(b.zero) > time.Hour {
		b.zero, b.out = next, nil
	}
	buf := make([]float32, audio.FrameSamples)
	for ctx.Err() == nil {
		src(buf, next)
		b.mu.Lock()
		n := int(audio.Samples(next.Sub(b.zero)))
		b.out = append(b.out, make([]float32, max(0, n-len(b.out)))...)
		b.out = append(b.out[:n], buf...)
		if most := 120 * audio.Rate; len(b.out) > most { // the last minute is enough
			cut := len(b.out) - most/2
			b.out, b.zero = append(b.out[:0], b.out[cut:]...), b.zero.Add(audio.Length(int64(cut)))
		}
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
	calls, ledger, plays := b.flash[nameCalls], b.flash["ledger"], len(b.plays)
	b.mu.Unlock()
	b.stop()
	b.flash[nameCalls], b.flash["ledger"], b.plays = calls, ledger, b.plays[:plays]
}

func (b *board) until(ct time.Time) {
	time.Sleep(ct.Sub(b.now())) // of the bubble
	synctest.Wait()
}

func (b *board) heard(ct time.Time, d time.Duration) []float32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := int(audio.Samples(ct.Add(-b.offset).Sub(b.zero)))
	return append([]float32(nil), b.out[first:first+int(audio.Samples(d))]...)
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

var allOfUs = schedule.Targets{Areas: []string{"la-da"}}

// voiceCall is a call to all, from start on for at most ten minutes.
func voiceCall(id string, class schedule.Class, start time.Time) wire.CallOn {
	return wire.CallOn{Targets: allOfUs, Call: schedule.Call{ID: id, Title: "call " + id, Class: class, Level: schedule.CommuneLevel,
		Start: start, End: start.Add(10 * time.Minute)}}
}

// speak sends 20 ms frames of a tone from one frame up to another, each 100 ms early.
func (b *board) speak(on wire.CallOn, from, to int) {
	packets := tonePackets(b.t)
	for i := from; i < to; i++ {
		raw := b.office.frames(b.t, on.Call.ID, i, packets[i%len(packets)])
		wait := on.Call.Start.Add(time.Duration(i)*20*ms - 100*ms).Sub(b.now())
		time.AfterFunc(wait, func() { b.calls.receiveFrames(on.Call.ID, raw) })
	}
}

var tone struct {
	once    sync.Once
	packets [][]byte
}

// tonePackets are two seconds of a tone that is never silent.
func tonePackets(t testing.TB) [][]byte {
	tone.once.Do(func() {
		enc, err := audio.NewEncoder(32000)
		require.NoError(t, err)
		pcm, packet := make([]float32, audio.FrameSamples), make([]byte, audio.MaxPacket)
		for n := range 100 {
			for i := range pcm {
				pcm[i] = float32(0.3 * math.Sin(2*math.Pi*300*float64(n*len(pcm)+i)/audio.Rate))
			}
			size, err := enc.Encode(pcm, packet)
			require.NoError(t, err)
			tone.packets = append(tone.packets, append([]byte(nil), packet[:size]...))
		}
	})
	return tone.packets
}

// bulletin is a programme of chimes, which sound without a clip, for d.
func bulletin(id string, class schedule.Class, at time.Time, d time.Duration) schedule.Programme {
	return schedule.Programme{ID: id, Title: id, Class: class, StartLate: 10 * time.Minute, Rule: schedule.Rule{At: at},
		Rundown: []schedule.Item{{Kind: schedule.Chime, Length: audio.ChimeDuration, Repeat: int(d / audio.ChimeDuration)}}}
}

func slogDiscard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// level is the mean loudness of what was heard.
func level(pcm []float32) float64 {
	var sum float64
	for _, x := range pcm {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum / float64(len(pcm)))
}
