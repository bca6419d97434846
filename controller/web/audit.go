package web

import (
	"context"

	"loa/controller/live"
	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/store"
)

// begins waits for the end of a call that was begun here: it is written down.
func (s *Server) begins(c *live.Call) {
	s.began.Go(func() { <-c.Done() }) // at the latest when live ends
}

// CallEnded writes down that a call is over, also one that another run of the
// controller began.
func (s *Server) CallEnded(row store.Call) {
	s.trail.Record(context.Background(), store.Audit{Who: "live", Action: "call.end", Object: row.ID, Where: audit.Targeted(row.Targets), Note: row.Reason,
		After: audit.Written(map[string]any{"title": row.Title, "class": row.Class, "drill": row.Drill, "start": row.Start, "ended": row.Ended, "heard": row.Heard})})
}

// isOwn reports whether the caller began a call: by their account, for two
// people may have one name. One of which the account is not known is nobody's
// own but the machine's.
func (s *Server) isOwn(v *access.Visit, row store.Call) bool {
	return v.Kind == access.Machine || v.Kind != access.Nobody && row.Account != "" && row.Account == v.Who.ID
}
