package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"loa/audio/tune"
	"loa/controller/office/hours"
)

type openingsAnswer struct{ Body hours.Openings }

func (s *Server) registerOpenings(mux *router) {
	huma.Register(s.api, operation("get-openings", http.MethodGet, "/openings", "What calls and programmes begin with (nhạc hiệu)", "Calendar", http.StatusOK), s.getOpenings)
	huma.Register(s.api, operation("put-openings", http.MethodPut, "/openings", "Choose what calls and programmes begin with", "Calendar", http.StatusOK), s.putOpenings)
	mux.HandleFunc("GET /openings/{name}", s.openingSound)
}

func (s *Server) getOpenings(ctx context.Context, _ *struct{}) (*openingsAnswer, error) {
	o, err := s.hours.Openings(ctx)
	return &openingsAnswer{o}, s.fail(err)
}

func (s *Server) putOpenings(ctx context.Context, in *openingsAnswer) (*openingsAnswer, error) {
	if err := s.hours.PutOpenings(ctx, in.Body); err != nil {
		return nil, s.fail(err)
	}
	return s.getOpenings(ctx, nil)
}

// openingSound is one of the tunes that can be chosen, to be listened to.
func (s *Server) openingSound(w http.ResponseWriter, r *http.Request) {
	wav, ok := tune.WAV(strings.TrimSuffix(r.PathValue("name"), ".wav"))
	if !ok {
		s.problemPage(w, r, notFound)
		return
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Content-Length", strconv.Itoa(len(wav)))
	w.Header().Set("Cache-Control", "private, max-age=86400")
	_, _ = w.Write(wav) // the client may have gone
}

func (s *Server) saveOpenings(r *http.Request) error {
	return s.hours.PutOpenings(r.Context(), hours.Openings{Live: r.PostForm.Get("live"), Scheduled: r.PostForm.Get("scheduled")})
}
