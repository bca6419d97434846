package exercise

import (
	"context"
	"io"
	"time"

	"loa/controller/i18n"
	"loa/controller/store"
	"loa/schedule"
)

// CSV is a sheet as a table for a spreadsheet, in a language: a line for each loudspeaker.
func (d *Desk) CSV(ctx context.Context, lang i18n.Language, id string) (write func(io.Writer) error, err error) {
	s, err := d.Sheet(ctx, id)
	if err != nil {
		return nil, err
	}
	say := func(key string) string { return i18n.Say(lang, key) }
	return func(w io.Writer) error {
		out, err := store.NewTableCSV(w, []string{say("repairs_village"), say("node"), say("result"), say("exercise_why"),
			say("exercise_repairs"), say("exercise_until"), say("exercise_mended")})
		for _, v := range s.Villages {
			for _, r := range v.Nodes {
				if err == nil {
					err = out.Add([]string{v.Name, r.Name, say("exercise_out_" + r.Outcome), r.Why(lang), r.Who, moment(r.Until), moment(r.Mended)})
				}
			}
		}
		if err != nil {
			return err
		}
		return out.Flush()
	}, nil
}

// Why is the cause in words.
func (r Row) Why(lang i18n.Language) string {
	if lang == i18n.EN {
		return r.EN
	}
	return r.VI
}

func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.In(schedule.Zone()).Format(time.DateTime)
}
