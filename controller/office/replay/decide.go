package replay

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// line is one broadcast of the last 48 hours, as the office decides on it.
type line struct {
	Line
	targets schedule.Targets
}

// Line is one broadcast that the people may hear again, or might.
type Line struct {
	ID        string     `json:"id" doc:"of the broadcast: an airing, or a call"`
	Time      time.Time  `json:"time"`
	Title     string     `json:"title"`
	Class     string     `json:"class"`
	Drill     bool       `json:"drill,omitempty"`
	Where     []string   `json:"where"`
	Voice     bool       `json:"voice" doc:"somebody spoke: the rule says whether its recording is released"`
	Recording string     `json:"recording,omitempty" doc:"path of the recording"`
	Summary   string     `json:"summary,omitempty" doc:"what the people read of a voice"`
	Shown     string     `json:"shown" enum:",yes,no" doc:"what was decided; empty: the commune's rule counts"`
	Public    bool       `json:"public" doc:"it is on the people's page now"`
	Audible   bool       `json:"audible" doc:"with its sound"`
	Emergency bool       `json:"emergency"`
	InForce   bool       `json:"in_force" doc:"of an emergency: the page says that it still counts"`
	Over      *time.Time `json:"over,omitempty" doc:"since when it counts no more, by the office's word"`
	May       bool       `json:"may" doc:"whoever asks may decide on it"`
}

// Decision is what becomes of a broadcast. What is nil stays as it is.
type Decision struct {
	Shown   *string `json:"shown,omitempty" enum:",yes,no" doc:"yes: released with its recording; no: nothing of it is shown; empty: the commune's rule counts"`
	Summary *string `json:"summary,omitempty" maxLength:"2000" doc:"of a voice, in writing: the people read it"`
	Over    *bool   `json:"over,omitempty" doc:"of an emergency: it counts no more"`
}

// mostSummary is how long a summary may be, in bytes of UTF-8 as of any text here.
const mostSummary = 2000

// lines are the broadcasts of a picture, newest first.
func (m *material) lines(entries []*Entry) (all []line) {
	public := map[string]*Entry{}
	for _, e := range entries {
		public[e.ID] = e
	}
	heard := map[string]bool{}
	for _, a := range m.aired {
		heard[a.Broadcast] = true
	}
	for id, b := range m.broadcasts {
		c, call := m.calls[id]
		if b.IsStop() || !heard[id] && len(c.Heard) == 0 {
			continue
		}
		mark := m.marks[id]
		l := line{Line{ID: id, Time: b.Planned, Title: b.Title, Class: string(b.Class), Drill: b.Drill, Where: m.view.Where(b.Targets),
			Voice: call && c.Said == nil, Summary: mark.Summary, Shown: string(mark.Shown), Over: store.Optional(mark.Over),
			Emergency: b.Class == schedule.Emergency && !b.Drill}, b.Targets}
		if l.Where == nil {
			l.Where = []string{}
		}
		if call && c.Recording != "" {
			l.Recording = "/api/v1/calls/" + id + "/recording"
		}
		l.look(m, b, public)
		all = append(all, l)
	}
	slices.SortFunc(all, func(x, y line) int { return cmp.Or(y.Time.Compare(x.Time), strings.Compare(x.ID, y.ID)) })
	return all
}

// look says what the people see of a broadcast.
func (l *line) look(m *material, b store.Broadcast, public map[string]*Entry) {
	parts := []string{"", "stream", "unplanned"}
	for _, clip := range b.Clips {
		parts = append(parts, clip, m.byClip[clip].ID)
	}
	for _, what := range parts {
		if e := public[idOf(l.ID, what)]; e != nil {
			l.Public, l.Audible, l.InForce = true, l.Audible || len(e.Sounds) > 0, l.InForce || e.InForce
		}
	}
}

// List returns the broadcasts of the last 48 hours that concern the caller, newest first.
func (r *Replay) List(ctx context.Context) ([]Line, error) {
	a, err := r.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	s, err := r.Fresh(ctx)
	if err != nil {
		return nil, err
	}
	all := []Line{}
	for _, l := range s.lines {
		if a.Concerns(l.targets) {
			l.May = a.Permit(access.Approving, a.PlacesOf(l.targets)...) == nil
			all = append(all, l.Line)
		}
	}
	return all, nil
}

var badShown = problem.New(problem.Invalid, "replay_shown",
	"Chưa rõ muốn làm gì: “shown” là yes (cho nghe lại), no (thu hồi) hoặc để trống (theo quy định của xã).",
	"What is wanted is not clear: “shown” is yes (release), no (withdraw) or empty (by the commune's rule).")

// Decide says what becomes of a broadcast, where the caller may approve all that it went
// to. store.ErrNotFound: there is no such one.
func (r *Replay) Decide(ctx context.Context, id string, d Decision) error {
	r.opt.Editing.Lock()
	defer r.opt.Editing.Unlock()
	b, err := r.opt.Store.Broadcast(ctx, id)
	if err != nil {
		return err
	}
	if b.IsStop() {
		return store.ErrNotFound
	}
	if err := r.opt.Access.Permit(ctx, access.Approving, b.Targets); err != nil {
		return err
	}
	marks, err := r.opt.Store.Replays(ctx, []string{id})
	if err != nil {
		return err
	}
	old := marks[id]
	old.Broadcast = id
	now := r.opt.Now()
	next, err := d.of(old, now)
	if err != nil {
		return err
	}
	if err := r.opt.Store.PutReplay(ctx, next); err != nil {
		return err
	}
	r.opt.Trail.Did(ctx, "replay.put", id, written(old), written(next), audit.Targeted(b.Targets)...)
	r.Stale()
	r.opt.News("plays")
	return nil
}

// of is what was decided before, with this decision.
func (d Decision) of(m store.Replay, now time.Time) (store.Replay, error) {
	if d.Shown != nil {
		m.Shown = store.Shown(*d.Shown)
		if m.Shown != store.ByRule && m.Shown != store.Released && m.Shown != store.Withheld {
			return m, badShown
		}
	}
	if d.Summary != nil {
		m.Summary = text.Cut(strings.TrimSpace(*d.Summary), mostSummary)
	}
	switch {
	case d.Over == nil:
	case !*d.Over:
		m.Over = time.Time{}
	case m.Over.IsZero():
		m.Over = now
	}
	m.Decided = now
	return m, nil
}

// written is a decision as the audit log keeps it.
func written(m store.Replay) any {
	return map[string]any{"shown": m.Shown, "summary": m.Summary, "over": store.Optional(m.Over)}
}

// Rule is the commune's rule.
func (r *Replay) Rule(ctx context.Context) (store.ReplayRule, error) {
	return r.opt.Store.ReplayRule(ctx)
}

// PutRule sets it. One that there is not is refused.
func (r *Replay) PutRule(ctx context.Context, rule store.ReplayRule) error {
	r.opt.Editing.Lock()
	defer r.opt.Editing.Unlock()
	if !slices.Contains([]store.Recordings{store.AtOnce, store.WhenApproved, store.NeverShown}, rule.Recordings) {
		return problem.New(problem.Invalid, "replay_rule",
			"Quy định nghe lại chưa đúng: chọn at_once (cho nghe ngay), approved (sau khi duyệt) hoặc never (không bao giờ).",
			"The rule is not right: choose at_once, approved or never.")
	}
	old, err := r.opt.Store.ReplayRule(ctx)
	if err != nil {
		return err
	}
	if err := r.opt.Store.PutReplayRule(ctx, rule); err != nil {
		return err
	}
	r.opt.Trail.Did(ctx, "replay.rule", "replay", old, rule, r.opt.Commune)
	r.Stale()
	r.opt.News("plays")
	return nil
}
