package speaker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/node/speaker/tapcard"
)

// ALSA reads its configuration once in a process and oto opens one card, so each test of the real path plays in a
// child: this test binary again, told by childEnv what to do.
const childEnv = "LOA_SPEAKER_TEST_CHILD"

func TestMain(m *testing.M) {
	if mode := os.Getenv(childEnv); mode != "" {
		os.Exit(childMain(mode))
	}
	os.Exit(witness.Main(m))
}

// event is what a child tells about its sink, one JSON object a line.
type event struct {
	State State
	Calls []call  `json:",omitempty"`
	CPU   float64 // seconds used so far
	Err   string
	Dead  bool
}

// call is one call of the source.
type call struct {
	Frame int
	At    int64 // Unix nanoseconds
}

// noise is the signal: white, seeded, never zero and never beyond full scale.
func noise(seed uint64) func() float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	return func() float32 { return 0.1 + 0.3*r.Float32() }
}

// childMain plays noise until stdin closes, and prints each change of the state and at the end everything.
func childMain(mode string) int {
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // ends with the process
		os.Stdin.Read(make([]byte, 1))
		cancel()
	}()
	out := json.NewEncoder(os.Stdout)
	if mode == "three" {
		return childThree(ctx)
	}
	a := OpenALSA(ALSAOptions{})
	a.look = 200 * time.Millisecond
	if mode == "load" {
		for range 6 {
			go burn(ctx)
		}
	}
	var calls []call
	frame, next := 0, noise(1)
	src := func(buf []float32, at time.Time) {
		if a.State().OK() {
			calls = append(calls, call{frame, at.UnixNano()})
			for i := range buf {
				buf[i] = next()
			}
			frame += len(buf)
		}
	}
	done := make(chan error)
	go func() { done <- a.Run(ctx, src) }()
	tick := time.NewTicker(20 * time.Millisecond)
	var last string
	for {
		select {
		case err := <-done:
			e := event{State: a.State(), Calls: calls, CPU: cpu()}
			if err != nil {
				e.Err, e.Dead = err.Error(), errors.Is(err, ErrDeviceDead)
			}
			out.Encode(e)
			return 0
		case <-tick.C:
		}
		if st := a.State(); st.Fault != last {
			last = st.Fault
			out.Encode(event{State: st, CPU: cpu()})
		}
	}
}

// childThree plays constants of three sinks at once.
func childThree(ctx context.Context) int {
	var wg sync.WaitGroup
	for _, v := range []float32{0.5, 0.25, 0.125} {
		wg.Go(func() {
			OpenALSA(ALSAOptions{}).Run(ctx, func(buf []float32, _ time.Time) {
				for i := range buf {
					buf[i] = v
				}
			})
		})
	}
	wg.Wait()
	return 0
}

func burn(ctx context.Context) {
	for x := 1; ctx.Err() == nil; x++ {
		_ = make([]byte, 1000+x%1000)
	}
}

func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return -1
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// child is a running child.
type child struct {
	t      testing.TB
	cmd    *exec.Cmd
	events *bufio.Scanner
	stop   func()
}

func startChild(t testing.TB, mode string, env ...string) *child {
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(append(os.Environ(), childEnv+"="+mode), env...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c := &child{t, cmd, bufio.NewScanner(out), func() { in.Close() }}
	c.events.Buffer(nil, 1<<20)
	t.Cleanup(func() { c.stop(); cmd.Wait() })
	return c
}

// next waits for the child's next event.
func (c *child) next() event {
	require.True(c.t, c.events.Scan(), "child ended: %v", c.events.Err())
	var e event
	require.NoError(c.t, json.Unmarshal(c.events.Bytes(), &e))
	return e
}

// until waits for the state fault.
func (c *child) until(fault string) event {
	for {
		if e := c.next(); e.State.Fault == fault {
			return e
		}
	}
}

// startCard runs a card that records.
func startCard(t testing.TB, ppm float64) (*tapcard.Card, *tapcard.Recorder) {
	card, err := tapcard.New(t.TempDir())
	require.NoError(t, err)
	card.PPM = ppm
	rec := &tapcard.Recorder{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- card.Run(ctx, rec.Add) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
		require.NoError(t, card.Close())
	})
	return card, rec
}

// heard waits until the card has played more than min frames of the noise, and returns the recording and the index
// of the noise's first frame in it.
func heard(t testing.TB, rec *tapcard.Recorder, min int) (samples []float32, start int) {
	witness.Await(t, "enough is heard", 20*time.Second, func() bool {
		samples = rec.Samples()
		start = slices.IndexFunc(samples, func(v float32) bool { return v != 0 })
		return start >= 0 && len(samples)-start > min
	})
	return samples, start
}

func TestALSAPlaysEverySampleOnTime(t *testing.T) {
	for _, ppm := range []float64{-200, 200} {
		t.Run(fmt.Sprintf("%+g ppm", ppm), func(t *testing.T) {
			witness.Play(t, func(t testing.TB) { playsOnTime(t, ppm) })
		})
	}
}

func playsOnTime(t testing.TB, ppm float64) {
	card, rec := startCard(t, ppm)
	c := startChild(t, "noise", card.Env()...)
	c.until("")
	from := time.Now()
	<-time.After(3 * time.Second)
	until, dry := time.Now(), card.Dry()
	c.stop()
	e := c.until("")
	require.Empty(t, e.Err)
	if dry > 0 { // what was not there in time was not heard
		witness.Again(t, fmt.Sprintf("the card ran dry %d times", dry))
	}
	e.Calls = slices.DeleteFunc(e.Calls, func(c call) bool { return c.At > until.UnixNano() })
	if n := len(e.Calls); n == 0 || e.Calls[n-1].Frame < 2*Rate { // a child that was kept from playing shows nothing
		witness.Again(t, fmt.Sprintf("of 3 s less than 2 were played, in %d calls", n))
	}
	p99 := checkOnTime(t, card, rec, e)
	witness.Judge(t, from, time.Now(), func(t testing.TB) { require.Less(t, p99, 20.0) })
}

// checkOnTime checks that each frame of the calls was heard unchanged, and returns how far from the promised instant,
// in ms, all but one of a hundred were.
func checkOnTime(t testing.TB, card *tapcard.Card, rec *tapcard.Recorder, e event) (p99 float64) {
	last := e.Calls[len(e.Calls)-1].Frame // the fade comes after
	samples, start := heard(t, rec, last)
	want := noise(1)
	for i := range last {
		if v := want(); v != samples[start+i] {
			require.Equal(t, v, samples[start+i], "frame %d", i)
		}
	}
	var off []float64
	for _, c := range e.Calls {
		at := rec.At(start + c.Frame)
		off = append(off, float64(at.UnixNano()-c.At)/1e6)
	}
	worst := slices.Clone(off)
	for i := range worst {
		worst[i] = max(worst[i], -worst[i])
	}
	slices.Sort(worst)
	slices.Sort(off)
	n := len(off)
	t.Logf("heard minus promised: |p50| %.2f ms, |p99| %.2f ms, |max| %.2f ms, from %.2f to %.2f ms; latency %v, underruns %d, card dry %d",
		worst[n/2], worst[n*99/100], worst[n-1], off[0], off[n-1], e.State.Latency, e.State.Underruns, card.Dry())
	return worst[n*99/100]
}

func TestALSASinksOfOneProcessAreMixed(t *testing.T) {
	card, rec := startCard(t, 0)
	startChild(t, "three", card.Env()...)
	witness.Await(t, "the sum of the three", 20*time.Second, func() bool {
		s := rec.Samples()
		return len(s) > 0 && s[len(s)-1] == 0.875
	})
}

func TestALSADeviceThatDiesIsAFault(t *testing.T) { witness.Play(t, deviceDies) }

func deviceDies(t testing.TB) {
	card, _ := startCard(t, 0)
	c := startChild(t, "noise", card.Env()...)
	c.until("")
	card.Die()
	died := time.Now()
	e := c.until(FaultDead)
	after := time.Since(died)
	for !e.Dead {
		e = c.next()
	}
	t.Logf("a dead card is a fault after %v", after)
	witness.Judge(t, died, died.Add(after), func(t testing.TB) { require.Less(t, after, 4*time.Second) })
	require.Greater(t, after, 2*time.Second)
	require.NotEmpty(t, e.State.VI)
}

func TestALSAWithoutDeviceWaitsForOne(t *testing.T) {
	card, rec := startCard(t, 0)
	conf := filepath.Join(t.TempDir(), "asound.conf")
	require.NoError(t, os.WriteFile(conf, nil, 0o600))
	c := startChild(t, "noise", "ALSA_CONFIG_PATH="+conf)
	e := c.until(FaultNoDevice)
	t.Log(e.State.Detail)
	require.NotEmpty(t, e.State.Detail)
	<-time.After(time.Second)
	require.Zero(t, rec.Len())

	real, err := os.ReadFile(card.Env()[0][len("ALSA_CONFIG_PATH="):])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(conf+".new", real, 0o600))
	require.NoError(t, os.Rename(conf+".new", conf))
	late := c.until("")
	t.Logf("a second without a card took %.0f ms of CPU", 1000*(late.CPU-e.CPU))
	require.Less(t, late.CPU-e.CPU, 0.3)
	witness.Await(t, "it plays", 20*time.Second, func() bool { return rec.Len() > Rate/2 })
}
