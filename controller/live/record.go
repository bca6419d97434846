package live

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"loa/audio"
	"loa/controller/store"
)

// recorder writes a call to an Ogg Opus file as it is spoken, gaps included,
// so that the recording is as long as the call was.
type recorder struct {
	file    *os.File
	ogg     *audio.OggWriter
	silence []byte // one frame of it
	frames  uint64
	err     error // the first that happened; the call goes on without a recording
}

// maxGap bounds the silence that is written for one gap: a call ends before.
const maxGap = 60 * 50

// recorder makes the recorder of a call; nil for one that nobody speaks in, and
// where none can be made: it is heard all the same.
func (l *Live) recorder(r Request) *recorder {
	if len(r.Rundown) > 0 {
		return nil
	}
	record, err := newRecorder(l.opt.Store.TempDir())
	if err != nil {
		l.opt.Store.Refused(err)
		l.opt.Logger.Error("a call begins that is not recorded", "title", r.Title, "err", err)
		return nil
	}
	return record
}

func newRecorder(dir string) (*recorder, error) {
	file, err := os.CreateTemp(dir, "call-*")
	if err != nil {
		return nil, fmt.Errorf("begin recording: %w", err)
	}
	r := &recorder{file: file}
	r.ogg, err = audio.NewOggWriter(file, audio.OpusHead{Channels: 1, PreSkip: audio.Lookahead, InputRate: audio.Rate})
	if err == nil {
		r.silence, err = silentFrame()
	}
	if err != nil {
		r.discard()
		return nil, fmt.Errorf("begin recording: %w", err)
	}
	return r, nil
}

func silentFrame() ([]byte, error) {
	enc, err := audio.NewEncoder(bitrate)
	if err != nil {
		return nil, err
	}
	packet := make([]byte, audio.MaxPacket)
	n, err := enc.Encode(make([]float32, audio.FrameSamples), packet)
	return packet[:n], err
}

// add appends frame number n, with silence for what is missing before it.
func (r *recorder) add(n uint64, packet []byte) {
	if r == nil || r.err != nil || n < r.frames {
		return
	}
	for gap := 0; r.frames < n && gap < maxGap && r.err == nil; gap++ {
		r.err = r.ogg.WritePacket(r.silence)
		r.frames++
	}
	r.frames = n
	if r.err == nil {
		r.err = r.ogg.WritePacket(packet)
		r.frames++
	}
}

func (r *recorder) discard() {
	if r == nil {
		return
	}
	_ = r.file.Close() // thrown away
	_ = os.Remove(r.file.Name())
}

// finish closes the file and puts it into the store; "" for a call in which
// nothing was said, and of one without a recorder.
func (r *recorder) finish(st *store.Store) (sha string, err error) {
	if r == nil {
		return "", nil
	}
	defer r.discard()
	if r.err != nil || r.frames == 0 {
		return "", r.err
	}
	if err := r.ogg.Close(int64(r.frames)*audio.FrameSamples - audio.Lookahead); err != nil {
		return "", fmt.Errorf("end recording: %w", err)
	}
	if _, err := r.file.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("end recording: %w", err)
	}
	h := sha256.New()
	_, err = io.Copy(h, r.file)
	if err = errors.Join(err, r.file.Close()); err != nil {
		return "", fmt.Errorf("end recording: %w", err)
	}
	sha = hex.EncodeToString(h.Sum(nil))
	return sha, st.Install(r.file.Name(), st.RecordingPath(sha))
}
