package answers

import (
	"context"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/asrun"
	"loa/controller/store"
)

// Misheard is the finding “loa kêu nhưng dân không nghe rõ”: a loudspeaker sounds, by its own
// word, and the people there do not understand it. The loudspeaker knows nothing of it.
type Misheard struct {
	Broadcast string    `json:"broadcast" doc:"of which they said so last"`
	Title     string    `json:"title"`
	Time      time.Time `json:"time"`
	Clear     int       `json:"clear"`
	Unclear   int       `json:"unclear"`
	Unheard   int       `json:"unheard"`
	asrun.Microphone
}

// verdict is what the answers of one village to one broadcast let us conclude.
type verdict int

const (
	nothing       verdict = iota // too few answers, too many refused, or it did not sound there
	understood                   // two thirds of them or more heard it well
	notUnderstood                // more than a third did not
)

// The rule of judge, in figures.
const (
	leastAnswers = 5  // before anything is concluded
	leastRefused = 20 // before somebody plays with it
)

// doubtful reports whether so much was refused that the rest is not to be believed.
func doubtful(refused int, counted ...int) bool {
	sum := 0
	for _, n := range counted {
		sum += n
	}
	return refused >= max(leastRefused, sum)
}

// judge is the one rule: people do not understand what sounded at their village if at least
// five answers of it to one broadcast were counted, more than a third of them are “không rõ”
// or “không nghe thấy”, and no flood of refused answers makes the figures doubtful. A joker
// has one answer for each address: four of them are no finding.
func judge(v VillageHeard) verdict {
	all := v.Clear + v.Unclear + v.Unheard
	switch {
	case v.Sounded == 0 || all < leastAnswers || doubtful(v.Refused, all):
		return nothing
	case 3*(v.Unclear+v.Unheard) > all:
		return notUnderstood
	}
	return understood
}

// conclude says what the figures of a village mean.
func (v *VillageHeard) conclude() {
	v.Doubtful = doubtful(v.Refused, v.Clear, v.Unclear, v.Unheard)
	v.Finding = judge(*v) == notUnderstood
}

// last is what the newest broadcast says of each village that lets us conclude something:
// one that was understood ends the finding of those before it. heard is newest first.
func last(heard []Heard) map[string]Heard {
	of, done := map[string]Heard{}, map[string]bool{}
	for _, h := range heard {
		for _, v := range h.Villages {
			if w := judge(v); w != nothing && !done[v.Area] {
				done[v.Area] = true
				if w == notUnderstood {
					h.Villages = []VillageHeard{v}
					of[v.Area] = h
				}
			}
		}
	}
	return of
}

// Misheard are the loudspeakers of which the people said in the last seven days that they do
// not understand them, by id, of those that the caller sees. It is nothing but sums:
// technicians read it, also without listening to the villagers.
func (d *Desk) Misheard(ctx context.Context) (map[string]Misheard, error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	lines, err := linesOf(ctx, d.opt.AsRun, d.opt.Now().Add(-situationBack), time.Time{}, mostBroadcasts)
	if err != nil {
		return nil, err
	}
	heard, err := d.heard(ctx, a, lines, func(string) bool { return true })
	if err != nil {
		return nil, err
	}
	all := map[string]Misheard{}
	for area, h := range last(heard) {
		i := slices.IndexFunc(lines, func(l asrun.Line) bool { return l.ID == h.ID })
		v := h.Villages[0]
		for _, n := range lines[i].Confirmed {
			if a.Tree.Within(a.AreaOf[n.ID], area) && a.Concerns(access.NodeTarget(n.ID)) {
				all[n.ID] = Misheard{h.ID, h.Title, h.Time, v.Clear, v.Unclear, v.Unheard, n.Microphone}
			}
		}
	}
	return all, nil
}

// linesOf are the broadcasts between two instants that the caller may see, newest first, as
// many as most; a zero instant bounds nothing.
func linesOf(ctx context.Context, log *asrun.Log, from, to time.Time, most int) (all []asrun.Line, err error) {
	f := store.BroadcastFilter{From: from, To: to, Limit: min(most, 1000)}
	for len(all) < most {
		some, next, err := log.Lines(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if f.Before = next; next == "" {
			break
		}
	}
	return all[:min(len(all), most)], nil
}

// heard is how the people of the areas that may let be told heard some broadcasts; those to
// which nobody answered are left out.
func (d *Desk) heard(ctx context.Context, a *access.View, lines []asrun.Line, may func(area string) bool) ([]Heard, error) {
	ids := make([]string, len(lines))
	for i, l := range lines {
		ids[i] = l.ID
	}
	tallies, err := d.tallies(ctx, ids)
	if err != nil {
		return nil, err
	}
	of, all := map[string][]store.Tally{}, []Heard{}
	for _, t := range tallies {
		if may(a.Standing(t.Area)) {
			of[t.Of] = append(of[t.Of], t)
		}
	}
	for _, l := range lines {
		if len(of[l.ID]) > 0 {
			all = append(all, Heard{l.ID, l.Title, l.Planned, l.Drill, villages(a, l, of[l.ID])})
		}
	}
	return all, nil
}
