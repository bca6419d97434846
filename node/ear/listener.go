package ear

import (
	"context"
	"math"
	"sync"
	"time"

	"loa/node/speaker"
)

const (
	keepFrames  = 30 * 50 // frames of both sounds that are kept: half a minute
	keepMatches = 3600    // windows that are kept: four hours
	settle      = time.Second
	apart       = 100 * time.Millisecond // from where the frame before it leads to: the time began anew
	slip        = FrameTime * 3 / 4      // of a frame's number from its time
)

// track is one of the two sounds as frames by the hour of the process.
type track struct {
	analyser Analyser
	frames   []Frame
	first    int64 // number of frames[0], in FrameTimes since the listener began
	known    bool
	next     time.Time // of the next sample
}

// push takes samples that begin at an instant.
func (k *track) push(pcm []float32, at, begin time.Time) {
	if !k.known || at.Sub(k.next).Abs() > apart {
		k.analyser, k.frames, k.known = Analyser{}, k.frames[:0], true
		k.first = int64((at.Sub(begin) + FrameTime/2) / FrameTime)
		k.next = at
	}
	k.next = k.next.Add(time.Duration(len(pcm)) * time.Second / Rate)
	k.next = k.next.Add((at.Add(time.Duration(len(pcm))*time.Second/Rate).Sub(k.next) / 64)) // the crystals differ
	k.frames = k.analyser.Push(pcm, k.frames)
	k.align(begin)
	if over := len(k.frames) - keepFrames; over > 0 {
		k.frames = k.frames[:copy(k.frames, k.frames[over:])]
		k.first += int64(over)
	}
}

// align has frames keep the numbers of their time. Frames are counted by a card's crystal: with 50 millionths more than
// the processor's they would be another's after seven minutes, and after hours nothing would go together any more.
func (k *track) align(begin time.Time) {
	n := len(k.frames)
	if n == 0 {
		return
	}
	due := k.next.Add(-time.Duration(k.analyser.n) * time.Second / Rate).Sub(begin) // of the frame that is being filled
	switch off := due - time.Duration(k.first+int64(n))*FrameTime; {
	case off > slip:
		k.frames = append(k.frames, k.frames[n-1])
	case off < -slip:
		k.frames = k.frames[:n-1]
	}
}

// span returns n frames from a number on, if all are there.
func (k *track) span(first int64, n int) ([]Frame, bool) {
	at := first - k.first
	if !k.known || at < 0 || at+int64(n) > int64(len(k.frames)) {
		return nil, false
	}
	return k.frames[at : at+int64(n)], true
}

// Listener compares all that is played with all that is heard.
type Listener struct {
	begin time.Time
	in    chan []float32 // copies of what was played, with their instants in ats
	ats   chan time.Time

	mu      sync.Mutex
	played  track
	heard   track
	next    int64 // the window that comes next begins with this frame
	matches []timed
	site    Site
	trouble error
}

type timed struct {
	from, to time.Time
	match    Match
}

// NewListener makes one for a site.
func NewListener(site Site) *Listener {
	return &Listener{begin: time.Now(), site: site, in: make(chan []float32, 100), ats: make(chan time.Time, 100)}
}

// Source wraps what is played. It never waits: what nobody has time for is left out, and then not judged.
func (l *Listener) Source(src speaker.Source) speaker.Source {
	return func(buf []float32, at time.Time) {
		src(buf, at)
		if len(l.in) < cap(l.in) {
			l.in <- append([]float32(nil), buf...)
			l.ats <- at
		}
	}
}

// Hear takes what the microphone heard, from the instant at on. It is counted as a frame later: both sounds are cut into
// frames wherever they begin, and what comes back from a horn beside the microphone must not seem to come before it was
// played.
func (l *Listener) Hear(pcm []float32, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard.push(pcm, at.Add(FrameTime), l.begin)
}

// Trouble notes why nothing is heard; nil: it is.
func (l *Listener) Trouble(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trouble = err
}

// Err is why nothing can be heard, nil if it can.
func (l *Listener) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.trouble
}

// Site is what is known of the place.
func (l *Listener) Site() Site {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.site
}

// SetSite has what is heard from now on judged by what was learnt of the place.
func (l *Listener) SetSite(s Site) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.site = s
}

// Around is the mean power of what was heard between two instants, in dB; false if that is not known.
func (l *Listener) Around(from, to time.Time) (db float64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.frame(from)
	frames, ok := l.heard.span(first, int(l.frame(to)-first))
	if !ok || len(frames) == 0 || mean(frames) < dead {
		return 0, false
	}
	return 10 * math.Log10(mean(frames)), true
}

// frame is the number of the frame at an instant.
func (l *Listener) frame(at time.Time) int64 {
	return int64((at.Sub(l.begin) + FrameTime/2) / FrameTime)
}

// Run compares until ctx ends.
func (l *Listener) Run(ctx context.Context) error {
	tick := time.NewTicker(settle)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case pcm := <-l.in:
			at := <-l.ats
			l.mu.Lock()
			l.played.push(pcm, at, l.begin)
			l.mu.Unlock()
		case <-tick.C:
			l.compare()
		}
	}
}

// compare does the windows of which both sounds are there.
func (l *Listener) compare() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		l.next = max(l.next, l.played.first)
		p, ok := l.played.span(l.next, Window)
		if !ok {
			return
		}
		h, ok := l.heard.span(l.next, Window+MaxLag)
		from := l.begin.Add(time.Duration(l.next) * FrameTime)
		switch {
		case ok:
			l.keep(timed{from, from.Add(Window * FrameTime), Compare(p, h)})
		case time.Since(from) < Window*FrameTime+MaxLag*FrameTime+2*settle:
			return // it may come yet
		default: // nothing was heard in that time: no claim
			l.keep(timed{from, from.Add(Window * FrameTime), Match{Score: -1, Played: mean(p)}})
		}
		l.next += Window / 2
	}
}

func (l *Listener) keep(t timed) {
	if t.match.Played < quiet {
		return
	}
	if len(l.matches) == keepMatches {
		l.matches = l.matches[:copy(l.matches, l.matches[keepMatches/4:])]
	}
	l.matches = append(l.matches, t)
}

// Verdict says whether what was played between two instants was heard, and how loud, in dB against the calibration, or
// against what was played if there is none. Only windows that lie within count.
func (l *Listener) Verdict(from, to time.Time) (Verdict, float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var windows []Match
	for _, t := range l.matches {
		if !t.from.Before(from) && !t.to.After(to) {
			windows = append(windows, t.match)
		}
	}
	return l.site.Sum(windows)
}
