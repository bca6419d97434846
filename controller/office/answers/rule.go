package answers

import (
	"context"
	"time"

	"loa/controller/problem"
	"loa/controller/store"
)

// PutRule sets for how long what villagers say is kept. One that there is not is refused.
func (d *Desk) PutRule(ctx context.Context, r store.AnswerRule) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	if r.Days < 7 || r.Days > 366 || r.PersonalDays < 1 || r.PersonalDays > r.Days {
		return problem.New(problem.Invalid, "answer_rule",
			"Số ngày giữ chưa đúng: tin từ 7 đến 366 ngày; số điện thoại và ảnh từ 1 ngày đến bằng số ngày đó.",
			"The days are not right: messages 7 to 366; telephone numbers and photos 1 to as many.")
	}
	old, err := d.opt.Store.AnswerRule(ctx)
	if err != nil {
		return err
	}
	if err := d.opt.Store.PutAnswerRule(ctx, r); err != nil {
		return err
	}
	d.changed()
	d.opt.Trail.Did(ctx, "answers.rule", "answers", old, r, d.opt.Commune)
	d.opt.Replay.Stale() // the people's pages have forms, or none
	d.opt.News("answers")
	return nil
}

// forgetEach is how often what is too old is removed.
const forgetEach = time.Hour

// Run writes down what was refused, and removes what is too old, until ctx ends.
func (d *Desk) Run(ctx context.Context) {
	settle, forget := time.NewTicker(settleEach), time.NewTicker(forgetEach)
	defer settle.Stop()
	defer forget.Stop()
	d.forget(ctx)
	for {
		select {
		case <-ctx.Done():
			d.settle(context.WithoutCancel(ctx))
			return
		case <-settle.C:
			d.gate.let(d.opt.Now()) // at midnight the key goes, also where nobody answers
			d.settle(ctx)
		case <-forget.C:
			d.forget(ctx)
		}
	}
}

// forget is Forget, and says where it fails.
func (d *Desk) forget(ctx context.Context) {
	if err := d.Forget(ctx); err != nil && ctx.Err() == nil {
		d.opt.Logger.Warn("what villagers said is kept longer than it should be", "err", err)
	}
}

// Forget removes what is older than the commune's rule lets it become.
func (d *Desk) Forget(ctx context.Context) error {
	rule, err := d.opt.Store.AnswerRule(ctx)
	if err != nil {
		return err
	}
	now := d.opt.Now()
	return d.opt.Store.ForgetAnswers(ctx, now.AddDate(0, 0, -rule.Days), now.AddDate(0, 0, -rule.PersonalDays))
}
