package library

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"loa/audio/program"
	"loa/audio/reading"
	"loa/audio/reading/document"
	"loa/audio/speech"
	"loa/controller/store"
	"loa/controller/voices"
)

// Text is what is to be spoken, and how.
type Text struct {
	Text     string
	Voice    string       // as of voices.Set.Find; "": the first
	Rate     float64      // 1 is the usual speed; 0 is 1
	Verbatim bool         // the voice is given the text as it stands, unread
	Headline string       // said first, as a sentence of its own, where the text does not begin with it
	Style    speech.Style // "": for horns, Outdoor
	Tone     string       // tune.Attention before an urgent text
	Instead  bool         // where that voice fails, the built-in one speaks

	// Leave is what belongs to the paper and is not said, as of reading.Leave.
	Leave []string
}

// Speak makes a clip of text, for somebody, of whom it counts. What is written is
// read first (package reading): 08h30 is no word that a voice knows. The same text
// spoken the same way before is returned at once. A clip that another voice spoke
// than was asked for says so in a note.
func (l *Library) Speak(ctx context.Context, who string, t Text) (store.Clip, error) {
	sp, err := l.speech(t)
	if err == nil {
		err = l.left(t)
	}
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
func (l *Library) instead(t Text) saying {
	t.Voice = voices.BuiltIn + "/" + speech.DefaultVoice
	sp, _ := l.speech(t) // that engine is always there
	return sp
}

// speak makes a clip of what is said, or finds it.
func (l *Library) speak(ctx context.Context, who string, sp saying) (store.Clip, error) {
	if clip, ok := l.spoken(ctx, sp.key); ok {
		return clip, nil
	}
	return l.do(ctx, who, cleanName(firstWords(sp.text)), Waiting, func(j *job) (store.Clip, error) {
		release, err := l.wait(ctx, j)
		if err != nil {
			return store.Clip{}, err
		}
		defer release()
		return l.say(program.Nicely(ctx), j, sp)
	})
}

// speech is a text and how it is said.
type saying struct {
	text     string
	voice    voices.Voice
	said     string // how it is read
	breathed string // the same, with the pauses of its style: what the voice is given
	rate     float64
	style    speech.Style
	tone     string
	key      string // by which it is found again

	within time.Duration // the voice speaks, or another does; 0: there is no hurry
}

func (l *Library) speech(t Text) (s saying, err error) {
	s = saying{text: headed(t.Headline, t.Text), rate: t.Rate, style: t.Style, tone: t.Tone}
	if s.voice, err = l.opt.Voices.Find(t.Voice); err != nil {
		return s, err
	}
	if s.style == "" {
		s.style = speech.Outdoor
	}
	if s.rate == 0 {
		s.rate = 1
	}
	s.said, s.breathed = s.text, s.text
	if !t.Verbatim && l.opt.Voices.Vietnamese(s.voice) && !l.long(s.text) {
		body := strings.TrimSpace(t.Text)
		s.said, s.breathed = l.read(body, t.Leave, s.style)
		if headline, _ := strings.CutSuffix(s.text, body); headline != "" { // not of the paper: read by itself
			said, breathed := l.read(headline, nil, s.style)
			s.said, s.breathed = said+"\n"+s.said, breathed+"\n"+s.breathed
		}
	}
	s.key = speechKey(s)
	return s, nil
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
func (s saying) performance() speech.Performance {
	return speech.Performance{Text: s.breathed, Rate: s.rate, Style: s.style, Tone: s.tone}
}

// long reports whether a text is longer than may be spoken at once.
func (l *Library) long(text string) bool { return utf8.RuneCountInString(text) > l.opt.MaxText }

// aloud is how it is read; "": as it stands.
func (s saying) aloud() string {
	if s.said == s.text {
		return ""
	}
	return s.said
}

// read is a text as it is said, without and with the pauses of a style. An alert must be
// heard: where the reader fails, or finds nothing to say, the text itself is given to
// the voice.
func (l *Library) read(text string, leave []string, style speech.Style) (said, breathed string) {
	defer func() {
		if v := recover(); v != nil {
			l.opt.Logger.Error("a text could not be read and is spoken as it stands", "panic", v)
			said, breathed = text, text
		}
	}()
	if said = reading.Spoken(document.Leave(l.reader.Load(), text, leave)); said == "" {
		return text, text
	}
	if style == speech.Indoor {
		return said, said
	}
	return said, document.Horn(l.reader.Load(), text, leave)
}

// Script says how a text is said, piece by piece as a newsreader says a document, and
// where one may begin to listen to it; see Preview. Of an empty text there is nothing.
func (l *Library) Script(text string, leave []string) ([]reading.Piece, []document.Sentence) {
	return document.Script(l.reader.Load(), text, leave)
}

// Use has texts read with the commune's own words from now on.
func (l *Library) Use(words reading.Dictionary) { l.reader.Store(reading.New(words)) }
