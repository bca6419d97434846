package level

// overdrive counts the samples of a channel that a recorder cut off because its input
// was too strong: they lie in runs at full scale that begin at once. The top of a loud
// tone is as high, but one comes to it by and by; so that is none.
type overdrive struct {
	before, last float32 // the sizes of the two samples before
	run          int64   // samples at full scale, up to the last
	steep        bool    // they began at once
	cut, loud    int64   // samples that were cut off, and that hold sound
}

// MuchOverdriven is the share of cut samples from which one hears that a voice rasps. One
// that is 6 dB too loud has 0.016, 12 dB 0.07, compressed afterwards a tenth of that; one that is
// only loud has none.
const MuchOverdriven = 0.003

const (
	// full is where a cut begins, less than 1: what was compressed since wavers there.
	full = 0.95
	// beyond is what a cut sample does not reach, though compressing it makes it waver.
	beyond = 1.6
	// below is where the sample two before a run at full scale lies, if it begins at once:
	// that of a tone whose top lasts as long lies higher.
	below = 0.85
	// shortestRun is how many samples a cut has, 0.1 ms.
	shortestRun = 5
	// holdsSound is what a sample has that counts.
	holdsSound = 0.1
)

// count hears the next samples.
func (o *overdrive) count(pcm []float32) {
	for _, x := range pcm {
		x = size(x)
		if x >= holdsSound {
			o.loud++
		}
		switch {
		case x > beyond: // no full scale that was cut at: a file of floats may hold anything
			o.run, o.steep = 0, false
		case x < full:
			o.end()
		case o.run == 0:
			o.run, o.steep = 1, o.before < below
		default:
			o.run++
		}
		o.before, o.last = o.last, x
	}
}

func (o *overdrive) end() {
	if o.run >= shortestRun && o.steep {
		o.cut += o.run
	}
	o.run = 0
}

// Overdriven is the share of what is heard that was cut off at full scale, 0 to 1.
func (c *Cleaner) Overdriven() float64 {
	c.over.end()
	return float64(c.over.cut) / float64(max(1, c.over.loud))
}
