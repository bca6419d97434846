package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/inventory"
	"loa/controller/store"
)

type reportInput struct {
	ID   string `path:"id"`
	Body inventory.Complaint
}
type reportAnswer struct{ Body store.Report }

type endReportInput struct {
	ID   string `path:"id"`
	Body struct {
		Remark string `json:"remark,omitempty" maxLength:"2000" doc:"what was done"`
	}
}

type careInput struct {
	ID   string `path:"id"`
	Body struct {
		Who string `json:"who" maxLength:"200" doc:"empty: nobody"`
	}
}

func (s *Server) registerReports() {
	huma.Register(s.api, operation("report-node", http.MethodPost, "/nodes/{id}/reports", "Report a fault (báo hỏng) of a loudspeaker", "Faults", http.StatusCreated), func(ctx context.Context, in *reportInput) (*reportAnswer, error) {
		r, err := s.inventory.Report(ctx, in.ID, in.Body)
		return &reportAnswer{r}, s.fail(err)
	})
	huma.Register(s.api, operation("list-reports", http.MethodGet, "/reports", "What people reported, newest first", "Faults", http.StatusOK), s.listReports)
	huma.Register(s.api, operation("end-report", http.MethodPost, "/reports/{id}/done", "Say that a report was seen to, and how", "Faults", http.StatusNoContent), func(ctx context.Context, in *endReportInput) (*struct{}, error) {
		return nil, s.fail(s.inventory.EndReport(ctx, in.ID, in.Body.Remark))
	})
	huma.Register(s.api, operation("fault-history", http.MethodGet, "/faults/history", "Faults that ended and stretches in which a loudspeaker was offline, the last first", "Faults", http.StatusOK), s.faultHistory)
	huma.Register(s.api, operation("put-care", http.MethodPut, "/nodes/{id}/care", "Say who looks after what is wrong with a loudspeaker", "Faults", http.StatusNoContent), func(ctx context.Context, in *careInput) (*struct{}, error) {
		return nil, s.fail(s.inventory.SetCare(ctx, in.ID, in.Body.Who))
	})
}

func (s *Server) listReports(ctx context.Context, in *pageInput) (*list[store.Report], error) {
	all, next, err := s.inventory.Reports(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, s.fail(err)
	}
	out := listOf(all)
	out.Body.Next = next
	return out, nil
}
