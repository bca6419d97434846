package speaker

import "context"

// Null discards what it is given, in real time. It is the sink for measuring and for tests.
type Null struct{ *tracker }

// OpenNull returns a sink that discards.
func OpenNull() *Null { return &Null{newTracker()} }

// Run calls src every 20 ms until ctx ends.
func (n *Null) Run(ctx context.Context, src Source) error {
	n.fault("", "")
	return newPacer().run(ctx, nil, src, func(buf []float32, live bool, stalls int) error {
		frames := len(buf)
		if !live {
			frames = 0
		}
		n.played(frames, stalls, 0)
		return nil
	})
}
