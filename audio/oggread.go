package audio

import (
	"errors"
	"fmt"
	"io"
)

const maxOggPacket = 61440 // the largest Opus packet (RFC 7845 §6)

// oggPackets reads the packets of one stream of an Ogg file, in order. A
// packet is valid until the next call.
type oggPackets struct {
	file   *oggFile
	serial uint32
	off    int64 // where the next page is looked for

	page   oggPage
	at     int    // next entry of page.table
	used   int    // bytes of page.body consumed
	part   []byte // head of a packet that continues on the next page
	open   bool   // part is the head of a packet
	primed bool   // seq is known
	seq    uint32

	start int64 // position of the first packet next returns from this page, or −1
	fresh bool  // the packet just returned is the first of its page
	last  bool  // the page is marked as the last of the stream
}

// seek makes the reader begin at the page at off, with no past.
func (r *oggPackets) seek(off int64) {
	if r.part == nil {
		r.part = make([]byte, 0, maxOggPacket)
	}
	r.off, r.page, r.at, r.used = off, oggPage{}, 0, 0
	r.open, r.primed, r.last = false, false, false
}

// next returns the next packet, io.EOF after the last. What cannot be read is
// skipped: the caller sees it as a start beyond where it was.
func (r *oggPackets) next() ([]byte, error) {
	r.fresh = false
	for {
		packet, done := r.fromPage()
		if done {
			return packet, nil
		}
		if r.last {
			return nil, io.EOF
		}
		if err := r.turn(); err != nil {
			return nil, err
		}
		r.fresh = true
	}
}

// fromPage takes one packet from the page in hand; done is false when none
// ends here any more.
func (r *oggPackets) fromPage() (packet []byte, done bool) {
	for r.at < len(r.page.table) {
		n, whole := r.segments(r.at)
		body := r.page.body[r.used : r.used+n]
		continued := r.open
		r.used += n
		r.open = !whole
		if !continued && whole {
			return body, true
		}
		if !continued {
			r.part = r.part[:0]
		}
		if len(r.part)+n > maxOggPacket {
			n = max(0, maxOggPacket-len(r.part)) // cut: the decoder refuses it, and time still passes
		}
		r.part = append(r.part, body[:n]...)
		if whole {
			return r.part, true
		}
	}
	return nil, false
}

// segments measures the packet (or its part) whose first segment is at, and
// moves at past it.
func (r *oggPackets) segments(at int) (n int, whole bool) {
	for ; at < len(r.page.table); at++ {
		n += int(r.page.table[at])
		if r.page.table[at] < 255 {
			r.at = at + 1
			return n, true
		}
	}
	r.at = at
	return n, false
}

// turn goes to the stream's next page and finds where its sound begins.
func (r *oggPackets) turn() error {
	for {
		p, _, end, err := r.file.pageFrom(r.off)
		if err != nil {
			return err
		}
		r.off = end
		if p.serial != r.serial {
			continue
		}
		if p.flags&oggFirst != 0 {
			return io.EOF // another stream is chained on: a clip is one stream
		}
		if r.primed && p.seq != r.seq+1 {
			r.open = false
		}
		r.page, r.at, r.used, r.primed, r.seq = p, 0, 0, true, p.seq
		r.last = p.flags&oggLast != 0
		r.join(p.flags&oggContinue != 0)
		r.start = r.pageStart()
		return nil
	}
}

// join drops the half of a packet whose other half is missing.
func (r *oggPackets) join(continues bool) {
	if !continues {
		r.open = false
		return
	}
	if !r.open {
		n, _ := r.segments(0)
		r.used = n
	}
}

// pageStart is the page's position less what its packets last: the position
// before the first packet that next will return from it.
func (r *oggPackets) pageStart() int64 {
	if r.page.granule < 0 {
		return -1
	}
	at, used, open := r.at, r.used, r.open
	total := int64(0)
	for r.at < len(r.page.table) {
		n, whole := r.segments(r.at)
		if whole {
			head := r.page.body[r.used : r.used+n]
			if open {
				head = r.part
			}
			total += int64(packetTime(head))
		}
		r.used += n
		open = false
	}
	r.at, r.used = at, used
	return r.page.granule - total
}

// packetTime is PacketSamples, and one frame for what is not a packet: damage
// must not move the sound after it.
func packetTime(packet []byte) int {
	n, err := PacketSamples(packet)
	if err != nil {
		return FrameSamples
	}
	return n
}

// openOggOpus finds the Opus stream of a file and returns its header, its
// serial number and where its first audio page begins.
func openOggOpus(f *oggFile) (h OpusHead, serial uint32, first int64, err error) {
	const maxStreams = 16
	off := int64(0)
	found := false
	for range maxStreams {
		p, end, err := f.pageAt(off)
		if err != nil {
			return h, 0, 0, damagedAt("header", err)
		}
		off = end
		if p.flags&oggFirst == 0 {
			break
		}
		if h, err = parseOpusHead(p.body); err == nil {
			serial, found = p.serial, true
			break
		}
	}
	if !found {
		return h, 0, 0, fmt.Errorf("%w: no mono or stereo Opus stream", ErrDamaged)
	}
	first, err = skipOpusTags(f, serial, off)
	return h, serial, first, err
}

// skipOpusTags passes over the comment header, of any size, without keeping
// it, and returns the end of the page where it ends.
func skipOpusTags(f *oggFile, serial uint32, off int64) (int64, error) {
	begun := false
	for {
		p, end, err := f.pageAt(off)
		if err != nil {
			return 0, damagedAt("comments", err)
		}
		off = end
		if p.serial != serial {
			continue
		}
		if !begun && (len(p.body) < 8 || string(p.body[:8]) != "OpusTags") {
			return 0, fmt.Errorf("%w: no OpusTags", ErrDamaged)
		}
		begun = true
		for _, n := range p.table {
			if n < 255 {
				return off, nil
			}
		}
	}
}

// damagedAt names where reading failed; a file that ends too early is damaged,
// a disk that fails is not.
func damagedAt(where string, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: it ends in the %s", ErrDamaged, where)
	}
	return fmt.Errorf("%s: %w", where, err)
}
