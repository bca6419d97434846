package ffmpeg

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio"
)

// What the pages of an Ogg say of the time may be anything: a stream that was
// joined in its middle, or two files in one.
func TestOggWhoseTimeLeaps(t *testing.T) {
	b := newBench(t)
	for _, codec := range []string{"libopus", "libvorbis"} {
		path := b.file("x-"+codec+".ogg", "-page_duration 200000 -c:a "+codec, b.voice)
		whole, err := os.ReadFile(path)
		require.NoError(t, err)
		for name, leap := range map[string]int64{"90 minutes": 5400, "a year": 365 * 86400, "5 s": 5, "back": -1} {
			t.Run(codec+"/"+name, func(t *testing.T) {
				t.Parallel()
				b := &bench{t: t, dir: t.TempDir()}
				path := filepath.Join(b.dir, "leaps.ogg")
				require.NoError(t, os.WriteFile(path, leapOgg(whole, 10, leap*audio.Rate), 0o644))
				info, _, _ := b.levelled(path)
				require.InDelta(t, 6, info.Duration.Seconds(), 0.8)
			})
		}
	}
}

// leapOgg adds to the granules of all pages from the n-th on.
func leapOgg(file []byte, n int, by int64) []byte {
	out := append([]byte{}, file...)
	for at := 0; at < len(out); n-- {
		segments := int(out[at+26])
		end := at + 27 + segments
		for _, s := range out[at+27 : end] {
			end += int(s)
		}
		page := out[at:end]
		if granule := int64(binary.LittleEndian.Uint64(page[6:])); n <= 0 && granule > 0 {
			binary.LittleEndian.PutUint64(page[6:], uint64(granule+by))
			binary.LittleEndian.PutUint32(page[22:], 0)
			binary.LittleEndian.PutUint32(page[22:], audio.OggSum(0, page))
		}
		at = end
	}
	return out
}
