package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/brief"
	"loa/controller/office/quick"
	"loa/controller/web/api/resource"
	"loa/controller/web/respond"
)

// briefHandlers give the leaders' report, and set when a summary is told.
type briefHandlers struct {
	resource.Face
	brief *brief.Desk
	quick *quick.Desk
}

type briefInput struct {
	From string `query:"from" doc:"the first day, as 2026-11-23; left out: today"`
	To   string `query:"to" doc:"the last day; left out: today"`
}

type briefOutput struct{ Body brief.Brief }

// register adds the operations.
func (h briefHandlers) register() {
	op := func(id, method, path, summary string) huma.Operation {
		return resource.Operation(id, method, path, "Villagers", http.StatusOK, summary)
	}
	huma.Register(h.Huma, op("get-situation-report", http.MethodGet, "/situation-report",
		"The situation in some days, 93 at most, for the leaders: nobody's name, words or telephone number is in it"), h.report)
	csv := op("situation-report-csv", http.MethodGet, "/situation-report.csv", "The same as a table: from and to as there")
	h.Describe(csv, "text/csv", "CSV, UTF-8 with a mark")
	h.Mux.HandleFunc("GET /api/v1/situation-report.csv", h.csvReport)
	resource.Lists(h.Face, op("list-quick-reports", http.MethodGet, "/quick-reports",
		"What village heads reported in the last seven days, newest first"), h.quick.List)
	picture := op("quick-report-photo", http.MethodGet, "/quick-reports/{id}/photo", "The photo of one")
	h.DescribePhoto(picture)
	h.Mux.HandleFunc("GET /api/v1/quick-reports/{id}/photo", h.photo)
	resource.Shows(h.Face, op("get-summary-rule", http.MethodGet, "/summary-rule", "At which hour what is new is told each day"), h.brief.Rule)
	resource.Sets(h.Face, op("put-summary-rule", http.MethodPut, "/summary-rule", "Set that"), h.brief.PutRule)
}

func (h briefHandlers) report(ctx context.Context, in *briefInput) (*briefOutput, error) {
	span, err := h.brief.Span(map[string][]string{"from": {in.From}, "to": {in.To}})
	if err != nil {
		return nil, h.Fail(err)
	}
	b, err := h.brief.Of(ctx, span)
	if err != nil {
		return nil, h.Fail(err)
	}
	return &briefOutput{b}, nil
}

func (h briefHandlers) photo(w http.ResponseWriter, r *http.Request) {
	jpeg, err := h.quick.Photo(r.Context(), r.PathValue("id"))
	h.Photo(w, jpeg, err)
}

func (h briefHandlers) csvReport(w http.ResponseWriter, r *http.Request) {
	span, err := h.brief.Span(r.URL.Query())
	if err != nil {
		h.Refuse(w, err)
		return
	}
	b, err := h.brief.Of(r.Context(), span)
	h.CSV(w, "tinh-hinh.csv", b.CSV(respond.Language(r)), err)
}
