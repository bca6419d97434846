package brief

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/answers"
	"loa/controller/office/quick"
	"loa/controller/store"
	"loa/schedule"
)

// CSV writes a report as one table, a line for each thing: what of, when, where, what, and
// its figures.
func (b Brief) CSV(lang i18n.Language) func(io.Writer) error {
	return func(w io.Writer) error {
		out, err := store.NewTableCSV(w, []string{i18n.Say(lang, "brief_part"), i18n.Say(lang, "brief_when"), i18n.Say(lang,
			"repairs_village"), i18n.Say(lang, "log_what"),
			i18n.Say(lang, "brief_figures"), i18n.Say(lang, "situation_state")})
		for _, cells := range b.rows(lang) {
			if err == nil {
				err = out.Add(cells)
			}
		}
		if err != nil {
			return err
		}
		return out.Flush()
	}
}

// rows are the lines of the table.
func (b Brief) rows(lang i18n.Language) (all [][]string) {
	when := func(t time.Time) string { return t.In(schedule.Zone()).Format("2006-01-02 15:04") }
	for _, x := range b.Broadcasts {
		all = append(all, []string{i18n.Say(lang, "brief_aired"), when(x.Time), b.Place, x.Title,
			strings.TrimSuffix(fmt.Sprintf("%d/%d %s", x.Heard, x.Nodes, x.ears(lang)), " "), i18n.Say(lang, "logged_"+x.State)})
		for _, v := range x.Villages {
			all = append(all, []string{i18n.Say(lang, "situation_heard"), when(x.Time), v.Name, x.Title, i18n.Say(lang,
				"situation_counts", v.Clear, v.Unclear, v.Unheard),
				finding(lang, v)})
		}
	}
	for _, q := range b.Questions {
		for _, v := range q.Villages {
			for i, n := range v.Numbers {
				all = append(all, []string{i18n.Say(lang, "situation_questions"), when(q.Until), v.Name, q.Words + " " + q.Answers[i],
					strconv.Itoa(n), ""})
			}
		}
	}
	for _, m := range b.Messages {
		all = append(all, []string{i18n.Say(lang, "situation_messages"), "", m.Name, i18n.Say(lang, "message_"+m.Kind),
			strconv.Itoa(m.All()),
			i18n.Say(lang, "brief_states", m.New, m.Seen, m.Doing, m.Done)})
	}
	for _, m := range b.Waiting {
		all = append(all, []string{i18n.Say(lang, "brief_waiting"), when(m.At), m.Name, i18n.Say(lang, "message_"+m.Kind), "1",
			i18n.Say(lang, "ans_state_"+m.State)})
	}
	for _, h := range b.Heads {
		all = append(all, []string{i18n.Say(lang, "quick_heads"), when(h.Tapped), h.Village, quick.Word(lang, h.Kind),
			strconv.Itoa(h.Households), i18n.Say(lang, "quick_"+h.Level)})
	}
	for _, f := range b.Faults {
		what := f.VI
		if lang == i18n.EN {
			what = f.EN
		}
		all = append(all, []string{i18n.Say(lang, "faults_title"), when(f.Since), f.Name, what, i18n.Say(lang, "brief_fault", f.Open,
			f.Ended), ""})
	}
	for _, r := range b.Reports {
		all = append(all, []string{i18n.Say(lang, "reports_title"), when(r.Since), r.Name, i18n.Say(lang, "complaint_"+r.Kind),
			strconv.Itoa(r.Open), ""})
	}
	return all
}

// ears is what the microphones say of a broadcast; "": there are none.
func (x Broadcast) ears(lang i18n.Language) string {
	if x.Ears == 0 {
		return ""
	}
	return i18n.Say(lang, "brief_ears", x.EarsWell, x.Ears)
}

func finding(lang i18n.Language, v answers.VillageHeard) string {
	switch {
	case v.Doubtful:
		return i18n.Say(lang, "situation_doubtful")
	case v.Finding:
		return i18n.Say(lang, "situation_finding")
	}
	return ""
}
