package client

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// numbered is PCM whose samples count.
func numbered(samples int) []byte {
	var pcm []byte
	for n := range samples {
		pcm = binary.LittleEndian.AppendUint16(pcm, uint16(n))
	}
	return pcm
}

func TestASourceThatGivesNothing(t *testing.T) {
	_, err := Source{Name: "a.wav", FFmpeg: "khong-co"}.Open(t.Context())
	require.Error(t, err)
	for _, name := range []string{filepath.Join(t.TempDir(), "a.wav"), "alsa:khong-co"} {
		_, err = Source{Name: name, FFmpeg: "ffmpeg"}.Open(t.Context())
		require.ErrorContains(t, err, "chưa phát gì")
	}
}

// A file waits for the call, however long that is in coming on the air, and is then whole.
func TestAFileIsWhole(t *testing.T) {
	name := filepath.Join(t.TempDir(), "voice.wav")
	pcm := numbered(12000)
	head := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(36+len(pcm)))
	head = append(head, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\xbb\x00\x00\x00\x77\x01\x00\x02\x00\x10\x00data"...)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(pcm)))
	require.NoError(t, os.WriteFile(name, append(head, pcm...), 0o600))
	v, err := Source{Name: name, FFmpeg: "ffmpeg"}.Open(t.Context())
	require.NoError(t, err)
	defer func() { _ = v.Close() }()
	v.Begin(time.Now())
	got, err := io.ReadAll(v)
	require.NoError(t, err)
	require.True(t, bytes.Equal(pcm, got))
}

// What is read never comes faster than it is heard, but for what it was late.
func TestWhatIsReadKeepsItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &Voice{pcm: bufio.NewReader(zeros{})}
		began, frame := time.Now(), make([]byte, FrameBytes)
		read := func(frames int) time.Duration {
			for range frames {
				_, err := io.ReadFull(v, frame)
				require.NoError(t, err)
			}
			return time.Since(began)
		}
		v.Begin(began.Add(2 * time.Second))
		require.Equal(t, 2*time.Second, read(1), "the chime is over")
		require.Equal(t, 3*time.Second, read(50))
		time.Sleep(5 * time.Second) // nobody took it: a little is caught up with
		require.Equal(t, 8*time.Second+48*frameLength-behind, read(50))
		v.Begin(time.Now().Add(9000 * time.Hour)) // by a clock that is wrong
		began = time.Now()
		require.Equal(t, opening, read(1))
	})
}

// Of a microphone what was said before the call is not heard, nor what nobody could take in
// time; and what is said then is in one piece.
func TestAMicrophoneIsFromNowOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, in := io.Pipe()
		v := &Voice{microphone: listen(out)}
		pcm := numbered(65536)
		say := func(frames int) {
			for range frames {
				_, err := in.Write(pcm[:FrameBytes])
				require.NoError(t, err)
				pcm = pcm[FrameBytes:]
			}
			synctest.Wait()
		}
		hear := func(frames int) (first uint16) {
			got := make([]byte, frames*FrameBytes)
			_, err := io.ReadFull(v, got)
			require.NoError(t, err)
			first = binary.LittleEndian.Uint16(got)
			require.True(t, bytes.Equal(numbered(65536)[2*int(first):][:len(got)], got), "in one piece")
			return first
		}
		say(10)
		v.Begin(time.Now())
		say(3)
		require.EqualValues(t, 10*960, hear(3))
		say(held + 15)
		require.EqualValues(t, (13+15)*960, hear(held), "the last half second")
		require.NoError(t, in.CloseWithError(errors.New("unplugged")))
		_, err := v.Read(make([]byte, 2))
		require.ErrorContains(t, err, "unplugged")
	})
}
