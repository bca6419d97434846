package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

func (s *Server) registerTestChime() {
	huma.Register(s.api, operation("test-node", http.MethodPost, "/nodes/{id}/test", "Play the chime at one loudspeaker, softly (phát thử)", "Live", http.StatusCreated), func(ctx context.Context, in *idInput) (*callAnswer, error) {
		v, err := s.calls.Test(ctx, in.ID)
		return s.answerCall(v, err)
	})
}
