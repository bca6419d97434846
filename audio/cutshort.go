package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// endsEarly says whether a WAV or Ogg file was cut short, which ffmpeg decodes
// without a word. Of formats that are only a row of frames (mp3 without a
// header, ADTS, AMR) nobody can say.
func endsEarly(path, container string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("recording: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, fmt.Errorf("recording: %w", err)
	}
	switch {
	case strings.HasPrefix(container, "wav"):
		return wavEndsEarly(f, info.Size())
	case strings.HasPrefix(container, "ogg"):
		return oggEndsEarly(f, info.Size())
	}
	return false, nil
}

// wavEndsEarly compares the data chunk's stated size with what is there. A
// program that wrote to a pipe could not know the size and stated 0 or about
// 2 or 4 GiB: that says nothing.
func wavEndsEarly(r io.ReaderAt, size int64) (bool, error) {
	const chunks = 64
	off := int64(12) // past "RIFF", the size, "WAVE"
	for range chunks {
		var h [8]byte
		if off+8 > size {
			return true, nil // no sound data at all
		}
		if err := readAt(r, h[:], off); err != nil {
			return false, err
		}
		n := int64(binary.LittleEndian.Uint32(h[4:]))
		off += 8
		if string(h[:4]) == "data" {
			const unknown = 0x7fff0000
			there := size - off
			return n < unknown && there < n-n/50-4096, nil
		}
		off += n + n&1
	}
	return false, nil
}

// oggEndsEarly says whether the file ends inside a page.
func oggEndsEarly(r io.ReaderAt, size int64) (bool, error) {
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
