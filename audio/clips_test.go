package audio

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// encodeOgg makes a clip of pcm in memory, at a high bitrate.
func encodeOgg(t testing.TB, pcm []float32) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewOggWriter(&out, OpusHead{Channels: 1, PreSkip: Lookahead, InputRate: Rate})
	require.NoError(t, err)
	enc, err := NewClipEncoder(96000, false)
	require.NoError(t, err)
	packet := make([]byte, MaxPacket)
	for at := 0; at < len(pcm)+Lookahead; at += FrameSamples {
		frame := make([]float32, FrameSamples)
		if at < len(pcm) {
			copy(frame, pcm[at:])
		}
		n, err := enc.Encode(frame, packet)
		require.NoError(t, err)
		require.NoError(t, w.WritePacket(packet[:n]))
	}
	require.NoError(t, w.Close(int64(len(pcm))))
	return out.Bytes()
}

// readAll reads a clip to its end.
func readAll(t testing.TB, c *ClipReader) []float32 {
	t.Helper()
	var all []float32
	buf := make([]float32, 1000)
	for {
		n, err := c.Read(buf)
		all = append(all, buf[:n]...)
		if err == io.EOF {
			return all
		}
		require.NoError(t, err)
	}
}

func openBytes(t testing.TB, file []byte) *ClipReader {
	t.Helper()
	c, err := OpenClip(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	return c
}
