package audio

/*
#cgo CFLAGS: -O3

// Sixteen outputs of one phase at a time: the C compiler of any board makes
// NEON or SSE of it.
typedef float many __attribute__((vector_size(64)));

enum { taps = 24, run = 16 }; // tripleTaps, and the floats in many

// triple writes three samples for each of the n at src, a multiple of run, of
// which taps/2 came before and taps/2 come after: the sample itself and two
// between it and the next. The second of these mirrors the first.
static void triple(float *dst, const float *src, int n, const float *kernel) {
	for (int i = 0; i < n; i += run) {
		const float *x = src + i - taps / 2 + 1;
		many first = {0}, second = {0}, v;
		for (int j = 0; j < taps; j++) {
			__builtin_memcpy(&v, x + j, sizeof v);
			first += v * kernel[j];
			second += v * kernel[taps - 1 - j];
		}
		for (int k = 0; k < run; k++) {
			*dst++ = src[i + k];
			*dst++ = first[k];
			*dst++ = second[k];
		}
	}
}
*/
import "C"

import (
	"fmt"
	"sync"

	"github.com/hraban/opus"
)

const (
	wideRate   = 16000 // of wideband speech, the most that SILK codes (RFC 6716 §2)
	tripleTaps = 24
	wideFrame  = FrameSamples * wideRate / Rate
	crossOver  = Rate / 200 // 5 ms, from one decoder to the other
)

// voiceDecoder is a [Decoder] of whole frames of 20 ms for a voice. Speech at
// the rate of a call is coded with 8 kHz of sound in it, so it is decoded at
// 16 kHz and brought to 48 by [tripler], at two thirds of what libopus takes for
// the same. The first packet that has more in it (music of a relay) changes over
// to a decoder at 48 kHz, for good. Sound comes [voiceLag] samples later than
// from a Decoder, by either, so that nodes which changed over and nodes which
// came later stay in step.
type voiceDecoder struct {
	wide *opus.Decoder
	full *Decoder // once there is more than wideband
	up   tripler
	late [voiceLag]float32 // of full: not yielded yet
}

// voiceLag is what tripler holds back, in samples: 0.75 ms.
const voiceLag = 3 * tripleTaps / 2

func newVoiceDecoder() (*voiceDecoder, error) {
	wide, err := opus.NewDecoder(wideRate, 1)
	if err != nil {
		return nil, fmt.Errorf("opus decoder: %w", err)
	}
	tripleKernel() // made here, and not while something sounds
	return &voiceDecoder{wide: wide}, nil
}

// Decode writes the samples of packet to dst, a frame, and returns how many.
func (d *voiceDecoder) Decode(packet []byte, dst []float32) (int, error) {
	if d.full == nil && len(packet) > 0 && packet[0]>>3 >= 12 { // hybrid or CELT (RFC 6716 table 2)
		return d.changeOver(packet, dst)
	}
	if d.full != nil {
		n, err := d.full.Decode(packet, dst)
		return n, d.after(dst, err)
	}
	n, err := d.wide.DecodeFloat32(packet, d.up.room())
	if err != nil {
		return 0, fmt.Errorf("decode %d bytes: %w", len(packet), err)
	}
	d.up.triple(dst)
	return 3 * n, nil
}

// Recover is that of a [Decoder], for a frame.
func (d *voiceDecoder) Recover(next []byte, dst []float32) error {
	if d.full != nil {
		return d.after(dst, d.full.Recover(next, dst))
	}
	if err := d.wide.DecodeFECFloat32(next, d.up.room()); err != nil {
		return fmt.Errorf("recover %d samples: %w", len(dst), err)
	}
	d.up.triple(dst)
	return nil
}

// Conceal is that of a [Decoder], for a frame.
func (d *voiceDecoder) Conceal(dst []float32) error {
	if d.full != nil {
		return d.after(dst, d.full.Conceal(dst))
	}
	if err := d.wide.DecodePLCFloat32(d.up.room()); err != nil {
		return fmt.Errorf("conceal %d samples: %w", len(dst), err)
	}
	d.up.triple(dst)
	return nil
}

// after holds the end of a frame of full back for the next one.
func (d *voiceDecoder) after(dst []float32, err error) error {
	if err != nil {
		return err
	}
	held := d.late
	copy(d.late[:], dst[len(dst)-voiceLag:])
	copy(dst[voiceLag:], dst)
	copy(dst, held[:])
	return nil
}

// changeOver decodes the first packet that is more than wideband, and fades
// from what the other decoder would have gone on with.
func (d *voiceDecoder) changeOver(packet []byte, dst []float32) (int, error) {
	full, err := NewDecoder()
	if err != nil {
		return 0, err
	}
	n, err := full.Decode(packet, dst)
	if err != nil || n != FrameSamples {
		return n, err
	}
	var old [FrameSamples]float32
	if err := d.Conceal(old[:]); err != nil {
		return 0, err
	}
	d.full = full
	_ = d.after(dst, nil)
	for i := range old[:voiceLag+crossOver] {
		f := max(0, float32(i-voiceLag)/crossOver)
		dst[i] = old[i]*(1-f) + dst[i]*f
	}
	return n, nil
}

// tripler brings 16 kHz to 48, frame by frame, by a windowed sinc. It is flat to
// 6.5 kHz, and what it adds above 9.5 kHz stays 60 dB under the sound.
type tripler struct {
	pcm [tripleTaps + wideFrame]float32 // what came before, and a frame
}

// room is where the next frame of [wideFrame] samples goes.
func (t *tripler) room() []float32 { return t.pcm[tripleTaps:] }

// triple writes the frame in room to dst, tripleTaps/2 samples of it later.
func (t *tripler) triple(dst []float32) {
	_ = dst[FrameSamples-1] // C does not look
	C.triple((*C.float)(&dst[0]), (*C.float)(&t.pcm[tripleTaps/2]), wideFrame, (*C.float)(&tripleKernel()[0]))
	copy(t.pcm[:tripleTaps], t.pcm[wideFrame:])
}

// tripleKernel is the windowed sinc a third of a sample after each.
var tripleKernel = sync.OnceValue(func() *[tripleTaps]float32 {
	var k [tripleTaps]float32
	sum := 0.0
	var exact [tripleTaps]float64
	for i := range exact {
		x := float64(i-tripleTaps/2+1) - 1.0/3
		exact[i] = sinc(x) * kaiser(x/(tripleTaps/2), tripleBeta)
		sum += exact[i]
	}
	for i, v := range exact {
		k[i] = float32(v / sum)
	}
	return &k
})

const tripleBeta = 6.0 // of the Kaiser window
