package library

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode/utf8"

	"loa/audio/program"
	"loa/audio/reading/document"
	"loa/audio/speech"
)

const (
	previewsAtOnce = 2       // that are spoken at the same time
	previewsKept   = 8 << 20 // bytes of what was spoken last
)

// Preview is a sentence of a text, spoken to be heard by the one who writes it: the
// one that holds the character at, counted from 0. It returns a WAV, with the
// characters from and to of the sentence; nil where nothing of it is said, or where
// the text ends before. No clip is made, and what was heard of late is at hand.
func (l *Library) Preview(ctx context.Context, t Text, at int) (wav []byte, from, to int, err error) {
	if l.long(t.Text) {
		return nil, 0, 0, l.explain(ctx, speech.ErrTextTooLong)
	}
	if at < 0 {
		return nil, 0, 0, badPlace
	}
	if err := l.CheckLeave(t.Text, t.Leave); err != nil {
		return nil, 0, 0, err
	}
	said, from, to := l.sentence(t, at)
	if said == "" {
		return nil, from, to, nil
	}
	sp, err := l.speech(Text{Text: said, Voice: t.Voice, Rate: t.Rate, Verbatim: true, Style: speech.Indoor})
	if err != nil {
		return nil, 0, 0, l.explain(ctx, err)
	}
	if wav, ok := l.previews.get(sp.key); ok {
		return wav, from, to, nil
	}
	select {
	case l.previewing <- struct{}{}:
		defer func() { <-l.previewing }()
	case <-ctx.Done():
		return nil, 0, 0, context.Cause(ctx)
	}
	if wav, err = l.hear(program.Nicely(ctx), sp); err != nil {
		return nil, 0, 0, l.explain(ctx, err)
	}
	l.previews.put(sp.key, wav)
	return wav, from, to, nil
}

// hear speaks into memory.
func (l *Library) hear(ctx context.Context, sp saying) ([]byte, error) {
	dir, err := os.MkdirTemp(l.opt.Store.TempDir(), "preview-")
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	defer os.RemoveAll(dir) // what stays is removed when the store is next opened
	path := filepath.Join(dir, "preview.wav")
	if err := l.opt.Voices.Say(ctx, sp.voice, sp.performance(), path); err != nil {
		return nil, saidTooLong(err)
	}
	return os.ReadFile(path)
}

// sentence is what is said of the sentence that holds a character. Where a text is not
// read, a sentence is a line.
func (l *Library) sentence(t Text, at int) (said string, from, to int) {
	sp, err := l.speech(Text{Voice: t.Voice})
	if t.Verbatim || err != nil || !l.opt.Voices.Vietnamese(sp.voice) {
		for line := range strings.Lines(t.Text) {
			from, to = to, to+utf8.RuneCountInString(line)
			if at < to {
				return strings.TrimSpace(line), from, to
			}
		}
		return "", to, to
	}
	for _, s := range document.Sentences(l.reader.Load(), t.Text, t.Leave) {
		from, to = to, to+utf8.RuneCountInString(t.Text[s.From:s.To])
		if at < to {
			return s.Spoken, from, to
		}
	}
	return "", to, to
}

// recent keeps what was heard last, by its key; what is oldest goes first.
type recent struct {
	mu    sync.Mutex
	keys  []string // the oldest first
	wavs  map[string][]byte
	bytes int
}

func (r *recent) get(key string) (wav []byte, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	wav, ok = r.wavs[key]
	return wav, ok
}

func (r *recent) put(key string, wav []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.wavs[key]; known || len(wav) > previewsKept/2 {
		return
	}
	if r.wavs == nil {
		r.wavs = map[string][]byte{}
	}
	r.wavs[key], r.keys, r.bytes = wav, append(r.keys, key), r.bytes+len(wav)
	for r.bytes > previewsKept {
		r.bytes -= len(r.wavs[r.keys[0]])
		delete(r.wavs, r.keys[0])
		r.keys = r.keys[1:]
	}
}
