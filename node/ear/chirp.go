package ear

import (
	"math"
	"sync"
	"time"
)

// Chirp is how long the sound of a test lasts.
const Chirp = time.Second

const (
	chirpLevel = 0.05 // of full scale, −26 dBFS: heard below the pole, and hardly in the village
	chirpFade  = Rate / 100
	chirpSpan  = int(Chirp / FrameTime)
	notes      = 2 * bands
	// likelyChirp lies far above what other sounds reach: of 3,456 windows of talk, music and wind one in a thousand
	// scores 0.25. The melody is no talk, so the bound of plays is not its bound.
	likelyChirp = 0.4
)

// melody is the band of each of its notes: every band is lit twice, no two notes follow each other as two others do, and
// none its neighbour. So each band has a rhythm that no other band shares, which nothing that sounds in a village has.
var melody = [notes]int{0, 4, 1, 6, 3, 7, 2, 5, 1, 7, 4, 0, 5, 3, 6, 2}

// chirp is those notes, each the middle of its band, with ends that do not click.
var chirp = sync.OnceValue(func() []float32 {
	pcm := make([]float32, int(Chirp.Seconds()*Rate))
	phase := 0.0
	for i := range pcm {
		note := i * notes / len(pcm)
		into := i - note*len(pcm)/notes
		last := len(pcm)/notes - 1 - into
		phase += 2 * math.Pi * lowest * math.Pow(highest/lowest, (float64(melody[note])+0.5)/bands) / Rate
		rise := min(1, float64(max(0, min(into, last)))/chirpFade)
		pcm[i] = float32(chirpLevel * rise * math.Sin(phase))
	}
	return pcm
})

// Probe is the sound of a test, put into what is played.
type Probe struct {
	mu   sync.Mutex
	from time.Time // of the chirp that is to come or sounds; zero: none
	gone int       // samples of the fade that ends it early
	cut  bool
}

// Begin has the chirp begin at an instant.
func (p *Probe) Begin(from time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.from, p.gone, p.cut = from, 0, false
}

// From is when the chirp begins, zero without one.
func (p *Probe) From() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.from
}

// End takes the chirp back, and reports whether it was played whole.
func (p *Probe) End() (whole bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	whole = !p.cut && p.gone == 0
	p.from = time.Time{}
	return whole
}

// Mix adds the chirp to a block whose first sample is played at an instant. Whatever else sounds ends it: it fades
// within 10 ms, for a test is worth nothing beside a word.
func (p *Probe) Mix(buf []float32, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.from.IsZero() {
		return
	}
	pcm := chirp()
	first := int(math.Round(at.Sub(p.from).Seconds() * Rate))
	if first >= len(pcm) || first+len(buf) <= 0 {
		return
	}
	p.cut = p.cut || sounds(buf)
	for i := range buf {
		k := first + i
		if k < 0 || k >= len(pcm) {
			continue
		}
		gain := float32(1)
		if p.cut {
			p.gone++
			gain = max(0, 1-float32(p.gone)/chirpFade)
		}
		buf[i] += gain * pcm[k]
	}
}

func sounds(buf []float32) bool {
	for _, v := range buf {
		if v != 0 {
			return true
		}
	}
	return false
}

// Probed says whether the chirp that began at an instant was heard, and how loud, as [Listener.Verdict] does. It is to
// be asked two seconds after its end: what is not there by then counts as nothing known.
func (l *Listener) Probed(from time.Time) (Verdict, float64) {
	m, ok := l.ProbedMatch(from)
	if !ok {
		return CannotTell, 0
	}
	return l.Site().chirped(m)
}

// ProbedMatch compares that chirp; false: one of the two sounds is not there.
func (l *Listener) ProbedMatch(from time.Time) (Match, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.frame(from)
	p, played := l.played.span(first, chirpSpan)
	h, heard := l.heard.span(first, chirpSpan+MaxLag)
	if !played || !heard {
		return Match{}, false
	}
	return hearChirp(p, h), true
}

// hearChirp compares the window of a chirp. Its power is the same all along, so that its gain is found in the bands: by
// how much each is louder while it is lit.
func hearChirp(played, heard []Frame) Match {
	m := Compare(played, heard)
	if m.Score < likelyChirp {
		return m
	}
	var p, h []Frame
	for i := range played {
		for b := range bands {
			p, h = append(p, Frame{played[i][b]}), append(h, Frame{heard[m.Lag+i][b]})
		}
	}
	m.Gain = gain(p, h)
	return m
}

// chirped is the verdict on the window of a chirp, and its level.
func (s Site) chirped(m Match) (Verdict, float64) {
	if m.Score >= likelyChirp {
		return Heard, m.Gain - s.Gain
	}
	v, _ := s.Judge(m)
	return v, 0
}

// Alone reports whether the chirp is to come or sounds, and nothing else does.
func (p *Probe) Alone() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.from.IsZero() && !p.cut
}

// CalibrateChirps learns a site from the windows of chirps, as [Calibrate] does from those of plays.
func CalibrateChirps(windows []Match) Site { return calibrate(windows, likelyChirp) }

// Clear reports whether a horn stands so far above what is heard without it that its silence would be noticed: the
// chirps are those that it was learnt from, and around is the power in dB between them.
func (s Site) Clear(chirps []Match, around float64) bool {
	var levels []float64
	for _, m := range chirps {
		if m.Score >= likelyChirp {
			levels = append(levels, 10*math.Log10(m.Played)+s.Gain)
		}
	}
	return s.Known && len(levels) > 0 && middle(levels) > around+missing
}
