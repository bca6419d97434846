package ffmpeg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"loa/audio"
	"loa/audio/level"
)

const (
	defaultBitrate = 32000 // bit/s

	// We aim closer than we promise, because two meters differ a little.
	aimLU   = 0.5
	aimDBTP = -1.5

	firstCeiling  = -2.7 // dBTP of the limiter, for what Opus will add
	maxLimiting   = 15.0 // dB more gain than a sound's loudness asks for
	maxRehearsals = 5
	maxWrites     = 5 // then as many more to save the peak alone

	// longClip and more is encoded in a fifth of the time: an hour must not keep
	// others waiting.
	longClip = 5 * time.Minute
)

// Info describes a levelled clip.
type Info struct {
	Duration time.Duration
	LUFS     float64      // integrated, measured on the decoded clip
	PeakDBTP float64      // true peak, measured on the decoded clip
	Size     int64        // bytes
	Notes    []level.Note // what was mended, or could not be
}

// Level makes a clip out of any recording ffmpeg can read: silence trimmed at
// both ends, mono, Ogg Opus, −16 ±1 LUFS, true peak ≤ −1 dBTP. dst appears
// whole or not at all. progress, which may be nil, is called from time to time
// with the fraction done.
//
// Errors: ErrUndecodable (with ffmpeg's reason; ErrTruncated and ErrHollow are
// such), ErrNoAudio, ErrSilent, ErrTooLong, those of the disk, and ctx's.
func (f Program) Level(ctx context.Context, src, dst string, progress func(fraction float64)) (Info, error) {
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
	return (&leveller{decode: f.decode, rec: rec, bitrate: f.Bitrate, quick: f.Quick, progress: progress}).level(ctx, dst)
}

// level makes the clip; see Level.
func (l *leveller) level(ctx context.Context, dst string) (Info, error) {
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
	l.progress(1)
	return info, nil
}

// leveller is one recording on its way to a clip.
type leveller struct {
	decode   func(ctx context.Context, rec recording, sink func(left, right []float32) error) error // Program's
	rec      recording
	bitrate  int // see Program
	quick    bool
	progress func(float64)
	total    int64     // samples of the recording
	from, to int64     // samples that hold sound
	mix      level.Mix // how its channels become one
	energy   []float64 // of the windows of that one
	loud     float64   // LUFS of those between from and to
	most     float64   // dB that it may be made louder by
	kept     sample
	notes    []level.Note
}

// Shares of the work, by what they take of an hour.
const (
	listening  = 0.3
	rehearsing = 0.04
)

// listen is the first reading: how the channels become one, how loud that is,
// and where sound begins and ends.
func (l *leveller) listen(ctx context.Context) error {
	heard := level.NewHearing(l.rec.channels)
	l.kept.channels = l.rec.channels
	expect := max(1, l.rec.seconds*audio.Rate)
	cleaners, err := l.decodeClean(ctx, l.rec, func(left, right []float32) error {
		heard.Write(left, right)
		l.kept.write(left, right)
		l.total += int64(len(left))
		l.progress(listening * min(1, float64(l.total)/expect))
		return nil
	})
	if err != nil {
		return err
	}
	if l.total == 0 {
		return ErrHollow
	}
	heard.Close()
	l.weigh(heard, cleaners)
	from, to := level.SoundIn(l.energy)
	if from == to {
		return ErrSilent
	}
	l.loud = level.Loudness(l.energy[from:to])
	l.from, l.to = int64(from)*level.WindowSamples, min(l.total, int64(to)*level.WindowSamples)
	l.limitGain(l.energy[from:to])
	return l.sampleAgain(ctx)
}

// weigh decides how each window is mixed.
func (l *leveller) weigh(heard *level.Hearing, cleaners [2]*level.Cleaner) {
	const offset = 0.02 // of full scale: more is a fault of the recorder
	j := level.Judge(heard)
	l.mix, l.energy = j.Mix, j.Mix.Energy(heard)
	if j.Note != nil {
		l.notes = append(l.notes, *j.Note)
	}
	off, mended, cut := 0.0, int64(0), 0.0
	for _, c := range cleaners {
		off, mended, cut = max(off, c.Offset()), mended+c.Mended, max(cut, c.Overdriven())
	}
	if cut > level.MuchOverdriven {
		l.notes = append(l.notes, level.Note{Code: level.Overdriven})
	}
	if off > offset {
		l.notes = append(l.notes, level.Note{Code: level.Offset})
	}
	places := l.mix.TurnDown(l.energy, level.LevelOfSpeech(l.energy))
	if mended > 0 {
		places = max(1, places)
	}
	if places > 0 {
		l.notes = append(l.notes, level.Note{Code: level.Knocks, Places: places})
	}
}

// limitGain decides by how much the sound may be made louder. What is said comes
// and goes; what is both faint and steady is the noise of an empty room, which
// nobody wants to hear as loud as a voice.
func (l *leveller) limitGain(sound []float64) {
	const (
		// Between the quiet and the loud stretches there are 1 dB in a hiss, 5 in a
		// rumble, and in a voice 5 more than it stands out of the noise.
		steadyDB, livelyDB = 5.5, 8.5
		clearDB            = 16.0
		steadyLift, lift   = 20.0, 60.0
		muchLift           = 25.0 // dB by which a voice is made louder before it is worth a word
		someLift           = 10.0 // and a noisy one
		hardly             = 3.0  // dB that nobody hears the want of
		stretch            = 3    // windows
	)
	l.most = lift
	if len(sound) < 20*stretch {
		return
	}
	stretches := make([]float32, len(sound)/stretch)
	for i := range stretches {
		stretches[i] = float32(level.Mean(sound[i*stretch : (i+1)*stretch]))
	}
	p := level.Percentiles(stretches, 0.1, 0.95)
	lively := p[1] - p[0]
	if lively < livelyDB {
		share := max(0, lively-steadyDB) / (livelyDB - steadyDB)
		l.most = steadyLift + share*(lift-steadyLift)
	}
	wanted := level.TargetLUFS - l.loud
	switch {
	case wanted > l.most+hardly:
		l.notes = append(l.notes, level.Note{Code: level.NoiseOnly, DB: wanted - l.most})
	case wanted > muchLift:
		l.notes = append(l.notes, level.Note{Code: level.TooQuiet, DB: wanted})
	case wanted > someLift && lively < clearDB:
		l.notes = append(l.notes, level.Note{Code: level.TooNoisy, DB: lively - 5})
	}
}

// settings are what one passage of the sound is made with.
type settings struct{ gain, ceiling float64 } // dB, dBTP

// goal is what one passage of the sound is to measure.
type goal struct{ lufs, within, peak, maxGain float64 }

// rehearse finds the gain that makes the limited sound as loud as it should
// be. The limiter takes a part of what gain gives, so this is a search; a
// passage without Opus costs a tenth of one with it.
func (l *leveller) rehearse(ctx context.Context, s settings, g goal) (settings, float64, error) {
	slope, last, lastGain := 1.0, 0.0, 0.0
	for try := range maxRehearsals {
		m := level.NewMeter()
		err := l.play(ctx, l.sampled(), s, func(pcm []float32) error {
			m.WriteQuiet(pcm)
			return nil
		})
		if err != nil {
			return s, slope, err
		}
		l.progress(listening + rehearsing/2*float64(try+1)/maxRehearsals)
		got := level.Loudness(m.Windows())
		if try > 0 && s.gain != lastGain {
			slope = min(1, max(0.25, (got-last)/(s.gain-lastGain)))
		} else if got < g.lufs-0.2 {
			slope = 0.6 // the limiter has begun to work
		}
		last, lastGain = got, s.gain
		if math.Abs(g.lufs-got) < 0.15 || s.gain >= g.maxGain && got < g.lufs {
			break
		}
		s.gain = min(s.gain+(g.lufs-got)/slope, g.maxGain)
	}
	return s, slope, nil
}

// write writes the clip until it measures right, and syncs it to disk. A long
// recording is rehearsed, through Opus too, on a sample of it: then it is written
// once.
func (l *leveller) write(ctx context.Context, tmp *os.File) (Info, error) {
	loud := l.sampleLoudness()
	wanted := level.TargetLUFS - l.loud
	g := goal{lufs: level.TargetLUFS + loud - l.loud, within: aimLU, peak: aimDBTP, maxGain: min(wanted+maxLimiting, l.most)}
	s, slope := settings{gain: min(wanted, g.maxGain), ceiling: firstCeiling}, 1.0
	var err error
	if !math.IsInf(loud, -1) { // else the sample holds nothing but pauses
		if s, slope, err = l.rehearse(ctx, s, g); err == nil && !l.kept.whole() {
			s, err = l.rehearseDressed(ctx, s, slope, g)
		}
	}
	if err != nil {
		return Info{}, err
	}
	done := listening + rehearsing
	if !l.kept.whole() {
		g.lufs, g.within, g.peak = level.TargetLUFS, 1.5*aimLU, (aimDBTP+level.CeilingDBTP)/2
	}
	w, _, err := l.settle(s, slope, g, func(s settings) (*clipWriter, error) {
		if err := tmp.Truncate(0); err != nil {
			return nil, fmt.Errorf("level: %w", err)
		}
		if _, err := tmp.Seek(0, io.SeekStart); err != nil {
			return nil, fmt.Errorf("level: %w", err)
		}
		show := [2]float64{done, 0.97 + 0.03*done}
		done = show[1]
		return l.writeOnce(ctx, tmp, l.all(show), s)
	})
	if err != nil {
		return Info{}, err
	}
	if err := tmp.Sync(); err != nil {
		return Info{}, fmt.Errorf("level: %w", err)
	}
	return Info{Duration: audio.Length(w.length), LUFS: level.Loudness(w.meter.Windows()), PeakDBTP: w.meter.DBTP(),
		Size: w.size, Notes: l.notes}, nil
}

// rehearseDressed is rehearse through Opus, which alters the loudness a little and
// the peaks a lot.
func (l *leveller) rehearseDressed(ctx context.Context, s settings, slope float64, g goal) (settings, error) {
	const rare = 0.7 // dB that the whole may exceed its sample by
	g.within, g.peak = 0.2, g.peak-rare
	_, s, err := l.settle(s, slope, g, func(s settings) (*clipWriter, error) {
		return l.writeOnce(ctx, io.Discard, l.sampled(), s)
	})
	if errors.Is(err, errPeak) { // the whole decides
		err = nil
	}
	return s, err
}

var errPeak = errors.New("level: the true peak cannot be held")

// settle writes until what was written measures right, and returns that and what
// it was made with.
func (l *leveller) settle(s settings, slope float64, g goal, once func(settings) (*clipWriter, error)) (*clipWriter, settings, error) {
	for try := 1; try <= 2*maxWrites; try++ {
		w, err := once(s)
		if err != nil {
			return nil, s, err
		}
		got, peak := level.Loudness(w.meter.Windows()), w.meter.DBTP()
		stuck := try >= maxWrites || got < g.lufs && s.gain >= g.maxGain
		if peak <= g.peak && (math.Abs(got-g.lufs) <= g.within || stuck) {
			return w, s, nil
		}
		lowered := 0.0
		if peak > g.peak {
			lowered = peak - g.peak + 0.4
		}
		s.ceiling -= lowered
		if try < maxWrites {
			// A lower ceiling costs some loudness; half of it, about.
			s.gain = min(s.gain+(g.lufs-got+lowered/2)/slope, g.maxGain)
		} else {
			s.gain -= lowered // give up loudness, not the peak
		}
	}
	return nil, s, errPeak
}

// writeOnce plays the sound, or its sample, into out.
func (l *leveller) writeOnce(ctx context.Context, out io.Writer, r passage, s settings) (*clipWriter, error) {
	w, err := newClipWriter(out, r.length, l.bitrate, l.quick || audio.Length(l.to-l.from) >= longClip, l.notes)
	if err != nil {
		return nil, err
	}
	if err := l.play(ctx, r, s, w.write); err != nil {
		return nil, err
	}
	return w, w.close()
}
