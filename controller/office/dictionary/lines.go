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
	return linesOf(words), err
}

func linesOf(words []Word) string {
	var b strings.Builder
	for _, w := range words {
		write, say := guarded(w.Write), guarded(w.Say)
		if strings.ContainsAny(write+say, "=\",\t") { // in quotes, or it would be taken for what parts the two
			quote := strings.NewReplacer(`"`, `""`)
			write, say = `"`+quote.Replace(write)+`"`, `"`+quote.Replace(say)+`"`
		}
		b.WriteString(write + "," + say + "\n")
	}
	return b.String()
}

// runs are the signs at which a cell of a spreadsheet begins that is a formula.
const runs = "=+-@\t\r"

// guarded is a cell that no spreadsheet runs: an apostrophe says that it is a text. One
// that begins with an apostrophe and such a sign gets another, so that what comes back is what
// went out.
func guarded(cell string) string {
	if rest := strings.TrimLeft(cell, "'"); rest != "" && strings.ContainsRune(runs, rune(rest[0])) {
		return "'" + cell
	}
	return cell
}

// unguarded is the cell that guarded was given.
func unguarded(cell string) string {
	if rest := strings.TrimLeft(cell, "'"); len(rest) < len(cell) && rest != "" && strings.ContainsRune(runs, rune(rest[0])) {
		return cell[1:]
	}
	return cell
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
	for line := range strings.Lines(strings.TrimPrefix(lines, "\ufeff")) {
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
		if write, say, ok := strings.Cut(line, sign); ok && strings.Trim(write, " '") != "" && !strings.HasPrefix(line, `"`) {
			return Word{Write: unguarded(write), Say: unguarded(say)}, nil
		}
	}
	in := csv.NewReader(strings.NewReader(line))
	in.FieldsPerRecord = 2
	fields, err := in.Read()
	if err != nil {
		return Word{}, problem.New(problem.Invalid, "word_line", "Dòng “%s” chưa đúng: mỗi dòng là cách viết, dấu phẩy, rồi cách đọc.",
			"The line “%s” is not right: each is what is written, a comma, and what is said.", line)
	}
	return Word{Write: unguarded(fields[0]), Say: unguarded(fields[1])}, nil
}
