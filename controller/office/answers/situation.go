package answers

import (
	"context"
	"slices"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/asrun"
	"loa/controller/store"
)

// Situation is how things are where the caller listens.
type Situation struct {
	Broadcasts []Heard `json:"broadcasts" doc:"of the last seven days, to which somebody answered, newest first"`
	Questions  []Asked `json:"questions" doc:"that wait for the caller, and to which somebody answered in that time"`
	Wrong      int     `json:"wrong" doc:"codes that were none, since the office came up"`
}

// Heard is how the people heard one broadcast.
type Heard struct {
	ID       string         `json:"id" doc:"of the broadcast"`
	Title    string         `json:"title"`
	Time     time.Time      `json:"time"`
	Drill    bool           `json:"drill,omitempty"`
	Villages []VillageHeard `json:"villages"`
}

// VillageHeard is how the people of one village heard it, beside the loudspeakers' own word.
type VillageHeard struct {
	Area     string `json:"area"`
	Name     string `json:"name"`
	Clear    int    `json:"clear" doc:"heard it well: nghe rõ"`
	Unclear  int    `json:"unclear" doc:"không rõ"`
	Unheard  int    `json:"unheard" doc:"không nghe thấy"`
	Refused  int    `json:"refused" doc:"answers that were not counted"`
	Doubtful bool   `json:"doubtful" doc:"so many were refused that somebody plays with it: nothing is concluded"`
	Nodes    int    `json:"nodes" doc:"loudspeakers there that were to sound"`
	Sounded  int    `json:"sounded" doc:"that did, by their own word"`
	// Finding is a fault of its own, of which the loudspeaker knows nothing.
	Finding bool `json:"finding" doc:"it sounded there, and people do not understand it (loa kêu nhưng dân không nghe rõ)"`
}

const (
	situationBack  = 7 * 24 * time.Hour
	mostBroadcasts = 100
	mostTallied    = 1000
)

// Situation puts answers beside the proof.
func (d *Desk) Situation(ctx context.Context) (s Situation, err error) {
	s = Situation{Broadcasts: []Heard{}, Questions: []Asked{}, Wrong: int(d.wrong.Load())}
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return s, err
	}
	lines, err := linesOf(ctx, d.opt.AsRun, d.opt.Now().Add(-situationBack), time.Time{}, mostBroadcasts)
	if err != nil {
		return s, err
	}
	if s.Broadcasts, err = d.heard(ctx, a, lines, listens(a)); err != nil {
		return s, err
	}
	s.Questions, err = d.answeredSince(ctx, a, d.opt.Now().Add(-situationBack))
	return s, err
}

// listens tells where the caller listens.
func listens(a *access.View) func(area string) bool {
	return func(area string) bool { return a.Permit(access.Listening, area) == nil }
}

// answeredSince are the questions that wait for the caller, and those to which somebody
// answered where the caller listens.
func (d *Desk) answeredSince(ctx context.Context, a *access.View, since time.Time) ([]Asked, error) {
	found, err := d.opt.Store.WaitingQuestions(ctx, d.opt.Now(), mostBroadcasts)
	if err != nil {
		return nil, err
	}
	of, err := d.opt.Store.TalliedSince(ctx, since, mostTallied)
	if err != nil {
		return nil, err
	}
	answered, err := d.opt.Store.QuestionsOf(ctx, of)
	if err != nil {
		return nil, err
	}
	found, of = append(found, answered...), of[:0]
	for _, q := range found {
		of = append(of, q.Bulletin)
	}
	bulletins, err := d.opt.Store.BulletinsOf(ctx, of)
	if err != nil {
		return nil, err
	}
	tallies, err := d.tallies(ctx, of)
	if err != nil {
		return nil, err
	}
	all, listed := []Asked{}, map[string]bool{}
	for _, q := range found {
		b := bulletins[q.Bulletin]
		v := d.asked(a, q, b, tallies)
		if v.May, err = d.may(ctx, a, q, b, v); err != nil {
			return nil, err
		}
		if (len(v.Villages) > 0 || v.May) && !listed[q.ID] {
			listed[q.ID] = true
			all = append(all, v)
		}
	}
	return all, nil
}

// villages are how those who answered heard a line of the log.
func villages(a *access.View, l asrun.Line, tallies []store.Tally) []VillageHeard {
	all, at := []VillageHeard{}, map[string]int{}
	for _, t := range tallies {
		i, ok := at[t.Area]
		if !ok {
			i = len(all)
			at[t.Area] = i
			all = append(all, VillageHeard{Area: t.Area, Name: a.AreaName(t.Area)})
		}
		switch v := &all[i]; t.Word {
		case Clear:
			v.Clear += t.Number
		case Unclear:
			v.Unclear += t.Number
		case Unheard:
			v.Unheard += t.Number
		default:
			v.Refused += t.Number
		}
	}
	for i := range all {
		v := &all[i]
		for _, n := range l.Confirmed {
			if a.Tree.Within(a.AreaOf[n.ID], v.Area) {
				v.Nodes, v.Sounded = v.Nodes+1, v.Sounded+1
			}
		}
		for _, n := range l.Missing {
			if a.Tree.Within(a.AreaOf[n.ID], v.Area) {
				v.Nodes++
			}
		}
		v.conclude()
	}
	byName(all, func(v VillageHeard) string { return v.Name + v.Area })
	return all
}

func byName[T any](all []T, name func(T) string) {
	slices.SortFunc(all, func(x, y T) int { return strings.Compare(name(x), name(y)) })
}
