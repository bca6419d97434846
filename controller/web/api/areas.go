package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/inventory"
	"loa/controller/web/api/resource"
)

// areaHandlers keep the tree of places.
type areaHandlers struct {
	resource.Face
	inventory *inventory.Inventory
}

// register adds the operations.
func (h areaHandlers) register() {
	huma.Register(h.Huma, resource.Operation("list-areas", http.MethodGet, "/areas", "Places", http.StatusOK,
		"The tree of areas"), h.listAreas)
	huma.Register(h.Huma, resource.Operation("put-area", http.MethodPut, "/areas/{id}", "Places", http.StatusOK,
		"Make or change an area"), h.putArea)
	h.ByID(resource.Operation("delete-area", http.MethodDelete, "/areas/{id}", "Places", http.StatusNoContent,
		"Remove an area in which nothing stands"), h.inventory.DeleteArea)
}

type putAreaInput struct {
	ID   string `path:"id"`
	Body struct {
		ID     string `json:"id,omitempty"`
		Name   string `json:"name" minLength:"1" maxLength:"120"`
		Kind   string `json:"kind" enum:"province,commune,village"`
		Parent string `json:"parent,omitempty"`
	}
}

func (h areaHandlers) listAreas(ctx context.Context, _ *struct{}) (*resource.List[inventory.Area], error) {
	areas, err := h.inventory.Areas(ctx)
	if err != nil {
		return nil, h.Fail(err)
	}
	views := make([]inventory.Area, len(areas))
	for i, a := range areas {
		views[i] = inventory.AreaOf(a)
	}
	return resource.ListOf(views), nil
}

func (h areaHandlers) putArea(ctx context.Context, in *putAreaInput) (*resource.Answer[inventory.Area], error) {
	if in.Body.ID != "" && in.Body.ID != in.ID {
		return nil, h.Fail(inventory.BadID(in.Body.ID))
	}
	a, err := h.inventory.PutArea(ctx, inventory.Area{ID: in.ID, Name: in.Body.Name, Kind: in.Body.Kind, Parent: in.Body.Parent})
	return resource.AnswerOf(h.Face, a, err)
}
