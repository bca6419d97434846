package tune

import (
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"loa/audio"
	"loa/audio/level"
)

// attentions are the sounds before an emergency, one for each hazard: who has heard
// the drills knows what it is before the first word. They differ in how often they
// strike and whether they rise or fall, which a horn two villages away still
// carries; pitch alone it may not. Struck, like the tunes: no siren, which means war
// or a dam to people, and none that a machine elsewhere makes.
var attentions = map[string]tune{
	// Water climbs: four steps up, again and again.
	"flood": {4200 * time.Millisecond, climbs(0.03, 1.3, 3, 0.22, 392, 494, 587.33, 740), marimba},
	// Trống ngũ liên, the five beats that called people to a dyke that breaks.
	"flash_flood": {4400 * time.Millisecond, climbs(0.03, 1.4, 3, 0.14, 330, 330, 330, 330, 330), drum},
	// Gusts: high and low, slowly, like a swinging bell.
	"storm": {5200 * time.Millisecond, climbs(0.03, 1.6, 3, 0.8, 880, 587.33), tubular},
	// The kẻng of a fire: fast strokes on iron, without a rest.
	"fire": {4000 * time.Millisecond, climbs(0.03, 0.16, 22, 0, 1046.5), iron},
	// A gate opens: three long low strokes.
	"dam": {6600 * time.Millisecond, climbs(0.03, 2.0, 3, 0, 311.127), gong},
	// Somebody is called: up, and down again, as one calls a name.
	"missing": {4600 * time.Millisecond, climbs(0.03, 2.2, 2, 0.55, 698.456, 932.33, 698.456), tubular},
	// It is over: down to rest, once.
	"clear": {4400 * time.Millisecond, climbs(0.03, 9, 1, 0.7, 783.991, 659.255, 523.251), tubular},
	// Stop and listen anew: two knocks, a rest, two knocks.
	"correction": {3400 * time.Millisecond, climbs(0.03, 1.7, 2, 0.3, 659.255, 659.255), marimba},
}

// What is struck. Nothing lies under 300 Hz, which a horn cannot say.
var (
	tubular = []partial{{1, 1, 2.2}, {2, 0.45, 1.5}, {3, 0.22, 1}}
	marimba = []partial{{1, 1, 0.7}, {4, 0.3, 0.25}, {9.2, 0.08, 0.1}}
	drum    = []partial{{1, 1, 0.35}, {1.59, 0.7, 0.3}, {2.14, 0.5, 0.25}, {2.65, 0.35, 0.2}, {3.6, 0.25, 0.12}}
	iron    = []partial{{1, 1, 0.5}, {1.51, 0.6, 0.4}, {2.76, 0.5, 0.3}}
	gong    = []partial{{1, 1, 5}, {1.48, 0.5, 4}, {2.07, 0.45, 3}, {2.83, 0.3, 2.2}, {3.9, 0.2, 1.4}, {5.1, 0.1, 0.9}}
)

// climbs strikes a row of pitches, step seconds apart, and that every so many
// seconds, times times.
func climbs(at, every float64, times int, step float64, hertz ...float64) (bells []bell) {
	for n := range times {
		for i, h := range hertz {
			bells = append(bells, bell{at + float64(n)*every + float64(i)*step, h, 1})
		}
	}
	return bells
}

// AttentionNames are the attention sounds that there are.
func AttentionNames() []string { return slices.Sorted(maps.Keys(attentions)) }

// Attention is the attention sound of a hazard: 3 to 7 s, −16 LUFS, true peak below
// −1 dBTP, the same on every machine to within rounding. It must not be changed.
// false: there is none of that name.
func Attention(name string) ([]float32, bool) {
	if _, ok := attentions[name]; !ok {
		return nil, false
	}
	made, ok := attentionsMade.Load(name)
	if !ok {
		made, _ = attentionsMade.LoadOrStore(name, makeAttention(attentions[name]))
	}
	return made.([]float32), true
}

var attentionsMade sync.Map // name → []float32

func makeAttention(t tune) []float32 {
	pcm := t.sound()
	// Struck sounds have high peaks: the limiter gives what their loudness asks for.
	for range 4 {
		m := level.NewMeter()
		m.WriteQuiet(pcm)
		audio.Amplify(pcm, audio.Gain(level.TargetLUFS-level.Loudness(m.Windows())))
		soften(pcm)
	}
	fadeOut(pcm, 0.05)
	return pcm
}

// soften bends what is near full scale, so that the true peak stays below −1 dBTP.
func soften(pcm []float32) {
	const knee, top = 0.6, 0.86
	for i, x := range pcm {
		if a := math.Abs(float64(x)); a > knee {
			pcm[i] = float32(math.Copysign(knee+(top-knee)*math.Tanh((a-knee)/(top-knee)), float64(x)))
		}
	}
}
