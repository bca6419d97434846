package public_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"io"
	"math"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/cmd/prove/witness"
	"loa/controller/live"
	"loa/controller/public"
	"loa/node/wire"
	"loa/schedule"
)

// speaker is a live call whose frames are looked at as they leave the office.
type speaker struct {
	pub  ed25519.PublicKey
	mu   sync.Mutex
	sent []sentBundle
}

type sentBundle struct {
	raw []byte
	at  time.Time
}

func (s *speaker) publish(_ context.Context, topic string, _ byte, _ bool, raw []byte) error {
	if strings.Contains(topic, "/live/") {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.sent = append(s.sent, sentBundle{slices.Clone(raw), time.Now()})
	}
	return nil
}

// speak speaks for so long in the office whose pages these are, in a call of a class, and
// returns by how much each frame left before it sounds, the shortest first.
func (b *board) speak(t testing.TB, class schedule.Class, length time.Duration) (ahead []time.Duration) {
	t.Helper()
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	s := &speaker{pub: pub}
	l := live.New(live.Options{Store: b.Store, Publish: s.publish, Key: key, Commune: "la-da", Now: time.Now,
		Statuses: func() map[string]*wire.Status { return nil }, Ended: nil, News: func() {}, Logger: discard})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	armed, _ := l.Arm("a", time.Now())
	call, err := l.Begin(ctx, live.Request{Class: class, Armed: armed, Title: "Nói", Author: "a",
		Targets: schedule.Targets{Areas: []string{"la-da"}}})
	require.NoError(t, err)
	b.onAir = func() bool { return len(l.Calls()) > 0 }
	tick := time.NewTicker(wire.FrameLength)
	for n := range int(length / wire.FrameLength) {
		pcm := make([]float32, audio.FrameSamples)
		for i := range pcm {
			pcm[i] = 0.3 * float32(math.Sin(2*math.Pi*440*float64(n*audio.FrameSamples+i)/audio.Rate))
		}
		<-tick.C
		require.NoError(t, call.WritePCM(pcm))
	}
	tick.Stop()
	id, start := call.Info().ID, call.Info().Start
	call.Stop()
	<-call.Done()
	cancel()
	require.NoError(t, <-done)
	for _, m := range s.sent {
		var bundle wire.Bundle
		_, err := wire.Open(pub, m.raw, wire.Header{Kind: wire.KindFrames, Target: wire.Target("la-da", id)}, m.at, &bundle)
		require.NoError(t, err)
		for i := range bundle.Frames {
			ahead = append(ahead, start.Add(time.Duration(bundle.First+uint64(i))*wire.FrameLength).Sub(m.at))
		}
	}
	slices.Sort(ahead)
	require.NotEmpty(t, ahead)
	return ahead
}

// flood is a crowd that asks as fast as it is answered, slow readers that take a byte a
// second, and others that connect and say nothing, until it is stopped.
func (b *board) flood(t testing.TB, path string) (stop func() (answered, refused, bytes int64)) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var crowd sync.WaitGroup
	var answered, refused, bytes atomic.Int64
	for i := range 60 {
		crowd.Go(func() {
			c := &http.Client{Transport: &http.Transport{DisableKeepAlives: i%2 > 0}, Timeout: 10 * time.Second}
			defer c.CloseIdleConnections()
			for ctx.Err() == nil {
				at := b.url + "/t/" + b.code
				if i%4 == 0 {
					at = b.url + path
				}
				req, _ := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
				res, err := c.Do(req)
				if err != nil || res.StatusCode >= 400 {
					refused.Add(1)
				} else {
					answered.Add(1)
				}
				if err == nil {
					n, _ := io.Copy(io.Discard, res.Body)
					bytes.Add(n)
					_ = res.Body.Close()
				}
			}
		})
	}
	for i := range 40 {
		crowd.Go(func() {
			var d net.Dialer
			c, err := d.DialContext(ctx, "tcp", strings.TrimPrefix(b.url, "http://"))
			if err != nil {
				return
			}
			defer c.Close()
			if i%2 == 0 {
				_, _ = io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
			}
			for ctx.Err() == nil {
				_ = c.SetReadDeadline(time.Now().Add(time.Second))
				_, _ = c.Read(make([]byte, 1))
				select {
				case <-ctx.Done():
				case <-time.After(time.Second):
				}
			}
		})
	}
	return func() (int64, int64, int64) {
		cancel()
		crowd.Wait()
		return answered.Load(), refused.Load(), bytes.Load()
	}
}

// A flood of readers, beside a call: not one frame of the call is late, and the flood is
// still answered, within its bounds.
func TestMeasuredFloodBesideACall(t *testing.T) {
	witness.Play(t, func(t testing.TB) {
		const length = 8 * time.Second
		b := open(t, public.Limits{Each: 200}, lived)
		s, err := b.replay.Snapshot(t.Context())
		require.NoError(t, err)
		p, _ := s.Page(b.code)
		calm := b.speak(t, schedule.Live, length)
		stop := b.flood(t, "/s/"+p.Alerts[0].Sounds[0].SHA+".opus")
		from := time.Now()
		flooded := b.speak(t, schedule.Live, length)
		to := time.Now()
		answered, refused, bytes := stop()
		late := 0
		for _, d := range flooded {
			if d < 0 {
				late++
			}
		}
		seconds := to.Sub(from).Seconds()
		t.Logf("%d frames, the tightest left %v before it sounded; beside the flood %d, %v, and %d late", len(calm),
			calm[0].Round(time.Millisecond), len(flooded), flooded[0].Round(time.Millisecond), late)
		t.Logf("the flood: %.0f answers a second, %.0f refused, %.0f kB/s", float64(answered)/seconds, float64(refused)/seconds,
			float64(bytes)/seconds/1000)
		require.Positive(t, answered)
		witness.Judge(t, from, to, func(t testing.TB) { require.Zero(t, late) })
	})
}

// reader is one villager: from an address of his own he opens the page and what it needs,
// and one of four plays the alert.
func (b *board) reader(n int, sound string) (took time.Duration, status int) {
	from := &net.TCPAddr{IP: net.IPv4(127, byte(1+n>>14), byte(n>>7&127), byte(1+n&127))}
	c := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{LocalAddr: from}).DialContext}, Timeout: time.Minute}
	defer c.CloseIdleConnections()
	began := time.Now()
	status, page := get(c, b.url+"/t/"+b.code)
	took = time.Since(began)
	for _, at := range needs.FindAllStringSubmatch(page, -1) {
		if other, _ := get(c, b.url+at[1]); other != 200 {
			status = other
		}
	}
	if n%4 == 0 {
		if other, _ := get(c, b.url+sound); other != 200 {
			status = other
		}
	}
	return took, status
}

var needs = regexp.MustCompile(`(?:stylesheet" href|script src)="(/-/[^"]+)"`)

// get is a whole answer; 0: none came.
func get(c *http.Client, url string) (status int, body string) {
	res, err := c.Get(url)
	if err != nil {
		return 0, ""
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, ""
	}
	return res.StatusCode, string(data)
}

// Ten thousand people open their village's page within five minutes of an emergency, beside
// the voice that speaks in it: not one frame of it is late, and the people read it. Without
// LOA_WHOLE, which make measure sets, it is the first half minute of that.
func TestMeasuredTenThousandReaders(t *testing.T) {
	readers, length := 1000, 30*time.Second
	if os.Getenv("LOA_WHOLE") != "" {
		readers, length = 10*readers, 10*length
	}
	witness.Play(t, func(t testing.TB) {
		b := open(t, public.Limits{}, lived)
		s, err := b.replay.Snapshot(t.Context())
		require.NoError(t, err)
		p, _ := s.Page(b.code)
		sound := "/s/" + p.Alerts[0].Sounds[0].SHA + ".opus"
		var mu sync.Mutex
		var waits []time.Duration
		answers := map[int]int{}
		var crowd sync.WaitGroup
		from := time.Now()
		crowd.Go(func() {
			draw := mathrand.New(mathrand.NewPCG(1, 2))
			for n, at := 0, 0.0; n < readers; n++ {
				at += draw.ExpFloat64() * length.Seconds() / float64(readers)
				time.Sleep(time.Until(from.Add(time.Duration(at * float64(time.Second)))))
				crowd.Go(func() {
					took, status := b.reader(n, sound)
					mu.Lock()
					defer mu.Unlock()
					waits = append(waits, took)
					answers[status]++
				})
			}
		})
		ahead := b.speak(t, schedule.Emergency, length)
		to := time.Now()
		crowd.Wait()
		late, _ := slices.BinarySearch(ahead, 0)
		slices.Sort(waits)
		t.Logf("%d frames, the tightest left %v before it sounded, %d late", len(ahead), ahead[0].Round(time.Millisecond), late)
		t.Logf("%d readers: by answer %v; the page took %v in the middle, %v at p99, %v at most", readers, answers,
			waits[readers/2].Round(time.Millisecond), waits[readers*99/100].Round(time.Millisecond), waits[readers-1].Round(time.Millisecond))
		witness.Judge(t, from, to, func(t testing.TB) {
			require.Zero(t, late)
			require.GreaterOrEqual(t, answers[200], readers*99/100)
		})
	})
}
