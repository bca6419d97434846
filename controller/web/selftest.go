package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

func (s *Server) testHornForm(w http.ResponseWriter, r *http.Request) {
	err, at := readForm(w, r), s.opt.Now()
	if err == nil {
		err = s.inventory.TestHorn(r.Context(), r.PathValue("id"))
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
