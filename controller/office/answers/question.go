package answers

import (
	"context"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
)

// Question is what the office asks with a bulletin.
type Question struct {
	Words   string    `json:"words" maxLength:"200" doc:"the question; empty: none is asked any more"`
	Answers []string  `json:"answers,omitempty" maxItems:"5" doc:"to choose from, two to five"`
	Until   time.Time `json:"until,omitzero" doc:"until then it is asked"`
}

// Asked is a question with what was answered.
type Asked struct {
	ID       string     `json:"id"`
	Bulletin string     `json:"bulletin" doc:"that asks it"`
	Title    string     `json:"title" doc:"of the bulletin"`
	Words    string     `json:"words"`
	Answers  []string   `json:"answers"`
	Until    time.Time  `json:"until"`
	Now      bool       `json:"now" doc:"it is asked now, wherever the bulletin was heard"`
	Waits    bool       `json:"waits" doc:"somebody who may approve must let it be asked first"`
	Approved string     `json:"approved,omitempty" doc:"who let it be asked"`
	May      bool       `json:"may" doc:"the caller may let it be asked"`
	Villages []Answered `json:"villages" doc:"where the caller listens"`
	Total    []int      `json:"total" doc:"of these villages, by answer"`

	made time.Time
}

// Answered is what one village answered to a question.
type Answered struct {
	Area     string `json:"area"`
	Name     string `json:"name"`
	Numbers  []int  `json:"numbers" doc:"by answer"`
	Refused  int    `json:"refused" doc:"that were not counted"`
	Doubtful bool   `json:"doubtful" doc:"so many were refused that somebody plays with it"`
}

// Share is what part of the total an answer has, percent.
func (q Asked) Share(answer int) int {
	sum := 0
	for _, n := range q.Total {
		sum += n
	}
	if sum == 0 {
		return 0
	}
	return q.Total[answer] * 100 / sum
}

const (
	mostQuestion = 200 // characters
	mostChoice   = 60
	mostChoices  = 5
	longestAsked = 31 * 24 * time.Hour
)

var errQuestion = problem.New(problem.Invalid, "question",
	"Câu hỏi chưa đúng: tối đa %d chữ cái, từ hai đến năm câu trả lời khác nhau, mỗi câu tối đa %d chữ cái, "+
		"hạn trả lời trong vòng 31 ngày tới.",
	"The question is not right: %d characters at most, two to five different answers of %d at most, open for 31 days at most.",
	mostQuestion, mostChoice)

func (q *Question) check(now time.Time) error {
	q.Words = text.Line(q.Words, mostQuestion+1)
	if q.Words == "" {
		return nil
	}
	var answers []string
	for _, a := range q.Answers {
		if a = text.Line(a, mostChoice+1); a != "" && !slices.Contains(answers, a) {
			answers = append(answers, a)
		}
	}
	q.Answers = answers
	long := slices.ContainsFunc(answers, func(a string) bool { return utf8.RuneCountInString(a) > mostChoice })
	if long || utf8.RuneCountInString(q.Words) > mostQuestion || len(answers) < 2 || len(answers) > mostChoices || !q.Until.After(now) ||
		q.Until.Sub(now) > longestAsked {
		return errQuestion
	}
	return nil
}

// PutQuestion has a bulletin ask something, or nothing any more. Who may approve lets it be
// asked by that; another's question waits for one who may. What was answered to other words
// stays under those.
func (d *Desk) PutQuestion(ctx context.Context, bulletin string, q Question) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	now := d.opt.Now()
	if err := q.check(now); err != nil {
		return err
	}
	a, b, err := d.bulletin(ctx, bulletin)
	if err == nil {
		err = a.Permit(access.Writing, a.Standing(b.Area))
	}
	if err != nil {
		return err
	}
	old, err := d.current(ctx, bulletin)
	if err != nil {
		return err
	}
	next := store.Question{ID: store.NewID(), Bulletin: bulletin, Words: q.Words, Answers: q.Answers, Until: q.Until, Made: now,
		Author: access.Of(ctx).Who.Person}
	switch {
	case q.Words == "" && old == nil:
		return nil
	case q.Words == "":
		next = *old
		next.Closed = now
	case old != nil && old.Words == q.Words && slices.Equal(old.Answers, q.Answers):
		next = *old
		next.Until = q.Until
	}
	if next.Approved == "" {
		if next.Approved, err = d.signs(ctx, a, next, b); err != nil {
			return err
		}
	}
	return d.keep(ctx, old, next, b)
}

// Ask lets a question be asked that waits for somebody who may approve.
func (d *Desk) Ask(ctx context.Context, bulletin string) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	a, b, err := d.bulletin(ctx, bulletin)
	if err != nil {
		return err
	}
	old, err := d.current(ctx, bulletin)
	if err != nil {
		return err
	}
	if old == nil {
		return store.ErrNotFound
	}
	next := *old
	if next.Approved, err = d.signs(ctx, a, next, b); err != nil {
		return err
	}
	if next.Approved == "" {
		if err := a.Permit(access.Approving, a.Standing(b.Area)); err != nil {
			return err
		}
		return problem.New(problem.Forbidden, "question_own", "Câu hỏi do chính mình soạn: phải có người khác duyệt.",
			"You wrote this question yourself: somebody else must approve it.")
	}
	return d.keep(ctx, old, next, b)
}

func (d *Desk) keep(ctx context.Context, old *store.Question, next store.Question, b store.Bulletin) error {
	if err := d.opt.Store.PutQuestion(ctx, next); err != nil {
		return err
	}
	d.changed()
	var before any
	if old != nil {
		before = *old
	}
	d.opt.Trail.Did(ctx, "question.put", b.ID, before, next, b.Area)
	d.opt.Replay.Stale()
	d.opt.News("answers")
	return nil
}

// signs is the name of the caller, if what they put may be asked without another's word.
func (d *Desk) signs(ctx context.Context, a *access.View, q store.Question, b store.Bulletin) (string, error) {
	policy, err := d.opt.Store.ApprovalPolicy(ctx)
	if err != nil {
		return "", err
	}
	who := access.Of(ctx).Who
	own := who.Person != "" && who.Person == q.Author && !policy.Own
	if policy.Need == "none" || !own && a.Permit(access.Approving, a.Standing(b.Area)) == nil {
		return who.Name, nil
	}
	return "", nil
}

func (d *Desk) bulletin(ctx context.Context, id string) (*access.View, store.Bulletin, error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, store.Bulletin{}, err
	}
	b, err := d.opt.Access.Bulletin(ctx, a, id)
	return a, b, err
}

// current is the question that a bulletin has; nil: none.
func (d *Desk) current(ctx context.Context, bulletin string) (*store.Question, error) {
	all, err := d.opt.Store.QuestionsOf(ctx, []string{bulletin})
	for _, q := range all {
		if q.Closed.IsZero() {
			return &q, nil
		}
	}
	return nil, err
}

// Questions are those of a bulletin with what was answered, the newest first.
func (d *Desk) Questions(ctx context.Context, bulletin string) ([]Asked, error) {
	a, b, err := d.bulletin(ctx, bulletin)
	if err != nil {
		return nil, err
	}
	found, err := d.opt.Store.QuestionsOf(ctx, []string{bulletin})
	if err != nil {
		return nil, err
	}
	tallies, err := d.tallies(ctx, []string{bulletin})
	all := []Asked{}
	for _, q := range found {
		v := d.asked(a, q, b, tallies)
		if v.May, err = d.may(ctx, a, q, b, v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, err
}

// may reports whether a question waits, and the caller may let it be asked.
func (d *Desk) may(ctx context.Context, a *access.View, q store.Question, b store.Bulletin, v Asked) (bool, error) {
	if !v.Waits {
		return false, nil
	}
	name, err := d.signs(ctx, a, q, b)
	return name != "", err
}

// asked puts a question and its answers together.
func (d *Desk) asked(a *access.View, q store.Question, b store.Bulletin, tallies []store.Tally) Asked {
	now := d.opt.Now()
	open := q.Closed.IsZero() && now.Before(q.Until)
	v := Asked{ID: q.ID, Bulletin: b.ID, Title: b.Title, Words: q.Words, Answers: q.Answers, Until: q.Until, Approved: q.Approved,
		made:  q.Made,
		Now:   open && q.Approved != "",
		Waits: open && q.Approved == "", Villages: []Answered{}, Total: make([]int, len(q.Answers))}
	at := map[string]int{}
	for _, t := range tallies {
		if t.Subject != q.ID || a.Permit(access.Listening, a.Standing(t.Area)) != nil {
			continue
		}
		i, ok := at[t.Area]
		if !ok {
			i = len(v.Villages)
			at[t.Area] = i
			v.Villages = append(v.Villages, Answered{Area: t.Area, Name: a.AreaName(t.Area), Numbers: make([]int, len(q.Answers))})
		}
		if n, err := strconv.Atoi(t.Word); err == nil && n >= 0 && n < len(q.Answers) {
			v.Villages[i].Numbers[n] += t.Number
			v.Total[n] += t.Number
		} else {
			v.Villages[i].Refused += t.Number
		}
	}
	for i, x := range v.Villages {
		v.Villages[i].Doubtful = doubtful(x.Refused, x.Numbers...)
	}
	byName(v.Villages, func(x Answered) string { return x.Name + x.Area })
	return v
}
