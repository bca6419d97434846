package ffmpeg

import (
	"bufio"
	"cmp"
	"fmt"
	"io"

	"loa/audio"
	"loa/audio/level"
)

// clipWriter encodes and writes a clip of known length, and hears what it wrote.
type clipWriter struct {
	out    *bufio.Writer
	ogg    *audio.OggWriter
	enc    *audio.Encoder
	dec    *audio.Decoder
	meter  *level.Meter
	length int64 // samples of the clip
	heard  int64 // samples encoded and decoded
	size   int64 // bytes
	frame  []float32
	packet [audio.MaxPacket]byte
	sound  [audio.FrameSamples]float32
}

// newClipWriter begins a clip of so many samples; bitrate 0 is the usual one. A quick one takes a fifth of the
// time to encode. Notes are written into it: the same sound with other notes is another clip.
func newClipWriter(out io.Writer, length int64, bitrate int, quick bool, notes []level.Note) (*clipWriter, error) {
	enc, err := audio.NewClipEncoder(cmp.Or(bitrate, defaultBitrate), quick)
	if err != nil {
		return nil, err
	}
	dec, err := audio.NewDecoder()
	if err != nil {
		return nil, err
	}
	w := &clipWriter{enc: enc, dec: dec, meter: level.NewMeter(), length: length, frame: make([]float32, 0, audio.FrameSamples)}
	w.out = bufio.NewWriter(counter{out, &w.size})
	w.ogg, err = audio.NewOggWriter(w.out, audio.OpusHead{Channels: 1, PreSkip: audio.Lookahead, InputRate: audio.Rate}, comments(notes)...)
	return w, err
}

// comments are notes as a file holds them.
func comments(notes []level.Note) (all []string) {
	for _, n := range notes {
		all = append(all, "LOA_NOTE="+n.String())
	}
	return all
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
		n := min(audio.FrameSamples-len(w.frame), len(pcm))
		w.frame = append(w.frame, pcm[:n]...)
		pcm = pcm[n:]
		if len(w.frame) == audio.FrameSamples {
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
	from := min(max(0, audio.Lookahead-w.heard), audio.FrameSamples)
	to := min(max(from, w.length+audio.Lookahead-w.heard), audio.FrameSamples)
	w.meter.Write(w.sound[from:to])
	w.heard += audio.FrameSamples
	return nil
}

// close writes what the encoder still holds, and the end.
func (w *clipWriter) close() error {
	for w.heard < w.length+audio.Lookahead {
		if err := w.write(make([]float32, audio.FrameSamples)); err != nil {
			return err
		}
	}
	w.meter.End()
	if err := w.ogg.Close(w.length); err != nil {
		return err
	}
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write clip: %w", err)
	}
	return nil
}
