package audio

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/hraban/opus"
)

const (
	// TargetLUFS is the integrated loudness of a clip, ±1 LU.
	TargetLUFS = -16.0
	// CeilingDBTP is the true peak no clip exceeds.
	CeilingDBTP = -1.0

	clipBitrate = 32000 // bit/s
	silenceDB   = -60.0 // K-weighted; a recording that never exceeds it is silent

	// We aim closer than we promise, because two meters differ a little.
	aimLU   = 0.5
	aimDBTP = -1.5

	firstCeiling  = -2.7 // dBTP of the limiter, for what Opus will add
	maxLimiting   = 15.0 // dB more gain than a sound's loudness asks for
	maxRehearsals = 5
	maxWrites     = 5 // then as many more to save the peak alone

	// keepSamples of sound are held in memory (11 MB), which spares decoding a
	// short recording several times.
	keepSamples = 60 * Rate

	keepBefore = 5  // windows of 10 ms kept before the sound
	keepAfter  = 10 // and after it
	cutFade    = Rate / 200
)

// Info describes a levelled clip.
type Info struct {
	Duration time.Duration
	LUFS     float64 // integrated, measured on the decoded clip
	PeakDBTP float64 // true peak, measured on the decoded clip
	Size     int64   // bytes
}

// Level makes a clip out of any recording ffmpeg can read: silence trimmed at
// both ends, mono, Ogg Opus, −16 ±1 LUFS, true peak ≤ −1 dBTP. dst appears
// whole or not at all. progress, which may be nil, is called from time to time
// with the fraction done.
//
// Errors: ErrUndecodable (with ffmpeg's reason; ErrTruncated is one),
// ErrNoAudio, ErrSilent, ErrTooLong, those of the disk, and ctx's.
func (f FFmpeg) Level(ctx context.Context, src, dst string, progress func(fraction float64)) (Info, error) {
	f = f.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, f.Timeout)
	defer cancel()
	if progress == nil {
		progress = func(float64) {}
	}
	rec, err := f.look(ctx, src)
	if err != nil {
		return Info{}, err
	}
	l := &leveller{ffmpeg: f, rec: rec, progress: progress}
	if err := l.listen(ctx); err != nil {
		return Info{}, err
	}
	tmp, err := os.CreateTemp(filepath.Dir(dst), ".level-*")
	if err != nil {
		return Info{}, fmt.Errorf("level: %w", err)
	}
	defer os.Remove(tmp.Name()) // after the rename there is nothing to remove
	info, err := l.write(ctx, tmp)
	if err := errors.Join(err, tmp.Close()); err != nil {
		return Info{}, err
	}
	if err := os.Rename(tmp.Name(), dst); err != nil {
		return Info{}, fmt.Errorf("level: %w", err)
	}
	progress(1)
	return info, nil
}

// leveller is one recording on its way to a clip.
type leveller struct {
	ffmpeg   FFmpeg
	rec      recording
	progress func(float64)
	total    int64   // samples of the recording
	from, to int64   // samples that hold sound
	loud     float64 // LUFS of those
	kept     []float32
}

// listen is the first reading: how loud, and where sound begins and ends.
func (l *leveller) listen(ctx context.Context) error {
	const share = 0.2 // of the work
	m := newMeter()
	expect := max(1, l.rec.seconds*Rate)
	err := l.ffmpeg.decode(ctx, l.rec.path, func(pcm []float32) error {
		mute(pcm)
		m.writeQuiet(pcm)
		l.total += int64(len(pcm))
		if l.total <= keepSamples {
			l.kept = append(l.kept, pcm...)
		}
		l.progress(share * min(1, float64(l.total)/expect))
		return nil
	})
	if err != nil {
		return err
	}
	if l.total == 0 {
		return fmt.Errorf("%w: it holds no samples", ErrUndecodable)
	}
	windows := m.windows()
	from, to := soundIn(windows)
	if from == to {
		return ErrSilent
	}
	l.loud = loudness(windows[from:to])
	l.from, l.to = int64(from)*windowSamples, min(l.total, int64(to)*windowSamples)
	return nil
}

// mute silences what is not a number: a decoder fed with nonsense makes some.
func mute(pcm []float32) {
	for i, x := range pcm {
		if !(x >= -1000 && x <= 1000) {
			pcm[i] = 0
		}
	}
}

// soundIn finds the windows that hold sound, margins included; from == to says
// that there is none.
func soundIn(windows []float64) (from, to int) {
	if len(windows) == 0 || lufs(slices.Max(windows)) < silenceDB {
		return 0, 0
	}
	loud := loudness(windows)
	sorted := slices.Sorted(slices.Values(windows))
	floor := lufs(sorted[len(sorted)/20])
	threshold := min(max(floor+6, loud-35), loud-22)
	if math.IsInf(loud, -1) { // a sound too short to pass the gate of a long silence
		threshold = silenceDB
	}
	first, last := -1, -1
	for i := range windows {
		if lufs(windows[i]) < threshold {
			continue
		}
		if first < 0 && steady(windows, i, 1, threshold) {
			first = i
		}
		if steady(windows, i, -1, threshold) {
			last = i
		}
	}
	if first < 0 || last < first { // clicks only: all of it
		return 0, len(windows)
	}
	return max(0, first-keepBefore), min(len(windows), last+1+keepAfter)
}

// steady says whether 3 of the 5 windows from i on, in direction dir, are over
// the threshold: a click of the record button is not the beginning.
func steady(windows []float64, i, dir int, threshold float64) bool {
	n := 0
	for k := range 5 {
		if j := i + k*dir; j >= 0 && j < len(windows) && lufs(windows[j]) >= threshold {
			n++
		}
	}
	return n >= 3
}

// settings are what one passage of the sound is made with.
type settings struct{ gain, ceiling float64 } // dB, dBTP

// rehearse finds the gain that makes the limited sound as loud as it should
// be. The limiter takes a part of what gain gives, so this is a search; a
// passage without Opus costs a tenth of one with it.
func (l *leveller) rehearse(ctx context.Context, s settings, maxGain float64) (settings, float64, error) {
	slope, last, lastGain := 1.0, 0.0, 0.0
	for try := range maxRehearsals {
		m := newMeter()
		from := 0.2 + 0.04*float64(try)
		err := l.play(ctx, s, [2]float64{from, from + 0.04}, func(pcm []float32) error {
			m.writeQuiet(pcm)
			return nil
		})
		if err != nil {
			return s, slope, err
		}
		got := loudness(m.windows())
		if try > 0 && s.gain != lastGain {
			slope = min(1, max(0.25, (got-last)/(s.gain-lastGain)))
		} else if got < TargetLUFS-0.2 {
			slope = 0.6 // the limiter has begun to work
		}
		last, lastGain = got, s.gain
		if math.Abs(TargetLUFS-got) < 0.15 || s.gain >= maxGain && got < TargetLUFS {
			break
		}
		s.gain = min(s.gain+(TargetLUFS-got)/slope, maxGain)
	}
	return s, slope, nil
}

// write writes the clip until it measures right, and syncs it to disk.
func (l *leveller) write(ctx context.Context, tmp *os.File) (Info, error) {
	s := settings{gain: TargetLUFS - l.loud, ceiling: firstCeiling}
	maxGain := s.gain + maxLimiting
	s, slope, err := l.rehearse(ctx, s, maxGain)
	if err != nil {
		return Info{}, err
	}
	done := 0.2 + 0.04*maxRehearsals
	for try := 1; try <= 2*maxWrites; try++ {
		w, err := l.writeOnce(ctx, tmp, s, [2]float64{done, (1 + done) / 2})
		if err != nil {
			return Info{}, err
		}
		done = (1 + done) / 2
		got, peak := loudness(w.meter.windows()), DB(float64(w.meter.peak.max))
		stuck := try >= maxWrites || got < TargetLUFS && s.gain >= maxGain
		if peak <= aimDBTP && (math.Abs(got-TargetLUFS) <= aimLU || stuck) {
			if err := tmp.Sync(); err != nil {
				return Info{}, fmt.Errorf("level: %w", err)
			}
			return Info{Duration: Length(w.length), LUFS: got, PeakDBTP: peak, Size: w.size}, nil
		}
		lowered := 0.0
		if peak > aimDBTP {
			lowered = peak - aimDBTP + 0.4
		}
		s.ceiling -= lowered
		if try < maxWrites {
			// A lower ceiling costs some loudness; half of it, about.
			s.gain = min(s.gain+(TargetLUFS-got+lowered/2)/slope, maxGain)
		} else {
			s.gain -= lowered // give up loudness, not the peak
		}
	}
	return Info{}, errors.New("level: the true peak cannot be held")
}

// play reads the recording and hands the part that sounds, amplified and
// limited, to sink, which may change it. shown is the span of progress.
func (l *leveller) play(ctx context.Context, s settings, shown [2]float64, sink func([]float32) error) error {
	lim, gain := newLimiter(s.ceiling), Gain(s.gain)
	at, skip, length := int64(0), limiterDelay, l.to-l.from
	pass := func(pcm []float32) error {
		lim.process(pcm)
		drop := min(skip, len(pcm))
		skip -= drop
		return sink(pcm[drop:])
	}
	err := l.again(ctx, func(pcm []float32) error {
		start := min(max(0, l.from-at), int64(len(pcm)))
		end := max(start, min(l.to-at, int64(len(pcm))))
		part := pcm[start:end]
		fadeEnds(part, at+start-l.from, length, cutFade)
		Amplify(part, gain)
		at += int64(len(pcm))
		l.progress(shown[0] + (shown[1]-shown[0])*min(1, float64(at)/float64(l.total)))
		return pass(part)
	})
	if err != nil {
		return err
	}
	return pass(make([]float32, limiterDelay)) // what the limiter still holds
}

// again hands the recording to sink once more, from memory or from ffmpeg.
func (l *leveller) again(ctx context.Context, sink func([]float32) error) error {
	if l.total > keepSamples {
		return l.ffmpeg.decode(ctx, l.rec.path, func(pcm []float32) error {
			mute(pcm)
			return sink(pcm)
		})
	}
	var pcm [4096]float32
	for rest := l.kept; len(rest) > 0; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n := copy(pcm[:], rest)
		rest = rest[n:]
		if err := sink(pcm[:n]); err != nil {
			return err
		}
	}
	return nil
}

// writeOnce plays the recording into tmp.
func (l *leveller) writeOnce(ctx context.Context, tmp *os.File, s settings, shown [2]float64) (*clipWriter, error) {
	if err := tmp.Truncate(0); err != nil {
		return nil, fmt.Errorf("level: %w", err)
	}
	if _, err := tmp.Seek(0, 0); err != nil {
		return nil, fmt.Errorf("level: %w", err)
	}
	w, err := newClipWriter(tmp, l.to-l.from)
	if err != nil {
		return nil, err
	}
	if err := l.play(ctx, s, shown, w.write); err != nil {
		return nil, err
	}
	return w, w.close()
}

// clipWriter encodes and writes a clip of known length, and hears what it wrote.
type clipWriter struct {
	out    *bufio.Writer
	ogg    *OggWriter
	enc    *Encoder
	dec    *Decoder
	meter  *meter
	length int64 // samples of the clip
	heard  int64 // samples encoded and decoded
	size   int64 // bytes
	frame  []float32
	packet [MaxPacket]byte
	sound  [FrameSamples]float32
}

func newClipWriter(f *os.File, length int64) (*clipWriter, error) {
	enc, err := newEncoder(clipBitrate, opus.AppAudio)
	if err != nil {
		return nil, err
	}
	dec, err := NewDecoder()
	if err != nil {
		return nil, err
	}
	w := &clipWriter{enc: enc, dec: dec, meter: newMeter(), length: length, frame: make([]float32, 0, FrameSamples)}
	w.out = bufio.NewWriter(counter{f, &w.size})
	w.ogg, err = NewOggWriter(w.out, OpusHead{Channels: 1, PreSkip: Lookahead, InputRate: Rate})
	return w, err
}

// counter adds up what is written through it.
type counter struct {
	f *os.File
	n *int64
}

func (c counter) Write(p []byte) (int, error) {
	n, err := c.f.Write(p)
	*c.n += int64(n)
	return n, err
}

// write takes the next samples.
func (w *clipWriter) write(pcm []float32) error {
	for len(pcm) > 0 {
		n := min(FrameSamples-len(w.frame), len(pcm))
		w.frame = append(w.frame, pcm[:n]...)
		pcm = pcm[n:]
		if len(w.frame) == FrameSamples {
			if err := w.encode(); err != nil {
				return err
			}
		}
	}
	return nil
}

// encode writes the frame, decodes it again and measures what is audible of it.
func (w *clipWriter) encode() error {
	n, err := w.enc.Encode(w.frame, w.packet[:])
	if err != nil {
		return err
	}
	w.frame = w.frame[:0]
	if err := w.ogg.WritePacket(w.packet[:n]); err != nil {
		return err
	}
	if _, err := w.dec.Decode(w.packet[:n], w.sound[:]); err != nil {
		return err
	}
	from := min(max(0, Lookahead-w.heard), FrameSamples)
	to := min(max(from, w.length+Lookahead-w.heard), FrameSamples)
	w.meter.write(w.sound[from:to])
	w.heard += FrameSamples
	return nil
}

// close writes what the encoder still holds, and the end.
func (w *clipWriter) close() error {
	for w.heard < w.length+Lookahead {
		if err := w.write(make([]float32, FrameSamples)); err != nil {
			return err
		}
	}
	w.meter.peak.flush()
	if err := w.ogg.Close(w.length); err != nil {
		return err
	}
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write clip: %w", err)
	}
	return nil
}
