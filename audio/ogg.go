package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrDamaged says that bytes are not the Ogg Opus file they should be.
var ErrDamaged = errors.New("damaged ogg opus")

const (
	oggHeader   = 27 // bytes before the segment table (RFC 3533 §6)
	oggMaxPage  = oggHeader + 255 + 255*255
	oggContinue = 1 // flags of a page
	oggFirst    = 2
	oggLast     = 4

	// maxFalsePages is how many places that look like a page but are not one we
	// try before giving up: each costs a checksum over up to 64 KiB, and a file
	// can be made of nothing else.
	maxFalsePages = 64
	// maxGranule (2,000 years) keeps sums of positions far from overflow.
	maxGranule = 1 << 52
)

var oggMagic = []byte("OggS")

// oggCRC is the table of RFC 3533's checksum: polynomial 0x04c11db7, most
// significant bit first, no inversion, which hash/crc32 does not offer.
var oggCRC = func() (t [256]uint32) {
	for i := range t {
		r := uint32(i) << 24
		for range 8 {
			top := r >> 31
			r = r<<1 ^ 0x04c11db7*top
		}
		t[i] = r
	}
	return t
}()

// OggSum is the checksum of a page (RFC 3533 §6); sum is that of what stands before.
func OggSum(sum uint32, p []byte) uint32 {
	for _, b := range p {
		sum = sum<<8 ^ oggCRC[byte(sum>>24)^b]
	}
	return sum
}

// oggPage is one page, valid until the next is read into the same buffer.
type oggPage struct {
	flags   byte
	granule int64 // position after the last packet that ends here, or −1
	serial  uint32
	seq     uint32
	table   []byte // segment lengths
	body    []byte
}

// oggFile finds pages in a file. Its memory is two fixed buffers.
type oggFile struct {
	r    io.ReaderAt
	size int64
	buf  [oggMaxPage]byte
	scan [4096]byte
}

// pageAt reads the page that begins at off and returns where it ends.
// ErrDamaged: there is none. io.ErrUnexpectedEOF: the file ends inside it.
func (f *oggFile) pageAt(off int64) (p oggPage, end int64, err error) {
	if off+oggHeader > f.size {
		return p, 0, io.ErrUnexpectedEOF
	}
	if err := ReadAt(f.r, f.buf[:oggHeader], off); err != nil {
		return p, 0, err
	}
	h := f.buf[:oggHeader]
	if !bytes.Equal(h[:4], oggMagic) || h[4] != 0 {
		return p, 0, ErrDamaged
	}
	segments := int64(h[26])
	if off+oggHeader+segments > f.size {
		return p, 0, io.ErrUnexpectedEOF
	}
	table := f.buf[oggHeader : oggHeader+segments]
	if err := ReadAt(f.r, table, off+oggHeader); err != nil {
		return p, 0, err
	}
	length := oggHeader + segments
	for _, n := range table {
		length += int64(n)
	}
	if off+length > f.size {
		return p, 0, io.ErrUnexpectedEOF
	}
	body := f.buf[oggHeader+segments : length]
	if err := ReadAt(f.r, body, off+oggHeader+segments); err != nil {
		return p, 0, err
	}
	want := binary.LittleEndian.Uint32(h[22:])
	clear(h[22:26])
	if OggSum(0, f.buf[:length]) != want {
		return p, 0, ErrDamaged
	}
	p = oggPage{
		flags: h[5], granule: int64(binary.LittleEndian.Uint64(h[6:])),
		serial: binary.LittleEndian.Uint32(h[14:]), seq: binary.LittleEndian.Uint32(h[18:]),
		table: table, body: body,
	}
	if p.granule < -1 || p.granule > maxGranule {
		return p, 0, ErrDamaged
	}
	return p, off + length, nil
}

// pageFrom finds the first whole page at or after off, skipping what is not
// one, and returns where it begins and ends. io.EOF: there is none.
func (f *oggFile) pageFrom(off int64) (p oggPage, start, end int64, err error) {
	for range maxFalsePages {
		off, err = f.magicFrom(off)
		if err != nil {
			return p, 0, 0, err
		}
		p, end, err = f.pageAt(off)
		if err == nil {
			return p, off, end, nil
		}
		if !errors.Is(err, ErrDamaged) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return p, 0, 0, err
		}
		off++
	}
	return p, 0, 0, fmt.Errorf("%w: no page found", ErrDamaged)
}

// magicFrom finds the next "OggS" at or after off, or io.EOF.
func (f *oggFile) magicFrom(off int64) (int64, error) {
	for off+oggHeader <= f.size {
		n := min(int64(len(f.scan)), f.size-off)
		if err := ReadAt(f.r, f.scan[:n], off); err != nil {
			return 0, err
		}
		if i := bytes.Index(f.scan[:n], oggMagic); i >= 0 {
			return off + int64(i), nil
		}
		off += n - 3 // the magic may straddle two chunks; n ≥ oggHeader
	}
	return 0, io.EOF
}

// ReadAt fills p from off; a source shorter than its stated size is an
// unexpected end.
func ReadAt(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read ogg: %w", err)
}

// OpusHead is the identification header of an Ogg Opus stream (RFC 7845 §5.1).
type OpusHead struct {
	Channels  int     // 1 or 2
	PreSkip   int     // samples to drop at the start
	InputRate int     // Hz, of the recording; for information
	GainDB    float64 // to apply to the decoded sound
}

// parseOpusHead reads an OpusHead packet.
func parseOpusHead(p []byte) (OpusHead, error) {
	if len(p) < 19 || string(p[:8]) != "OpusHead" {
		return OpusHead{}, fmt.Errorf("%w: no OpusHead", ErrDamaged)
	}
	h := OpusHead{
		Channels:  int(p[9]),
		PreSkip:   int(binary.LittleEndian.Uint16(p[10:])),
		InputRate: int(binary.LittleEndian.Uint32(p[12:])),
		GainDB:    float64(int16(binary.LittleEndian.Uint16(p[16:]))) / 256,
	}
	if p[8]>>4 != 0 || p[18] != 0 || h.Channels < 1 || h.Channels > 2 {
		return OpusHead{}, fmt.Errorf("%w: OpusHead version %d, mapping %d, %d channels: not mono or stereo",
			ErrDamaged, p[8], p[18], h.Channels)
	}
	return h, nil
}

// bytes is the packet that parseOpusHead reads.
func (h OpusHead) bytes() []byte {
	p := append([]byte("OpusHead"), 1, byte(h.Channels))
	p = binary.LittleEndian.AppendUint16(p, uint16(h.PreSkip))
	p = binary.LittleEndian.AppendUint32(p, uint32(h.InputRate))
	p = binary.LittleEndian.AppendUint16(p, uint16(int16(h.GainDB*256)))
	return append(p, 0)
}

// OggEndsEarly says whether the file ends inside a page.
func OggEndsEarly(r io.ReaderAt, size int64) (bool, error) {
	f := &oggFile{r: r, size: size}
	for off := max(0, size-2*oggMaxPage); ; {
		start, err := f.magicFrom(off)
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		_, end, err := f.pageAt(start)
		switch {
		case err == nil:
			off = end
		case errors.Is(err, io.ErrUnexpectedEOF):
			return true, nil
		case errors.Is(err, ErrDamaged):
			off = start + 1
		default:
			return false, err
		}
	}
}
