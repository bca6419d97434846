// Package photo makes a photograph that a stranger sent fit to be kept: small, upright, and
// without what a telephone wrote into it beside the picture: where, when and by which device
// it was taken. What comes out is drawn anew from the pixels, so nothing of the file is left.
//
// It is bounded before anything is decoded: by bytes, by pixels, and by how much memory the
// decoder would take, of which a JPEG in several passes takes most.
package photo

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"

	"loa/controller/problem"
)

// What is taken, and what comes out.
const (
	MostBytes  = 10 << 20   // of the file
	MostPixels = 40_000_000 // of the picture
	mostMemory = 256 << 20  // of the decoder
	KeptBytes  = 300 << 10  // at the most
	keptSide   = 1600       // pixels, of the longer side
	leastSide  = 160
)

// What a person is told.
var (
	ErrTooLarge = problem.New(problem.TooLarge, "photo_large",
		"Ảnh lớn quá: tối đa 10 MB và 40 triệu điểm ảnh. Hãy chụp lại ở cỡ nhỏ hơn.",
		"The photo is too large: 10 MB and 40 million pixels at most. Take it again in a smaller size.")
	ErrKind = problem.New(problem.WrongType, "photo_kind", "Chỉ nhận ảnh JPEG hoặc PNG còn nguyên vẹn. Hãy chụp lại hoặc gửi không kèm ảnh.",
		"Only a whole JPEG or PNG photo is taken. Take it again, or send without a photo.")
)

// Shrink returns the picture in a file as a JPEG of at most KeptBytes. The error is one of
// those above.
func Shrink(file []byte) ([]byte, error) {
	if len(file) > MostBytes {
		return nil, ErrTooLarge
	}
	size, kind, err := measure(file)
	switch {
	case err != nil || size.Width < 1 || size.Height < 1:
		return nil, ErrKind
	case int64(size.Width)*int64(size.Height) > MostPixels || memory(file, size) > mostMemory:
		return nil, ErrTooLarge
	}
	decode := jpeg.Decode
	if kind == pngKind {
		decode = png.Decode
	}
	picture, err := decode(bytes.NewReader(file))
	if err != nil {
		return nil, ErrKind
	}
	turn := 1
	if kind == jpegKind {
		turn = orientation(file)
	}
	for side := keptSide; side >= leastSide; side = side * 3 / 4 {
		small := upright(reduce(picture, side), turn)
		for _, quality := range []int{80, 65} {
			var b bytes.Buffer
			if err := jpeg.Encode(&b, small, &jpeg.Options{Quality: quality}); err != nil {
				return nil, ErrKind
			}
			if b.Len() <= KeptBytes {
				return b.Bytes(), nil
			}
		}
	}
	return nil, ErrTooLarge // nothing of so few pixels is so large
}

// The kinds that there are.
const (
	jpegKind = "jpeg"
	pngKind  = "png"
)

// measure reads a picture's size and nothing more.
func measure(file []byte) (size image.Config, kind string, err error) {
	if bytes.HasPrefix(file, []byte("\x89PNG\r\n\x1a\n")) {
		size, err = png.DecodeConfig(bytes.NewReader(file))
		return size, pngKind, err
	}
	size, err = jpeg.DecodeConfig(bytes.NewReader(file))
	return size, jpegKind, err
}

// memory is how much a decoder takes for a picture, more rather than less.
func memory(file []byte, size image.Config) int64 {
	pixels := int64(size.Width) * int64(size.Height)
	each := int64(4)
	switch {
	case size.ColorModel == color.RGBA64Model || size.ColorModel == color.NRGBA64Model:
		each = 8
	case progressive(file):
		each = 16 // 4 bytes for each coefficient of each part, until the last pass
	}
	return pixels * each
}

// segments calls f with each segment of a JPEG before its picture, until f says that it is
// enough. A file that is none has none.
func segments(file []byte, f func(marker byte, body []byte) bool) {
	if len(file) < 2 || file[0] != 0xff || file[1] != 0xd8 {
		return
	}
	for at := 2; at+4 <= len(file) && file[at] == 0xff; {
		marker := file[at+1]
		if marker == 0xff { // filling
			at++
			continue
		}
		length := int(binary.BigEndian.Uint16(file[at+2:]))
		if marker == 0xda || length < 2 || at+2+length > len(file) {
			return
		}
		if !f(marker, file[at+4:at+2+length]) {
			return
		}
		at += 2 + length
	}
}

// progressive reports whether a JPEG comes in several passes.
func progressive(file []byte) (yes bool) {
	segments(file, func(marker byte, _ []byte) bool {
		yes = yes || marker == 0xc2
		return !yes
	})
	return yes
}

// orientation is how a telephone was held, 1 to 8, as Exif has it; 1: upright, or nobody says.
func orientation(file []byte) int {
	turn := 1
	segments(file, func(marker byte, body []byte) bool {
		if marker != 0xe1 || !bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			return true
		}
		turn = oriented(body[6:])
		return false
	})
	return turn
}

// oriented reads the orientation in the first directory of a TIFF header (Exif 2.3, 4.6.2).
func oriented(tiff []byte) int {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(tiff, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(tiff, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return 1
	}
	if len(tiff) < 8 {
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	const tag, field = 0x0112, 12
	count := int64(order.Uint16(tiff[at:]))
	for at += 2; count > 0 && at+field <= int64(len(tiff)); count, at = count-1, at+field {
		if order.Uint16(tiff[at:]) != tag {
			continue
		}
		if turn := int(order.Uint16(tiff[at+8:])); turn >= 1 && turn <= 8 {
			return turn
		}
		return 1
	}
	return 1
}
