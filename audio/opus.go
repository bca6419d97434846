package audio

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/hraban/opus"
)

const (
	// MaxPacket is the most bytes Encode writes for one frame (RFC 6716 §3.4).
	MaxPacket = 1275
	// Lookahead is how many samples libopus delays its input at 48 kHz: 2.5 ms
	// of overlap and 4 ms of delay compensation. It is the pre-skip of a clip.
	Lookahead = 312

	maxPacketSamples = 5760 // 120 ms, the longest packet (RFC 6716 §3.2.5)
)

// ErrPacket says that bytes are not an Opus packet.
var ErrPacket = errors.New("not an opus packet")

// Encoder turns frames into Opus packets. It is not safe for concurrent use.
type Encoder struct{ enc *opus.Encoder }

// NewEncoder makes an encoder for live speech at bitrate bits per second: each
// packet also carries a coarse copy of the one before (in-band FEC), which
// libopus affords from about 24 kbit/s upwards.
func NewEncoder(bitrate int) (*Encoder, error) {
	e, err := newEncoder(bitrate, opus.AppVoIP)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(e.enc.SetInBandFEC(true), e.enc.SetPacketLossPerc(10)); err != nil {
		return nil, fmt.Errorf("opus encoder: %w", err)
	}
	return e, nil
}

// NewClipEncoder makes an encoder for clips, of whatever is heard in them. A quick
// one takes a fifth of the time: it does not look for what is a voice.
func NewClipEncoder(bitrate int, quick bool) (*Encoder, error) {
	e, err := newEncoder(bitrate, opus.AppAudio)
	if err == nil && quick {
		err = e.enc.SetComplexity(quickComplexity)
	}
	if err != nil {
		return nil, fmt.Errorf("clip: %w", err)
	}
	return e, nil
}

// quickComplexity is the most that libopus does without analysing what it hears,
// which takes five times as long and lets it choose another way to code a voice.
const quickComplexity = 5

func newEncoder(bitrate int, application opus.Application) (*Encoder, error) {
	enc, err := opus.NewEncoder(Rate, 1, application)
	if err != nil {
		return nil, fmt.Errorf("opus encoder: %w", err)
	}
	if err := enc.SetBitrate(bitrate); err != nil {
		return nil, fmt.Errorf("opus encoder at %d bit/s: %w", bitrate, err)
	}
	return &Encoder{enc}, nil
}

// Encode writes one frame to dst and returns its size in bytes. pcm is 20 ms
// (or another Opus frame size: 2.5, 5, 10, 40, 60 ms); dst should hold
// MaxPacket.
func (e *Encoder) Encode(pcm []float32, dst []byte) (int, error) {
	// The library takes the capacity for the length: hide what is not ours.
	n, err := e.enc.EncodeFloat32(pcm, dst[:len(dst):len(dst)])
	runtime.KeepAlive(e.enc) // C's pointer does not hold its memory, which is Go's: see TestCodecsAreKeptWhileCHasThem
	if err != nil {
		return 0, fmt.Errorf("encode %d samples: %w", len(pcm), err)
	}
	return n, nil
}

// Decoder turns Opus packets, mono or stereo, into mono samples. It is not
// safe for concurrent use.
type Decoder struct{ dec *opus.Decoder }

// NewDecoder makes a decoder with no past.
func NewDecoder() (*Decoder, error) {
	dec, err := opus.NewDecoder(Rate, 1) // one channel: libopus mixes stereo down
	if err != nil {
		return nil, fmt.Errorf("opus decoder: %w", err)
	}
	return &Decoder{dec}, nil
}

// Decode writes the samples of packet to dst and returns how many. A dst that
// is too small for the packet is an error and writes nothing.
func (d *Decoder) Decode(packet []byte, dst []float32) (int, error) {
	n, err := d.dec.DecodeFloat32(packet, dst[:len(dst):len(dst)])
	runtime.KeepAlive(d.dec) // see Encode
	if err != nil {
		return 0, fmt.Errorf("decode %d bytes: %w", len(packet), err)
	}
	return n, nil
}

// Recover fills dst, the samples of a lost packet, from the coarse copy in the
// packet that came after it, or conceals where that has none. Decode next
// afterwards. dst is a whole number of 2.5 ms.
func (d *Decoder) Recover(next []byte, dst []float32) error {
	err := d.dec.DecodeFECFloat32(next, dst[:len(dst):len(dst)])
	runtime.KeepAlive(d.dec)
	if err != nil {
		return fmt.Errorf("recover %d samples: %w", len(dst), err)
	}
	return nil
}

// Conceal fills dst, the samples of a lost packet, with a fading guess from
// what was decoded before. dst is a whole number of 2.5 ms.
func (d *Decoder) Conceal(dst []float32) error {
	err := d.dec.DecodePLCFloat32(dst[:len(dst):len(dst)])
	runtime.KeepAlive(d.dec)
	if err != nil {
		return fmt.Errorf("conceal %d samples: %w", len(dst), err)
	}
	return nil
}

// PacketSamples is how many samples per channel a packet lasts at 48 kHz, read
// from its first two bytes (RFC 6716 §3.1), or ErrPacket.
func PacketSamples(packet []byte) (int, error) {
	if len(packet) == 0 {
		return 0, ErrPacket
	}
	frames := 1
	switch packet[0] & 3 {
	case 1, 2:
		frames = 2
	case 3:
		if len(packet) < 2 {
			return 0, ErrPacket
		}
		frames = int(packet[1] & 63)
	}
	n := frames * frameSamples(packet[0]>>3)
	if n == 0 || n > maxPacketSamples {
		return 0, ErrPacket
	}
	return n, nil
}

// frameSamples is the frame size of a configuration number (RFC 6716 table 2).
func frameSamples(config byte) int {
	switch {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		return [4]int{480, 960, 1920, 2880}[config&3]
	case config < 16: // hybrid: 10, 20 ms
		return [2]int{480, 960}[config&1]
	default: // CELT: 2.5, 5, 10, 20 ms
		return 120 << (config & 3)
	}
}
