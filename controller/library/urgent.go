package library

import (
	"context"
	"errors"
	"time"

	"loa/controller/problem"
	"loa/controller/store"
)

// nobody is whose the urgent jobs are: they count of no person.
const nobody = ""

// SpeakNow is Speak for what an emergency or a drill says. It has a lane of its
// own, before all uploads, and twenty seconds; then, and where the voice fails,
// it says so in a sentence. No disk is needed: the clip is held in memory, and
// written down after, see store.HoldClip.
func (l *Library) SpeakNow(ctx context.Context, t Text) (store.Clip, error) {
	sp := l.speech(t)
	if clip, ok := l.spoken(ctx, sp.key); ok {
		return clip, nil
	}
	bounded, cancel := context.WithTimeoutCause(ctx, l.urgentFor, urgentLate)
	defer cancel()
	defer l.hurry()()
	clip, err := l.do(bounded, nobody, cleanName(firstWords(sp.text)), Waiting, func(j *job) (store.Clip, error) {
		select {
		case l.urgent <- struct{}{}:
			defer func() { <-l.urgent }()
		case <-bounded.Done():
			return store.Clip{}, urgentLate
		}
		return l.say(bounded, j, sp)
	})
	if err != nil && ctx.Err() == nil && bounded.Err() != nil {
		return clip, urgentLate
	}
	if errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrUnwritable) {
		return clip, urgentFull
	}
	if _, known := problem.Of(err); err != nil && !known && ctx.Err() == nil {
		l.opt.Logger.Error("an alert cannot be spoken", "err", err)
		return clip, speechDown
	}
	return clip, err
}

// hurry has all other work pause until what it returns is called.
func (l *Library) hurry() (done func()) {
	l.calm.L.Lock()
	l.hurries++
	l.calm.L.Unlock()
	return func() {
		l.calm.L.Lock()
		l.hurries--
		l.calm.L.Unlock()
		l.calm.Broadcast()
	}
}

// giveWay waits while an alert is being spoken, for a minute at most.
func (l *Library) giveWay() {
	l.calm.L.Lock()
	defer l.calm.L.Unlock()
	if l.hurries == 0 {
		return
	}
	until := time.Now().Add(pauseMost)
	wake := time.AfterFunc(pauseMost, l.calm.Broadcast)
	defer wake.Stop()
	for l.hurries > 0 && time.Now().Before(until) {
		l.calm.Wait()
	}
}
