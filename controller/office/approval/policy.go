package approval

import (
	"context"
	"slices"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// PutPolicy sets what must be approved; what is approved already stays so. A rule that
// there is not is refused.
func (d *Desk) PutPolicy(ctx context.Context, p *store.ApprovalPolicy) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	if p.Classes == nil {
		p.Classes = []schedule.Class{}
	}
	if p.Sources == nil {
		p.Sources = []string{}
	}
	known := []schedule.Class{schedule.Normal, schedule.Priority, schedule.Emergency}
	bad := slices.ContainsFunc(p.Classes, func(c schedule.Class) bool { return !slices.Contains(known, c) }) ||
		slices.ContainsFunc(p.Sources, func(s string) bool { return !slices.Contains([]string{"recording", "speech", "stream"}, s) })
	if bad {
		return problem.New(problem.Invalid, "approval_rule",
			"Quy định duyệt chưa đúng: mức độ là normal, priority, emergency; nguồn là recording, speech, stream.",
			"The rule is not right: classes are normal, priority, emergency; sources are recording, speech, stream.")
	}
	old, err := d.opt.Store.ApprovalPolicy(ctx)
	if err != nil {
		return err
	}
	if err := d.opt.Store.PutApprovalPolicy(ctx, *p); err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, "approval.put", "approval", old, p, d.opt.Commune)
	return nil
}
