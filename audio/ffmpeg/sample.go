package ffmpeg

import (
	"context"
	"fmt"

	"loa/audio"
	"loa/audio/level"
)

// keepSamples of sound are held in memory (11 MB): all of a short recording,
// which spares decoding it several times, and of a long one a second here and
// there, on which its clip is rehearsed.
const keepSamples = 60 * audio.Rate

// sample is what is kept of a recording.
type sample struct {
	channels int
	at       int64  // samples heard so far
	skip     int    // after each second that is kept; 0: all of it is
	seconds  []kept // in order
}

// kept is up to a second of a recording from sample at on.
type kept struct {
	at          int64
	left, right []float32
}

// write hears the next samples.
func (s *sample) write(left, right []float32) {
	for len(left) > 0 {
		n := min(len(left), audio.Rate-int(s.at%audio.Rate))
		if s.at%audio.Rate == 0 {
			s.begin()
		}
		if k := len(s.seconds) - 1; k >= 0 && s.seconds[k].at == s.at-s.at%audio.Rate {
			k := &s.seconds[k]
			k.left = append(k.left, left[:n]...)
			k.right = append(k.right, right[:min(n, len(right))]...)
		}
		s.at += int64(n)
		left, right = left[n:], right[min(n, len(right)):]
	}
}

// begin makes room for a second, if it is one of those that are kept. When there
// is none, every other goes.
func (s *sample) begin() {
	if (len(s.seconds)+1)*s.channels*audio.Rate > keepSamples {
		n := 0
		for i := 0; i < len(s.seconds); i += 2 {
			s.seconds[n] = s.seconds[i]
			n++
		}
		clear(s.seconds[n:])
		s.seconds = s.seconds[:n]
		s.skip = 2*s.skip + 1
	}
	if s.at/audio.Rate%int64(s.skip+1) == 0 {
		s.seconds = append(s.seconds, kept{at: s.at})
	}
}

// whole says whether nothing was left out, of the sound at least.
func (s *sample) whole() bool { return s.skip == 0 }

// sampleAgain takes another sample where the first missed most of the sound: a few
// words in an hour of silence.
func (l *leveller) sampleAgain(ctx context.Context) error {
	const enough = 10 * audio.Rate
	if l.kept.whole() || l.sampled().length >= min(enough, l.to-l.from) {
		return nil
	}
	from := l.from / audio.Rate * audio.Rate // a second's beginning
	l.kept = sample{channels: l.rec.channels, at: from}
	at := int64(0)
	_, err := l.decodeClean(ctx, l.rec, func(left, right []float32) error {
		first := min(max(0, from-at), int64(len(left)))
		last := max(first, min(l.to-at, int64(len(left))))
		at += int64(len(left))
		if len(right) > 0 {
			right = right[first:last]
		}
		l.kept.write(left[first:last], right)
		return nil
	})
	return err
}

// passage is a way to hear the sound of a recording again: its channels, cleaned,
// in order, and where in it each piece begins.
type passage struct {
	length int64 // samples
	mix    level.Mix
	each   func(ctx context.Context, sink func(left, right []float32, at int64) error) error
}

// sampled is what is kept of the recording's sound.
func (l *leveller) sampled() passage {
	r := passage{mix: l.mix}
	for _, k := range l.kept.seconds {
		r.length += int64(len(l.sound(k).left))
	}
	r.each = func(ctx context.Context, sink func(left, right []float32, at int64) error) error {
		for _, k := range l.kept.seconds {
			k = l.sound(k)
			for len(k.left) > 0 {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				n := min(len(k.left), level.PieceSamples)
				if err := sink(k.left[:n], k.right[:min(n, len(k.right))], k.at); err != nil {
					return err
				}
				k = kept{k.at + int64(n), k.left[n:], k.right[min(n, len(k.right)):]}
			}
		}
		return nil
	}
	return r
}

// all is all of the recording's sound, from memory or from ffmpeg. shown is the
// span of progress.
func (l *leveller) all(shown [2]float64) passage {
	r := l.sampled()
	if !l.kept.whole() {
		r = l.decoded()
	}
	each := r.each
	r.each = func(ctx context.Context, sink func(left, right []float32, at int64) error) error {
		return each(ctx, func(left, right []float32, at int64) error {
			done := float64(at-l.from) / float64(l.to-l.from)
			l.progress(shown[0] + (shown[1]-shown[0])*done)
			return sink(left, right, at)
		})
	}
	return r
}

// sound is the part of a piece that lies between the ends.
func (l *leveller) sound(k kept) kept {
	n := int64(len(k.left))
	from := min(max(0, l.from-k.at), n)
	to := max(from, min(l.to-k.at, n))
	out := kept{at: k.at + from, left: k.left[from:to]}
	if len(k.right) > 0 {
		out.right = k.right[from:to]
	}
	return out
}

// decodeClean hands a recording's channels, cleaned, to sink.
func (l *leveller) decodeClean(ctx context.Context, rec recording, sink func(left, right []float32) error) ([2]*level.Cleaner, error) {
	clean := [2]*level.Cleaner{level.NewCleaner(), level.NewCleaner()}
	err := l.decode(ctx, rec, func(left, right []float32) error {
		clean[0].Clean(left)
		clean[1].Clean(right)
		return sink(left, right)
	})
	return clean, err
}

// decoded is the sound as ffmpeg decodes it once more. Where the channels are mixed
// in the same way throughout, ffmpeg does it: one channel is half the work.
func (l *leveller) decoded() passage {
	r, rec := passage{length: l.to - l.from, mix: l.mix}, l.rec
	if left, right, ok := l.mix.Constant(); ok {
		rec.channels, rec.mixed = 1, fmt.Sprintf("aformat=channel_layouts=stereo,pan=mono|c0=%g*c0+%g*c1,", left, right)
		r.mix = level.Mix{Left: []float32{1}}
	}
	r.each = func(ctx context.Context, sink func(left, right []float32, at int64) error) error {
		at := int64(0)
		_, err := l.decodeClean(ctx, rec, func(left, right []float32) error {
			k := l.sound(kept{at, left, right})
			at += int64(len(left))
			if len(k.left) == 0 {
				return nil
			}
			return sink(k.left, k.right, k.at)
		})
		return err
	}
	return r
}

// play mixes a passage, makes it louder and limits it, and hands it to sink,
// which may change it.
func (l *leveller) play(ctx context.Context, r passage, s settings, sink func([]float32) error) error {
	lim, gain, skip := level.NewLimiter(s.ceiling), audio.Gain(s.gain), level.LimiterDelay
	var mixed [level.PieceSamples]float32
	pass := func(pcm []float32) error {
		lim.Process(pcm)
		drop := min(skip, len(pcm))
		skip -= drop
		return sink(pcm[drop:])
	}
	err := r.each(ctx, func(left, right []float32, at int64) error {
		pcm := mixed[:len(left)]
		r.mix.Apply(pcm, left, right, at)
		level.FadeEnds(pcm, at-l.from, l.to-l.from, level.CutFade)
		audio.Amplify(pcm, gain)
		return pass(pcm)
	})
	if err != nil {
		return err
	}
	return pass(make([]float32, level.LimiterDelay)) // what the limiter still holds
}

// sampleLoudness is the loudness, in LUFS, of what is kept of the sound.
func (l *leveller) sampleLoudness() float64 {
	var windows []float64
	for _, k := range l.kept.seconds {
		k = l.sound(k)
		from := int(k.at / level.WindowSamples)
		windows = append(windows, l.energy[from:from+(len(k.left)+level.WindowSamples-1)/level.WindowSamples]...)
	}
	return level.Loudness(windows)
}
