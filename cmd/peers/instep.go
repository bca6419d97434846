package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"loa/cmd/process"
)

const (
	warmUp     = 14 * time.Second // Snapcast's first 50 time messages and a settled median
	stepFor    = 66 * time.Second
	alike      = 4 // players whose crystals do not differ
	errorFrom  = 55
	errorUntil = 65 // seconds after the players began: the aim speaks of 60
)

// choir is players of one system that speak the same track.
type choir struct {
	alike  []*horn
	skewed []*horn
}

func (c *choir) all() []*horn { return append(slices.Clone(c.alike), c.skewed...) }

func newChoir(prefix string, ppm ...float64) *choir {
	c := &choir{}
	for i := range alike {
		c.alike = append(c.alike, &horn{name: fmt.Sprintf("%s-%d", prefix, i+1)})
	}
	for _, p := range ppm {
		name := fmt.Sprintf("%s-fast-%.0f", prefix, p)
		if p < 0 {
			name = fmt.Sprintf("%s-slow-%.0f", prefix, -p)
		}
		c.skewed = append(c.skewed, &horn{name: name, ppm: p})
	}
	return c
}

// sung is what a choir made of the track.
type sung struct {
	latency, spread []float64           // ms: of each chirp, the median player's; between players
	off             map[*horn][]float64 // ms: of each chirp from the middle of those alike; NaN if one is missing
	chirps          [][]string          // of each player: its name, and its latencies
	first           int                 // seconds from the beginning to chirp 0
	missed          int                 // chirps that one of those alike did not play
	gaps            gaps                // of those alike together
}

// listen hears what a choir made of n chirps.
func (c *choir) listen(start time.Time, first, n int) sung {
	s := sung{off: map[*horn][]float64{}, first: first}
	lat := map[*horn][]float64{}
	for _, h := range c.all() {
		lat[h] = h.latencies(start, n)
		s.chirps = append(s.chirps, append([]string{h.name}, texts(lat[h])...))
	}
	for k := range n {
		for _, h := range c.skewed {
			s.off[h] = append(s.off[h], math.NaN())
		}
		var at []float64
		for _, h := range c.alike {
			if l := lat[h][k]; !math.IsNaN(l) {
				at = append(at, l)
			}
		}
		if s.missed += len(c.alike) - len(at); len(at) < len(c.alike) {
			continue
		}
		middle := (quantile(at, 0.5) + quantile(at, 0.75)) / 2 // of four
		s.latency = append(s.latency, middle)
		s.spread = append(s.spread, slices.Max(at)-slices.Min(at))
		for _, h := range c.skewed {
			s.off[h][k] = lat[h][k] - middle // NaN stays
		}
	}
	from, to := start.Add(samples(chirpAt(0))+2*time.Second), start.Add(samples(chirpAt(n-1)))
	for _, h := range c.alike {
		g := h.gaps(from, to)
		s.gaps.count += g.count
		s.gaps.silent += g.silent
		s.gaps.longest = max(s.gaps.longest, g.longest)
	}
	return s
}

// sing has both systems play the track at once, so that neither has the
// quieter machine, and hears them. warm is how long they play before it counts.
func sing(ctx context.Context, o *office, s *snapcast, loa, snap *choir, warm, d time.Duration) (l, p sung, err error) {
	m, err := o.call(ctx, warm+d+30*time.Second)
	if err != nil {
		return l, p, err
	}
	start, err := speak(ctx, warm+d, m.listen(ctx), s.listen)
	if err != nil {
		return l, p, err
	}
	if err := process.Pause(ctx, 2*time.Second); err != nil { // what was spoken last is still to be heard
		return l, p, err
	}
	if err := m.end(ctx); err != nil {
		return l, p, err
	}
	for _, h := range snap.all() {
		h.settle()
	}
	skip := int(warm.Seconds())
	skip += skip % 2 // so that chirp 0 goes up
	start = start.Add(time.Duration(skip) * time.Second)
	n := int((warm + d).Seconds()) - skip - 1
	l, p = loa.listen(start, skip, n), snap.listen(start, skip, n)
	return l, p, writeChirps(filepath.Join(o.dir, "chirps.tsv"), append(l.chirps, p.chirps...))
}

// writeChirps keeps what was heard: a line for each player, a column for each
// chirp, ms from the microphone to the horn.
func writeChirps(path string, lines [][]string) error {
	var b strings.Builder
	for _, words := range lines {
		b.WriteString(strings.Join(words, "\t") + "\n")
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

func texts(values []float64) []string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprintf("%.3f", v)
	}
	return words
}

// inStep measures spread, latency and skew on the clean machine.
func (b *bench) inStep(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dir, err := b.folder("step")
	if err != nil {
		return err
	}
	o, err := openOffice(ctx, b, dir)
	if err != nil {
		return err
	}
	defer o.close()
	s, err := openSnapcast(ctx, b, dir, "flac")
	if err != nil {
		return err
	}
	defer s.close()
	loa, snap := newChoir("loa", -100, -20, 20, 100), newChoir("snap", -100, -20, 20, 100)
	cards := newChoir("card", -100, 100).skewed // only the sample clock differs
	var boards []func() error
	for _, h := range append(loa.all(), cards...) {
		program, env := o.loa, []string(nil)
		if h.ppm != 0 && !slices.Contains(cards, h) {
			program, env = b.fast, []string{fmt.Sprintf("%s=%.0f", skewEnv, h.ppm)}
		}
		on, err := o.provision(ctx, h, program, env...)
		if err != nil {
			return err
		}
		boards = append(boards, on)
	}
	for _, h := range snap.all() {
		err = errors.Join(err, s.client(ctx, h))
	}
	for _, on := range boards { // one after another: a call allows for the longest ways of the last minutes
		if err = errors.Join(err, on()); err == nil {
			err = o.awaitGood(ctx)
		}
	}
	if err != nil {
		return err
	}
	loa.skewed = append(loa.skewed, cards...)
	l, p, err := sing(ctx, o, s, loa, snap, warmUp, stepFor)
	if err != nil {
		return err
	}
	b.table.add(row{What: "spread of 4 players, clean, p99", Unit: "ms", Loa: quantile(l.spread, 0.99), Peer: quantile(p.spread, 0.99),
		PeerName: "snapclient",
		MaxLoa:   1, MaxRatio: 1, Note: note(l, p)},
		row{What: "microphone to horn, clean, p50", Unit: "ms", Loa: quantile(l.latency, 0.5), Peer: quantile(p.latency, 0.5),
			PeerName: "snapclient", MaxLoa: 250, MaxRatio: 0.4})
	b.skews(loa, snap, l, p)
	return nil
}

// skews adds the errors of crystals that differ.
func (b *bench) skews(loa, snap *choir, l, p sung) {
	peer := map[float64]float64{}
	for _, h := range snap.skewed {
		peer[h.ppm] = p.late(h)
	}
	for _, h := range loa.skewed {
		what := fmt.Sprintf("error after 60 s, board's crystal %+.0f ppm", h.ppm)
		if h.name[:4] == "card" {
			what = fmt.Sprintf("error after 60 s, only the sample clock %+.0f ppm", h.ppm)
		}
		off := abs(l.off[h])
		b.table.add(row{What: what, Unit: "ms", Loa: l.late(h), Peer: peer[h.ppm], PeerName: "snapclient", MaxRatio: 0.25,
			Note: fmt.Sprintf("max %s over %d chirps", number(quantile(off, 1)), len(off))})
	}
}

// late is the mean error in the seconds around the sixtieth.
func (s sung) late(h *horn) float64 {
	off := s.off[h]
	return mean(abs(off[min(len(off), errorFrom-s.first):min(len(off), errorUntil-s.first)]))
}

// abs is the values without their signs, and without those that are none.
func abs(values []float64) []float64 {
	var out []float64
	for _, v := range values {
		if !math.IsNaN(v) {
			out = append(out, math.Abs(v))
		}
	}
	return out
}

// note says how whole the sound was.
func note(l, p sung) string {
	one := func(s sung) string {
		return fmt.Sprintf("p50 %s max %s, %d chirps missed, %d gaps %.0f ms", number(quantile(s.spread, 0.5)), number(quantile(s.spread, 1)),
			s.missed, s.gaps.count,
			s.gaps.silent.Seconds()*1000)
	}
	return "Loa " + one(l) + "; peer " + one(p)
}
