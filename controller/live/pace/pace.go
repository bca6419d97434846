// Package pace decides how late a voice sounds, by what the nodes that hear it say: as
// little as they can do with, more when frames come too late, less when all have had
// room for long.
//
//	statuses --> margin of each node over its need --> [Pace.Judge] --> later, sooner, as it is
package pace

import (
	"time"

	"loa/node/wire"
)

const (
	// marginOver is how far above a node's need its margin shall be; a delay
	// that leaves more than marginMuch everywhere may shrink.
	marginOver = 40 * time.Millisecond
	marginMuch = 200 * time.Millisecond
	marginSpan = 10 * time.Second // that a node's margins are taken over
	raiseLoss  = 100 * time.Millisecond
	raiseCalm  = 2 * time.Second // between two raises: a frame on its way comes as late as before
	shrinkStep = 100 * time.Millisecond
	concealed  = 60 * time.Millisecond // in a row, at full level, by a node: see audio.Jitter
)

// Pace decides how late a voice sounds, by what the nodes say. A node counts
// its margins over ten seconds, so after a change they say nothing for as
// long; what it lost since then tells sooner.
type Pace struct {
	most    time.Duration
	changed time.Time
	raised  time.Time
	lost    map[string]lost
}

// New begins at an instant; most is the longest delay that a voice may have.
func New(now time.Time, most time.Duration) Pace { return Pace{most: most, changed: now} }

// Raised says that the delay is being raised just now.
func (p *Pace) Raised(now time.Time) { p.changed, p.raised = now, now }

// lost is what a node's counters were.
type lost struct {
	frames int64
	came   int64
	at     time.Time
}

// Judge returns by how much the delay shall change, and whether at once: when
// more is missing than can be concealed, one gap is better than many. spare is by how much it is
// more than a call to these nodes would begin with now: ten seconds without a
// frame that was repeated say nothing of the next.
func (p *Pace) Judge(call string, nodes map[string]bool, statuses map[string]*wire.Status, spare time.Duration,
	now time.Time) (by time.Duration, atOnce bool) {
	worse, drowned, least, known := false, false, time.Duration(0), false
	for id := range nodes {
		s := statuses[id]
		if s == nil || s.Live == nil || s.Live.Call != call || now.Sub(s.Sent) > marginSpan {
			continue
		}
		late, most := p.loses(id, s)
		worse, drowned = late || worse, most || drowned
		if s.Sent.Sub(p.changed) < marginSpan {
			continue
		}
		if slack := s.Live.Margin5 - s.Live.Need; !known || slack < least {
			least, known = slack, true
		}
	}
	switch {
	case now.Sub(p.changed) < raiseCalm:
	case drowned: // what stands before its link grows: only larger bundles help, and those go with the longest delay
		by, atOnce = p.most, true
	case known && least < marginOver:
		by, atOnce = marginOver-least+wire.FrameLength, least < -concealed
	case worse: // again, soon after a raise: it is no time to be gentle
		by, atOnce = raiseLoss, now.Sub(p.raised) < marginSpan
	case known && least > marginMuch && spare >= shrinkStep:
		by = -shrinkStep
	}
	if by != 0 {
		p.changed = now
	}
	if by > 0 {
		p.raised = now
	}
	return by, atOnce
}

// loses reports whether frames came too late since the node's last word, both
// after the last change, and whether most did. Frames that are lost for good are not
// helped by waiting.
func (p *Pace) loses(id string, s *wire.Status) (late, most bool) {
	if p.lost == nil {
		p.lost = map[string]lost{}
	}
	was, known := p.lost[id]
	if known && !s.Sent.After(was.at) {
		return false, false
	}
	p.lost[id] = lost{s.Live.Late, s.Live.Received, s.Sent}
	if !known || was.at.Sub(p.changed) <= raiseCalm {
		return false, false
	}
	n, came := s.Live.Late-was.frames, s.Live.Received-was.came
	return n > 0, came > 0 && n > came/2
}
