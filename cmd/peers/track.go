package main

import (
	"context"
	"math"
	"time"

	"loa/cmd/process"
)

// The track is what is spoken: a steady tone, which shows gaps, and once a
// second a chirp, which shows when. Chirps go up and down in turn, so that one
// is never taken for its neighbour.
const (
	rate       = 48000
	toneHz     = 440
	toneLevel  = 0.1
	chirpLevel = 0.5
	chirpFrom  = 400 // Hz: what a voice codec of 24 kbit/s keeps
	chirpTo    = 2400
	chirpLen   = rate / 12
	chirpEvery = rate
	pieceLen   = rate / 50
)

// chirp is the k-th chirp's shape: a sweep under a Hann window.
func chirp(k int) []float64 {
	from, to := float64(chirpFrom), float64(chirpTo)
	if k%2 == 1 {
		from, to = to, from
	}
	out := make([]float64, chirpLen)
	for i := range out {
		t := float64(i) / rate
		phase := 2 * math.Pi * (from*t + (to-from)*t*t/2/(float64(chirpLen)/rate))
		out[i] = math.Sin(phase) * (0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/chirpLen))
	}
	return out
}

var chirps = [2][]float64{chirp(0), chirp(1)}

// chirpAt is the first sample of the k-th chirp.
func chirpAt(k int) int { return chirpEvery/2 + k*chirpEvery }

// sample is the track at a sample.
func sample(i int) int16 {
	v := toneLevel * math.Sin(2*math.Pi*toneHz*float64(i)/rate)
	if k := (i - chirpEvery/2) / chirpEvery; i >= chirpEvery/2 {
		if into := i - chirpAt(k); into < chirpLen {
			v += chirpLevel * chirps[k%2][into]
		}
	}
	return int16(v * 32767)
}

// speak gives the track to those who listen, in pieces of 20 ms, each when its
// last sample would have been recorded. It returns when sample 0 was.
func speak(ctx context.Context, d time.Duration, listeners ...func([]int16) error) (start time.Time, err error) {
	start = time.Now()
	piece := make([]int16, pieceLen)
	for pos := 0; pos < int(d.Seconds()*rate); pos += pieceLen {
		for i := range piece {
			piece[i] = sample(pos + i)
		}
		if err := process.Pause(ctx, time.Until(start.Add(samples(pos+pieceLen)))); err != nil {
			return start, err
		}
		for _, listen := range listeners {
			if err := listen(piece); err != nil {
				return start, err
			}
		}
	}
	return start, nil
}

// samples is how long so many last.
func samples(n int) time.Duration { return time.Duration(n) * time.Second / rate }

// bytesOf is 16-bit PCM, little endian, each sample repeated for so many
// channels.
func bytesOf(pcm []int16, channels int) []byte {
	out := make([]byte, 0, 2*channels*len(pcm))
	for _, v := range pcm {
		for range channels {
			out = append(out, byte(v), byte(v>>8))
		}
	}
	return out
}
