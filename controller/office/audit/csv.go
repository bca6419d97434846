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
		for err == nil && len(page) > 0 {
			for _, a := range page {
				if err == nil {
					err = out.Add(a)
				}
			}
			if len(page) < f.Limit || err != nil {
				break
			}
			f.Before = page[len(page)-1].Seq
			page, err = t.opt.Store.Audits(ctx, f)
		}
		if err != nil {
			return err
		}
		return out.Flush()
	}, nil
}
