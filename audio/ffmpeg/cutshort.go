package ffmpeg

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"

	"loa/audio"
)

// endsEarly says whether a file of a kind that ffmpeg decodes without a word was
// cut short. Of formats that are only a row of frames (mp3 without a header, ADTS,
// AC-3, a transport stream) nobody can say.
func endsEarly(path, container string) (bool, error) {
	for _, kind := range []struct {
		container string
		early     func(io.ReaderAt, int64) (bool, error)
	}{
		{"wav", wavEndsEarly}, {"ogg", audio.OggEndsEarly}, {"avi", aviEndsEarly},
		{"asf", asfEndsEarly}, {"caf", cafEndsEarly}, {"w64", w64EndsEarly},
	} {
		if strings.HasPrefix(container, kind.container) {
			return askFile(path, kind.early)
		}
	}
	return false, nil
}

// isHollow says whether a WAV ends where its sound should begin: the recorder was
// switched off, or its card was full, before it wrote any.
func isHollow(path string) (bool, error) {
	return askFile(path, func(r io.ReaderAt, size int64) (bool, error) {
		var h [12]byte
		if size < int64(len(h)) || audio.ReadAt(r, h[:], 0) != nil || string(h[:4]) != "RIFF" || string(h[8:]) != "WAVE" {
			return false, nil
		}
		stated, there, err := wavData(r, size)
		return err == nil && noData(stated, there), err
	})
}

// oggCut says whether a file is an Ogg that ends inside a page, perhaps its first.
func oggCut(r io.ReaderAt, size int64) (bool, error) {
	var h [4]byte
	if size < int64(len(h)) || audio.ReadAt(r, h[:], 0) != nil || string(h[:]) != "OggS" {
		return false, nil
	}
	const pageHead = 27 // bytes (RFC 3533, 6)
	if size <= pageHead {
		return true, nil
	}
	return audio.OggEndsEarly(r, size)
}

// askFile asks a question about a file's bytes.
func askFile(path string, ask func(r io.ReaderAt, size int64) (bool, error)) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("recording: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, fmt.Errorf("recording: %w", err)
	}
	return ask(f, info.Size())
}

// maxChunks is how many chunks of a file are looked at.
const maxChunks = 64

// missing says whether much of the stated bytes is not there: what is lost with
// the last block of a disk is nobody's loss.
func missing(stated, there int64) bool { return there < stated-stated/50-4096 }

// noData says whether a data chunk holds nothing, or only what follows an empty
// one: a title.
func noData(stated, there int64) bool {
	const crumbs = 1024 // bytes
	return there == 0 || stated == 0 && there < crumbs
}

// wavEndsEarly compares the data chunk's stated size with what is there. A
// program that wrote to a pipe could not know the size and stated 0 or about
// 2 or 4 GiB: that says nothing.
func wavEndsEarly(r io.ReaderAt, size int64) (bool, error) {
	stated, there, err := wavData(r, size)
	const unknown = 0x7fff0000
	return err == nil && (noData(stated, there) || stated < unknown && missing(stated, there)), err
}

// wavData returns how long the data chunk says that it is and how many bytes
// follow its head: 0, if there is none. Of a file of very many chunks it says
// that all is there.
func wavData(r io.ReaderAt, size int64) (stated, there int64, err error) {
	off := int64(12) // past "RIFF", the size, "WAVE"
	for range maxChunks {
		var h [8]byte
		if off+8 > size {
			return 0, 0, nil
		}
		if err := audio.ReadAt(r, h[:], off); err != nil {
			return 0, 0, err
		}
		n := int64(binary.LittleEndian.Uint32(h[4:]))
		off += 8
		if string(h[:4]) == "data" {
			return n, size - off, nil
		}
		off += n + n&1
	}
	return size, size, nil
}

// aviEndsEarly adds up the stated sizes of the RIFF chunks, of which a large file
// has several. A camera that was switched off stated 0.
func aviEndsEarly(r io.ReaderAt, size int64) (bool, error) {
	off := int64(0)
	for range maxChunks {
		var h [8]byte
		if off+8 > size {
			break
		}
		if err := audio.ReadAt(r, h[:], off); err != nil {
			return false, err
		}
		n := int64(binary.LittleEndian.Uint32(h[4:]))
		if string(h[:4]) != "RIFF" || n == 0 {
			break
		}
		off += 8 + n + n&1
	}
	return missing(off, size), nil
}

// asfEndsEarly compares the size that a WMA or WMV states in its File Properties
// Object (ASF specification 3.2) with the file's own. A broadcast states none.
func asfEndsEarly(r io.ReaderAt, size int64) (bool, error) {
	const properties = "\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65"
	off := int64(30) // past the Header Object's own id, size and count
	for range maxChunks {
		var h [104]byte // id, size, file id, file size, …, flags, packet sizes, bit rate
		if off+int64(len(h)) > size {
			break
		}
		if err := audio.ReadAt(r, h[:], off); err != nil {
			return false, err
		}
		if string(h[:16]) == properties {
			stated := binary.LittleEndian.Uint64(h[40:])
			broadcast := binary.LittleEndian.Uint32(h[88:])&1 != 0
			packet := int64(binary.LittleEndian.Uint32(h[96:]))
			return !broadcast && stated < 1<<62 && size < int64(stated)-packet, nil
		}
		n := binary.LittleEndian.Uint64(h[16:])
		if n < 24 || n > uint64(size) {
			break
		}
		off += int64(n)
	}
	return false, nil
}

// cafEndsEarly compares the data chunk's stated size with what is there; −1 is
// that of a recorder that did not come to its end.
func cafEndsEarly(r io.ReaderAt, size int64) (bool, error) {
	off := int64(8) // past "caff", version and flags
	for range maxChunks {
		var h [12]byte
		if off+int64(len(h)) > size {
			return true, nil
		}
		if err := audio.ReadAt(r, h[:], off); err != nil {
			return false, err
		}
		n := int64(binary.BigEndian.Uint64(h[4:]))
		off += int64(len(h))
		if string(h[:4]) == "data" {
			return n > 0 && missing(n, size-off), nil
		}
		if n < 0 || n > size {
			break
		}
		off += n
	}
	return false, nil
}

// w64EndsEarly compares the size that a Sony Wave64 states with the file's own.
func w64EndsEarly(r io.ReaderAt, size int64) (bool, error) {
	var h [24]byte
	if size < int64(len(h)) {
		return true, nil
	}
	if err := audio.ReadAt(r, h[:], 0); err != nil {
		return false, err
	}
	stated := int64(binary.LittleEndian.Uint64(h[16:]))
	return stated > 0 && missing(stated, size), nil
}
