package node

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
// that it was made under: who changes ear_level afterwards means it.
type keptSite struct {
	wire.Calibration
	EarLevel     *float64 `json:"ear_level,omitempty"`
	EarLineLevel *float64 `json:"ear_line_level,omitempty"`
}

func (c Config) madeUnder(k keptSite) bool {
	same := func(a, b *float64) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
	return same(c.EarLevel, k.EarLevel) && same(c.EarLineLevel, k.EarLineLevel)
}

// loadSite takes up the calibration on flash.
func (t *selfTest) loadSite() {
	var k keptSite
	raw, err := t.app.cache.Load(nameSite)
	if err != nil || raw == nil || json.Unmarshal(raw, &k) != nil || !t.app.config.madeUnder(k) {
		return
	}
	t.useSite(k.Calibration)
}

func (t *selfTest) useSite(s wire.Calibration) {
	t.site.Store(&s)
	if a := t.app; a.ear != nil {
		a.ear.SetSite(ear.Site{Gain: s.Level, Known: true})
		if a.line != nil && s.Line != nil {
			a.line.SetSite(ear.Site{Gain: *s.Line, Known: true})
		}
	}
}

// calibrate learns how loud the ears hear the horn, by the melody of a test that is played some times while nothing
// else is on air, and how loud it is around. A place where the horn hardly stands out is not learnt: there its
// silence could never be told from the noise.
func (t *selfTest) calibrate(ctx context.Context) Calibrated {
	a := t.app
	if a.ear.Err() != nil {
		return Calibrated{Why: EarBroken}
	}
	for until := time.Now().Add(t.patience); time.Now().Before(until); {
		if t.ready() {
			c, err := t.learnSite(ctx)
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
func (t *selfTest) learnSite(ctx context.Context) (Calibrated, error) {
	a := t.app
	begin := time.Now()
	if !pause(ctx, aroundFor+testEcho) {
		return Calibrated{}, errInterrupted
	}
	around, known := a.ear.Around(begin, begin.Add(aroundFor))
	if !known {
		return Calibrated{Why: EarBroken}, nil
	}
	var mic, line []ear.Match
	for range calibrateBy {
		from, err := t.play(ctx, false, testLead+a.config.AmpWarmUp)
		if err != nil {
			return Calibrated{}, err
		}
		if m, ok := a.ear.ProbedMatch(from); ok {
			mic = append(mic, m)
		}
		if a.line != nil {
			if m, ok := a.line.ProbedMatch(from); ok {
				line = append(line, m)
			}
		}
	}
	site := ear.CalibrateChirps(mic)
	switch {
	case !site.Known:
		a.logger.Warn("the horn is not heard, so the ear is not calibrated", "chirps", len(mic), "scores", scores(mic))
		return Calibrated{Why: NotHeard}, nil
	case !site.Clear(mic, around):
		return Calibrated{Why: NotClear}, nil
	}
	return t.keepSite(site, ear.CalibrateChirps(line), around), nil
}

// scores are how alike what was played and heard were, for the reader of the log.
func scores(all []ear.Match) (s []float64) {
	for _, m := range all {
		s = append(s, m.Score)
	}
	return s
}

// keepSite has a calibration count from now on, and keeps it.
func (t *selfTest) keepSite(mic, line ear.Site, around float64) Calibrated {
	a := t.app
	k := keptSite{Calibration: wire.Calibration{Level: mic.Gain, Quiet: around}, EarLevel: a.config.EarLevel, EarLineLevel: a.config.EarLineLevel}
	k.At, _, _ = a.clock.At(time.Now())
	if line.Known {
		k.Line = &line.Gain
	}
	t.useSite(k.Calibration)
	said := []any{"ear_level", k.Level, "around", k.Quiet}
	if k.Line != nil {
		said = append(said, "ear_line_level", *k.Line)
	}
	a.logger.Info("the ear is calibrated", said...)
	raw, err := json.Marshal(k)
	if err == nil {
		err = a.cache.Save(nameSite, raw)
	}
	a.status.kick()
	c := Calibrated{Site: &k.Calibration}
	if err != nil {
		a.logger.Error("the calibration is not kept", "err", err)
		c.Why = NotKept
	}
	return c
}

// answerCalibrate calibrates for a caller on this board.
func (a *App) answerCalibrate(ctx context.Context, send func(any) error) error {
	if a.test == nil {
		return send(Calibrated{Why: NoEar})
	}
	reply := make(chan Calibrated, 1)
	select {
	case a.test.learn <- reply:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case c := <-reply:
		return send(c)
	case <-ctx.Done():
		return ctx.Err()
	}
}
