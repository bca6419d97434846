package asrun

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/store"
	"loa/schedule"
)

// csvPage is how many lines are read at a time: the log may be years long.
const csvPage = 1000

// CSV is the log as a table for a spreadsheet, in a language: its first lines are read by
// now, so that what is wrong is known before anything is written; write writes them and
// reads the rest page by page. If write fails, what was written is a part of the whole.
func (l *Log) CSV(ctx context.Context, lang i18n.Language, f store.BroadcastFilter) (write func(io.Writer) error, err error) {
	f.Limit = csvPage
	lines, next, err := l.Lines(ctx, f)
	if err != nil {
		return nil, err
	}
	return func(w io.Writer) error {
		out, err := store.NewTableCSV(w, columns(lang))
		if err != nil {
			return err
		}
		return store.WritePages(lines, func(line Line) error { return out.Add(cells(lang, line)) }, func(Line) (page []Line, err error) {
			if f.Before = next; next != "" {
				page, next, err = l.Lines(ctx, f)
			}
			return page, err
		}, out.Flush)
	}, nil
}

// columns are the heads of the CSV.
func columns(lang i18n.Language) []string {
	return []string{i18n.Say(lang, "log_planned"), i18n.Say(lang, "log_began"), i18n.Say(lang, "log_length"), i18n.Say(lang, "log_what"),
		i18n.Say(lang, "log_class"), i18n.Say(lang, "log_field"), i18n.Say(lang, "log_author"), i18n.Say(lang, "log_approver"),
		i18n.Say(lang, "log_speaker"), i18n.Say(lang, "log_source"), i18n.Say(lang, "log_where"), i18n.Say(lang, "log_volume"),
		i18n.Say(lang, "result"), i18n.Say(lang, "log_nodes"), i18n.Say(lang, "log_heard"), i18n.Say(lang, "log_missing"),
		i18n.Say(lang, "log_confirmed_by"), i18n.Say(lang, "state_no_return"), i18n.Say(lang, "log_remark")}
}

// cells are a line of it.
func cells(lang i18n.Language, l Line) []string {
	at := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.In(schedule.Zone()).Format(time.DateTime)
	}
	var confirmed, missing, mute, remarks []string
	for _, c := range l.Confirmed {
		confirmed = append(confirmed, c.Name+inBrackets(i18n.EarWord(lang, c.Ear, c.EarDB)))
	}
	for _, m := range l.Missing {
		text := m.Name + ": " + i18n.Say(lang, "missed_"+m.Outcome)
		if m.Reason != "" {
			text += inBrackets(i18n.ReasonWord(lang, m.Reason))
		}
		if m.Reason != store.SilentHorn { // it says so already
			text += inBrackets(i18n.EarWord(lang, m.Ear, m.EarDB))
		}
		missing = append(missing, text)
	}
	for _, n := range l.NoReturn {
		mute = append(mute, n.Name)
	}
	for _, r := range l.Remarks {
		remarks = append(remarks, i18n.Say(lang, "remark_"+r))
	}
	if text := l.SaidText(); text != "" {
		remarks = append(remarks, "“"+text+"”")
	}
	if digest := l.SaidDigest(); digest != "" {
		remarks = append(remarks, i18n.Say(lang, "log_digest", digest))
	}
	what := l.Title
	if l.IsStop() {
		what = i18n.Say(lang, "stop_all_yes")
		if l.Title != "" {
			remarks = append(remarks, i18n.Say(lang, "stop_all_cut", l.Title))
		}
	}
	list := func(all []string) string { return strings.Join(all, "; ") }
	return []string{at(&l.Planned), at(l.Began), strconv.FormatFloat(l.LengthS, 'f', 0, 64), what, i18n.Say(lang, l.ClassWord()),
		l.Field, l.Author, l.Approver, l.Speaker, l.Source, list(l.Where), strconv.Itoa(l.Volume), i18n.Say(lang, "logged_"+l.State),
		strconv.Itoa(l.Nodes), strconv.Itoa(l.Heard), list(missing), list(confirmed), list(mute), list(remarks)}
}

func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}
