package audit

import (
	"context"
	"errors"
	"time"

	"loa/controller/i18n"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/trust/signing"
)

// sealEvery is how long the end of the audit log may stand unsealed.
const sealEvery = time.Second

func (t *Trail) wrote(seq int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = max(t.end, seq)
}

// unsealed returns the end, if there is more than was sealed.
func (t *Trail) unsealed() (end int64, more bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.end, t.end > t.sealed
}

// Seal seals what was written since. A log that was tampered with is said
// loudly, here and on the pages; work goes on.
func (t *Trail) Seal(ctx context.Context) {
	t.wrote(t.opt.Store.Audited())
	end, more := t.unsealed()
	if t.opt.Seal == nil || !more {
		return
	}
	err := t.opt.Seal(context.WithoutCancel(ctx))
	cut := signing.Tampered(err)
	if was := t.cut.Swap(cut); cut && !was {
		t.opt.Logger.Error("THE AUDIT LOG WAS TAMPERED WITH: leave this machine as it is, look with loa audit verify", "err", err)
	}
	if was := t.failed.Swap(err != nil && !cut); err != nil && !cut {
		if !was {
			t.opt.Logger.Error("audit log not sealed", "err", err)
		}
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sealed = end
}

// Troubles is the trouble that the log, or its seal, was tampered with; none: it was
// not.
func (t *Trail) Troubles() []problem.Trouble {
	if !t.cut.Load() {
		return nil
	}
	return []problem.Trouble{{Problem: &problem.Problem{Kind: problem.Unavailable, Code: "audit_cut", VI: i18n.Say(i18n.VI, "audit_cut"),
		EN: i18n.Say(i18n.EN, "audit_cut")}, Alarm: true, Since: t.opt.Began}}
}

// sealFirst looks at the log as it was found.
func (t *Trail) sealFirst(ctx context.Context) {
	t.wrote(1)
	t.Seal(ctx)
}

// Run seals until ctx ends, and once more then.
func (t *Trail) Run(ctx context.Context) {
	tick := time.NewTicker(sealEvery)
	defer tick.Stop()
	defer t.Seal(ctx)
	t.sealFirst(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			t.Seal(ctx)
		}
	}
}

// Chain says whether the log is as it was written.
type Chain struct {
	Cut     bool // it does not hold what was sealed
	Checked bool // all of it was looked at just now
	Records int64
	Broken  int64 // the first record that is not as it was; 0: none
	Kept    int   // nodes that keep a mark of it
}

// Chain looks at the seal; at every record if that was asked for, for
// years of them take seconds.
func (t *Trail) Chain(ctx context.Context, all bool) (c Chain, err error) {
	c.Cut, c.Checked, c.Kept = t.Tampered(), all, t.keepers()
	last, err := t.opt.Store.LastAudit(ctx)
	c.Records = last.Seq
	if err != nil || !all {
		return c, err
	}
	err = t.opt.Store.CheckAudit(ctx, nil)
	var fault *store.AuditFault
	if errors.As(err, &fault) {
		c.Broken, err = fault.Seq, nil
	}
	return c, err
}

// Tampered reports whether the log is not what was sealed, or not what nodes keep.
func (t *Trail) Tampered() bool {
	if t.cut.Load() {
		return true
	}
	if t.opt.Heads == nil {
		return false
	}
	_, missed := t.opt.Heads()
	return len(missed) > 0
}

// keepers is how many nodes keep a mark of the log.
func (t *Trail) keepers() int {
	if t.opt.Heads == nil {
		return 0
	}
	kept, _ := t.opt.Heads()
	return len(kept)
}
