package library

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"loa/audio"
	"loa/audio/reading"
	"loa/controller/store"
	"loa/controller/voices"
)

// Text is what is to be spoken, and how.
type Text struct {
	Text     string
	Voice    string  // as of voices.Set.Find; "": the first
	Rate     float64 // 1 is the usual speed; 0 is 1
	Verbatim bool    // the voice is given the text as it stands, unread
	Instead  bool    // where that voice fails, the built-in one speaks

	// Leave is what belongs to the paper and is not said, as of reading.Reader.Leave.
	Leave []string
}

// Speak makes a clip of text, for somebody, of whom it counts. What is written is
// read first (package reading): 08h30 is no word that a voice knows. The same text
// spoken the same way before is returned at once. A clip that another voice spoke
// than was asked for says so in a note.
func (l *Library) Speak(ctx context.Context, who string, t Text) (store.Clip, error) {
	sp, err := l.speech(t)
	if err != nil {
		return store.Clip{}, l.explain(ctx, err)
	}
	if _, ok := l.spoken(ctx, sp.key); ok || !t.Instead || sp.voice.Engine.BuiltIn() {
		return l.speak(ctx, who, sp)
	}
	fault := l.opt.Voices.Down(sp.voice.Engine.Name)
	if fault == nil {
		clip, err := l.speak(ctx, who, sp)
		if !errors.As(err, &fault) {
			return clip, err
		}
	}
	clip, err := l.speak(ctx, who, l.instead(t))
	return spokenInstead(clip, fault), err
}

// instead is a text with the built-in voice.
func (l *Library) instead(t Text) speech {
	t.Voice = voices.BuiltIn + "/" + audio.DefaultVoice
	sp, _ := l.speech(t) // that engine is always there
	return sp
}

// speak makes a clip of what is said, or finds it.
func (l *Library) speak(ctx context.Context, who string, sp speech) (store.Clip, error) {
	if clip, ok := l.spoken(ctx, sp.key); ok {
		return clip, nil
	}
	return l.do(ctx, who, cleanName(firstWords(sp.text)), Waiting, func(j *job) (store.Clip, error) {
		release, err := l.wait(ctx, j)
		if err != nil {
			return store.Clip{}, err
		}
		defer release()
		return l.say(audio.Nicely(ctx), j, sp)
	})
}

// speech is a text and how it is said.
type speech struct {
	text  string
	voice voices.Voice
	said  string // what the voice is given
	rate  float64
	key   string // by which it is found again
}

func (l *Library) speech(t Text) (s speech, err error) {
	s = speech{text: strings.TrimSpace(t.Text), rate: t.Rate}
	if s.voice, err = l.opt.Voices.Find(t.Voice); err != nil {
		return s, err
	}
	if s.rate == 0 {
		s.rate = 1
	}
	s.said = s.text
	if !t.Verbatim && l.opt.Voices.Vietnamese(s.voice) && !l.long(s.text) {
		s.said = l.read(s.text, t.Leave)
	}
	s.key = speechKey(s.voice.Engine.Command, s.text+"\x00"+s.said, s.voice.Name, s.rate)
	return s, nil
}

// long reports whether a text is longer than may be spoken at once.
func (l *Library) long(text string) bool { return utf8.RuneCountInString(text) > l.opt.MaxText }

// aloud is what the voice is given; "": the text itself.
func (s speech) aloud() string {
	if s.said == s.text {
		return ""
	}
	return s.said
}

// read is a text as it is said. An alert must be heard: where the reader fails, or
// finds nothing to say, the text itself is given to the voice.
func (l *Library) read(text string, leave []string) (said string) {
	defer func() {
		if v := recover(); v != nil {
			l.opt.Logger.Error("a text could not be read and is spoken as it stands", "panic", v)
			said = text
		}
	}()
	if said = reading.Spoken(l.reader.Load().Leave(text, leave)); said == "" {
		return text
	}
	return said
}

// Script says how a text is said, piece by piece as a newsreader says a document, and
// where one may begin to listen to it; see Preview. Of an empty text there is nothing.
func (l *Library) Script(text string, leave []string) ([]reading.Piece, []reading.Sentence) {
	return l.reader.Load().Script(text, leave)
}

// Use has texts read with the commune's own words from now on.
func (l *Library) Use(words reading.Dictionary) { l.reader.Store(reading.New(words)) }
