// Package dictionary is the commune's own words: how its hamlets, people and local
// abbreviations are said, which no list that is built in can know. Where it has a
// word, it goes before all rules of reading (package loa/audio/reading, Dictionary).
package dictionary

import (
	"context"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"loa/audio/reading"
	"loa/audio/reading/token"
	"loa/controller/office/audit"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
)

// Bounds of a dictionary.
const (
	Most      = 2000 // words
	mostWrite = 80   // characters
	mostSay   = 300
)

// Word is how one thing is said.
type Word struct {
	Write string `json:"write" maxLength:"80" doc:"as it stands in a text; in small letters it stands for capitals too"`
	Say   string `json:"say" maxLength:"300" doc:"as it is said, in words"`
}

// key is of the setting in the store.
const key = "dictionary"

// Desk keeps the dictionary.
type Desk struct {
	store   *store.Store
	trail   *audit.Trail
	use     func(reading.Dictionary)
	commune string
	writing sync.Mutex
}

// New returns the desk; use is told the words, by Load and after each change.
func New(s *store.Store, trail *audit.Trail, commune string, use func(reading.Dictionary)) *Desk {
	return &Desk{store: s, trail: trail, commune: commune, use: use}
}

// Load has the words used that are kept.
func (d *Desk) Load(ctx context.Context) error {
	words, err := d.Words(ctx)
	if err == nil {
		d.use(reads(words))
	}
	return err
}

// Words are all of it, in the order in which they were written; none: an empty list.
func (d *Desk) Words(ctx context.Context) ([]Word, error) {
	kept, words := []Word{}, []Word{}
	err := d.store.SettingOr(ctx, key, &kept)
	for _, w := range kept { // of an earlier program one word may stand there in two ways of writing
		w.Write = token.Normalised(w.Write)
		if !slices.ContainsFunc(words, func(o Word) bool { return o.Write == w.Write }) {
			words = append(words, w)
		}
	}
	return words, err
}

// Put keeps a dictionary in the place of the one before, and has it used. It is a
// problem if a word is not one, or stands there twice.
func (d *Desk) Put(ctx context.Context, words []Word) error {
	words, err := checked(words)
	if err != nil {
		return err
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	old, err := d.Words(ctx)
	if err == nil {
		err = d.keep(ctx, words)
	}
	if err == nil {
		d.trail.Did(ctx, "dictionary.put", key, old, words, d.commune)
	}
	return err
}

// keep writes the words down and has them used. It is called with the lock held.
func (d *Desk) keep(ctx context.Context, words []Word) error {
	if err := d.store.PutSetting(ctx, key, words); err != nil {
		return err
	}
	d.use(reads(words))
	return nil
}

// Add says one word so from now on, whatever was said for it before. It is a problem
// if it is no word.
func (d *Desk) Add(ctx context.Context, w Word) error {
	return d.change(ctx, "dictionary.add", w.Write, func(words []Word) []Word {
		for i := range words {
			if words[i].Write == written(w.Write) {
				words[i].Say = w.Say
				return words
			}
		}
		return append(words, w)
	})
}

// Remove takes a word out: what is built in counts again. One that is not there is none.
func (d *Desk) Remove(ctx context.Context, write string) error {
	return d.change(ctx, "dictionary.remove", write, func(words []Word) []Word {
		return slices.DeleteFunc(words, func(w Word) bool { return w.Write == written(write) })
	})
}

// change alters the words, and writes down what became of one of them.
func (d *Desk) change(ctx context.Context, did, write string, alter func([]Word) []Word) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	old, err := d.Words(ctx)
	if err != nil {
		return err
	}
	words, err := checked(alter(slices.Clone(old)))
	if err != nil || slices.Equal(words, old) {
		return err
	}
	if err := d.keep(ctx, words); err != nil {
		return err
	}
	said := func(words []Word) any {
		for _, w := range words {
			if w.Write == written(write) {
				return w
			}
		}
		return nil
	}
	d.trail.Did(ctx, did, text.Shown(write), said(old), said(words), d.commune)
	return nil
}

func reads(words []Word) reading.Dictionary {
	all := make(reading.Dictionary, len(words))
	for _, w := range words {
		all[w.Write] = w.Say
	}
	return all
}

// written is a word in the one way of writing in which it is kept: as the reader sees it.
func written(s string) string { return text.Line(token.Normalised(s), mostWrite+1) }

func checked(words []Word) ([]Word, error) {
	if len(words) > Most {
		return nil,
			problem.New(problem.Invalid, "dictionary_many", "Từ điển có tối đa %d từ: hãy bỏ bớt.",
				"A dictionary has at most %d words: remove some.", Most)
	}
	clean, seen := make([]Word, 0, len(words)), map[string]bool{}
	for _, w := range words {
		w = Word{written(w.Write), text.Line(norm.NFC.String(w.Say), mostSay+1)}
		switch {
		case w.Write == "":
			return nil,
				problem.New(problem.Invalid, "word_unwritten", "Từ đọc là “%s” chưa có cách viết: hãy điền như trong văn bản.",
					"The word said as “%s” is not written: fill it in as it stands in a text.", text.Shown(w.Say))
		case utf8.RuneCountInString(w.Write) > mostWrite || utf8.RuneCountInString(w.Say) > mostSay:
			return nil,
				problem.New(problem.Invalid, "word_long", "Từ “%s” dài quá: cách viết tối đa %d chữ, cách đọc tối đa %d.",
					"The word “%s” is too long: at most %d characters as written, %d as said.", text.Shown(w.Write), mostWrite, mostSay)
		case !strings.ContainsFunc(w.Write, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
			return nil,
				problem.New(problem.Invalid, "word_sign", "“%s” không phải là từ: cách viết phải có chữ hoặc số.",
					"“%s” is no word: what is written must have a letter or a digit.", text.Shown(w.Write))
		case !strings.ContainsFunc(w.Say, unicode.IsLetter):
			return nil,
				problem.New(problem.Invalid, "word_empty", "Từ “%s” chưa có cách đọc bằng chữ: hãy viết nó ra như người ta nói.",
					"The word “%s” is not said in letters: write it out as people say it.", text.Shown(w.Write))
		case seen[w.Write]:
			return nil,
				problem.New(problem.Invalid, "word_twice", "Từ “%s” có hai cách đọc: hãy giữ một.", "The word “%s” is said in two ways: keep one.",
					text.Shown(w.Write))
		}
		seen[w.Write] = true
		clean = append(clean, w)
	}
	return clean, nil
}
