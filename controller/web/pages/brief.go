package pages

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/answers"
	"loa/controller/office/brief"
	"loa/controller/web/respond"
	"loa/schedule"
)

// briefPage is the situation report for the leaders, as it is printed.
type briefPage struct {
	*kit
	brief *brief.Desk
}

// register adds the endpoints.
func (p *briefPage) register() {
	p.mux.HandleFunc("GET /situation/report", p.report)
}

// briefView is the report, and how else it is to be had.
type briefView struct {
	frame
	brief.Brief
	First, Last string // the days, as fields have them
	Presets     []briefPreset
	CSV, JSON   string // addresses
	By          string // who made it
	Wrong       string
}

type briefPreset struct{ Span, Path string } // today, week or storm

// share is how many percent of all an answer is, in a bar.
type share struct{ X, Width, Number int }

// sharesOf are the parts of a bar: how the answers of a village are to each other.
func sharesOf(numbers []int) (all []share) {
	sum, x := 0, 0
	for _, n := range numbers {
		sum += n
	}
	for i, n := range numbers {
		if sum > 0 {
			all = append(all, share{x, n * 100 / sum, i})
			x += n * 100 / sum
		}
	}
	return all
}

// Shares are the bar of a village.
func (briefView) Shares(v answers.Answered) []share { return sharesOf(v.Numbers) }

func daysOfSpan(s brief.Span) url.Values {
	last := s.To.Add(-time.Nanosecond)
	return url.Values{"from": {s.From.In(schedule.Zone()).Format(time.DateOnly)}, "to": {last.In(schedule.Zone()).Format(time.DateOnly)}}
}

// presets are the times that are asked for most.
func (p *briefPage) presets(ctx context.Context, now time.Time) ([]briefPreset, error) {
	at := func(title string, s brief.Span) briefPreset {
		return briefPreset{title, "/situation/report?" + daysOfSpan(s).Encode()}
	}
	all := []briefPreset{at("today", brief.Today(now)), at("week", brief.Week(now))}
	storm, ok, err := p.brief.Storm(ctx)
	if ok {
		all = append(all, at("storm", storm))
	}
	return all, err
}

func (p *briefPage) report(w http.ResponseWriter, r *http.Request) {
	v := briefView{frame: p.frameOf(r, "situation"), By: access.Of(r.Context()).Who.Name}
	now := p.now()
	presets, err := p.presets(r.Context(), now)
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	status, span := http.StatusOK, brief.Today(now)
	if asked, err := p.brief.Span(r.URL.Query()); err == nil {
		span = asked
		v.Brief, err = p.brief.Of(r.Context(), span)
		if err != nil {
			p.problemPage(w, r, p.explain(err))
			return
		}
	} else {
		pr := p.explain(err)
		status, v.Wrong = respond.Status(pr), respond.Sentence(r, pr)
		v.From, v.To, v.Made = span.From, span.To, now
	}
	q := daysOfSpan(span)
	v.Presets, v.First, v.Last = presets, q.Get("from"), q.Get("to")
	v.CSV, v.JSON = "/api/v1/situation-report.csv?"+q.Encode(), "/api/v1/situation-report?"+q.Encode()
	p.show(w, r, status, "brief.html", v)
}
