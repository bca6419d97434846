package hearing

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"loa/node/ear"
	"loa/node/wire"
)

const (
	nameSite      = "ear-site"       // what was learnt of the place, on flash
	calibrateBy   = 5                // chirps
	calibrateWait = 10 * time.Minute // for quiet
	aroundFor     = 2 * time.Second  // what is heard without the horn, before the first
)

// Why a calibration came to nothing, as the caller is told.
const (
	NoEar     = "no_ear"     // the node has no microphone
	NoQuiet   = "no_quiet"   // something was on air all the time
	NotHeard  = "not_heard"  // the microphone did not hear the horn
	NotClear  = "not_clear"  // it did, and hardly above what is heard around: its silence would not be noticed
	NotKept   = "not_kept"   // it counts until the next start
	EarBroken = "ear_broken" // it gives nothing
)

// Calibrated is what came of a calibration.
type Calibrated struct {
	Site *wire.Calibration `json:"site,omitempty"`
	Why  string            `json:"why,omitempty"` // "": all is well
}

// keptSite is a calibration on flash. It counts while the settings are those
// that it was made under: a change of ear_level afterwards is meant.
type keptSite struct {
	wire.Calibration
	EarLevel     *float64 `json:"ear_level,omitempty"`
	EarLineLevel *float64 `json:"ear_line_level,omitempty"`
}

func (o Options) madeUnder(k keptSite) bool {
	same := func(a, b *float64) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
	return same(o.MicLevel, k.EarLevel) && same(o.LineLevel, k.EarLineLevel)
}

// loadSite takes up the calibration on flash.
func (h *Horn) loadSite() {
	var k keptSite
	raw, err := h.opt.Load(nameSite)
	if err != nil || raw == nil || json.Unmarshal(raw, &k) != nil || !h.opt.madeUnder(k) {
		return
	}
	h.useSite(k.Calibration)
}

func (h *Horn) useSite(s wire.Calibration) {
	h.site.Store(&s)
	h.mic.SetSite(ear.Site{Gain: s.Level, Known: true})
	if h.line != nil && s.Line != nil {
		h.line.SetSite(ear.Site{Gain: *s.Line, Known: true})
	}
}

// calibrate learns how loud the ears hear the horn, by the melody of a test that is played some times while nothing
// else is on air, and how loud it is around. A place where the horn hardly stands out is not learnt: there its
// silence could never be told from the noise.
func (h *Horn) calibrate(ctx context.Context) Calibrated {
	if h.mic.Err() != nil {
		return Calibrated{Why: EarBroken}
	}
	for until := time.Now().Add(h.patience); time.Now().Before(until); {
		if h.ready() {
			c, err := h.learnSite(ctx)
			if !errors.Is(err, errInterrupted) {
				return c
			}
		}
		if !pause(ctx, testAgain) {
			break
		}
	}
	return Calibrated{Why: NoQuiet}
}

// learnSite plays and learns; an error says that it was interrupted.
func (h *Horn) learnSite(ctx context.Context) (Calibrated, error) {
	begin := time.Now()
	if !pause(ctx, aroundFor+testEcho) {
		return Calibrated{}, errInterrupted
	}
	around, known := h.mic.Around(begin, begin.Add(aroundFor))
	if !known {
		return Calibrated{Why: EarBroken}, nil
	}
	var mic, line []ear.Match
	for range calibrateBy {
		from, err := h.play(ctx, false, testLead+h.opt.WarmUp)
		if err != nil {
			return Calibrated{}, err
		}
		if m, ok := h.mic.ProbedMatch(from); ok {
			mic = append(mic, m)
		}
		if h.line != nil {
			if m, ok := h.line.ProbedMatch(from); ok {
				line = append(line, m)
			}
		}
	}
	site := ear.CalibrateChirps(mic)
	switch {
	case !site.Known:
		h.opt.Logger.Warn("the horn is not heard, so the ear is not calibrated", "chirps", len(mic), "scores", scores(mic))
		return Calibrated{Why: NotHeard}, nil
	case !site.Clear(mic, around):
		return Calibrated{Why: NotClear}, nil
	}
	return h.keepSite(site, ear.CalibrateChirps(line), around), nil
}

// scores are how alike what was played and heard were, for the reader of the log.
func scores(all []ear.Match) (s []float64) {
	for _, m := range all {
		s = append(s, m.Score)
	}
	return s
}

// keepSite has a calibration count from now on, and keeps it.
func (h *Horn) keepSite(mic, line ear.Site, around float64) Calibrated {
	k := keptSite{Calibration: wire.Calibration{Level: mic.Gain, Quiet: around}, EarLevel: h.opt.MicLevel, EarLineLevel: h.opt.LineLevel}
	k.At, _, _ = h.opt.Clock(time.Now())
	if line.Known {
		k.Line = &line.Gain
	}
	h.useSite(k.Calibration)
	said := []any{"ear_level", k.Level, "around", k.Quiet}
	if k.Line != nil {
		said = append(said, "ear_line_level", *k.Line)
	}
	h.opt.Logger.Info("the ear is calibrated", said...)
	raw, err := json.Marshal(k)
	if err == nil {
		err = h.opt.Save(nameSite, raw)
	}
	h.opt.Kick()
	c := Calibrated{Site: &k.Calibration}
	if err != nil {
		h.opt.Logger.Error("the calibration is not kept", "err", err)
		c.Why = NotKept
	}
	return c
}

// Calibrate calibrates for a caller, when it is quiet; an error is ctx's.
func (h *Horn) Calibrate(ctx context.Context) (c Calibrated, err error) {
	if h == nil {
		return Calibrated{Why: NoEar}, nil
	}
	reply := make(chan Calibrated, 1)
	select {
	case h.learn <- reply:
	case <-ctx.Done():
		return c, ctx.Err()
	}
	select {
	case c := <-reply:
		return c, nil
	case <-ctx.Done():
		return c, ctx.Err()
	}
}
