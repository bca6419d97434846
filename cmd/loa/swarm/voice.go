package swarm

import (
	"io"
	"math"
	"math/rand/v2"
	"time"

	"loa/controller/client"
)

// babble is endless sound with the level and the breadth of speech: it costs an
// encoder what a voice does.
type babble struct {
	at    int
	noise *rand.Rand
}

func newBabble() *babble { return &babble{noise: rand.New(rand.NewPCG(1, 2))} }

func (b *babble) Read(p []byte) (int, error) {
	n := len(p) / 2
	for i := range n {
		t := float64(b.at) / 48000
		b.at++
		syllable := math.Pow(math.Sin(math.Pi*4*t), 2)
		pitch := 2 * math.Pi * 140 * (t + 0.002*math.Sin(2*math.Pi*1.3*t))
		var x float64
		for k := 1.0; k <= 12; k++ {
			x += math.Sin(k*pitch) / k
		}
		v := int16(9000 * syllable * (0.4*x + 0.2*b.noise.NormFloat64()*math.Abs(math.Sin(math.Pi*1.7*t))))
		p[2*i], p[2*i+1] = byte(v), byte(v>>8)
	}
	return 2 * n, nil
}

// paced yields a source's frames of 20 ms when they would have been recorded.
type paced struct {
	source io.Reader
	start  time.Time
	n      int
}

func (p *paced) Read(b []byte) (int, error) {
	if len(b) > client.FrameBytes {
		b = b[:client.FrameBytes]
	}
	n, err := io.ReadFull(p.source, b)
	p.n += n
	<-time.After(time.Until(p.start.Add(time.Duration(p.n) * 20 * time.Millisecond / client.FrameBytes)))
	return n, err
}
