package speaker

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"syscall"
	"time"
)

const (
	wavHeader = 44
	// wavLimit is the most samples bytes in a file. RIFF sizes end at 4 GiB, but a file this size is already
	// three hours, and a development machine should not fill its disk over a weekend.
	wavLimit = 1 << 30
	// wavFresh is how many frames may pass between two updates of the header.
	wavFresh = Rate
)

// WAV writes what it is given to a file, in real time. See the package comment for the file and its sidecar.
type WAV struct {
	*tracker
	path  string
	limit int64
}

// OpenWAV returns a sink that writes to path. It fails if the file cannot be created, but for a disk that is full:
// that may pass. The file's time starts with Run.
func OpenWAV(path string) (*WAV, error) {
	w := &WAV{tracker: newTracker(), path: path, limit: wavLimit}
	if err := keepOld(path); err != nil {
		return nil, err
	}
	f, err := os.Create(path)
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return w, nil
	}
	if err != nil {
		return nil, fmt.Errorf("create wav: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("create wav: %w", err)
	}
	return w, nil
}

// Run writes blocks of 20 ms until ctx ends. While the file cannot be written State is [FaultFile], src is called
// in real time all the same, and the file is tried again every ten seconds.
func (w *WAV) Run(ctx context.Context, src Source) error {
	for {
		err := w.run(ctx, src)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		w.fault(FaultFile, err.Error())
		wait(ctx, lookEvery, nil, newPacer(blockFrames), src)
	}
}

func (w *WAV) run(ctx context.Context, src Source) (err error) {
	p := newPacer(blockFrames)
	f, err := createWAV(w.path, p.start)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	w.fault("", "")
	return p.run(ctx, nil, src, func(buf []float32, live bool, stalls int) error {
		if f.bytes+2*int64(len(buf)) > w.limit {
			if f, err = f.roll(w.path, p.at()); err != nil {
				return err
			}
		}
		if err := f.write(buf); err != nil {
			return err
		}
		frames := len(buf)
		if !live {
			frames = 0
		}
		w.played(frames, stalls, 0)
		return nil
	})
}

// wavFile is one growing file.
type wavFile struct {
	f     *os.File
	bytes int64 // sample bytes written
	shown int64 // sample bytes the header tells of
	pcm   [2 * blockFrames]byte
}

// sidecar tells the instant of the first frame.
type sidecar struct {
	Start time.Time `json:"start"`
	Rate  int       `json:"rate"`
}

// createWAV starts the file and its sidecar, keeping one that has samples.
func createWAV(path string, start time.Time) (*wavFile, error) {
	if err := keepOld(path); err != nil {
		return nil, err
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("create wav: %w", err)
	}
	w := &wavFile{f: f}
	if err := w.header(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := writeSidecar(path+".json", start); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return w, nil
}

// writeSidecar replaces the sidecar in one step, so that no reader sees half of it.
func writeSidecar(path string, start time.Time) error {
	b, err := json.Marshal(sidecar{Start: start, Rate: Rate})
	if err != nil {
		return fmt.Errorf("wav sidecar: %w", err)
	}
	if err := os.WriteFile(path+".new", append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("wav sidecar: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("wav sidecar: %w", err)
	}
	return nil
}

// keepOld renames a file with samples, and its sidecar, out of the way.
func keepOld(path string) error {
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && st.Size() <= wavHeader {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at wav: %w", err)
	}
	if !st.Mode().IsRegular() {
		return fmt.Errorf("wav output %s is not a regular file", path)
	}
	if err := os.Rename(path, path+".1"); err != nil {
		return fmt.Errorf("keep old wav: %w", err)
	}
	if err := os.Rename(path+".json", path+".1.json"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keep old wav: %w", err)
	}
	return nil
}

func (w *wavFile) write(buf []float32) error {
	for i, v := range buf {
		binary.LittleEndian.PutUint16(w.pcm[2*i:], uint16(toInt16(v)))
	}
	b := w.pcm[:2*len(buf)]
	if _, err := w.f.WriteAt(b, wavHeader+w.bytes); err != nil {
		return fmt.Errorf("write wav: %w", err)
	}
	w.bytes += int64(len(b))
	if w.bytes-w.shown >= 2*wavFresh {
		return w.header()
	}
	return nil
}

// header writes the 44 bytes of RIFF, fmt and data chunk headers for what is in the file now.
func (w *wavFile) header() error {
	h := make([]byte, 0, wavHeader)
	le := binary.LittleEndian
	h = append(h, "RIFF"...)
	h = le.AppendUint32(h, uint32(wavHeader-8+w.bytes))
	h = append(h, "WAVEfmt "...)
	h = le.AppendUint32(h, 16)
	h = le.AppendUint16(h, 1) // PCM
	h = le.AppendUint16(h, 1) // mono
	h = le.AppendUint32(h, Rate)
	h = le.AppendUint32(h, 2*Rate)
	h = le.AppendUint16(h, 2)
	h = le.AppendUint16(h, 16)
	h = append(h, "data"...)
	h = le.AppendUint32(h, uint32(w.bytes))
	if _, err := w.f.WriteAt(h, 0); err != nil {
		return fmt.Errorf("write wav header: %w", err)
	}
	w.shown = w.bytes
	return nil
}

func (w *wavFile) close() error {
	if w == nil {
		return nil
	}
	return errors.Join(w.header(), w.f.Close())
}

// roll closes the file and starts the next one, whose first frame belongs to start. It returns nil on failure.
func (w *wavFile) roll(path string, start time.Time) (*wavFile, error) {
	if err := w.close(); err != nil {
		return nil, err
	}
	return createWAV(path, start)
}

// toInt16 rounds to the nearest 16 bit sample; full scale is ±1 and what is outside, or no number, is bounded.
func toInt16(v float32) int16 {
	x := float64(v) * 32768
	switch {
	case x >= math.MaxInt16:
		return math.MaxInt16
	case x <= math.MinInt16:
		return math.MinInt16
	case x != x:
		return 0
	}
	return int16(math.Round(x))
}
