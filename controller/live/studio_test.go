package live_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"log/slog"
	"maps"
	"math"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/controller/live"
	"loa/controller/live/station"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/store/storetest"
	"loa/node/wire"
	"loa/schedule"
)

var la = schedule.Targets{Areas: []string{"la-da"}}

// studio is a Live over a real store; what it publishes is kept.
type studio struct {
	t     *testing.T
	dir   string
	store *store.Store
	live  *live.Live
	pub   ed25519.PublicKey
	key   ed25519.PrivateKey
	stop  func()

	over    []store.Call  // what was told to have ended
	silence time.Duration // that ends a call; 0: as long as usual

	mu    sync.Mutex
	said  map[string]*wire.Status
	tunes station.Tune
	sent  []message
	down  bool
	early func() // before Run
}

type message struct {
	topic string
	raw   []byte
	at    time.Time
}

func newStudio(t *testing.T) *studio {
	s := &studio{t: t, dir: t.TempDir()}
	storetest.Fill(t, s.dir)
	var err error
	s.pub, s.key, err = ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	s.open()
	return s
}

func (s *studio) open() {
	ctx, cancel := context.WithCancel(context.Background())
	var err error
	s.store, err = store.Open(ctx, s.dir, slog.New(slog.DiscardHandler))
	require.NoError(s.t, err)
	for _, a := range []store.Area{{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune},
		{ID: "thon-1", Name: "Thôn 1", Kind: store.Village, Parent: "la-da"},
		{ID: "thon-2", Name: "Thôn 2", Kind: store.Village, Parent: "la-da"}} {
		require.NoError(s.t, s.store.PutArea(ctx, a))
	}
	require.NoError(s.t, s.store.PutNode(ctx, store.Node{ID: "n1", Name: "n1", Area: "thon-1"}))
	require.NoError(s.t, s.store.PutNode(ctx, store.Node{ID: "n2", Name: "n2", Area: "thon-2"}))
	s.live = live.New(live.Options{Store: s.store, Publish: s.publish, Key: s.key, Commune: "la-da", Now: s.now,
		Statuses: s.statuses, Tune: s.tune, Silence: s.silence, Ended: s.ended, News: func() {}, Logger: slog.New(slog.DiscardHandler)})
	if s.early != nil {
		s.early()
	}
	done := make(chan error, 1)
	go func() { done <- s.live.Run(ctx) }()
	synctest.Wait()
	s.stop = func() {
		cancel()
		require.NoError(s.t, <-done)
		require.NoError(s.t, s.store.Close())
	}
}

func (s *studio) ended(row store.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = append(s.over, row)
}

// reopen changes the store between two runs.
func (s *studio) reopen(change func(*store.Store)) {
	st, err := store.Open(context.Background(), s.dir, slog.New(slog.DiscardHandler))
	require.NoError(s.t, err)
	change(st)
	require.NoError(s.t, st.Close())
}

// now is controller time, without a monotonic reading.
func (s *studio) now() time.Time { return time.Now().Round(0) }

func (s *studio) statuses() map[string]*wire.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.said)
}

// say is a node's status.
func (s *studio) say(node string, status wire.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.said == nil {
		s.said = map[string]*wire.Status{}
	}
	status.Sent = time.Now().UTC()
	s.said[node] = &status
}

func (s *studio) tune(ctx context.Context, source string, sink func([]float32) error) error {
	s.mu.Lock()
	tunes := s.tunes
	s.mu.Unlock()
	return tunes(ctx, source, sink)
}

func (s *studio) publish(_ context.Context, topic string, _ byte, _ bool, payload []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return errors.New("not connected")
	}
	s.sent = append(s.sent, message{topic, bytes.Clone(payload), time.Now()})
	return nil
}

// take returns what was sent on topics with this end, opened as body, and
// forgets it.
func take[T any](s *studio, kind, target, suffix string) (bodies []T, headers []wire.Header, at []time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rest []message
	for _, m := range s.sent {
		if !strings.HasSuffix(m.topic, suffix) {
			rest = append(rest, m)
			continue
		}
		var body T
		h, err := wire.Open(s.pub, m.raw, wire.Header{Kind: kind, Target: wire.Target("la-da", target)}, m.at, &body)
		require.NoError(s.t, err)
		bodies, headers, at = append(bodies, body), append(headers, h), append(at, m.at)
	}
	s.sent = rest
	return bodies, headers, at
}

func (s *studio) commands() ([]wire.CallOn, []wire.Header) {
	c, h, _ := take[wire.CallOn](s, wire.KindCall, wire.AllNodes, "/all/call")
	return c, h
}

func (s *studio) stops() []wire.CallOff {
	c, _, _ := take[wire.CallOff](s, wire.KindStop, wire.AllNodes, "/all/stop")
	return c
}

func (s *studio) begin(r live.Request) *live.Call {
	c, err := s.live.Begin(context.Background(), r)
	require.NoError(s.t, err)
	return c
}

// speak writes a tone in real time, 20 ms at a time.
func speak(t *testing.T, c *live.Call, d time.Duration) {
	var n int
	for range int(d / (20 * time.Millisecond)) {
		pcm := make([]float32, audio.FrameSamples)
		for i := range pcm {
			pcm[i] = 0.3 * float32(math.Sin(2*math.Pi*440*float64(n)/audio.Rate))
			n++
		}
		require.NoError(t, c.WritePCM(pcm))
		later(20 * time.Millisecond)
	}
}

func later(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func code(t *testing.T, err error) string {
	t.Helper()
	p, ok := problem.Of(err)
	require.True(t, ok, "%v", err)
	require.NotEmpty(t, p.VI)
	return p.Code
}

// recorded is how long the recording of a call lasts.
func (s *studio) recorded(c *live.Call) time.Duration {
	row, err := s.store.Call(s.t.Context(), c.Info().ID)
	require.NoError(s.t, err)
	f, err := os.Open(s.store.RecordingPath(row.Recording))
	require.NoError(s.t, err)
	defer f.Close()
	info, err := f.Stat()
	require.NoError(s.t, err)
	clip, err := audio.OpenClip(f, info.Size())
	require.NoError(s.t, err)
	return clip.Duration()
}
