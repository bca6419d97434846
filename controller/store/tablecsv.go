package store

import (
	"encoding/csv"
	"errors"
	"io"
)

// TableCSV writes a table for a spreadsheet: with the mark by which Excel
// knows UTF-8, and no cell that it would take for a formula.
type TableCSV struct{ w *csv.Writer }

// NewTableCSV begins with the names of the columns. An error is the writer's.
func NewTableCSV(w io.Writer, columns []string) (*TableCSV, error) {
	_, err := io.WriteString(w, "\uFEFF")
	c := &TableCSV{csv.NewWriter(w)}
	return c, errors.Join(err, c.Add(columns))
}

// Add writes one row. An error is the writer's.
func (c *TableCSV) Add(cells []string) error {
	safe := make([]string, len(cells))
	for i, cell := range cells {
		safe[i] = inCell(cell)
	}
	return c.w.Write(safe)
}

// Flush writes what is still held. An error is the writer's.
func (c *TableCSV) Flush() error {
	c.w.Flush()
	return c.w.Error()
}

// WritePages writes a page row by row, then the pages that more returns until one is empty,
// and flushes. The error is the first of add, more and flush; what was written then is a
// part of the whole.
func WritePages[T any](page []T, add func(T) error, more func(last T) ([]T, error), flush func() error) (err error) {
	for len(page) > 0 {
		for _, row := range page {
			if err := add(row); err != nil {
				return err
			}
		}
		if page, err = more(page[len(page)-1]); err != nil {
			return err
		}
	}
	return flush()
}
