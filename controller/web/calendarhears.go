package web

import (
	"cmp"
	"context"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// HearsView is what an area hears at an instant, by the function that its
// nodes use.
type HearsView struct {
	Area   string       `json:"area"`
	At     time.Time    `json:"at"`
	Nodes  int          `json:"nodes" doc:"that stand there"`
	Quiet  bool         `json:"quiet" doc:"it is within quiet hours: only emergencies sound"`
	Heard  []SoundsView `json:"heard" doc:"what sounds then; empty: silence"`
	Next   *SoundsView  `json:"next,omitempty" doc:"what sounds next, within a day"`
	InArea string       `json:"name"`
}

// SoundsView is one airing that sounds.
type SoundsView struct {
	Airing string    `json:"airing"`
	Title  string    `json:"title"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Nodes  int       `json:"nodes" doc:"that play it"`
}

type hearsInput struct {
	ID string    `path:"id"`
	At time.Time `query:"at" required:"true"`
}
type hearsAnswer struct{ Body HearsView }

func (s *Server) areaHears(ctx context.Context, in *hearsInput) (*hearsAnswer, error) {
	v, err := s.hears(ctx, in.ID, in.At)
	if err != nil {
		return nil, s.fail(err)
	}
	return &hearsAnswer{*v}, nil
}

// hearsAhead is how far the next sound is looked for.
const hearsAhead = 24 * time.Hour

// hears asks the timelines of an area's nodes.
func (s *Server) hears(ctx context.Context, area string, at time.Time) (*HearsView, error) {
	if !sensible(at) {
		return nil, wrongYear(at)
	}
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, err
	}
	if _, known := a.Tree[area]; !known {
		return nil, store.ErrNotFound
	}
	if err := a.Permit(access.Reading, area); err != nil {
		return nil, err
	}
	groups, err := s.groups(ctx, "")
	if err != nil {
		return nil, err
	}
	if err := notTooMany(groups, at, at.Add(hearsAhead)); err != nil {
		return nil, err
	}
	v := &HearsView{Area: area, InArea: a.AreaName(area), At: at, Heard: []SoundsView{}}
	for _, g := range groups {
		here := 0
		for _, n := range g.nodes {
			here += count(a.Tree.Within(a.AreaOf[n], area))
		}
		if here > 0 {
			v.ask(g.plan, here)
		}
	}
	quiet, err := s.opt.Store.Quiet(ctx)
	v.Quiet = slices.ContainsFunc(quiet, func(q schedule.Quiet) bool { return len(q.Spans(at, at.Add(time.Second))) > 0 })
	return v, err
}

// ask adds what nodes of one plan hear.
func (v *HearsView) ask(plan schedule.Plan, nodes int) {
	v.Nodes += nodes
	for _, slot := range schedule.NewTimeline(plan, v.At, v.At.Add(hearsAhead)).Slots {
		for _, span := range slot.Heard {
			sounds := SoundsView{slot.ID, slot.Programme.Title, span.From, span.To, nodes}
			switch {
			case span.From.After(v.At):
				if v.Next == nil || span.From.Before(v.Next.From) {
					v.Next = &sounds
				} else if v.Next.Airing == sounds.Airing && v.Next.From.Equal(span.From) {
					v.Next.Nodes += nodes
				}
			case span.To.After(v.At):
				v.add(sounds)
			}
		}
	}
}

func (v *HearsView) add(sounds SoundsView) {
	i := slices.IndexFunc(v.Heard, func(x SoundsView) bool { return x.Airing == sounds.Airing })
	if i < 0 {
		v.Heard = append(v.Heard, sounds)
		return
	}
	v.Heard[i].Nodes += sounds.Nodes
}

// hearsForm is the question of the page, and its answer.
type hearsForm struct {
	Now    time.Time
	Areas  []store.Area
	Area   string
	On, At string
	Answer *HearsView
	Why    *problem.Problem // there is no answer
}

var hourWrong = problem.New(problem.Invalid, "hour_invalid",
	"Giờ chưa đúng: hãy viết như 17:00.", "The hour is not right: write it as 17:00.")

func (s *Server) hearsForm(ctx context.Context, now time.Time, area, on, at string) (any, error) {
	f := hearsForm{Now: now, Area: area, On: on, At: at}
	var err error
	if f.Areas, err = s.areas(ctx); err != nil {
		return nil, err
	}
	if f.On == "" || f.At == "" {
		if err := s.soonHeard(ctx, &f); err != nil {
			return nil, err
		}
	}
	if area == "" {
		return f, nil
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", f.On+" "+f.At, s.pages.zone)
	if err != nil {
		f.Why = hourWrong
		return f, nil
	}
	if f.Answer, err = s.hears(ctx, area, when); err != nil {
		f.Why, f.Answer = s.explain(err), nil
	}
	return f, nil
}

// soonHeard asks, where nothing was asked, about the next of the commune's usual
// hours; of a day that was named, about the first that it still has.
func (s *Server) soonHeard(ctx context.Context, f *hearsForm) error {
	hours, err := s.opt.Store.UsualHours(ctx)
	if err != nil {
		return err
	}
	from := f.Now
	if day, err := time.ParseInLocation(time.DateOnly, f.On, s.pages.zone); err == nil && day.After(from) {
		from = day.Add(-time.Nanosecond)
	}
	soon, ok := usualAfter(hours, from.In(s.pages.zone))
	if !ok {
		soon = from.In(s.pages.zone)
	}
	f.On, f.At = cmp.Or(f.On, soon.Format(time.DateOnly)), cmp.Or(f.At, soon.Format("15:04"))
	return nil
}

// usualAfter is the next of the usual hours; false: there are none.
func usualAfter(hours store.UsualHours, now time.Time) (soon time.Time, ok bool) {
	for _, hour := range []string{hours.Morning, hours.Evening} {
		clock, err := time.Parse("15:04", hour)
		if err != nil {
			continue
		}
		at := time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), 0, 0, now.Location())
		if !at.After(now) {
			at = at.AddDate(0, 0, 1)
		}
		if !ok || at.Before(soon) {
			soon, ok = at, true
		}
	}
	return soon, ok
}
