package web

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"loa/controller/i18n"
	"loa/controller/live"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/schedule"
)

// change is what a request changed, as its handler noted it.
type change struct {
	object        string
	where         []string
	before, after json.RawMessage
	note          string
}

// note says what the request changed; nil: there was nothing before, or is
// nothing after. The guard writes it to the audit log when the answer is a
// success.
func note(ctx context.Context, object string, before, after any, where ...string) {
	v := visitOf(ctx)
	v.change = change{object: object, where: where, before: written(before), after: written(after)}
}

// written is what is kept of a thing; what JSON cannot hold is left out.
func written(thing any) json.RawMessage {
	if thing == nil {
		return nil
	}
	data, err := json.Marshal(thing)
	if err != nil {
		return nil
	}
	return data
}

// targeted is where targets are, for the log.
func targeted(t schedule.Targets) []string { return slices.Concat(t.Areas, t.Nodes) }

// byBoard says that a board proved to be a node: nobody was signed in.
func byBoard(ctx context.Context, node string) {
	visitOf(ctx).who.ID, visitOf(ctx).who.Name = "node:"+node, node
	note(ctx, node, nil, nil, node)
}

// wasDone writes what a request did.
func (s *Server) wasDone(r *http.Request, does string) {
	c := visitOf(r.Context()).change
	if c.object == "" {
		c.object = r.PathValue("id")
	}
	s.record(r.Context(), store.Audit{Action: does, Object: c.object, Where: c.where, Before: c.before, After: c.after, Note: c.note})
}

// record writes to the audit log, by the caller. What was done is done
// already: where the log cannot be written it is kept until it can.
func (s *Server) record(ctx context.Context, a store.Audit) {
	v := visitOf(ctx)
	if a.Who == "" {
		a.Who, a.Name = v.who.ID, v.who.Name
	}
	a.At, a.From = s.opt.Now(), v.from.Address
	if !s.opt.Store.Keep(context.WithoutCancel(ctx), store.Deed{Audit: &a}) {
		s.opt.Logger.Warn("not in the audit log yet", "action", a.Action, "object", a.Object, "who", a.Who)
	}
}

// sealEvery is how long the end of the audit log may stand unsealed.
const sealEvery = time.Second

// auditor knows how far the audit log is written, and sealed.
type auditor struct {
	mu     sync.Mutex
	end    int64
	sealed int64
	cut    atomic.Bool // the log does not hold what was sealed
	failed atomic.Bool // the last try to seal it did: said once
}

func (a *auditor) wrote(seq int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.end = max(a.end, seq)
}

// unsealed returns the end, if there is more than was sealed.
func (a *auditor) unsealed() (end int64, more bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.end, a.end > a.sealed
}

// seal seals what was written since. A log that was tampered with is said
// loudly, here and on the pages; work goes on.
func (s *Server) seal(ctx context.Context) {
	s.audit.wrote(s.opt.Store.Audited())
	end, more := s.audit.unsealed()
	if s.opt.Seal == nil || !more {
		return
	}
	err := s.opt.Seal(context.WithoutCancel(ctx))
	cut := trust.Tampered(err)
	if was := s.audit.cut.Swap(cut); cut && !was {
		s.opt.Logger.Error("THE AUDIT LOG WAS TAMPERED WITH: leave this machine as it is, look with loa audit verify", "err", err)
	}
	if was := s.audit.failed.Swap(err != nil && !cut); err != nil && !cut {
		if !was {
			s.opt.Logger.Error("audit log not sealed", "err", err)
		}
		return
	}
	s.audit.mu.Lock()
	defer s.audit.mu.Unlock()
	s.audit.sealed = end
}

// cutLog is the trouble that the log, or its seal, was tampered with; none: it was
// not.
func (s *Server) cutLog() []problem.Trouble {
	if !s.audit.cut.Load() {
		return nil
	}
	return []problem.Trouble{{Problem: &problem.Problem{Kind: problem.Unavailable, Code: "audit_cut", VI: i18n.Say(i18n.VI, "audit_cut"), EN: i18n.Say(i18n.EN, "audit_cut")}, Alarm: true, Since: s.made}}
}

// sealFirst looks at the log as it was found.
func (s *Server) sealFirst(ctx context.Context) {
	s.audit.wrote(1)
	s.seal(ctx)
}

// keepSealing seals until ctx ends, and once more then.
func (s *Server) keepSealing(ctx context.Context) {
	tick := time.NewTicker(sealEvery)
	defer tick.Stop()
	defer s.seal(ctx)
	s.sealFirst(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.seal(ctx)
		}
	}
}

// begins waits for the end of a call that was begun here: it is written down.
func (s *Server) begins(c *live.Call) {
	s.began.Go(func() { <-c.Done() }) // at the latest when live ends
}

// CallEnded writes down that a call is over, also one that another run of the
// controller began.
func (s *Server) CallEnded(row store.Call) {
	s.record(context.Background(), store.Audit{Who: "live", Action: "call.end", Object: row.ID, Where: targeted(row.Targets), Note: row.Reason,
		After: written(map[string]any{"title": row.Title, "class": row.Class, "drill": row.Drill, "start": row.Start, "ended": row.Ended, "heard": row.Heard})})
}

// isOwn reports whether the caller began a call: by their account, for two
// people may have one name. One of which the account is not known is nobody's
// own but the machine's.
func (s *Server) isOwn(v *visit, row store.Call) bool {
	return v.kind == machine || v.kind != nobody && row.Account != "" && row.Account == v.who.ID
}
