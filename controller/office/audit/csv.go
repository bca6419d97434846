package audit

import (
	"context"
	"io"

	"loa/controller/store"
)

// csvPage is how many records are read at a time: the log may be years long.
const csvPage = 1000

// CSV is the records of a filter as a table, newest first: the first are read by now, so
// that what is wrong is known before anything is written; write writes them and reads the
// rest page by page. If write fails, what was written is a part of the whole.
func (t *Trail) CSV(ctx context.Context, f store.AuditFilter) (write func(io.Writer) error, err error) {
	f.Limit = csvPage
	page, err := t.opt.Store.Audits(ctx, f)
	if err != nil {
		return nil, err
	}
	return func(w io.Writer) error {
		out, err := store.NewAuditCSV(w)
		if err != nil {
			return err
		}
		return store.WritePages(page, out.Add, func(last store.Audit) ([]store.Audit, error) {
			f.Before = last.Seq
			return t.opt.Store.Audits(ctx, f)
		}, out.Flush)
	}, nil
}
