package player

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"time"

	"loa/audio"
	"loa/schedule"
)

const (
	maxVoices = 4               // opened at a time
	nearby    = 2 * time.Second // a voice that is due this soon is brought to its place
	linger    = time.Second     // a voice is kept this long after its end, for the mixer may be late
)

// key names an item of an airing.
type key struct {
	airing string
	item   int
}

// cue is a stretch in which an item is to be heard.
type cue struct {
	schedule.Span
	key
	slot *schedule.Slot
	item schedule.ItemSpan
}

// cues returns what is to be heard around ct, soonest first.
func cues(tl *schedule.Timeline, ct time.Time) []cue {
	around := schedule.Span{From: ct.Add(-linger), To: ct.Add(horizon)}
	var all []cue
	for _, s := range tl.Slots {
		if !s.Began() || !s.End.After(around.From) || !s.Begin.Before(around.To) {
			continue
		}
		for _, it := range s.Items() {
			if it.Item.Kind == schedule.Gap || it.Item.Total() > schedule.MaxLength {
				continue
			}
			for _, h := range s.Heard {
				if o, ok := overlap(h, it.Span); ok && o.To.After(around.From) && o.From.Before(around.To) {
					all = append(all, cue{o, key{s.ID, it.Index}, s, it})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b cue) int { return a.From.Compare(b.From) })
	return all
}

// sameSound reports whether two items sound the same, whatever they are called. A voice may last longer or shorter
// than it was said to.
func sameSound(a, b schedule.Item) bool {
	if a.Kind == schedule.Voice && b.Kind == schedule.Voice {
		return a.GainDB == b.GainDB
	}
	return a.Kind == b.Kind && a.Clip == b.Clip && a.Length == b.Length && a.Repeat == b.Repeat && a.GainDB == b.GainDB
}

// overlap returns the stretch that two spans share.
func overlap(a, b schedule.Span) (o schedule.Span, ok bool) {
	o = schedule.Span{From: later(a.From, b.From), To: earlier(a.To, b.To)}
	return o, o.From.Before(o.To)
}

// cast is the voices that are open.
type cast struct {
	clips  func(string) (io.ReaderAt, int64, error)
	feeds  func(id string) (*Feed, bool)
	log    *slog.Logger
	voices map[key]*voice
	gone   []*voice // told to stop, not yet waited for
}

// call opens the voices that the cues need and closes the others.
func (c *cast) call(ctx context.Context, cues []cue, ct time.Time, l *ledger) {
	c.bury()
	needed := map[key]bool{}
	for _, q := range cues {
		if len(needed) == maxVoices && !needed[q.key] {
			break
		}
		e := l.entry(q.slot, q.item)
		if e == nil {
			e = &entry{tally: &tally{}} // has its play already: heard once more, not told
		}
		first := !needed[q.key]
		needed[q.key] = true
		v := c.voices[q.key]
		if v != nil && sameSound(v.item, *q.item.Item) {
			if wait := q.From.Sub(ct); first && wait > busyStep && wait < nearby {
				v.prepare(audio.Samples(q.From.Sub(q.item.From)))
			}
			continue
		}
		if v != nil {
			c.release(q.key)
		}
		c.open(ctx, q, ct, e.tally)
	}
	for k := range c.voices {
		if !needed[k] {
			c.release(k)
		}
	}
}

func (c *cast) open(ctx context.Context, q cue, ct time.Time, t *tally) {
	v := newVoice(*q.item.Item, t)
	v.prepare(audio.Samples(later(q.From, ct).Sub(q.item.From)))
	ctx, v.stop = context.WithCancel(ctx)
	c.voices[q.key] = v
	decode := func(ctx context.Context) error { return v.decode(ctx, c.clips) }
	if live(v.item) {
		decode = func(ctx context.Context) error { return v.speak(ctx, c.feeds, feedID(q.key, v.item)) }
	}
	go v.run(ctx, decode, c.log)
}

func (c *cast) release(k key) {
	v := c.voices[k]
	v.stop()
	delete(c.voices, k)
	c.gone = append(c.gone, v)
}

// bury forgets the voices whose goroutines have ended.
func (c *cast) bury() {
	c.gone = slices.DeleteFunc(c.gone, func(v *voice) bool {
		select {
		case <-v.ended:
			return true
		default:
			return false
		}
	})
}

// dismiss stops all voices and waits for their goroutines.
func (c *cast) dismiss() {
	for k := range c.voices {
		c.release(k)
	}
	for _, v := range c.gone {
		<-v.ended
	}
	c.gone = nil
}
