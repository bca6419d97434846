package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/asrun"
	"loa/controller/office/inventory"
	"loa/controller/office/repair"
	"loa/controller/store"
	"loa/controller/web/api/resource"
)

// reportHandlers take what people report, and show what was wrong.
type reportHandlers struct {
	resource.Face
	asrun     *asrun.Log
	inventory *inventory.Inventory
	repair    *repair.Desk
}

type endReportInput struct {
	ID   string `path:"id"`
	Body struct {
		Remark string `json:"remark,omitempty" maxLength:"2000" doc:"what was done"`
	}
}

type workInput struct{ Body repair.Work }

type repairsInput struct {
	Days int `query:"days" default:"90" minimum:"1" maximum:"366" doc:"how far back"`
}

type soundedInput struct {
	ID string    `path:"id"`
	At time.Time `query:"at" required:"true" doc:"when it was heard"`
}

// register adds the operations.
func (h reportHandlers) register() {
	huma.Register(h.Huma, resource.Operation("report-node", http.MethodPost, "/nodes/{id}/reports", "Faults", http.StatusCreated,
		"Report a fault (báo hỏng) of a loudspeaker"), func(ctx context.Context,
		in *resource.Edit[inventory.Complaint]) (*resource.Answer[store.Report], error) {
		r, err := h.inventory.Report(ctx, in.ID, in.Body)
		return resource.AnswerOf(h.Face, r, err)
	})
	huma.Register(h.Huma, resource.Operation("list-reports", http.MethodGet, "/reports", "Faults", http.StatusOK,
		"What people reported, newest first"), h.listReports)
	huma.Register(h.Huma, resource.Operation("end-report", http.MethodPost, "/reports/{id}/done", "Faults", http.StatusNoContent,
		"Say that a report was seen to, and how"), func(ctx context.Context, in *endReportInput) (*struct{}, error) {
		return nil, h.Fail(h.inventory.EndReport(ctx, in.ID, in.Body.Remark))
	})
	huma.Register(h.Huma, resource.Operation("fault-history", http.MethodGet, "/faults/history", "Faults", http.StatusOK,
		"Faults that ended and stretches in which a loudspeaker was offline, the last first"), h.faultHistory)
	resource.Puts(h.Face, resource.Operation("put-care", http.MethodPut, "/nodes/{id}/care", "Faults", http.StatusNoContent,
		"Say who looks after what is wrong with a loudspeaker"), h.repair.Know)
	h.registerRepairs()
}

func (h reportHandlers) registerRepairs() {
	huma.Register(h.Huma, resource.Operation("list-maintenance", http.MethodGet, "/maintenance", "Faults", http.StatusOK,
		"Maintenance that runs or lies ahead, the first to begin first, then that of the last 90 days, the last first"), h.listWorks)
	huma.Register(h.Huma, resource.Operation("add-maintenance", http.MethodPost, "/maintenance", "Faults", http.StatusCreated,
		"Note maintenance, planned or afterwards: what is silent or wrong there then is no fault"),
		func(ctx context.Context, in *workInput) (*resource.Answer[repair.Maintenance], error) {
			m, err := h.repair.Note(ctx, in.Body)
			return resource.AnswerOf(h.Face, m, err)
		})
	h.ByID(resource.Operation("end-maintenance", http.MethodDelete, "/maintenance/{id}", "Faults", http.StatusNoContent,
		"End maintenance that runs, now; forget one that lies ahead or behind"), h.repair.End)
	huma.Register(h.Huma, resource.Operation("list-repairs", http.MethodGet, "/repairs", "Faults", http.StatusOK,
		"How long repairs took, village by village"), func(ctx context.Context, in *repairsInput) (*resource.List[repair.Times], error) {
		all, err := h.repair.Times(ctx, in.Days)
		return resource.ListOf(all), h.Fail(err)
	})
	huma.Register(h.Huma, resource.Operation("sounded", http.MethodGet, "/nodes/{id}/sounded", "Faults", http.StatusOK,
		"What a loudspeaker gave out within ten minutes of an instant, by its own proof"),
		func(ctx context.Context, in *soundedInput) (*resource.List[asrun.Sounding], error) {
			all, err := h.asrun.Sounded(ctx, []string{in.ID}, in.At)
			return resource.ListOf(all), h.Fail(err)
		})
}

// listWorks is all the maintenance that the caller has to do with.
func (h reportHandlers) listWorks(ctx context.Context, _ *struct{}) (*resource.List[repair.Maintenance], error) {
	pending, past, err := h.repair.List(ctx)
	return resource.ListOf(append(pending, past...)), h.Fail(err)
}

func (h reportHandlers) listReports(ctx context.Context, in *resource.PageInput) (*resource.List[store.Report], error) {
	all, next, err := h.inventory.Reports(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, h.Fail(err)
	}
	out := resource.ListOf(all)
	out.Body.Next = next
	return out, nil
}

// faultHistory is what ended, the last first, of what the caller may see.
func (h reportHandlers) faultHistory(ctx context.Context, in *resource.PageInput) (*resource.List[inventory.EndedFault], error) {
	rows, next, err := h.inventory.Ended(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, h.Fail(err)
	}
	out := resource.ListOf(rows)
	out.Body.Next = next
	return out, nil
}
