package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/office/asrun"
	"loa/controller/store"
	"loa/schedule"
)

// logPageView is the page of the log, and what is printed.
type logPageView struct {
	frame
	Now     time.Time
	Query   map[string]string // what was chosen
	Areas   []placeRow
	Classes []schedule.Class
	Lines   []asrun.Line
	Sums    store.BroadcastSums
	Next    string // address of the next page
	Print   string // of the page for printing
	CSV     string
	From    time.Time // of what is printed
	To      time.Time // the last day
	Cut     bool      // there was more than is printed
}

// logFields are the fields of the form.
var logFields = []string{"from", "to", "area", "class", "person", "confirmed"}

var logClasses = []schedule.Class{schedule.Normal, schedule.Priority, schedule.Emergency, schedule.Live, schedule.Relay, store.Drills, store.Stops}

const (
	logPageSize = 50
	maxPrinted  = 2000 // a month of a busy commune, some 60 pages of paper
)

func (s *Server) logView(r *http.Request, page string, limit int) (v logPageView, err error) {
	ctx := r.Context()
	f, err := s.logFilter(r)
	if err != nil {
		return v, err
	}
	v = logPageView{frame: s.frame(r, page), Now: s.opt.Now(), Query: map[string]string{}, Classes: logClasses}
	chosen := url.Values{}
	for _, key := range logFields {
		if v.Query[key] = r.URL.Query().Get(key); v.Query[key] != "" {
			chosen.Set(key, v.Query[key])
		}
	}
	v.Print, v.CSV = "/log/print?"+chosen.Encode(), "/api/v1/log.csv?"+chosen.Encode()
	f.Limit = min(limit, maxList)
	var next string
	for {
		lines, more, err := s.asrun.Lines(ctx, f)
		if err != nil {
			return v, err
		}
		v.Lines, next = append(v.Lines, lines...), more
		if f.Before = next; next == "" || len(v.Lines) >= limit {
			break
		}
	}
	if v.Cut = next != ""; v.Cut {
		chosen.Set("before", next)
		v.Next = "/log?" + chosen.Encode()
	}
	if v.Areas, err = s.placeRows(ctx, access.Reading); err != nil {
		return v, err
	}
	a, err := s.access.View(ctx)
	if err != nil {
		return v, err
	}
	f.Seen = a.Roots()
	v.Sums, err = s.opt.Store.BroadcastSums(ctx, f)
	v.From, v.To = f.From, f.To
	if !v.To.IsZero() {
		v.To = v.To.Add(-time.Second) // the day itself
	}
	return v, err
}

func (s *Server) logPage(w http.ResponseWriter, r *http.Request) {
	v, err := s.logView(r, "log", logPageSize)
	if err != nil {
		s.problemPage(w, r, s.explain(err))
		return
	}
	s.show(w, r, http.StatusOK, "log.html", v)
}

// logPrint is the log on paper, in the order in which it happened.
func (s *Server) logPrint(w http.ResponseWriter, r *http.Request) {
	v, err := s.logView(r, "log", maxPrinted)
	if err != nil {
		s.problemPage(w, r, s.explain(err))
		return
	}
	slices.Reverse(v.Lines)
	s.show(w, r, http.StatusOK, "logprint.html", v)
}

// logCSV writes page by page: the log may be years long.
func (s *Server) logCSV(w http.ResponseWriter, r *http.Request) {
	f, err := s.logFilter(r)
	f.Limit = maxList
	var lines []asrun.Line
	var next string
	if err == nil {
		lines, next, err = s.asrun.Lines(r.Context(), f)
	}
	if err != nil {
		writeProblem(w, s.explain(err))
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="nhat-ky-phat.csv"`)
	lang := languageOf(r)
	out, err := store.NewTableCSV(w, s.logColumns(lang))
	for err == nil {
		for _, l := range lines {
			if err == nil {
				err = out.Add(s.logCells(lang, l))
			}
		}
		if f.Before = next; next == "" || err != nil {
			break
		}
		lines, next, err = s.asrun.Lines(r.Context(), f)
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil { // a part must not look like the whole
		panic(http.ErrAbortHandler)
	}
}

func (s *Server) logColumns(lang i18n.Language) []string {
	return []string{i18n.Say(lang, "log_planned"), i18n.Say(lang, "log_began"), i18n.Say(lang, "log_length"), i18n.Say(lang, "log_what"), i18n.Say(lang, "log_class"), i18n.Say(lang, "log_field"),
		i18n.Say(lang, "log_author"), i18n.Say(lang, "log_approver"), i18n.Say(lang, "log_speaker"), i18n.Say(lang, "log_source"), i18n.Say(lang, "log_where"), i18n.Say(lang, "log_volume"),
		i18n.Say(lang, "result"), i18n.Say(lang, "log_nodes"), i18n.Say(lang, "log_heard"), i18n.Say(lang, "log_missing"), i18n.Say(lang, "log_confirmed_by"), i18n.Say(lang, "state_no_return"), i18n.Say(lang, "log_remark")}
}

func (s *Server) logCells(lang i18n.Language, l asrun.Line) []string {
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
	return []string{at(&l.Planned), at(l.Began), strconv.FormatFloat(l.LengthS, 'f', 0, 64), what, i18n.Say(lang, l.ClassWord()), l.Field, l.Author, l.Approver, l.Speaker, l.Source,
		strings.Join(l.Where, "; "), strconv.Itoa(l.Volume), i18n.Say(lang, "logged_"+l.State), strconv.Itoa(l.Nodes), strconv.Itoa(l.Heard), strings.Join(missing, "; "), strings.Join(confirmed, "; "), strings.Join(mute, "; "), strings.Join(remarks, "; ")}
}

func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}
