package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/inventory"
)

// areaHandlers keep the tree of places.
type areaHandlers struct {
	face
	inventory *inventory.Inventory
}

// register adds the operations.
func (h areaHandlers) register() {
	huma.Register(h.huma, operation("list-areas", http.MethodGet, "/areas", "Places", http.StatusOK,
		"The tree of areas"), h.listAreas)
	huma.Register(h.huma, operation("put-area", http.MethodPut, "/areas/{id}", "Places", http.StatusOK,
		"Make or change an area"), h.putArea)
	h.byID(operation("delete-area", http.MethodDelete, "/areas/{id}", "Places", http.StatusNoContent,
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

func (h areaHandlers) listAreas(ctx context.Context, _ *struct{}) (*list[inventory.Area], error) {
	areas, err := h.inventory.Areas(ctx)
	if err != nil {
		return nil, h.fail(err)
	}
	views := make([]inventory.Area, len(areas))
	for i, a := range areas {
		views[i] = inventory.AreaOf(a)
	}
	return listOf(views), nil
}

func (h areaHandlers) putArea(ctx context.Context, in *putAreaInput) (*answer[inventory.Area], error) {
	if in.Body.ID != "" && in.Body.ID != in.ID {
		return nil, h.fail(inventory.BadID(in.Body.ID))
	}
	a, err := h.inventory.PutArea(ctx, inventory.Area{ID: in.ID, Name: in.Body.Name, Kind: in.Body.Kind, Parent: in.Body.Parent})
	return answerOf(h.face, a, err)
}
