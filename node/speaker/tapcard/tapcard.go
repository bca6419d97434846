// Package tapcard is a sound card for tests: a process that plays on ALSA's default plays into the test.
//
// ALSA is configured (ALSA_CONFIG_PATH) so that default is plug → file, raw float32 stereo onto a FIFO, slave null.
// The whole of the player's code, oto and ALSA runs as on a board. A [Card] drains the FIFO at the sample rate of
// its own crystal, off by some ppm if wanted, and says of every frame when it left the horn.
//
//	card, err := tapcard.New(dir)
//	cmd.Env = append(os.Environ(), card.Env()...)   // ALSA reads its configuration once per process
//	go card.Run(ctx, recorder.Add)                  // plays as soon as something is written
//
// # Time
//
// Like a card, it starts with the first frame written and then takes frames at its rate. The FIFO is one page, 512
// frames, and ALSA's file plugin can only write into it when it is empty; a real card's buffer has no such page
// behind it. The card therefore reads each frame one page after the instant that it gives for it, so that
// between a write that has returned and the horn lies exactly ALSA's buffer, as on a real card. If frames do not
// come in time the card runs dry as a real one does: the gap is counted, and the later frames have later instants.
// Instants are of the monotonic clock, with a wall clock reading for comparing between processes of one machine.
package tapcard

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Rate is the nominal number of frames per second.
const Rate = 48000

const (
	frameBytes = 8 // float32 stereo
	page       = 4096
	pageFrames = page / frameBytes
	step       = 2500 * time.Microsecond // between two reads
	// patience is how late a frame may come before the card has run dry: the 85 ms of sound that the sink keeps
	// in ALSA's buffer, less the page. A card's DMA plays that while the player is held up; here it takes the
	// player's thread to move it.
	patience = 70 * time.Millisecond
)

// Card is one sound card. Set the exported fields before Run.
type Card struct {
	// PPM is how much faster than nominal the crystal is, in parts per million.
	PPM float64

	fifo    *os.File
	conf    string
	dry     atomic.Int64
	stopped atomic.Bool
}

// New makes the FIFO and the ALSA configuration in dir, which must be writable and belong to this card alone.
func New(dir string) (*Card, error) {
	fifo, conf := filepath.Join(dir, "horn.fifo"), filepath.Join(dir, "asound.conf")
	if err := unix.Mkfifo(fifo, 0o600); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("make fifo: %w", err)
	}
	// O_RDWR, so that there is a reader before the player comes and after it has gone.
	f, err := os.OpenFile(fifo, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open fifo: %w", err)
	}
	c := &Card{fifo: f, conf: conf}
	if err := c.onePage(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := os.WriteFile(conf, fmt.Appendf(nil, config, fifo), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("write alsa configuration: %w", err), f.Close())
	}
	return c, nil
}

const config = `pcm.!default {
	type plug
	slave { pcm "tap" format FLOAT_LE channels 2 rate 48000 }
}
pcm.tap { type file format "raw" file %q slave.pcm { type null } }
ctl.!default { type null }
`

func (c *Card) onePage() error {
	raw, err := c.fifo.SyscallConn()
	if err != nil {
		return fmt.Errorf("size fifo: %w", err)
	}
	var set error
	if err := raw.Control(func(fd uintptr) {
		_, set = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, page)
	}); err != nil {
		return fmt.Errorf("size fifo: %w", err)
	}
	if set != nil {
		return fmt.Errorf("size fifo: %w", set)
	}
	return nil
}

// Env returns what to add to the environment of the process that is to play on this card.
func (c *Card) Env() []string { return []string{"ALSA_CONFIG_PATH=" + c.conf} }

// Dry returns how often the card ran dry while playing.
func (c *Card) Dry() int { return int(c.dry.Load()) }

// Die makes the card stop taking frames, as a broken one does, until Revive.
func (c *Card) Die() { c.stopped.Store(true) }

// Revive makes a card that died take frames again.
func (c *Card) Revive() { c.stopped.Store(false) }

// Close frees the FIFO. Call it after Run has returned.
func (c *Card) Close() error { return c.fifo.Close() }

// Run is the card: it calls onFrames, from this goroutine, with the frames (of the left channel) that have just left
// the horn and the instant at which the first of them did. The slice is valid during the call. Run returns
// nil when ctx ends, and an error if what comes is not the same on both channels.
func (c *Card) Run(ctx context.Context, onFrames func(samples []float32, at time.Time)) error {
	d := drain{card: c, frame: 1e9 / Rate / (1 + c.PPM*1e-6), out: onFrames}
	tick := time.NewTicker(step)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if c.stopped.Load() {
			d.started = false
			continue
		}
		if err := d.read(time.Now()); err != nil {
			return err
		}
	}
}

// drain reads a card's FIFO on time.
type drain struct {
	card    *Card
	out     func([]float32, time.Time)
	frame   float64 // nanoseconds per frame of this crystal
	started bool
	start   time.Time // instant of frame 0
	n       int64     // frames read since start
	raw     [page]byte
	rest    int // bytes in raw of a frame that came in part
	buf     [pageFrames]float32
}

func (d *drain) at(n int64) time.Time {
	return d.start.Add(time.Duration(float64(n) * d.frame))
}

// read takes the frames that are due at now.
func (d *drain) read(now time.Time) error {
	for {
		want := pageFrames
		if d.started {
			due := int64(float64(now.Sub(d.start))/d.frame) - pageFrames
			want = int(min(pageFrames, due-d.n))
		}
		if want <= 0 {
			return nil
		}
		n, err := d.take(want, now)
		if err != nil {
			return err
		}
		if n == 0 {
			d.starve(now)
			return nil
		}
	}
}

// take reads up to want frames, and starts the card with the first.
func (d *drain) take(want int, now time.Time) (int, error) {
	if !d.started { // a card starts when there is something to play; the first page is read a page later
		if !d.pending() {
			return 0, nil
		}
		d.started, d.start, d.n = true, now, 0
		return 0, nil
	}
	k, err := d.readRaw(d.raw[d.rest : want*frameBytes])
	if err != nil {
		return 0, err
	}
	have := d.rest + k
	n := have / frameBytes
	for i := range n {
		l := binary.LittleEndian.Uint32(d.raw[i*frameBytes:])
		if r := binary.LittleEndian.Uint32(d.raw[i*frameBytes+4:]); l != r {
			return 0, fmt.Errorf("frame %d differs between channels: %#x and %#x", d.n+int64(i), l, r)
		}
		d.buf[i] = math.Float32frombits(l)
	}
	d.rest = copy(d.raw[:], d.raw[n*frameBytes:have])
	if n > 0 {
		d.out(d.buf[:n], d.at(d.n))
		d.n += int64(n)
	}
	return n, nil
}

// starve handles frames that have not come: after some patience the card has run dry and stops until more come.
func (d *drain) starve(now time.Time) {
	if !d.started || d.n == 0 {
		return
	}
	if now.Sub(d.at(d.n+pageFrames)) > patience {
		d.started = false
		d.card.dry.Add(1)
	}
}

// readRaw reads what is there, without waiting.
func (d *drain) readRaw(b []byte) (int, error) {
	raw, err := d.card.fifo.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("read fifo: %w", err)
	}
	var n int
	var failed error
	if err := raw.Read(func(fd uintptr) bool {
		n, failed = unix.Read(int(fd), b)
		return true
	}); err != nil {
		return 0, fmt.Errorf("read fifo: %w", err)
	}
	if errors.Is(failed, unix.EAGAIN) || errors.Is(failed, unix.EINTR) {
		return 0, nil
	}
	if failed != nil {
		return 0, fmt.Errorf("read fifo: %w", failed)
	}
	return n, nil
}

// pending reports whether there is something in the FIFO.
func (d *drain) pending() bool {
	raw, err := d.card.fifo.SyscallConn()
	if err != nil {
		return false
	}
	var n int
	if err := raw.Control(func(fd uintptr) {
		n, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ)
	}); err != nil {
		return false
	}
	return n > 0
}
