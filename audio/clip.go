package audio

import (
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	// preRoll is decoded and dropped before a seek's target, so that the
	// decoder has converged: at least 80 ms (RFC 7845 §4.6).
	preRoll = 80 * Rate / 1000
	// linearSeek is the span of bytes in which seeking walks page by page.
	linearSeek = 1 << 16
)

// ClipReader decodes an Ogg Opus file to mono samples. Positions are counted
// in samples at 48 kHz, as Ogg granules. It is not safe for concurrent use.
//
// Time is kept through damage: a page that fails its checksum is silence of
// its own length, and what follows is where it should be.
type ClipReader struct {
	file    oggFile
	packets oggPackets
	dec     *Decoder
	gain    float32
	first   int64 // byte offset of the first audio page
	begin   int64 // position of the first audible sample, after the pre-skip
	end     int64 // position after the last
	pos     int64 // position of the next sample Read returns
	decoded int64 // position after the last decoded sample
	buf     [maxPacketSamples]float32
	have    []float32 // decoded samples not yet returned, a part of buf
	pending []byte    // packet not yet decoded, because silence precedes it
	resume  int64     // position of the first sample of pending
}

// OpenClip opens an Ogg Opus file of size bytes, mono or stereo (mixed down).
// Errors: ErrDamaged, or what r returned. r is used until the reader is
// dropped; nothing needs closing.
func OpenClip(r io.ReaderAt, size int64) (*ClipReader, error) {
	c := &ClipReader{file: oggFile{r: r, size: size}}
	head, serial, first, err := openOggOpus(&c.file)
	if err != nil {
		return nil, fmt.Errorf("open clip: %w", err)
	}
	c.first, c.gain = first, Gain(head.GainDB)
	c.packets = oggPackets{file: &c.file, serial: serial}
	if err := c.findEnds(head.PreSkip); err != nil {
		return nil, fmt.Errorf("open clip: %w", err)
	}
	if err := c.Seek(0); err != nil {
		return nil, fmt.Errorf("open clip: %w", err)
	}
	return c, nil
}

// findEnds reads the first and the last audio page.
func (c *ClipReader) findEnds(preSkip int) error {
	c.packets.seek(c.first)
	if err := c.packets.turn(); err != nil {
		return damagedAt("first page", err)
	}
	origin := max(0, c.packets.start) // > 0 when cut out of a longer stream
	last, err := c.lastGranule()
	if err != nil {
		return err
	}
	c.begin = origin + int64(preSkip)
	c.end = max(c.begin, last)
	// A packet has a byte and lasts at most 120 ms: more is a lie.
	if c.end-c.begin > c.file.size*maxPacketSamples {
		return fmt.Errorf("%w: %v of sound in %d bytes", ErrDamaged, Length(c.end-c.begin), c.file.size)
	}
	return nil
}

// lastGranule finds the position at the end of the stream, looking back from
// the end of the file in growing steps.
func (c *ClipReader) lastGranule() (int64, error) {
	for back := int64(2 * oggMaxPage); ; back *= 4 {
		from := max(c.first, c.file.size-back)
		last := int64(-1)
		for off := from; ; {
			p, _, end, err := c.file.pageFrom(off)
			if errors.Is(err, io.EOF) || errors.Is(err, ErrDamaged) {
				break
			}
			if err != nil {
				return 0, err
			}
			if p.serial == c.packets.serial && p.granule >= 0 {
				last = p.granule
			}
			off = end
		}
		if last >= 0 {
			return last, nil
		}
		if from == c.first {
			return 0, fmt.Errorf("%w: no sound", ErrDamaged)
		}
	}
}

// Duration is the length of the sound.
func (c *ClipReader) Duration() time.Duration { return Length(c.end - c.begin) }

// Samples is the length of the sound in samples.
func (c *ClipReader) Samples() int64 { return c.end - c.begin }

// Seek makes the next Read begin offset into the sound, to the sample. Before
// the start is the start; at or after the end, Read returns io.EOF.
func (c *ClipReader) Seek(offset time.Duration) error {
	return c.SeekSample(Samples(offset))
}

// SeekSample is Seek by samples.
func (c *ClipReader) SeekSample(n int64) error {
	target := c.begin + min(max(0, n), c.end-c.begin)
	dec, err := NewDecoder()
	if err != nil {
		return err
	}
	off, err := c.pageBefore(target - preRoll)
	if err != nil {
		return fmt.Errorf("seek: %w", err)
	}
	c.packets.seek(off)
	c.dec, c.have, c.pending, c.pos, c.decoded = dec, nil, nil, target, -1
	return nil
}

// pageBefore finds the last page that ends at or before target, or the first
// audio page: by bisection, then page by page.
func (c *ClipReader) pageBefore(target int64) (int64, error) {
	low, high := c.first, c.file.size
	for high-low > linearSeek {
		mid := low + (high-low)/2
		start, granule, err := c.timedPage(mid, high)
		if err != nil {
			return 0, err
		}
		if granule >= 0 && granule <= target {
			low = start
		} else {
			high = mid
		}
	}
	for off := low; ; {
		p, start, end, err := c.file.pageFrom(off)
		if errors.Is(err, io.EOF) || errors.Is(err, ErrDamaged) {
			return low, nil
		}
		if err != nil {
			return 0, err
		}
		if p.serial == c.packets.serial && p.granule > target {
			return low, nil
		}
		if p.serial == c.packets.serial && p.granule >= 0 {
			low = start
		}
		off = end
	}
}

// timedPage finds the first page of the stream that begins in [off, limit) and
// states a position; granule is −1 when there is none.
func (c *ClipReader) timedPage(off, limit int64) (start, granule int64, err error) {
	for off < limit {
		p, start, end, err := c.file.pageFrom(off)
		if errors.Is(err, io.EOF) || errors.Is(err, ErrDamaged) || (err == nil && start >= limit) {
			return 0, -1, nil
		}
		if err != nil {
			return 0, 0, err
		}
		if p.serial == c.packets.serial && p.granule >= 0 {
			return start, p.granule, nil
		}
		off = end
	}
	return 0, -1, nil
}

// Read fills dst with the next samples. It returns fewer than len(dst) only at
// the end of the sound, and 0, io.EOF after it. It does not allocate.
func (c *ClipReader) Read(dst []float32) (int, error) {
	n := 0
	for n < len(dst) && c.pos < c.end {
		if len(c.have) == 0 {
			err := c.fill()
			if errors.Is(err, io.EOF) {
				c.pos = c.end // cut short: what should follow is missing
				break
			}
			if err != nil {
				return n, fmt.Errorf("read clip: %w", err)
			}
			continue
		}
		m := copy(dst[n:], c.have)
		n += m
		c.have = c.have[m:]
		c.pos += int64(m)
	}
	if n == 0 && len(dst) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// fill decodes one packet, or makes silence where packets are missing before
// it, and keeps what lies in [pos, end).
func (c *ClipReader) fill() error {
	if c.pending == nil {
		packet, err := c.packets.next()
		if err != nil {
			return err
		}
		c.pending, c.resume = packet, c.decoded
		if c.packets.fresh && c.packets.start >= 0 {
			c.resume = c.packets.start
		}
		if c.decoded < 0 {
			c.decoded = max(0, c.resume)
		}
	}
	if gap := c.resume - c.decoded; gap > 0 {
		n := min(gap, maxPacketSamples)
		clear(c.buf[:n])
		c.keep(n)
		return nil
	}
	if n := int64(packetTime(c.pending)); c.decoded+n <= c.pos-preRoll {
		c.decoded += n // after a seek: too early to matter
	} else {
		c.decode(c.pending)
	}
	c.pending = nil
	return nil
}

// decode turns packet into samples. A packet the decoder refuses is silence of
// the length it claims.
func (c *ClipReader) decode(packet []byte) {
	n, err := c.dec.Decode(packet, c.buf[:])
	if err != nil {
		n = packetTime(packet)
		clear(c.buf[:n])
	}
	Amplify(c.buf[:n], c.gain)
	c.keep(int64(n))
}

// keep takes n samples of buf, the next after decoded.
func (c *ClipReader) keep(n int64) {
	from := min(max(0, c.pos-c.decoded), n)
	to := max(from, min(n, c.end-c.decoded))
	c.have = c.buf[from:to]
	c.decoded += n
}
