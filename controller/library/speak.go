package library

import (
	"context"
	"strings"
	"unicode/utf8"

	"loa/audio"
	"loa/audio/reading"
	"loa/controller/store"
)

// Text is what is to be spoken, and how.
type Text struct {
	Text     string
	Voice    string  // "": the Vietnamese one
	Rate     float64 // 1 is the usual speed; 0 is 1
	Verbatim bool    // the voice is given the text as it stands, unread
}

// Speak makes a clip of text, for somebody, of whom it counts. What is written is
// read first (package reading): 08h30 is no word that a voice knows. The same text
// spoken the same way before is returned at once.
func (l *Library) Speak(ctx context.Context, who string, t Text) (store.Clip, error) {
	sp := l.speech(t)
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
	text, voice string
	said        string // what the voice is given
	rate        float64
	key         string // by which it is found again
}

func (l *Library) speech(t Text) speech {
	s := speech{text: strings.TrimSpace(t.Text), voice: t.Voice, rate: t.Rate}
	if s.voice == "" {
		s.voice = audio.DefaultVoice
	}
	if s.rate == 0 {
		s.rate = 1
	}
	s.said = s.text
	if !t.Verbatim && l.opt.Speech.Vietnamese(s.voice) && !l.long(s.text) {
		s.said = l.read(s.text)
	}
	s.key = speechKey(l.opt.Speech.Command, s.text+"\x00"+s.said, s.voice, s.rate)
	return s
}

// long reports whether a text is longer than may be spoken at once.
func (l *Library) long(text string) bool { return utf8.RuneCountInString(text) > l.maxText }

// aloud is what the voice is given; "": the text itself.
func (s speech) aloud() string {
	if s.said == s.text {
		return ""
	}
	return s.said
}

// read is a text as it is said. An alert must be heard: where the reader fails, or
// finds nothing to say, the text itself is given to the voice.
func (l *Library) read(text string) (said string) {
	defer func() {
		if v := recover(); v != nil {
			l.opt.Logger.Error("a text could not be read and is spoken as it stands", "panic", v)
			said = text
		}
	}()
	if said = reading.Spoken(l.Read(text)); said == "" {
		return text
	}
	return said
}

// Read says how a text is said, piece by piece, as a newsreader says a document;
// nothing for an empty text.
func (l *Library) Read(text string) []reading.Piece { return l.reader.Load().Document(text) }

// Use has texts read with the commune's own words from now on.
func (l *Library) Use(words reading.Dictionary) { l.reader.Store(reading.New(words)) }
