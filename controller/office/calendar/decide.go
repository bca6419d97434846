package calendar

import (
	"context"
	"slices"

	"loa/controller/office/access"
	"loa/controller/office/approval"
	"loa/controller/office/audit"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// decision is what becomes of one thing that was given in: what the audit log
// calls it, and how it stood and stands.
type decision struct {
	does          string
	digest        string // of what was decided on
	before, after store.Approval
	where         []string
}

// decided keeps decisions, all or none, and says them to whom they concern.
func (d *Desk) decided(ctx context.Context, all ...decision) error {
	d.opt.AsRun.CatchUp(ctx) // by the calendar as it was till now
	approvals := make([]store.Approval, len(all))
	for i, one := range all {
		approvals[i] = one.after
	}
	if err := d.opt.Store.PutApprovals(ctx, approvals...); err != nil {
		return err
	}
	for _, x := range all {
		d.opt.Trail.Did(ctx, x.does, x.after.ID, approval.ViewOf(x.before, x.digest), approval.ViewOf(x.after, x.digest), x.where...)
	}
	d.opt.Changed("calendar")
	d.opt.News("library")
	return nil
}

var noPlace = problem.New(problem.Invalid, "form_incomplete", "Chưa chọn nơi phát: hãy chọn ít nhất một thôn.",
	"No place is chosen: choose at least one village.")

func onBulletin(does string, b store.Bulletin, after store.Approval) decision {
	d := decision{does: does, digest: b.Digest(), before: b.Approval, after: after}
	if b.Area != "" {
		d.where = []string{b.Area}
	}
	return d
}

func onProgramme(does string, p store.Programme, after store.Approval) decision {
	return decision{does, p.Digest(), p.Approval, after, audit.Targeted(p.Targets)}
}

// decide has somebody judge, with nobody else changing anything meanwhile, and keeps
// what they decided; no decision: there was nothing to decide any more.
func (d *Desk) decide(ctx context.Context, judge func(*approval.Approver) ([]decision, error)) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	p, err := d.opt.Approval.Approver(ctx)
	if err != nil {
		return err
	}
	all, err := judge(p)
	if err != nil || len(all) == 0 {
		return err
	}
	return d.decided(ctx, all...)
}

// SubmitBulletin asks for approval; one who may approve it approves it by that.
func (d *Desk) SubmitBulletin(ctx context.Context, id string) error {
	return d.decide(ctx, func(p *approval.Approver) ([]decision, error) {
		b, err := d.opt.Store.Bulletin(ctx, id)
		if err != nil || b.Approval.Now(b.Digest()) == store.Waiting {
			return nil, err
		}
		a, err := p.JudgeBulletin(ctx, b, approval.Submitted)
		if err != nil {
			return nil, err
		}
		return []decision{onBulletin("bulletin.submit", b, a)}, nil
	})
}

// SubmitProgramme asks for approval; one who may approve it approves it by that.
func (d *Desk) SubmitProgramme(ctx context.Context, id string) error {
	return d.decide(ctx, func(p *approval.Approver) ([]decision, error) {
		sp, err := d.onCalendar(ctx, id)
		if err != nil || sp.Approval.Now(sp.Digest()) == store.Waiting {
			return nil, err
		}
		a, err := p.JudgeProgramme(ctx, sp, approval.Submitted)
		if err != nil {
			return nil, err
		}
		return []decision{onProgramme("programme.submit", sp, a)}, nil
	})
}

// ApproveBulletin approves a bulletin as it was seen: by its digest.
func (d *Desk) ApproveBulletin(ctx context.Context, id, seen string) error {
	return d.decide(ctx, func(p *approval.Approver) ([]decision, error) {
		b, err := d.opt.Store.Bulletin(ctx, id)
		if err == nil {
			err = p.Waits(b.Approval, approval.HandsOf(b.Approval), b.Digest(), seen)
		}
		if err != nil {
			return nil, err
		}
		a := b.Approval
		p.Sign(&a, store.Approved, "")
		return []decision{onBulletin("bulletin.approve", b, a)}, nil
	})
}

// ApproveProgramme approves the bulletins in it too, where all of them was
// heard with it, so that nobody has to approve the same thing twice.
func (d *Desk) ApproveProgramme(ctx context.Context, id, seen string) error {
	return d.decide(ctx, func(p *approval.Approver) ([]decision, error) {
		sp, err := d.onCalendar(ctx, id)
		if err != nil {
			return nil, err
		}
		hands, err := p.HandsIn(ctx, sp)
		if err == nil {
			err = p.Waits(sp.Approval, hands, sp.Digest(), seen)
		}
		if err != nil {
			return nil, err
		}
		a := sp.Approval
		p.Sign(&a, store.Approved, "")
		all := []decision{onProgramme("programme.approve", sp, a)}
		for _, it := range sp.Rundown {
			if it.Bulletin == "" {
				continue
			}
			b, err := d.opt.Store.Bulletin(ctx, it.Bulletin)
			if err != nil {
				return nil, err
			}
			hands := approval.HandsOf(b.Approval)
			if p.Waits(b.Approval, hands, b.Digest(), b.Digest()) == nil && len(b.Clips) == 1 && p.May(hands, []string{p.View.Standing(b.Area)}) {
				of := b.Approval
				p.Sign(&of, store.Approved, "")
				all = append(all, onBulletin("bulletin.approve", b, of))
			}
		}
		return all, nil
	})
}

// ReturnBulletin takes what holds the bulletin off the air too.
func (d *Desk) ReturnBulletin(ctx context.Context, id, reason string) error {
	return d.decide(ctx, func(p *approval.Approver) ([]decision, error) {
		b, err := d.opt.Store.Bulletin(ctx, id)
		if err != nil {
			return nil, err
		}
		a, err := p.Returned(b.Approval, b.Digest(), reason)
		if err != nil {
			return nil, err
		}
		all := []decision{onBulletin("bulletin.return", b, a)}
		programmes, err := d.opt.Store.Programmes(ctx, false)
		if err != nil {
			return nil, err
		}
		for _, sp := range programmes {
			if slices.ContainsFunc(sp.Rundown, func(it schedule.Item) bool { return it.Bulletin == id }) {
				if of, err := p.Returned(sp.Approval, sp.Digest(), b.Title+": "+reason); err == nil {
					all = append(all, onProgramme("programme.return", sp, of))
				}
			}
		}
		d.undos.forget()
		return all, nil
	})
}

// ReturnProgramme takes a programme off the air, with a reason.
func (d *Desk) ReturnProgramme(ctx context.Context, id, reason string) error {
	return d.decide(ctx, func(p *approval.Approver) ([]decision, error) {
		sp, err := d.onCalendar(ctx, id)
		if err != nil {
			return nil, err
		}
		a, err := p.Returned(sp.Approval, sp.Digest(), reason)
		if err != nil {
			return nil, err
		}
		return []decision{onProgramme("programme.return", sp, a)}, nil
	})
}

// MayAir says before anything is made why a programme would be refused.
func (d *Desk) MayAir(ctx context.Context, class string, t schedule.Targets) error {
	if len(t.Areas) == 0 {
		return noPlace
	}
	if class == "emergency" {
		if err := d.opt.Access.Permit(ctx, access.Alerting, t); err != nil {
			return err
		}
	}
	return d.opt.Access.Permit(ctx, access.Writing, t)
}
