package library

import (
	"context"
	"errors"
	"time"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/voices"
)

// nobody is whose the urgent jobs are: they count of no person.
const nobody = ""

// SpeakNow is Speak for what an emergency or a drill says. It has a lane of its
// own, before all uploads, and twenty seconds; then, and where the voice fails,
// it says so in a sentence. No disk is needed: the clip is held in memory, and
// written down after, see store.HoldClip.
//
// A voice of the settings has a fifth of that time, four seconds, to speak. Where it does not speak, or did
// not of late, the built-in one speaks at once, and a note of the clip says so.
func (l *Library) SpeakNow(ctx context.Context, t Text) (store.Clip, error) {
	bounded, cancel := context.WithTimeoutCause(ctx, l.urgentFor, urgentLate)
	defer cancel()
	defer l.hurry()()
	sp, err := l.speech(t)
	if err != nil { // no such voice
		sp = l.instead(t)
	}
	if sp.voice.Engine.BuiltIn() {
		return l.speakNow(ctx, bounded, sp)
	}
	if clip, ok := l.spoken(ctx, sp.key); ok {
		return clip, nil
	}
	fault := l.opt.Voices.Down(sp.voice.Engine.Name)
	if fault == nil {
		sp.within = l.urgentFor / 5
		clip, err := l.speakNow(ctx, bounded, sp)
		if err == nil || ctx.Err() != nil {
			return clip, err
		}
		switch {
		case errors.As(err, &fault):
		case errors.Is(err, context.DeadlineExceeded):
			fault = &voices.Fault{Voice: sp.voice, What: voices.Hangs, Err: err}
			l.opt.Voices.Fails(fault)
		default: // not its fault, perhaps; another is tried all the same
			fault = &voices.Fault{Voice: sp.voice, What: voices.Fails, Err: err}
		}
	}
	l.opt.Logger.Error("an alert is spoken with the built-in voice", "err", fault)
	clip, err := l.speakNow(ctx, bounded, l.instead(t))
	return spokenInstead(clip, fault), err
}

// speakNow speaks with one voice, while bounded lives; ctx is the caller's.
func (l *Library) speakNow(ctx, bounded context.Context, sp saying) (store.Clip, error) {
	if clip, ok := l.spoken(ctx, sp.key); ok {
		return clip, nil
	}
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
