package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/i18n"
	"loa/controller/office/inventory"
)

// beatDays are the spans of a bar that one can choose.
var beatDays = []int{1, 30}

type beatsInput struct {
	Days int `query:"days" default:"1" minimum:"1" maximum:"30" doc:"how far back"`
}

func (s *Server) registerBeats() {
	huma.Register(s.api, operation("list-beats", http.MethodGet, "/beats", "How each node was over the last day or thirty", "Places", http.StatusOK), s.listBeats)
}

func (s *Server) listBeats(ctx context.Context, in *beatsInput) (*list[inventory.Beats], error) {
	nodes, err := s.inventory.Nodes(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	byNode, err := s.inventory.BeatsOf(ctx, "", in.Days, time.Now())
	if err != nil {
		return nil, s.fail(err)
	}
	all := make([]inventory.Beats, len(nodes))
	for i, n := range nodes {
		all[i] = byNode(n.ID)
	}
	return listOf(all), nil
}

// beatTitle says what a stretch of the bar shows.
func (p *pages) beatTitle(lang i18n.Language, b inventory.Beat, now time.Time) string {
	how, length := i18n.Say(lang, "beat_was_"+b.State), b.To.Sub(b.From)
	lasted := time.Duration(b.Lasted * float64(time.Second))
	from, to := p.when(lang, b.From, now), p.when(lang, b.To, now)
	if lasted < length-time.Second {
		return i18n.Say(lang, "beat_partly", from, to, how, lastedFor(lang, lasted))
	}
	return i18n.Say(lang, "beat_wholly", from, to, how, lastedFor(lang, lasted))
}

// beatSum is a bar in a sentence.
func beatSum(lang i18n.Language, b inventory.Beats) string {
	since := i18n.Say(lang, "beat_day")
	if b.To.Sub(b.From) > 24*time.Hour {
		since = i18n.Say(lang, "beat_month")
	}
	var all []string
	for _, state := range []string{"good", "fault", "offline", "unknown"} {
		if d := time.Duration(*b.Total(state) * float64(time.Second)); d >= time.Second {
			all = append(all, i18n.Say(lang, "beat_was_"+state)+" "+lastedFor(lang, d))
		}
	}
	return i18n.Say(lang, "beat_sum", since, strings.Join(all, ", "))
}

// lastedFor is span, with the hours of what lasted for days.
func lastedFor(lang i18n.Language, d time.Duration) string {
	d = d.Round(time.Second)
	if d >= time.Minute {
		d = d.Round(time.Minute)
	}
	if hours := int(d.Hours()); hours >= 24 && hours%24 > 0 {
		return i18n.Say(lang, "days_hours", hours/24, hours%24)
	}
	return i18n.Span(lang, d)
}
