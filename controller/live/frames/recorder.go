package frames

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

// Recorder writes a call to an Ogg Opus file as it is spoken, gaps included,
// so that the recording is as long as the call was. A nil one records nothing.
type Recorder struct {
	file    *os.File
	ogg     *audio.OggWriter
	silence []byte // one frame of it
	frames  uint64
	err     error // the first that happened; the call goes on without a recording
}

// maxGap bounds the silence that is written for one gap: a call ends before.
const maxGap = 60 * 50

// Record begins a recording in a folder; an error says that the disk takes none.
func Record(dir string) (*Recorder, error) {
	file, err := os.CreateTemp(dir, "call-*")
	if err != nil {
		return nil, fmt.Errorf("begin recording: %w", err)
	}
	r := &Recorder{file: file}
	r.ogg, err = audio.NewOggWriter(file, audio.OpusHead{Channels: 1, PreSkip: audio.Lookahead, InputRate: audio.Rate})
	if err == nil {
		r.silence, err = Silent()
	}
	if err != nil {
		r.Discard()
		return nil, fmt.Errorf("begin recording: %w", err)
	}
	return r, nil
}

// Add appends frame number n, with silence for what is missing before it.
func (r *Recorder) Add(n uint64, packet []byte) {
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

// Discard throws the recording away, if Finish has not put it in its place.
func (r *Recorder) Discard() {
	if r == nil {
		return
	}
	_ = r.file.Close() // thrown away
	_ = os.Remove(r.file.Name())
}

// Finish closes the file and puts it into the store, and returns its sha256; "" for a call in which
// nothing was said, and of one without a recorder.
func (r *Recorder) Finish(st *store.Store) (sha string, err error) {
	if r == nil {
		return "", nil
	}
	defer r.Discard()
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
