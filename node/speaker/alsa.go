package speaker

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hajimehoshi/oto/v2"
)

// ErrDeviceDead is returned by the ALSA sink's Run when the card died: exit, so that the service manager starts
// a new process, which can open the card again.
var ErrDeviceDead = errors.New("sound card stopped taking samples: restart the process")

const (
	channels   = 2
	frameBytes = channels * 4 // FormatFloat32LE

	// Sizes in frames. oto pulls one period at a time out of a player's queue into a card that holds two; all
	// of it together is the time from asking the source to the horn, about 85 ms, and a voice waits for it. A
	// process that is held up for a period, 21 ms, is not heard. Each write blocks for a period in C, and Go's
	// runtime watches every such call with dozens of wake-ups. On a tap card, two shared cores:
	//
	//	period  queue  to the horn   CPU of a core
	//	  2048   4096       169 ms           2.5 %
	//	  1536   2304       111 ms           2.3 %
	//	  1024   2048        85 ms           2.8 %
	//	  1024   1536        73 ms           2.5 %
	//	   768   1536        60 ms           4.2 %, first underruns
	//	   512   1024        40 ms           5.2 %, underruns
	//
	// With less than two periods in the queue a goroutine that is late by one is heard as a gap.
	alsaPeriod = 1024
	alsaBuffer = 2 * alsaPeriod

	lookEvery  = 10 * time.Second       // between two looks for a card
	openWithin = 5 * time.Second        // for oto to open the card
	watchEvery = 250 * time.Millisecond // watchdog tick
	deadAfter  = 12                     // watchdog ticks without a read: 3 s
)

// ALSAOptions are the settings of an ALSA sink; the zero value will do.
type ALSAOptions struct {
	Logger *slog.Logger // nil: discard

	// DeviceDelay is the time that sound takes behind ALSA's buffer: converter, amplifier, network audio.
	DeviceDelay time.Duration
}

// ALSA plays on the sound card.
type ALSA struct {
	*tracker
	log   *slog.Logger
	delay time.Duration
	look  time.Duration // between two looks for a card
}

// OpenALSA returns a sink for ALSA's default. The card is opened by Run, and need not be there.
func OpenALSA(o ALSAOptions) *ALSA {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &ALSA{tracker: newTracker(), log: o.Logger, delay: o.DeviceDelay, look: lookEvery}
}

// Run plays src on the card, and in real time to nothing while there is none. It returns nil when ctx ends and
// [ErrDeviceDead] when the card died.
func (a *ALSA) Run(ctx context.Context, src Source) error {
	dev, err := a.find(ctx, src)
	if err == nil && dev != nil {
		err = a.play(ctx, dev, src)
	}
	if err != nil {
		a.fault(FaultDead, err.Error())
		a.log.Error("sound card is dead", "err", err)
	}
	return err
}

// find looks for the card until it is there, playing to nothing meanwhile. It returns nil, nil when ctx ends.
func (a *ALSA) find(ctx context.Context, src Source) (*device, error) {
	p := newPacer(blockFrames)
	for ctx.Err() == nil {
		var dev *device
		var err error
		opened := make(chan struct{})
		go func() { // Ends by itself: a call into a hung driver cannot be cancelled.
			defer close(opened)
			dev, err = openDevice()
		}()
		wait(ctx, openWithin, opened, p, src)
		select {
		case <-opened:
		default:
			a.noDevice(errors.New("opening the sound card hangs"))
			p.run(ctx, opened, src, discard)
		}
		if ctx.Err() != nil {
			break
		}
		if err == nil || errors.Is(err, ErrDeviceDead) {
			return dev, err
		}
		a.noDevice(err)
		wait(ctx, a.look, nil, p, src)
	}
	return nil, nil
}

func (a *ALSA) noDevice(err error) {
	if a.fault(FaultNoDevice, err.Error()) {
		a.log.Warn("no sound card, playing to nothing", "err", err)
	}
}

func discard([]float32, bool, int) error { return nil }

// play feeds the card until ctx ends or the card dies.
func (a *ALSA) play(ctx context.Context, dev *device, src Source) error {
	a.plays(dev.card)
	r := newReader(a, src, dev.buffer, dev.period)
	player := dev.ctx.NewPlayer(r)
	player.(oto.BufferSizeSetter).SetBufferSize(r.queue * frameBytes)
	r.queued = player.UnplayedBufferSize
	defer player.Close() // its error is the reader's, which has none
	player.Play()

	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var seen int64
	for quiet := 0; ; {
		select {
		case <-ctx.Done():
			r.finish()
			return nil
		case <-tick.C:
		}
		if err := dev.ctx.Err(); err != nil {
			return fmt.Errorf("%w: %w", ErrDeviceDead, err)
		}
		// Ticks are counted rather than time, so that a suspended machine does not wake up to a dead card.
		quiet++
		if n := r.reads.Load(); n != seen {
			seen, quiet = n, 0
		}
		if quiet >= deadAfter {
			return fmt.Errorf("%w: nothing taken for 3 s", ErrDeviceDead)
		}
	}
}

// reader is what oto pulls from. It never blocks longer than the source does.
type reader struct {
	track  *tracker
	log    *slog.Logger
	src    Source
	queued func() int    // bytes in oto's queue
	queue  int           // frames to keep there
	held   int           // frames between the queue and the horn just after oto took a period
	delay  time.Duration // behind ALSA's buffer

	reads atomic.Int64 // progress, for the watchdog

	mu     sync.Mutex // held while the source runs, so that finish can wait for it
	phase  phase
	clock  frameClock
	frames int64     // given so far
	buf    []float32 // a period, or what the card has for one
}

func newReader(a *ALSA, src Source, buffer, period int) *reader {
	period = max(period, alsaPeriod)
	return &reader{track: a.tracker, src: src, held: buffer + period, delay: a.delay, log: a.log,
		queue: 2 * period, buf: make([]float32, period)}
}

// phase is where a reader is in its life; it only moves down the list.
type phase int

const (
	warming phase = iota // silence, until the clock is believed
	playing
	fading // one more block, fading out
	silent // for good
)

// Read gives oto what is missing in its queue, in whole frames.
func (r *reader) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reads.Add(1)
	queued := r.queued() / frameBytes
	n := min(len(b)/frameBytes, r.queue-queued, len(r.buf))
	if n <= 0 {
		return 0, nil
	}
	r.tell(n, queued, time.Now())
	r.fill(r.buf[:n])
	r.frames += int64(n)
	for i, v := range r.buf[:n] {
		bits := math.Float32bits(bounded(v))
		binary.LittleEndian.PutUint32(b[frameBytes*i:], bits)
		binary.LittleEndian.PutUint32(b[frameBytes*i+4:], bits)
	}
	return n * frameBytes, nil
}

// tell takes a reading of the clock before n frames are given, and accounts for them.
func (r *reader) tell(n, queued int, now time.Time) {
	jump := r.clock.observe(r.frames, now.Add(framesToTime(int64(queued+r.held))+r.delay))
	if r.phase == warming && r.clock.ready() {
		r.phase = playing
		r.track.fault("", "")
		return
	}
	if r.phase != playing {
		return
	}
	underruns := 0
	if jump > 0 || queued == 0 {
		underruns = 1
	}
	if jump != 0 {
		r.log.Warn("sound card's time jumped", "by", jump)
	}
	r.track.played(n, underruns, r.clock.at(r.frames).Sub(now))
}

// fill asks the source, or gives silence.
func (r *reader) fill(buf []float32) {
	switch r.phase {
	case warming, silent:
		clear(buf)
	case playing:
		r.src(buf, r.clock.at(r.frames))
	case fading:
		r.src(buf, r.clock.at(r.frames))
		for i := range buf {
			buf[i] *= 1 - float32(i+1)/float32(len(buf))
		}
		r.phase = silent
	}
}

// finish ends the sound with a fade and waits until that is out. The source is not called after it returns.
func (r *reader) finish() {
	r.mu.Lock()
	wasPlaying := r.phase == playing
	if wasPlaying {
		r.phase = fading
	}
	r.mu.Unlock()
	if wasPlaying {
		<-time.After(framesToTime(int64(r.queue + r.held + len(r.buf))))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.phase = silent
}

// bounded keeps a sample that is out of range, or no number, from reaching an amplifier.
func bounded(v float32) float32 {
	switch {
	case v > 1:
		return 1
	case v < -1:
		return -1
	case v != v:
		return 0
	}
	return v
}

// device is the opened card.
type device struct {
	ctx            *oto.Context
	buffer, period int // frames, as ALSA granted them
	card           string
}

// card is the one device of the process. It is package state because oto's is: a second context is not
// supported, and the first cannot be closed.
var card struct {
	sync.Mutex
	dev *device
}

// openDevice returns the card, opening it if this is the first time. The probe before keeps oto's context from
// being made in vain, and oto from falling back to some other device than the default; a context that fails to
// open all the same costs one idle goroutine, and may be tried again.
func openDevice() (*device, error) {
	card.Lock()
	defer card.Unlock()
	if card.dev != nil {
		return card.dev, nil
	}
	buffer, period, name, err := probe(channels, alsaBuffer, alsaPeriod)
	if err != nil {
		return nil, err
	}
	ctx, ready, err := oto.NewContextWithOptions(&oto.NewContextOptions{
		SampleRate: Rate, ChannelCount: channels, Format: oto.FormatFloat32LE,
		BufferSize: framesToTime(alsaBuffer) + time.Microsecond, // oto rounds down
	})
	if err != nil {
		return nil, fmt.Errorf("open sound card: %w", err)
	}
	select {
	case <-ready:
	case <-time.After(openWithin):
		return nil, fmt.Errorf("%w: opening it took more than %v", ErrDeviceDead, openWithin)
	}
	if err := ctx.Err(); err != nil { // oto reports a card that cannot be opened only here
		return nil, fmt.Errorf("open sound card: %w", err)
	}
	card.dev = &device{ctx: ctx, buffer: buffer, period: period, card: name}
	return card.dev, nil
}
