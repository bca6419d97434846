package pages

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/asrun"
	"loa/controller/store"
	"loa/schedule"
)

// logPage is the broadcast log, on the screen and on paper.
type logPage struct {
	*kit
	asrun *asrun.Log
	store *store.Store
}

// register adds the endpoints.
func (p *logPage) register() {
	p.mux.HandleFunc("GET /log", p.logPage)
	p.mux.HandleFunc("GET /log/print", p.logPrint)
}

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
	maxLines    = 1000 // read at a time
	maxPrinted  = 2000 // a month of a busy commune, some 60 pages of paper
)

func (p *logPage) logView(r *http.Request, page string, limit int) (v logPageView, err error) {
	ctx := r.Context()
	f, err := asrun.FilterOf(r.URL.Query())
	if err != nil {
		return v, err
	}
	v = logPageView{frame: p.frameOf(r, page), Now: p.now(), Query: map[string]string{}, Classes: logClasses}
	chosen := url.Values{}
	for _, key := range logFields {
		if v.Query[key] = r.URL.Query().Get(key); v.Query[key] != "" {
			chosen.Set(key, v.Query[key])
		}
	}
	v.Print, v.CSV = "/log/print?"+chosen.Encode(), "/api/v1/log.csv?"+chosen.Encode()
	f.Limit = min(limit, maxLines)
	var next string
	for {
		lines, more, err := p.asrun.Lines(ctx, f)
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
	if v.Areas, err = p.placeRows(ctx, access.Reading); err != nil {
		return v, err
	}
	a, err := p.access.View(ctx)
	if err != nil {
		return v, err
	}
	f.Seen = a.Roots()
	v.Sums, err = p.store.BroadcastSums(ctx, f)
	v.From, v.To = f.From, f.To
	if !v.To.IsZero() {
		v.To = v.To.Add(-time.Second) // the day itself
	}
	return v, err
}

func (p *logPage) logPage(w http.ResponseWriter, r *http.Request) {
	v, err := p.logView(r, "log", logPageSize)
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	p.show(w, r, http.StatusOK, "log.html", v)
}

// logPrint is the log on paper, in the order in which it happened.
func (p *logPage) logPrint(w http.ResponseWriter, r *http.Request) {
	v, err := p.logView(r, "log", maxPrinted)
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	slices.Reverse(v.Lines)
	p.show(w, r, http.StatusOK, "logprint.html", v)
}
