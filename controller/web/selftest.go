package web

import (
	"context"
	"net/http"

	"loa/controller/problem"
)

var testDeaf = problem.New(http.StatusConflict, "node_deaf",
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
	note(ctx, in.ID, nil, nil, in.ID)
	return nil, nil
}

func (s *Server) testHornForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil {
		_, err = s.testHorn(r.Context(), &idInput{r.PathValue("id")})
	}
	s.afterNodeForm(w, r, err)
}
