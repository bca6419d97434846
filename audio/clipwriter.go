package audio

import (
	"bufio"
	"fmt"
	"io"

	"github.com/hraban/opus"
)

// clipWriter encodes and writes a clip of known length, and hears what it wrote.
type clipWriter struct {
	out    *bufio.Writer
	ogg    *OggWriter
	enc    *Encoder
	dec    *Decoder
	meter  *meter
	length int64 // samples of the clip
	heard  int64 // samples encoded and decoded
	size   int64 // bytes
	frame  []float32
	packet [MaxPacket]byte
	sound  [FrameSamples]float32
}

// quickComplexity is the most that libopus does without analysing what it hears,
// which takes five times as long and lets it choose another way to code a voice.
const quickComplexity = 5

// newClipWriter begins a clip of so many samples. A quick one takes a fifth of the
// time to encode.
func newClipWriter(out io.Writer, length int64, quick bool) (*clipWriter, error) {
	enc, err := newEncoder(clipBitrate, opus.AppAudio)
	if err == nil && quick {
		err = enc.enc.SetComplexity(quickComplexity)
	}
	if err != nil {
		return nil, fmt.Errorf("clip: %w", err)
	}
	dec, err := NewDecoder()
	if err != nil {
		return nil, err
	}
	w := &clipWriter{enc: enc, dec: dec, meter: newMeter(), length: length, frame: make([]float32, 0, FrameSamples)}
	w.out = bufio.NewWriter(counter{out, &w.size})
	w.ogg, err = NewOggWriter(w.out, OpusHead{Channels: 1, PreSkip: Lookahead, InputRate: Rate})
	return w, err
}

// counter adds up what is written through it.
type counter struct {
	w io.Writer
	n *int64
}

func (c counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	*c.n += int64(n)
	return n, err
}

// write takes the next samples.
func (w *clipWriter) write(pcm []float32) error {
	for len(pcm) > 0 {
		n := min(FrameSamples-len(w.frame), len(pcm))
		w.frame = append(w.frame, pcm[:n]...)
		pcm = pcm[n:]
		if len(w.frame) == FrameSamples {
			if err := w.encode(); err != nil {
				return err
			}
		}
	}
	return nil
}

// encode writes the frame, decodes it again and measures what is audible of it.
func (w *clipWriter) encode() error {
	n, err := w.enc.Encode(w.frame, w.packet[:])
	if err != nil {
		return err
	}
	w.frame = w.frame[:0]
	if err := w.ogg.WritePacket(w.packet[:n]); err != nil {
		return err
	}
	if _, err := w.dec.Decode(w.packet[:n], w.sound[:]); err != nil {
		return err
	}
	from := min(max(0, Lookahead-w.heard), FrameSamples)
	to := min(max(from, w.length+Lookahead-w.heard), FrameSamples)
	w.meter.write(w.sound[from:to])
	w.heard += FrameSamples
	return nil
}

// close writes what the encoder still holds, and the end.
func (w *clipWriter) close() error {
	for w.heard < w.length+Lookahead {
		if err := w.write(make([]float32, FrameSamples)); err != nil {
			return err
		}
	}
	w.meter.peak.flush()
	if err := w.ogg.Close(w.length); err != nil {
		return err
	}
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write clip: %w", err)
	}
	return nil
}
