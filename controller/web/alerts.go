package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/notices"
)

func (s *Server) registerTryNotify() {
	huma.Register(s.api, operation("test-notify", http.MethodPost, "/notify/test", "Send a test now, every way that is set, and say what came of it", "Approval", http.StatusOK), func(ctx context.Context, _ *struct{}) (*list[notices.Tried], error) {
		tried, err := s.notices.Try(ctx)
		return listOf(tried), s.fail(err)
	})
}
