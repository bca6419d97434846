package link

import (
	"math"
	"time"
)

const (
	// wander is how fast a crystal's rate is taken to change, per second: 0.2
	// ppm a minute, a box that warms in the morning sun. It says how soon old
	// answers stop to count, and not how honest the bound is.
	wander = 3e-9
	// rateSlack is added to both sides of what is known of the rate when the
	// answers that it was learnt from are gone.
	rateSlack = 5e-6

	fitPoints = 64        // on each side; a hull of thousands of answers has about fifteen
	fitSpan   = 3600.0    // seconds: older answers say nothing any more
	fitLevel  = 1.0 / 32  // weight of an answer in the mean wait
	fitChance = 8.0       // of the mean wait, over the number of answers: see level
	fitLeast  = 20e-6     // seconds: no way is steadier
	fitTarget = 0.25e-3   // seconds: how well the shortest ways are to be known
	fitMemory = 300.0     // seconds over which answers add up to that
	fitSteps  = 25        // of a search: to a hundredth of a ppm
	minRate   = -maxDrift // of the controller's clock against the node's
	maxRate   = maxDrift  // likewise
	fitSlices = 32        // of the range of rates, for their mean
	// of the mean wait, over the number of answers: a gap as much narrower is e times less
	// likely; fitted to the answers of 60 nodes on a bad link
	fitScale  = 8.0
	fitReach  = 6.0   // of these: what is narrower does not count
	fitUsual  = 30e-6 // a crystal's rate: half are better
	fitClosed = 1e-7  // seconds: a gap as narrow as rounding
)

// fit estimates offset and rate of the controller's clock against the node's
// monotonic time from the answers of the last minutes (Duda, Harrus, Haddad,
// Bernard: Estimating global time in distributed systems, 1987).
//
//	offset
//	  │      ˅    ˅  ˅       upper: the controller's time of a ping, less
//	  │  ˅         ˅      ˅         the node's when it was sent
//	  │ ───────────────────  every line between the two is possible;
//	  │    ˄     ˄     ˄  ˄  the middle one is taken
//	  │ ˄     ˄              lower: likewise when the answer came
//	  └────────────────────▶ node's time
//
// The shortest way there and the shortest way back count each by itself, so
// jitter that is not the same both ways does little, and the estimate gets
// better with the number of answers, not with its root. Since rates wander,
// an answer of age a is loosened by wander·a²/2; with that added to the
// points the hulls of both sides never need to be made anew.
type fit struct {
	upper, lower hull
	low, high    float64 // what is known of the rate besides, at since
	since        float64
	wait         float64 // mean of how much longer than the shortest a way takes, seconds
	weight, last float64 // answers of about the last fitMemory, at the last one
}

// line is an offset, in seconds, and a rate.
type line struct{ offset, rate float64 }

func newFit() fit { return fit{low: minRate, high: maxRate} }

// point is a constraint on the line: seconds since the clock's zero, offset.
type point struct{ x, y float64 }

// hull is the points that no other makes needless, in order.
type hull struct {
	points [fitPoints]point
	n      int
}

// add appends a point, later than those before. side is +1 for points that
// bind from below and -1 for those that bind from above.
func (h *hull) add(p point, side float64) {
	if h.n > 0 && p.x <= h.points[h.n-1].x {
		return // overtaken by a later one: does without
	}
	bent := func(q point) float64 { return side*q.y - wander/2*q.x*q.x }
	for h.n >= 2 {
		a, b := h.points[h.n-2], h.points[h.n-1]
		if (bent(b)-bent(a))*(p.x-a.x) > (bent(p)-bent(a))*(b.x-a.x) {
			break
		}
		h.n-- // below the line from its neighbour to the new one
	}
	for h.n > 0 && (h.n == fitPoints || h.points[0].x < p.x-fitSpan) {
		h.drop()
	}
	h.points[h.n] = p
	h.n++
}

// drop forgets the oldest point, which can only widen what is possible.
func (h *hull) drop() {
	copy(h.points[:], h.points[1:h.n])
	h.n--
}

// gap returns how far apart, at x, the two sides are for a line of a rate, and
// the middle. Negative: no such line is possible.
func (f *fit) gap(x, rate float64) (width, middle float64) {
	low, high := math.Inf(-1), math.Inf(1)
	for _, p := range f.lower.points[:f.lower.n] {
		a := x - p.x
		low = max(low, p.y+rate*a-wander/2*a*a)
	}
	for _, p := range f.upper.points[:f.upper.n] {
		a := x - p.x
		high = min(high, p.y+rate*a+wander/2*a*a)
	}
	return high - low, (high + low) / 2
}

// add takes an answer: sent and came are the node's time, upper and lower the
// offsets that bind. It returns the new estimate, for the instant it came.
func (f *fit) add(sent, came, upper, lower float64) line {
	f.upper.add(point{sent, upper}, -1)
	f.lower.add(point{came, lower}, 1)
	from, to := f.rates(came)
	best := f.widest(came, from, to)
	for width, _ := f.gap(came, best); width < -fitClosed; width, _ = f.gap(came, best) {
		f.loosen()
		from, to = f.rates(came)
		best = f.widest(came, from, to)
	}
	l := f.centre(came, best, from, to)
	width, _ := f.gap(came, l.rate)
	f.count(came, max(0, upper-lower-width)/2)
	return l
}

// centre returns the mean of the lines that are possible, at x. The narrower
// its gap, the longer the shortest ways would be by that line, and the less
// likely it is: each answer might have shown a shorter one. That mean does not
// leap when a point is added, as the best line does, and it knows that most
// crystals are good ones.
func (f *fit) centre(x, best, from, to float64) line {
	if f.weight == 0 { // one answer says nothing of the rate
		rate := (from + to) / 2
		return line{second(f.gap(x, rate)), rate}
	}
	widest, _ := f.gap(x, best)
	scale := fitScale * max(f.wait, fitLeast) / max(f.weight, 1)
	least := max(0, widest-fitReach*scale)
	from, to = f.edge(x, best, from, least), f.edge(x, best, to, least)
	var sum, rate, offset float64
	for i := range fitSlices {
		r := from + (to-from)*(float64(i)+0.5)/fitSlices
		width, middle := f.gap(x, r)
		weight := math.Exp((width-widest)/scale) / (1 + r*r/(fitUsual*fitUsual))
		sum += weight
		rate += weight * r
		offset += weight * middle
	}
	return line{offset / sum, rate / sum}
}

// count notes by how much an answer's ways were longer than the shortest.
func (f *fit) count(x, excess float64) {
	f.weight = 1 + f.weight*math.Exp((f.last-x)/fitMemory)
	f.last = x
	f.wait += max(fitLevel, 1/f.weight) * (excess - f.wait)
}

// level is how wide a gap must be for its line to be as good as the best: the
// shortest ways are longer than they could be by a chance that gets smaller
// with each answer. The middle of all lines that are as good is steadier than
// the best one.
func (f *fit) level(x, best float64) float64 {
	width, _ := f.gap(x, best)
	return min(width, max(0, width-fitChance*max(f.wait, fitLeast)/max(f.weight, 1)))
}

// loosen gives up what contradicts the present: first what was known of the
// rate, then the oldest answer. The last answer alone never contradicts.
func (f *fit) loosen() {
	switch {
	case f.low > minRate || f.high < maxRate:
		f.low, f.high = minRate, maxRate
	case f.upper.n > 1 && (f.lower.n == 1 || f.upper.points[0].x < f.lower.points[0].x):
		f.upper.drop()
	case f.lower.n > 1:
		f.lower.drop()
	}
}

// rates returns the range in which the rate is searched.
func (f *fit) rates(x float64) (from, to float64) {
	wide := wander * max(0, x-f.since)
	return max(minRate, f.low-wide), min(maxRate, f.high+wide)
}

// widest returns the rate at which the gap is widest: the gap is concave.
func (f *fit) widest(x, from, to float64) float64 {
	for range fitSteps {
		a, b := from+(to-from)/3, to-(to-from)/3
		if g, _ := f.gap(x, a); g < first(f.gap(x, b)) {
			from = a
		} else {
			to = b
		}
	}
	return (from + to) / 2
}

func first(width, _ float64) float64   { return width }
func second(_, middle float64) float64 { return middle }

// edge returns the last rate from inside towards limit whose gap is no less
// than least.
func (f *fit) edge(x, inside, limit, least float64) float64 {
	if width, _ := f.gap(x, limit); width >= least {
		return limit
	}
	for range fitSteps {
		half := (inside + limit) / 2
		if width, _ := f.gap(x, half); width >= least {
			inside = half
		} else {
			limit = half
		}
	}
	return inside
}

// known returns the rates that are likely at x, for when the answers are gone.
func (f *fit) known(x float64) (low, high float64) {
	from, to := f.rates(x)
	if f.upper.n > 0 && f.lower.n > 0 {
		best := f.widest(x, from, to)
		least := f.level(x, best)
		from, to = f.edge(x, best, from, least), f.edge(x, best, to, least)
	}
	return max(minRate, from-rateSlack), min(maxRate, to+rateSlack)
}

// restart forgets the answers and keeps what they said of the rate.
func (f *fit) restart(x float64) {
	low, high := f.known(x)
	*f = fit{low: low, high: high, since: x, last: x, wait: f.wait}
}

// vague reports whether the answers are still too few for that: the best of n
// ways is about 1/n of the mean wait too long.
func (f *fit) vague() bool { return max(f.wait, fitLeast) > f.weight*fitTarget }

// pause is how long to wait between two pings so that the shortest ways stay
// known well enough.
func (f *fit) pause() time.Duration {
	return time.Duration(fitMemory * fitTarget / max(f.wait, fitLeast) * float64(time.Second))
}
