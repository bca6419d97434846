package level

import (
	"math"

	"loa/audio"
)

// A recording of two channels becomes one window by window: their mean where they
// agree, one of them where the mean would lose something. Three costs, roughly in
// decibels, say what is lost by the mean, by the left alone and by the right
// alone; the cheapest way through all windows is taken, with a toll for each
// change (Viterbi). A channel that only adds noise is left out of all of it.
const (
	meanOf = iota
	leftOnly
	rightOnly
	ways
)

const (
	smooth = 2 // windows on either side that are judged together

	// The mean of two sounds that have nothing to do with each other is 3 dB below
	// each: no loss. That of opposite ones is nothing at all.
	meanSpares  = 3.5
	singleCosts = 1.0 // the mean is preferred
	worseCosts  = 0.5 // and the left channel to the right, unless that is clearer by
	clearer     = 6.0 // dB
	lostFactor  = 3.0 // of what only the channel that is left out has
	mostCost    = 15.0
	toll        = 60.0 // of a change: it must pay for a tenth of a second
	activeDB    = 25.0 // windows so far below the loudest are not asked
)

// judgement is how the channels are mixed, and why.
type judgement struct {
	Mix  Mix
	Note *Note // nil: there is nothing to say
}

// Judge decides how the channels become one.
func Judge(h *Hearing) judgement {
	n := len(h.ll)
	j := judgement{Mix: Mix{Left: make([]float32, n)}}
	if len(h.rr) == 0 {
		for i := range n {
			j.Mix.Left[i] = 1
		}
		return j
	}
	j.Mix.right = make([]float32, n)
	c := newChannels(h)
	taken := c.cheapest()
	for from := 0; from < n; {
		to := from + 1
		for to < n && taken[to] == taken[from] {
			to++
		}
		left, right := c.weights(taken[from], from, to)
		for i := from; i < to; i++ {
			j.Mix.Left[i], j.Mix.right[i] = left, right
		}
		from = to
	}
	j.Note = c.note(taken)
	return j
}

// weights of the channels in a run of windows that are mixed in one way. The right
// one is turned over where it is opposite to the left: what follows goes on as
// the left would.
func (c *channels) weights(way uint8, from, to int) (left, right float32) {
	switch way {
	case leftOnly:
		return 1, 0
	case rightOnly:
		product := 0.0
		for _, lr := range c.lr[from:to] {
			product += float64(lr)
		}
		if product < 0 {
			return 0, -1
		}
		return 0, 1
	}
	return 0.5, 0.5
}

// channels is what is known of two channels before they are mixed.
type channels struct {
	ll, rr, lr []float32 // smoothed
	active     []bool
	left       channel
	right      channel
	only       int // meanOf, or the one channel that the other would only add noise to
}

// channel is one channel's quiet and its loud windows, in LUFS.
type channel struct{ floor, top float64 }

func (c channel) clear() float64 { return c.top - c.floor }

func newChannels(h *Hearing) *channels {
	c := &channels{ll: smoothed(h.ll), rr: smoothed(h.rr), lr: smoothed(h.lr), active: make([]bool, len(h.ll))}
	both := make([]float32, len(h.ll))
	for i := range both {
		both[i] = max(c.ll[i], c.rr[i])
	}
	for k, windows := range [][]float32{h.ll, h.rr} { // a pause between two words is short
		p := Percentiles(windows, 0.1, 0.95)
		*[]*channel{&c.left, &c.right}[k] = channel{floor: max(p[0], -90), top: p[1]}
	}
	limit := Percentiles(both, 0.95)[0] - activeDB
	for i, e := range both {
		c.active[i] = LUFS(float64(e)) > limit
	}
	switch {
	case noisier(c.right, c.left, c.rr, c.ll):
		c.only = leftOnly
	case noisier(c.left, c.right, c.ll, c.rr):
		c.only = rightOnly
	}
	return c
}

// smoothed is the mean of each value and its neighbours.
func smoothed(v []float32) []float32 {
	out := make([]float32, len(v))
	for i := range v {
		from, to := max(0, i-smooth), min(len(v), i+smooth+1)
		sum := float32(0)
		for _, x := range v[from:to] {
			sum += x
		}
		out[i] = sum / float32(to-from)
	}
	return out
}

// noisier says whether channel a only adds noise to b: what is said stands out of
// it far less, and nothing is said in it alone.
func noisier(a, b channel, aa, bb []float32) bool {
	const (
		lessClear = 10.0 // dB
		clear     = 30.0 // above that, noise is no matter
		stands    = 8.0  // dB above its floor: something is said
		alone     = 0.1  // of what is said in it
	)
	if a.clear() > clear || a.clear() > b.clear()-lessClear {
		return false
	}
	said, only := 0, 0
	for i := range aa {
		if LUFS(float64(aa[i])) < a.floor+stands {
			continue
		}
		said++
		if LUFS(float64(bb[i])) < b.floor+stands/2 {
			only++
		}
	}
	return float64(only) <= alone*float64(said)
}

// costs of the three ways at window i.
func (c *channels) costs(i int) (cost [ways]float64) {
	if c.only != meanOf {
		for way := range cost {
			if way != c.only {
				cost[way] = mostCost
			}
		}
		return cost
	}
	if !c.active[i] {
		return cost
	}
	ll, rr, lr := float64(c.ll[i]), float64(c.rr[i]), float64(c.lr[i])
	both := max(0, ll+rr+2*lr) / 4
	cost[meanOf] = within(decibels(max(ll, rr), both) - meanSpares)
	// What a channel has that the other has not: what remains of it after the other,
	// scaled to be as like it as can be, is taken away.
	cost[leftOnly] = singleCosts + within(lostFactor*decibels(ll+rest(rr, ll, lr), ll))
	cost[rightOnly] = singleCosts + within(lostFactor*decibels(rr+rest(ll, rr, lr), rr))
	if c.left.clear() < c.right.clear()-clearer {
		cost[leftOnly] += worseCosts
	} else {
		cost[rightOnly] += worseCosts
	}
	return cost
}

// rest is the energy of a that b does not explain; ab is their mean product.
func rest(a, b, ab float64) float64 {
	if b <= 0 {
		return a
	}
	return max(0, a-ab*ab/b)
}

func decibels(a, b float64) float64 {
	if b <= 0 {
		return math.Inf(1)
	}
	return 10 * math.Log10(a/b)
}

func within(cost float64) float64 { return min(max(0, cost), mostCost) }

// cheapest is the way that each window is mixed.
func (c *channels) cheapest() []uint8 {
	n := len(c.ll)
	from := make([][ways]uint8, n) // the way before, on the cheapest path to each
	var sum [ways]float64
	for i := range n {
		cost := c.costs(i)
		best := meanOf
		for way := range ways {
			if sum[way] < sum[best] {
				best = way
			}
		}
		next := sum
		for way := range ways {
			from[i][way] = uint8(way)
			if i > 0 && sum[best]+toll < sum[way] {
				from[i][way], next[way] = uint8(best), sum[best]+toll
			}
			next[way] += cost[way]
		}
		sum = next
	}
	way := meanOf
	for w := range ways {
		if sum[w] < sum[way] {
			way = w
		}
	}
	taken := make([]uint8, n)
	for i := n - 1; i >= 0; i-- {
		taken[i] = uint8(way)
		way = int(from[i][way])
	}
	return taken
}

// note says what is worth saying of how the windows were mixed.
func (c *channels) note(taken []uint8) *Note {
	const (
		much     = 0.8  // of what is heard
		opposite = -0.5 // correlation
		some     = 30   // windows
		quieter  = 15.0 // dB
	)
	var heard, against int
	var count, kept [ways]int // windows of each way; of those, where the channels are against each other
	for i, way := range taken {
		if !c.active[i] {
			continue
		}
		heard++
		count[way]++
		ll, rr, lr := float64(c.ll[i]), float64(c.rr[i]), float64(c.lr[i])
		if way != meanOf && ll < 10*rr && rr < 10*ll && lr < opposite*math.Sqrt(ll*rr) {
			against++
			kept[way]++
		}
	}
	side := func(n [ways]int) string {
		if n[rightOnly] > n[leftOnly] {
			return Right
		}
		return Left
	}
	single := max(count[leftOnly], count[rightOnly])
	dB := math.Abs(c.left.top - c.right.top)
	switch {
	case against >= some || against > heard/4:
		return &Note{Code: OppositeChannels, Channel: side(kept), Time: audio.Length(int64(against) * WindowSamples)}
	case c.only != meanOf && dB <= quieter:
		return &Note{Code: NoisyChannel, Channel: side(count)}
	case float64(single) > much*float64(heard) && dB > quieter:
		return &Note{Code: QuietChannel, Channel: side(count)}
	}
	return nil
}
