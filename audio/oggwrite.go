package audio

import (
	"encoding/binary"
	"fmt"
	"io"
)

// OggWriter writes packets as an Ogg Opus file. Pages hold one second, so that
// a reader can seek and a damaged page costs no more.
type OggWriter struct {
	w       io.Writer
	head    OpusHead
	seq     uint32
	table   []byte
	body    []byte
	page    []byte // the page being written, reused
	samples int    // in the page in hand
	granule int64  // position after the last packet
}

// oggSerial names our stream. It is constant so that the same sound makes the
// same file, and so the same sha256; a clip is never chained or multiplexed.
const oggSerial = 0x4c6f61

// NewOggWriter writes the two header pages. Comments, "NAME=what" (RFC 7845 §5.2), say
// something of the sound, and are a part of the file like any other.
func NewOggWriter(w io.Writer, head OpusHead, comments ...string) (*OggWriter, error) {
	o := &OggWriter{w: w, head: head}
	o.add(head.bytes(), 0)
	if err := o.flush(oggFirst, 0); err != nil {
		return nil, err
	}
	tags := append([]byte("OpusTags"), 3, 0, 0, 0, 'l', 'o', 'a')
	tags = binary.LittleEndian.AppendUint32(tags, uint32(len(comments)))
	for _, c := range comments {
		tags = append(binary.LittleEndian.AppendUint32(tags, uint32(len(c))), c...)
	}
	o.add(tags, 0)
	if err := o.flush(0, 0); err != nil {
		return nil, err
	}
	return o, nil
}

// WritePacket adds one Opus packet.
func (o *OggWriter) WritePacket(packet []byte) error {
	n, err := PacketSamples(packet)
	if err != nil {
		return err
	}
	if len(packet) > maxOggPacket {
		return fmt.Errorf("%w: %d bytes", ErrPacket, len(packet))
	}
	// The page in hand is written only when a packet follows it, because the
	// last page of the stream must say that it is the last.
	if o.samples >= Rate || len(o.table)+len(packet)/255+1 > 255 {
		if err := o.flush(0, o.granule); err != nil {
			return err
		}
	}
	o.add(packet, n)
	return nil
}

// Close writes the last page. samples is the length of the sound without its
// pre-skip: the last packet is cut there (RFC 7845 §4.4). It does not close
// the underlying writer.
func (o *OggWriter) Close(samples int64) error {
	return o.flush(oggLast, min(o.granule, samples+int64(o.head.PreSkip)))
}

func (o *OggWriter) add(packet []byte, samples int) {
	for n := len(packet); ; n -= 255 {
		o.table = append(o.table, byte(min(n, 255)))
		if n < 255 {
			break
		}
	}
	o.body = append(o.body, packet...)
	o.samples += samples
	o.granule += int64(samples)
}

func (o *OggWriter) flush(flags byte, granule int64) error {
	p := append(o.page[:0], oggMagic...)
	p = append(p, 0, flags)
	p = binary.LittleEndian.AppendUint64(p, uint64(granule))
	p = binary.LittleEndian.AppendUint32(p, oggSerial)
	p = binary.LittleEndian.AppendUint32(p, o.seq)
	p = append(p, 0, 0, 0, 0, byte(len(o.table)))
	p = append(p, o.table...)
	p = append(p, o.body...)
	binary.LittleEndian.PutUint32(p[22:], OggSum(0, p))
	o.page, o.table, o.body, o.samples = p, o.table[:0], o.body[:0], 0
	o.seq++
	if _, err := o.w.Write(p); err != nil {
		return fmt.Errorf("write ogg page: %w", err)
	}
	return nil
}
