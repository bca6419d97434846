package player

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/tune"
	"loa/node/nodetest"
	"loa/node/wire"
	"loa/schedule"
)

// rig is a node around a player, in a synctest bubble: flash, clips, a clock and an output that can fail. It survives
// the player, as flash survives a power cut.
type rig struct {
	t     *testing.T
	block time.Duration // of the output

	mu      sync.Mutex
	clips   map[string][]byte
	feeds   map[string]*Feed
	noFeed  func() bool // for now; nil: there are
	flash   []byte
	running []byte // what runs on from it
	plays   []wire.Play
	writes  int           // to flash that are still done before power goes; 0: it does not
	refuse  bool          // reports
	offset  time.Duration // controller time less the bubble's
	unknown bool
	mute    bool // the output does not work

	ppm  float64 // how much faster the output's crystal runs than controller time
	deaf bool    // do not keep what the output is given
	out  nodetest.Tape

	player *Player
	stop   func()
}

func newRig(t *testing.T) *rig {
	return &rig{t: t, block: 20 * time.Millisecond, clips: map[string][]byte{}, feeds: map[string]*Feed{}, offset: 1234567 * time.Microsecond}
}

func (r *rig) clock(at time.Time) (time.Time, time.Duration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Unix(0, at.UnixNano()).UTC().Add(r.offset), time.Millisecond, !r.unknown
}

func (r *rig) options() Options {
	return Options{
		Clips: func(sha string) (io.ReaderAt, int64, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			b, ok := r.clips[sha]
			if !ok {
				return nil, 0, errors.New("clip is not held")
			}
			return bytes.NewReader(b), int64(len(b)), nil
		},
		Clock: r.clock,
		Feed: func(call string) (*Feed, bool) {
			if r.noFeed != nil && r.noFeed() {
				return nil, false
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			f, ok := r.feeds[call]
			return f, ok
		},
		Sound: func() bool { r.mu.Lock(); defer r.mu.Unlock(); return !r.mute },
		Save:  func(b []byte) error { r.write(func() { r.flash, r.running = b, nil }); return nil },
		Load: func() ([]byte, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.running != nil {
				return r.running, nil
			}
			return r.flash, nil
		},
		SaveRunning: func(b []byte) error { r.write(func() { r.running = b }); return nil },
		Report: func(p wire.Play) (err error) {
			r.write(func() {
				if r.refuse {
					err = errors.New("refused")
					return
				}
				r.plays = append(r.plays, p)
			})
			return err
		},
	}
}

// write writes to flash, unless power has gone before.
func (r *rig) write(do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.writes >= 0 {
		do()
	}
	if r.writes != 0 {
		if r.writes--; r.writes == 0 {
			r.writes = -1 // from now on none
		}
	}
}

// left is how many writes are left before power goes: below 0 it has gone.
func (r *rig) left() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.writes
}

// written is what flash holds.
func (r *rig) written() (saved, running []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.flash, r.running
}

// start starts a player on what flash holds, and an output.
func (r *rig) start(plans ...wire.Plan) {
	p, err := New(r.options())
	require.NoError(r.t, err)
	for _, plan := range plans {
		p.SetPlan(plan)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { require.NoError(r.t, p.Run(ctx)) })
	wg.Go(func() { r.play(ctx, p) })
	r.player, r.stop = p, func() { cancel(); wg.Wait() }
}

// play is an output that asks for each block at its instant and keeps it. What another output has kept before stays,
// with silence in between, unless that is long.
func (r *rig) play(ctx context.Context, p *Player) {
	src, next := p.Source(), time.Now()
	r.set(func() { r.out.Begin(next) })
	buf := make([]float32, audio.Samples(r.block))
	first := next
	for n := 1; ctx.Err() == nil; n++ {
		src(buf, next)
		switch {
		case r.deaf:
		case r.ppm != 0: // see placed
			r.set(func() { r.out.Put(r.out.Length, buf) })
		default:
			r.set(func() { r.out.Put(int(audio.Samples(next.Sub(r.out.Zero))), buf) })
		}
		next = first.Add(time.Duration(float64(n) * float64(r.block) / (1 + r.ppm*1e-6)))
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(next)):
		}
	}
}

// kill stops the player as a power cut does: nothing that it does now reaches flash.
func (r *rig) kill() {
	r.mu.Lock()
	flash, running, plays := r.flash, r.running, len(r.plays)
	r.mu.Unlock()
	r.stop()
	r.flash, r.running, r.plays = flash, running, r.plays[:plays]
}

// now is controller time.
func (r *rig) now() time.Time {
	ct, _, _ := r.clock(time.Now())
	return ct
}

// until lets time pass up to controller time ct.
func (r *rig) until(ct time.Time) {
	time.Sleep(ct.Sub(r.now())) // of the bubble
	synctest.Wait()
}

// heard returns what the output was given from controller time ct on: from the first frame at or after it.
func (r *rig) heard(ct time.Time, d time.Duration) []float32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.Cut(r.out.Place(ct.Add(-r.offset)), int(audio.Samples(d)))
}

// placed returns n frames of what the output was given from about controller time ct on, and the controller time of the
// first: for an output whose frames are not 1/48000 s long.
func (r *rig) placed(ct time.Time, n int) (pcm []float32, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rate := audio.Rate * (1 + r.ppm*1e-6)
	first := int(ct.Add(-r.offset).Sub(r.out.Zero).Seconds() * rate)
	return r.out.Cut(first, n), r.out.Zero.Add(time.Duration(float64(first) / rate * 1e9)).Add(r.offset)
}

// set changes the world.
func (r *rig) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// clip makes a clip of noise, like speech in its spectrum, and returns its item and its decoded sound.
func (r *rig) clip(seed uint64, length time.Duration) (schedule.Item, []float32) {
	made := noise(r.t, seed, length)
	sum := sha256.Sum256(made.file)
	sha := hex.EncodeToString(sum[:])
	r.set(func() { r.clips[sha] = made.file })
	return schedule.Item{Kind: schedule.Clip, Clip: sha, Title: "clip", Length: length}, slices.Clone(made.pcm)
}

// noiseClip is a clip and what is heard of it.
type noiseClip struct {
	file []byte
	pcm  []float32
}

// noiseClips are kept for the next test: to encode and to decode them takes longer than the tests themselves.
var noiseClips sync.Map

func noise(t testing.TB, seed uint64, length time.Duration) noiseClip {
	once, _ := noiseClips.LoadOrStore(fmt.Sprint(seed, length), sync.OnceValue(func() noiseClip { return makeNoise(t, seed, length) }))
	return once.(func() noiseClip)()
}

func makeNoise(t testing.TB, seed uint64, length time.Duration) noiseClip {
	made := noiseClip{file: encode(t, murmur(seed, length))}
	c, err := audio.OpenClip(bytes.NewReader(made.file), int64(len(made.file)))
	require.NoError(t, err)
	require.Equal(t, length, c.Duration())
	made.pcm = make([]float32, c.Samples())
	_, err = c.Read(made.pcm)
	require.NoError(t, err)
	return made
}

func murmur(seed uint64, length time.Duration) []float32 {
	rnd := rand.New(rand.NewPCG(seed, 9))
	pcm := make([]float32, audio.Samples(length))
	var y float32
	for i := range pcm {
		y += 0.1 * (rnd.Float32() - 0.5 - 0.2*y)
		pcm[i] = y * float32(0.6+0.4*math.Sin(float64(i)/9000))
	}
	return pcm
}

func encode(t testing.TB, pcm []float32) []byte {
	enc, err := audio.NewEncoder(32000)
	require.NoError(t, err)
	var out bytes.Buffer
	ogg, err := audio.NewOggWriter(&out, audio.OpusHead{Channels: 1, PreSkip: audio.Lookahead, InputRate: audio.Rate})
	require.NoError(t, err)
	packet := make([]byte, audio.MaxPacket)
	for from := 0; from < len(pcm)+audio.Lookahead; from += audio.FrameSamples {
		frame := make([]float32, audio.FrameSamples)
		copy(frame, pcm[min(from, len(pcm)):])
		n, err := enc.Encode(frame, packet)
		require.NoError(t, err)
		require.NoError(t, ogg.WritePacket(packet[:n]))
	}
	require.NoError(t, ogg.Close(int64(len(pcm))))
	return out.Bytes()
}

var chime = schedule.Item{Kind: schedule.Chime, Length: tune.ChimeDuration, Title: "chime"}

// programme airs once.
func programme(id string, class schedule.Class, at time.Time, rundown ...schedule.Item) schedule.Programme {
	return schedule.Programme{ID: id, Title: "programme " + id, Class: class, StartLate: time.Minute,
		Rule: schedule.Rule{At: at}, Rundown: rundown}
}

func plan(programmes ...schedule.Programme) wire.Plan {
	return wire.Plan{Plan: schedule.Plan{Programmes: programmes}, Node: "n1", Volume: 100}
}

// play returns the one play of an item.
func (r *rig) playOf(programme string, item int) wire.Play {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []wire.Play
	for _, p := range r.plays {
		if p.Programme == programme && p.Item == item {
			found = append(found, p)
		}
	}
	require.Len(r.t, found, 1, "plays of %s/%d", programme, item)
	return found[0]
}

// same requires two stretches of sound to be equal within a tolerance.
func same(t *testing.T, want, got []float32, tolerance float64, what string) {
	require.Len(t, got, len(want), what)
	for i := range want {
		if d := math.Abs(float64(want[i] - got[i])); d > tolerance {
			require.InDelta(t, want[i], got[i], tolerance, "%s: frame %d", what, i)
		}
	}
}

// alike requires a normalised correlation above 0.99, which after a seek is what Opus allows.
func alike(t *testing.T, want, got []float32, what string) {
	require.Greater(t, correlation(want, got), 0.99, what)
}

func correlation(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return ab / math.Sqrt(aa*bb)
}

func silent(t *testing.T, x []float32, what string) {
	for i, v := range x {
		if v != 0 {
			require.Zero(t, v, "%s: frame %d of %d", what, i, len(x))
		}
	}
}

// smooth requires that no sample is farther from the one before than the sound itself goes.
func smooth(t *testing.T, x []float32, limit float64, what string) {
	for i := 1; i < len(x); i++ {
		if d := math.Abs(float64(x[i] - x[i-1])); d > limit {
			require.LessOrEqual(t, d, limit, "%s: click at frame %d", what, i)
		}
	}
}

// steepest is the largest step from one sample to the next.
func steepest(x []float32) (most float64) {
	for i := 1; i < len(x); i++ {
		most = max(most, math.Abs(float64(x[i]-x[i-1])))
	}
	return most
}

func frames(n int) time.Duration { return audio.Length(int64(n)) }

// bubble runs a test in virtual time.
func bubble(t *testing.T, f func(t *testing.T, r *rig)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { f(t, newRig(t)) })
}
