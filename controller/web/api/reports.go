package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/inventory"
	"loa/controller/store"
)

// reportHandlers take what people report, and show what was wrong.
type reportHandlers struct {
	face
	inventory *inventory.Inventory
}

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

// register adds the operations.
func (h reportHandlers) register() {
	huma.Register(h.huma, operation("report-node", http.MethodPost, "/nodes/{id}/reports", "Faults", http.StatusCreated,
		"Report a fault (báo hỏng) of a loudspeaker"), func(ctx context.Context, in *reportInput) (*reportAnswer, error) {
		r, err := h.inventory.Report(ctx, in.ID, in.Body)
		return &reportAnswer{r}, h.fail(err)
	})
	huma.Register(h.huma, operation("list-reports", http.MethodGet, "/reports", "Faults", http.StatusOK,
		"What people reported, newest first"), h.listReports)
	huma.Register(h.huma, operation("end-report", http.MethodPost, "/reports/{id}/done", "Faults", http.StatusNoContent,
		"Say that a report was seen to, and how"), func(ctx context.Context, in *endReportInput) (*struct{}, error) {
		return nil, h.fail(h.inventory.EndReport(ctx, in.ID, in.Body.Remark))
	})
	huma.Register(h.huma, operation("fault-history", http.MethodGet, "/faults/history", "Faults", http.StatusOK,
		"Faults that ended and stretches in which a loudspeaker was offline, the last first"), h.faultHistory)
	huma.Register(h.huma, operation("put-care", http.MethodPut, "/nodes/{id}/care", "Faults", http.StatusNoContent,
		"Say who looks after what is wrong with a loudspeaker"), func(ctx context.Context, in *careInput) (*struct{}, error) {
		return nil, h.fail(h.inventory.SetCare(ctx, in.ID, in.Body.Who))
	})
}

func (h reportHandlers) listReports(ctx context.Context, in *pageInput) (*list[store.Report], error) {
	all, next, err := h.inventory.Reports(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, h.fail(err)
	}
	out := listOf(all)
	out.Body.Next = next
	return out, nil
}

// faultHistory is what ended, the last first, of what the caller may see.
func (h reportHandlers) faultHistory(ctx context.Context, in *pageInput) (*list[inventory.EndedFault], error) {
	rows, next, err := h.inventory.Ended(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, h.fail(err)
	}
	out := listOf(rows)
	out.Body.Next = next
	return out, nil
}
