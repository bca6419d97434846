package dictionary

import (
	"context"
	"encoding/csv"
	"strings"

	"loa/controller/problem"
)

// Lines is the dictionary as CSV (RFC 4180), a word a line: what is written, what is said.
func (d *Desk) Lines(ctx context.Context) (string, error) {
	words, err := d.Words(ctx)
	var b strings.Builder
	out := csv.NewWriter(&b)
	for _, word := range words {
		if err == nil {
			err = out.Write([]string{word.Write, word.Say})
		}
	}
	out.Flush()
	return b.String(), err
}

// PutLines sets all words, from lines of CSV; what is pasted from a table, with tabs, or
// is parted by “=” as people write it, is understood too.
func (d *Desk) PutLines(ctx context.Context, lines string) error {
	words, err := wordsOf(lines)
	if err != nil {
		return err
	}
	return d.Put(ctx, words)
}

func wordsOf(lines string) (words []Word, err error) {
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		word, err := wordOf(line)
		if err != nil {
			return nil, err
		}
		words = append(words, word)
	}
	return words, nil
}

func wordOf(line string) (Word, error) {
	for _, sign := range []string{"\t", "="} {
		if write, say, ok := strings.Cut(line, sign); ok && !strings.HasPrefix(line, `"`) {
			return Word{Write: write, Say: say}, nil
		}
	}
	in := csv.NewReader(strings.NewReader(line))
	in.FieldsPerRecord = 2
	fields, err := in.Read()
	if err != nil {
		return Word{},
			problem.New(problem.Invalid, "word_line", "Dòng “%s” chưa đúng: mỗi dòng là cách viết, dấu phẩy, rồi cách đọc.",
				"The line “%s” is not right: each is what is written, a comma, and what is said.", line)
	}
	return Word{Write: fields[0], Say: fields[1]}, nil
}
