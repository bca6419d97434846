package preview

import (
	"context"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// Hears is what an area hears at an instant, by the function that its
// nodes use.
type Hears struct {
	Area   string    `json:"area"`
	At     time.Time `json:"at"`
	Nodes  int       `json:"nodes" doc:"that stand there"`
	Quiet  bool      `json:"quiet" doc:"it is within quiet hours: only emergencies sound"`
	Heard  []Sounds  `json:"heard" doc:"what sounds then; empty: silence"`
	Next   *Sounds   `json:"next,omitempty" doc:"what sounds next, within a day"`
	InArea string    `json:"name"`
}

// Sounds is one airing that sounds.
type Sounds struct {
	Airing string    `json:"airing"`
	Title  string    `json:"title"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Nodes  int       `json:"nodes" doc:"that play it"`
}

// hearsAhead is how far the next sound is looked for.
const hearsAhead = 24 * time.Hour

// Hears asks the timelines of an area's nodes.
func (p *Preview) Hears(ctx context.Context, area string, at time.Time) (*Hears, error) {
	if err := schedule.CheckYear(at); err != nil {
		return nil, err
	}
	a, err := p.access.View(ctx)
	if err != nil {
		return nil, err
	}
	if _, known := a.Tree[area]; !known {
		return nil, store.ErrNotFound
	}
	if err := a.Permit(access.Reading, area); err != nil {
		return nil, err
	}
	groups, err := p.Groups(ctx, "")
	if err != nil {
		return nil, err
	}
	if err := Bounded(groups, at, at.Add(hearsAhead)); err != nil {
		return nil, err
	}
	v := &Hears{Area: area, InArea: a.AreaName(area), At: at, Heard: []Sounds{}}
	for _, g := range groups {
		here := 0
		for _, n := range g.Nodes {
			if a.Tree.Within(a.AreaOf[n], area) {
				here++
			}
		}
		if here > 0 {
			v.ask(g.Plan, here)
		}
	}
	quiet, err := p.store.Quiet(ctx)
	v.Quiet = slices.ContainsFunc(quiet, func(q schedule.Quiet) bool { return len(q.Spans(at, at.Add(time.Second))) > 0 })
	return v, err
}

// ask adds what nodes of one plan hear.
func (v *Hears) ask(plan schedule.Plan, nodes int) {
	v.Nodes += nodes
	for _, slot := range schedule.NewTimeline(plan, v.At, v.At.Add(hearsAhead)).Slots {
		for _, span := range slot.Heard {
			sounds := Sounds{slot.ID, slot.Programme.Title, span.From, span.To, nodes}
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

func (v *Hears) add(sounds Sounds) {
	i := slices.IndexFunc(v.Heard, func(x Sounds) bool { return x.Airing == sounds.Airing })
	if i < 0 {
		v.Heard = append(v.Heard, sounds)
		return
	}
	v.Heard[i].Nodes += sounds.Nodes
}

// QuietUntil is when the quiet hours of now end; zero if there are none.
func (p *Preview) QuietUntil(ctx context.Context, now time.Time) (until time.Time, err error) {
	all, err := p.store.Quiet(ctx)
	for _, q := range all {
		for _, span := range q.Spans(now, now.Add(time.Second)) {
			if !now.Before(span.From) && span.To.After(until) {
				until = span.To
			}
		}
	}
	return until, err
}

// CheckQuiet refuses in quiet hours what no node would play then.
func (p *Preview) CheckQuiet(ctx context.Context, now time.Time) error {
	until, err := p.QuietUntil(ctx, now)
	if err != nil || until.IsZero() {
		return err
	}
	return problem.New(problem.Conflict, "quiet_hours",
		"Đang là giờ yên tĩnh đến %s nên loa sẽ không phát: hãy đợi, hoặc dùng KHẨN CẤP nếu thật cần.",
		"These are quiet hours until %s and no loudspeaker would play it: wait, or use EMERGENCY if it must be.",
		until.In(schedule.Zone()).Format("15:04"))
}
