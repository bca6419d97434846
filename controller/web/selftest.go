package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"loa/controller/problem"
)

var testDeaf = problem.New(problem.Conflict, "node_deaf",
	"Cụm loa này không có micro nên không tự kiểm tra được: hãy bấm Phát thử và nghe tại chỗ, hoặc lắp micro (mục ear).",
	"This loudspeaker has no microphone and cannot test itself: play a test and listen there, or add a microphone (ear).")

// testHorn has a node test its horn; what came of it is in its next status.
func (s *Server) testHorn(ctx context.Context, in *idInput) (*struct{}, error) {
	n, err := s.getNode(ctx, in)
	if err != nil {
		return nil, err
	}
	switch {
	case n.Body.State == "offline", n.Body.State == "unknown":
		return nil, s.fail(testAway)
	case !n.Body.Ear:
		return nil, s.fail(testDeaf)
	}
	if err := s.checkQuiet(ctx); err != nil {
		return nil, s.fail(err)
	}
	if err := s.opt.TestHorn(ctx, in.ID); err != nil {
		return nil, s.fail(err)
	}
	s.trail.Did(ctx, "node.selftest", in.ID, nil, nil, in.ID)
	return nil, nil
}

func (s *Server) testHornForm(w http.ResponseWriter, r *http.Request) {
	err, at := readForm(w, r), s.opt.Now()
	if err == nil {
		_, err = s.testHorn(r.Context(), &idInput{r.PathValue("id")})
	}
	s.afterOrder(w, r, "selftest", at, err)
}

// sentOrder is a test that a node was told to make. That it was told is not
// that it has done it: only the node's own word says so.
type sentOrder struct {
	Kind string // test, selftest
	At   time.Time
}

// afterOrder comes back to the page of the node, which then shows what the node
// says of the order.
func (s *Server) afterOrder(w http.ResponseWriter, r *http.Request, kind string, at time.Time, err error) {
	if err != nil {
		s.nodePage(w, r, r.PathValue("id"), nil, err)
		return
	}
	http.Redirect(w, r, fmt.Sprintf("/nodes/%s?sent=%s&at=%d", r.PathValue("id"), kind, at.UnixMilli()), http.StatusSeeOther)
}

// sentOf reads the order from the page's address; nil: none.
func sentOf(r *http.Request) *sentOrder {
	q := r.URL.Query()
	at, err := strconv.ParseInt(q.Get("at"), 10, 64)
	if kind := q.Get("sent"); err == nil && (kind == "test" || kind == "selftest") {
		return &sentOrder{kind, time.UnixMilli(at)}
	}
	return nil
}

// Told reports whether the node has said, since the order, that it was done.
func (v beatenNode) Told() bool {
	switch {
	case v.Sent == nil:
		return false
	case v.Sent.Kind == "selftest":
		return v.SelfTest != nil && v.SelfTest.At.After(v.Sent.At)
	}
	return v.LastHeard != nil && v.LastHeard.After(v.Sent.At)
}
