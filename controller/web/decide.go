package web

import (
	"context"
	"slices"

	"loa/controller/office/approval"
	"loa/controller/office/audit"
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
func (s *Server) decided(ctx context.Context, all ...decision) error {
	s.asrun.CatchUp(ctx) // by the calendar as it was till now
	approvals := make([]store.Approval, len(all))
	for i, d := range all {
		approvals[i] = d.after
	}
	if err := s.opt.Store.PutApprovals(ctx, approvals...); err != nil {
		return err
	}
	for _, d := range all {
		s.trail.Did(ctx, d.does, d.after.ID, approval.ViewOf(d.before, d.digest), approval.ViewOf(d.after, d.digest), d.where...)
	}
	s.changed("calendar")
	s.News("library")
	return nil
}

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
func (s *Server) decide(ctx context.Context, judge func(*approval.Approver) ([]decision, error)) error {
	s.editing.Lock()
	defer s.editing.Unlock()
	p, err := s.approval.Approver(ctx)
	if err != nil {
		return err
	}
	all, err := judge(p)
	if err != nil || len(all) == 0 {
		return err
	}
	return s.decided(ctx, all...)
}

func (s *Server) submitBulletin(ctx context.Context, id string) error {
	return s.decide(ctx, func(p *approval.Approver) ([]decision, error) {
		b, err := s.opt.Store.Bulletin(ctx, id)
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

func (s *Server) submitProgramme(ctx context.Context, id string) error {
	return s.decide(ctx, func(p *approval.Approver) ([]decision, error) {
		sp, err := s.onCalendar(ctx, id)
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

func (s *Server) approveBulletin(ctx context.Context, id, seen string) error {
	return s.decide(ctx, func(p *approval.Approver) ([]decision, error) {
		b, err := s.opt.Store.Bulletin(ctx, id)
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

// approveProgramme approves the bulletins in it too, where all of them was
// heard with it, so that nobody has to approve the same thing twice.
func (s *Server) approveProgramme(ctx context.Context, id, seen string) error {
	return s.decide(ctx, func(p *approval.Approver) ([]decision, error) {
		sp, err := s.onCalendar(ctx, id)
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
			b, err := s.opt.Store.Bulletin(ctx, it.Bulletin)
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

// returnBulletin takes what holds the bulletin off the air too.
func (s *Server) returnBulletin(ctx context.Context, id, reason string) error {
	return s.decide(ctx, func(p *approval.Approver) ([]decision, error) {
		b, err := s.opt.Store.Bulletin(ctx, id)
		if err != nil {
			return nil, err
		}
		a, err := p.Returned(b.Approval, b.Digest(), reason)
		if err != nil {
			return nil, err
		}
		all := []decision{onBulletin("bulletin.return", b, a)}
		programmes, err := s.opt.Store.Programmes(ctx, false)
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
		s.undos.forget()
		return all, nil
	})
}

func (s *Server) returnProgramme(ctx context.Context, id, reason string) error {
	return s.decide(ctx, func(p *approval.Approver) ([]decision, error) {
		sp, err := s.onCalendar(ctx, id)
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
