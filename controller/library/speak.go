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
	Voice    string      // "": the Vietnamese one
	Rate     float64     // 1 is the usual speed; 0 is 1
	Verbatim bool        // the voice is given the text as it stands, unread
	Headline string      // said first, as a sentence of its own, where the text does not begin with it
	Style    audio.Style // "": for horns, Outdoor
	Tone     string      // audio.Attention before an urgent text
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
	said        string // how it is read
	breathed    string // the same, with the pauses of its style: what the voice is given
	rate        float64
	style       audio.Style
	tone        string
	key         string // by which it is found again
}

func (l *Library) speech(t Text) speech {
	s := speech{text: headed(t.Headline, t.Text), voice: t.Voice, rate: t.Rate, style: t.Style, tone: t.Tone}
	if s.style == "" {
		s.style = audio.Outdoor
	}
	if s.voice == "" {
		s.voice = audio.DefaultVoice
	}
	if s.rate == 0 {
		s.rate = 1
	}
	s.said, s.breathed = s.text, s.text
	if !t.Verbatim && l.opt.Speech.Vietnamese(s.voice) && !l.long(s.text) {
		s.said, s.breathed = l.read(s.text, s.style)
	}
	s.key = speechKey(l.opt.Speech.Command, s)
	return s
}

// headed is a text behind its headline, unless it begins with that.
func headed(headline, text string) string {
	headline, text = strings.TrimSpace(headline), strings.TrimSpace(text)
	plain := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
	if headline == "" || text == "" || strings.HasPrefix(plain(text), plain(headline)) {
		return text
	}
	return headline + "\n" + text
}

// performance is how the voice is asked for it.
func (s speech) performance() audio.Performance {
	return audio.Performance{Text: s.breathed, Voice: s.voice, Rate: s.rate, Style: s.style, Tone: s.tone}
}

// long reports whether a text is longer than may be spoken at once.
func (l *Library) long(text string) bool { return utf8.RuneCountInString(text) > l.maxText }

// aloud is how it is read; "": as it stands.
func (s speech) aloud() string {
	if s.said == s.text {
		return ""
	}
	return s.said
}

// read is a text as it is said, without and with the pauses of a style. An alert must be heard: where the reader fails, or
// finds nothing to say, the text itself is given to the voice.
func (l *Library) read(text string, style audio.Style) (said, breathed string) {
	defer func() {
		if v := recover(); v != nil {
			l.opt.Logger.Error("a text could not be read and is spoken as it stands", "panic", v)
			said, breathed = text, text
		}
	}()
	if said = reading.Spoken(l.Read(text)); said == "" {
		return text, text
	}
	if style == audio.Indoor {
		return said, said
	}
	return said, l.reader.Load().Horn(text)
}

// Read says how a text is said, piece by piece, as a newsreader says a document;
// nothing for an empty text.
func (l *Library) Read(text string) []reading.Piece { return l.reader.Load().Document(text) }

// Use has texts read with the commune's own words from now on.
func (l *Library) Use(words reading.Dictionary) { l.reader.Store(reading.New(words)) }
