package controller

import (
	"context"
	"crypto"
	"log/slog"
	"sync/atomic"
	"time"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/trust/signing"
	"loa/node/wire"
)

const (
	headEvery = 5 * time.Second  // it is looked whether the audit log has grown, and what nodes keep of it
	headAgain = 10 * time.Minute // the same head is said again, for a node that did not know the time
)

// heads has the nodes keep the end of the audit log, and knows what they keep that
// the log does not hold.
type heads struct {
	store    *store.Store
	key      crypto.Signer
	commune  string
	now      func() time.Time // controller time
	publish  func(ctx context.Context, topic string, qos byte, retain bool, payload []byte) error
	statuses func() map[string]*wire.Status
	news     func() // something is missed
	logger   *slog.Logger

	missed atomic.Pointer[[]signing.Missed]
	known  map[string]wire.Heads // of each node, as it was judged; of run alone
	said   store.Link
	at     time.Time
}

// run tells the nodes where the audit log ends, and listens to what they
// were told before. It listens first: what it says they keep.
func (h *heads) run(ctx context.Context) error {
	h.known = map[string]wire.Heads{}
	tick := time.NewTicker(headEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := h.judge(ctx); err != nil && ctx.Err() == nil {
			h.logger.Warn("what nodes keep of the audit log is not compared", "err", err)
		}
		if err := h.tell(ctx); err != nil && ctx.Err() == nil {
			h.logger.Debug("nodes are not told where the audit log ends", "err", err)
		}
	}
}

func (h *heads) tell(ctx context.Context) error {
	end, err := h.store.LastAudit(ctx)
	if err != nil || end.Seq == 0 || end == h.said && time.Since(h.at) < headAgain {
		return err
	}
	raw, err := signing.SignHead(h.key, h.commune, end, h.now())
	if err == nil {
		err = h.publish(ctx, wire.Topics{Commune: h.commune}.All(wire.KindHead), 1, true, raw)
	}
	if err == nil {
		h.said, h.at = end, time.Now()
	}
	return err
}

// judge looks at what nodes keep, where that is new.
func (h *heads) judge(ctx context.Context) error {
	var all []signing.Missed
	if m := h.missed.Load(); m != nil {
		all = *m
	}
	found := false
	for node, s := range h.statuses() {
		if s == nil || s.Audit == nil || sameHeads(h.known[node], *s.Audit) {
			continue
		}
		missed, err := signing.Judge(ctx, h.store, node, *s.Audit)
		if err != nil {
			return err
		}
		h.known[node] = *s.Audit
		for _, m := range missed {
			if !contains(all, m) {
				all, found = append(all, m), true
				h.logger.Error("THE AUDIT LOG WAS TAMPERED WITH: a node keeps a record that it does not hold", "node", m.Node, "record", m.Seq,
					"of", m.At)
			}
		}
	}
	if found {
		h.missed.Store(&all)
		h.news()
	}
	return nil
}

// maxMissed bounds what is told: a few are enough.
const maxMissed = 100

// contains reports whether a head is told of already, or enough are.
func contains(all []signing.Missed, m signing.Missed) bool {
	for _, o := range all {
		if o.Node == m.Node && o.Seq == m.Seq && o.Hash == m.Hash {
			return true
		}
	}
	return len(all) >= maxMissed
}

func sameHeads(a, b wire.Heads) bool { return a.Last == b.Last && len(a.Lost) == len(b.Lost) }

// kept is what nodes keep of the audit log.
func (h *heads) kept() (kept map[string]wire.Heads, missed []signing.Missed) {
	kept = map[string]wire.Heads{}
	for node, s := range h.statuses() {
		if s != nil && s.Audit != nil {
			kept[node] = *s.Audit
		}
	}
	if m := h.missed.Load(); m != nil {
		missed = *m
	}
	return kept, missed
}

// tampered is the alarm of that; nil: nothing is missed.
func (h *heads) tampered() *problem.Problem {
	m := h.missed.Load()
	if m == nil {
		return nil
	}
	first := (*m)[0]
	return problem.New(problem.Unavailable, "audit_tampered",
		"NHẬT KÝ ĐÃ BỊ CẮT HOẶC SỬA: cụm loa %s còn giữ dấu của mục số %d mà nhật ký trên máy không có. "+
			"Hãy giữ nguyên máy và báo người phụ trách.",
		"THE AUDIT LOG WAS CUT OR ALTERED: loudspeaker %s keeps the mark of record %d, which the log on this machine does not have. "+
			"Leave the machine as it is and tell who is in charge.", first.Node, first.Seq)
}
