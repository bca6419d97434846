package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/preview"
	"loa/controller/web/api/resource"
)

// previewHandlers say what will be heard where.
type previewHandlers struct {
	resource.Face
	preview *preview.Preview
}

// register adds the operations.
func (h previewHandlers) register() {
	huma.Register(h.Huma, resource.Operation("airings", http.MethodGet, "/airings", "Calendar", http.StatusOK,
		"The preview: what will be heard where, by the function that the nodes use"), h.listAirings)
	huma.Register(h.Huma, resource.Operation("area-hears", http.MethodGet, "/areas/{id}/hears", "Calendar", http.StatusOK,
		"What an area hears at an instant"), h.areaHears)
}

type airingsInput struct {
	From time.Time `query:"from" required:"true"`
	To   time.Time `query:"to" required:"true"`
	Node string    `query:"node"`
}

type hearsInput struct {
	ID string    `path:"id"`
	At time.Time `query:"at" required:"true"`
}

func (h previewHandlers) listAirings(ctx context.Context, in *airingsInput) (*resource.List[preview.Airing], error) {
	all, err := h.preview.Asked(ctx, in.Node, in.From, in.To)
	if err != nil {
		return nil, h.Fail(err)
	}
	return resource.ListOf(all), nil
}

func (h previewHandlers) areaHears(ctx context.Context, in *hearsInput) (*resource.Answer[preview.Hears], error) {
	v, err := h.preview.Hears(ctx, in.ID, in.At)
	if err != nil {
		return nil, h.Fail(err)
	}
	return &resource.Answer[preview.Hears]{Body: *v}, nil
}
