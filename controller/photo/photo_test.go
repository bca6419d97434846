package photo_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/photo"
)

// picture is red in its upper left quarter, grainy elsewhere if it is rough.
func picture(w, h int, rough bool) image.Image {
	p, chance := image.NewRGBA(image.Rect(0, 0, w, h)), rand.New(rand.NewPCG(1, 2))
	for y := range h {
		for x := range w {
			c := color.RGBA{20, 120, 40, 255}
			if rough {
				c = color.RGBA{uint8(chance.IntN(256)), uint8(chance.IntN(256)), uint8(chance.IntN(256)), 255}
			}
			if x < w/2 && y < h/2 {
				c = color.RGBA{230, 10, 10, 255}
			}
			p.SetRGBA(x, y, c)
		}
	}
	return p
}

func asJPEG(t testing.TB, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, p, &jpeg.Options{Quality: 95}))
	return b.Bytes()
}

const secret = "GPS 11.2500N 108.0100E SAMSUNG SM-A125F"

// tagged is a JPEG with what a telephone writes into it: how it was held, and where.
func tagged(t testing.TB, p image.Image, turn int) []byte {
	t.Helper()
	file := asJPEG(t, p)
	tiff := []byte("MM\x00*\x00\x00\x00\x08\x00\x01")
	tiff = binary.BigEndian.AppendUint16(tiff, 0x0112)
	tiff = binary.BigEndian.AppendUint16(tiff, 3)
	tiff = binary.BigEndian.AppendUint32(tiff, 1)
	tiff = binary.BigEndian.AppendUint16(tiff, uint16(turn))
	body := append(append([]byte("Exif\x00\x00"), tiff...), "\x00\x00\x00\x00\x00\x00"+secret...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return bytes.Join([][]byte{file[:2], segment, body, file[2:]}, nil)
}

func shrunk(t *testing.T, file []byte) image.Image {
	t.Helper()
	out, err := photo.Shrink(file)
	require.NoError(t, err)
	require.LessOrEqual(t, len(out), photo.KeptBytes)
	p, err := jpeg.Decode(bytes.NewReader(out))
	require.NoError(t, err)
	return p
}

func red(p image.Image, x, y int) bool {
	r, g, _, _ := p.At(x, y).RGBA()
	return r > 0x9000 && g < 0x5000
}

// A photo of a telephone becomes small, stands upright however the telephone was held, and
// says nothing of where it was taken.
func TestShrink(t *testing.T) {
	corners := map[int][2]bool{ // where red is, by orientation: right, below
		1: {false, false}, 2: {true, false}, 3: {true, true}, 4: {false, true},
		5: {false, false}, 6: {true, false}, 7: {true, true}, 8: {false, true}}
	for turn, at := range corners {
		file := tagged(t, picture(400, 200, false), turn)
		require.Contains(t, string(file), secret)
		out, err := photo.Shrink(file)
		require.NoError(t, err)
		require.NotContains(t, string(out), "Exif")
		require.NotContains(t, string(out), secret[:8])
		p := shrunk(t, file)
		w, h := 400, 200
		if turn >= 5 {
			w, h = h, w
		}
		require.Equal(t, image.Pt(w, h), p.Bounds().Size(), "orientation %d", turn)
		for _, right := range []bool{false, true} {
			for _, below := range []bool{false, true} {
				x, y := w/4, h/4
				if right {
					x = w * 3 / 4
				}
				if below {
					y = h * 3 / 4
				}
				require.Equal(t, at == [2]bool{right, below}, red(p, x, y), "orientation %d, right %v, below %v", turn, right, below)
			}
		}
	}
	require.Equal(t, image.Pt(1600, 1200), shrunk(t, asJPEG(t, picture(4000, 3000, false))).Bounds().Size())
	rough := shrunk(t, asJPEG(t, picture(2600, 1900, true)))
	require.Greater(t, rough.Bounds().Dx(), 300)
}

// A PNG is taken too, and what can be seen through is white.
func TestPNG(t *testing.T) {
	var b bytes.Buffer
	p := image.NewNRGBA(image.Rect(0, 0, 50, 40))
	p.SetNRGBA(10, 10, color.NRGBA{0, 0, 255, 255})
	require.NoError(t, png.Encode(&b, p))
	r, g, blue, _ := shrunk(t, b.Bytes()).At(40, 30).RGBA()
	require.Greater(t, min(r, g, blue), uint32(0xf000))
}

// What is none, is broken, or would take too much is refused before it takes it.
func TestRefused(t *testing.T) {
	good := asJPEG(t, picture(64, 64, true))
	for name, file := range map[string][]byte{"nothing": nil, "text": []byte("GIF89a not taken"), "half": good[:len(good)/2],
		"head": good[:20]} {
		_, err := photo.Shrink(file)
		require.ErrorIs(t, err, photo.ErrKind, name)
	}
	_, err := photo.Shrink(make([]byte, photo.MostBytes+1))
	require.ErrorIs(t, err, photo.ErrTooLarge)
	huge := bytes.Clone(good)
	at := bytes.Index(huge, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(huge[at+5:], 60000)
	binary.BigEndian.PutUint16(huge[at+7:], 60000)
	_, err = photo.Shrink(huge)
	require.ErrorIs(t, err, photo.ErrTooLarge, "3.6 billion pixels in a few kilobytes")
	binary.BigEndian.PutUint16(huge[at+5:], 5000)
	binary.BigEndian.PutUint16(huge[at+7:], 5000)
	huge[at+1] = 0xc2
	_, err = photo.Shrink(huge)
	require.ErrorIs(t, err, photo.ErrTooLarge, "of several passes 25 million are too many")
}

// Whatever is sent, a small JPEG comes out, or one of two sentences.
func FuzzShrink(f *testing.F) {
	f.Add(tagged(f, picture(24, 16, true), 6))
	f.Add(asJPEG(f, picture(8, 8, false)))
	var b bytes.Buffer
	require.NoError(f, png.Encode(&b, picture(9, 7, true)))
	f.Add(b.Bytes())
	f.Add([]byte("\xff\xd8\xff\xff\xff\xe1\x00\x10Exif\x00\x00II*\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if size, _, err := image.DecodeConfig(bytes.NewReader(file)); err == nil && size.Width*size.Height > 1<<20 {
			t.Skip("it is taken, and slow")
		}
		out, err := photo.Shrink(file)
		if err != nil {
			require.True(t, err == error(photo.ErrKind) || err == error(photo.ErrTooLarge), err)
			return
		}
		require.LessOrEqual(t, len(out), photo.KeptBytes)
		_, err = jpeg.Decode(bytes.NewReader(out))
		require.NoError(t, err)
	})
}
