package player

import (
	"context"
	"errors"
	"time"

	"loa/audio"
	"loa/schedule"
)

// spare is how much more than the block that comes next is decoded, or made up, ahead of the mixer of a voice
// that comes while it is played: as far as it may run ahead of its place, rounded up to a frame by the way it is filled.
const spare = inStep

var errNoFeed = errors.New("no frames of it are expected here")

// speak decodes the frames of a call or a stream until ctx ends; it returns nil only then. A frame is decoded when it is there and
// those before it are done with; one that is missing is waited for until the mixer's next block needs it.
//
//	position ──▶ want        end                 end + n
//	               │ decoded  │ needed: now       │ decoded as they come
//	               ├──────────┼───────────────────┼─────────────▶
//	               mixer       next block + spare
func (v *voice) speak(ctx context.Context, feeds func(id string) (*Feed, bool), id string) error {
	feed, ok := feeds(id)
	if !ok {
		return errNoFeed
	}
	var buf [audio.FrameSamples]float32
	for {
		for ctx.Err() == nil {
			pos, needed, room := v.roomLive()
			if !room {
				break
			}
			ok, sound := feed.next(pos/audio.FrameSamples, buf[:], needed)
			if !ok {
				break
			}
			v.addLive(pos, buf[:], sound)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-v.kicks:
		case <-feed.arrived:
		}
	}
}

// expect tells that the mixer has had a block of n frames and will come for as much again. The decoder need not
// know while it has what comes next: its frames wake it.
func (v *voice) expect(n int) {
	v.mu.Lock()
	v.block = int64(n)
	lacking := v.want < v.start || v.needed()
	v.mu.Unlock()
	if lacking {
		v.kick()
	}
}

// needed reports whether more must be there for the block that comes next.
func (v *voice) needed() bool {
	return v.end < v.want || v.block > 0 && v.end < v.want+v.block+spare
}

// Ahead returns how long before the output asks for it a frame of a voice must have come to be heard for certain: as
// soon as a block is asked for, all that the next one and the spare begin with is needed. The output's own latency
// comes on top, and the plan's delay is in it: a node that plays later needs less, perhaps none.
func (p *Player) Ahead() time.Duration {
	return audio.Length(2*p.mix.block.Load()+spare) - time.Duration(p.mix.delay.Load())
}

// roomLive returns where the next whole frame goes, whether it is needed now, and whether there is room for it. Of what
// came long before its time the beginning is not decoded at once: a second of a voice that is held back for a crowd,
// decoded by a thousand nodes on one machine as it comes, kept them from reading what came next. By and by all that is
// there is decoded, for that is what a busy machine can live on.
func (v *voice) roomLive() (pos int64, needed, room bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.want < v.start || v.want > v.end+seekFrames {
		v.start = v.want - v.want%audio.FrameSamples
		v.end = v.start
	}
	v.start = max(v.start, min(v.end, v.want-historyFrames))
	room = v.end-v.want < liveAhead+v.block+v.want/8 && v.end-v.start+audio.FrameSamples <= liveFrames
	return v.end, v.needed(), room
}

// addLive appends a frame at pos, unless the mixer has gone elsewhere meanwhile.
func (v *voice) addLive(pos int64, pcm []float32, sound bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if pos != v.end {
		return
	}
	copy(v.ring[pos%liveFrames:], pcm) // frames divide the ring
	v.void[pos%liveFrames/audio.FrameSamples] = !sound
	v.end += int64(len(pcm))
}

// unspoken counts the frames of a stretch that are silence for want of something better.
func (v *voice) unspoken(pos int64, n int) int {
	if v.void == nil {
		return 0
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	count := 0
	for at, end := pos, pos+int64(n); at < end; {
		next := min(end, at-at%audio.FrameSamples+audio.FrameSamples)
		if v.void[at%liveFrames/audio.FrameSamples] {
			count += int(next - at)
		}
		at = next
	}
	return count
}

// live reports whether the item's sound comes while it is played.
func live(it schedule.Item) bool { return it.Kind == schedule.Voice || it.Kind == schedule.Stream }

// feedID names the frames of an item that comes while it is played.
func feedID(k key, it schedule.Item) string {
	if it.Kind == schedule.Stream {
		return schedule.FeedID(k.airing, k.item)
	}
	return k.airing
}
