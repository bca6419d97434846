package voices

import (
	"context"
	"sync"
	"time"

	"loa/audio/reading"
)

const (
	// shortest is what no voice needs less for, of a syllable, at its usual rate and
	// without pauses. espeak-ng takes 0.19 to 0.24 s, a fast newsreader 0.15 s.
	shortest = 120 * time.Millisecond
	// part is how much of its own pace a voice must reach: figures and names vary by a
	// fifth; half of the text is half.
	part = 0.65
	// fewest are the syllables that say something of a pace.
	fewest = 8
)

// An utterance is what a program spoke in one go.
type utterance struct {
	syllables int
	heard     time.Duration // without pauses; as it would be at the usual rate
}

// each is what a syllable took.
func (u utterance) each() time.Duration { return u.heard / time.Duration(max(1, u.syllables)) }

// whole says that an utterance was not spoken to its end. pace is what a syllable of the
// voice takes; 0: nobody knows.
func (u utterance) whole(v Voice, pace time.Duration) error {
	each := u.each()
	if u.syllables < fewest || each >= shortest && float64(each) >= part*float64(pace) {
		return nil
	}
	return &Fault{Voice: v, What: Half, Share: u.share(pace)}
}

// share is about how much of an utterance was spoken that is not whole.
func (u utterance) share(pace time.Duration) float64 {
	return min(0.9, float64(u.each())/float64(max(pace, 3*shortest/2)))
}

// listener listens to a text, each time the program runs for it: a style may have it
// said group by group, twice, slowly and behind a tone, of which a voice knows nothing.
type listener struct {
	set   *Set
	voice Voice

	mu  sync.Mutex
	all []utterance
}

// listen is as of speech.Program.Heard.
func (l *listener) listen(ctx context.Context, words string, rate float64, wav string) error {
	heard, err := l.set.heard(ctx, l.voice, wav)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, utterance{reading.Syllables(words), time.Duration(float64(heard) * rate)})
	return nil
}

// judge is called when all is spoken. Short groups say little by themselves, but
// together they do.
func (l *listener) judge(ctx context.Context, paceOf func(context.Context, Voice) (time.Duration, error)) error {
	var text utterance
	for _, u := range l.all {
		text.syllables, text.heard = text.syllables+u.syllables, text.heard+u.heard
	}
	if text.syllables < fewest {
		return nil
	}
	pace, err := paceOf(ctx, l.voice)
	if err != nil {
		return err
	}
	for _, u := range append(l.all, text) {
		if u.whole(l.voice, pace) != nil {
			return &Fault{Voice: l.voice, What: Half, Share: text.share(pace)}
		}
	}
	return nil
}
