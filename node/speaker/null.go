package speaker

import "context"

// nullFrames are what Null takes at a time: 40 ms, about the period of a card
// (see ALSA), so that a node that is measured by it wakes as often as a real one.
const nullFrames = 2 * blockFrames

// Null discards what it is given, in real time. It is the sink for measuring and for tests.
type Null struct{ *tracker }

// OpenNull returns a sink that discards.
func OpenNull() *Null { return &Null{newTracker()} }

// Run calls src every 40 ms until ctx ends.
func (n *Null) Run(ctx context.Context, src Source) error {
	n.fault("", "")
	return newPacer(nullFrames).run(ctx, nil, src, func(buf []float32, live bool, stalls int) error {
		frames := len(buf)
		if !live {
			frames = 0
		}
		n.played(frames, stalls, 0)
		return nil
	})
}
