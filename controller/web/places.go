package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/inventory"
)

func (s *Server) registerPlaces() {
	huma.Register(s.api, operation("list-areas", http.MethodGet, "/areas", "The tree of areas", "Places", http.StatusOK), s.listAreas)
	huma.Register(s.api, operation("put-area", http.MethodPut, "/areas/{id}", "Make or change an area", "Places", http.StatusOK), s.putArea)
	huma.Register(s.api, operation("delete-area", http.MethodDelete, "/areas/{id}", "Remove an area in which nothing stands", "Places", http.StatusNoContent), s.deleteArea)
	huma.Register(s.api, operation("list-nodes", http.MethodGet, "/nodes", "Nodes and how each one is", "Places", http.StatusOK), s.listNodes)
	huma.Register(s.api, operation("put-node", http.MethodPut, "/nodes/{id}", "Make or change a node", "Places", http.StatusOK), s.putNode)
	huma.Register(s.api, operation("get-node", http.MethodGet, "/nodes/{id}", "One node", "Places", http.StatusOK), s.getNode)
	huma.Register(s.api, operation("test-horn", http.MethodPost, "/nodes/{id}/selftest", "Have a loudspeaker with a microphone test its horn by a quiet melody (tự kiểm tra)", "Places", http.StatusAccepted), func(ctx context.Context, in *idInput) (*struct{}, error) {
		return nil, s.fail(s.inventory.TestHorn(ctx, in.ID))
	})
	huma.Register(s.api, operation("place-node", http.MethodPut, "/nodes/{id}/place", "Say where a node stands", "Places", http.StatusOK), s.placeNode)
	huma.Register(s.api, operation("unplace-node", http.MethodDelete, "/nodes/{id}/place", "Forget where a node stands", "Places", http.StatusNoContent), s.unplaceNode)
	huma.Register(s.api, operation("delete-node", http.MethodDelete, "/nodes/{id}", "Remove a node; its proof of play remains", "Places", http.StatusNoContent), s.deleteNode)
}

func (s *Server) listAreas(ctx context.Context, _ *struct{}) (*list[inventory.Area], error) {
	areas, err := s.inventory.Areas(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	views := make([]inventory.Area, len(areas))
	for i, a := range areas {
		views[i] = inventory.AreaOf(a)
	}
	return listOf(views), nil
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

type areaAnswer struct{ Body inventory.Area }

func (s *Server) putArea(ctx context.Context, in *putAreaInput) (*areaAnswer, error) {
	if in.Body.ID != "" && in.Body.ID != in.ID {
		return nil, s.fail(inventory.BadID(in.Body.ID))
	}
	a, err := s.inventory.PutArea(ctx, inventory.Area{ID: in.ID, Name: in.Body.Name, Kind: in.Body.Kind, Parent: in.Body.Parent})
	return &areaAnswer{a}, s.fail(err)
}

func (s *Server) listNodes(ctx context.Context, _ *struct{}) (*list[inventory.Node], error) {
	nodes, err := s.inventory.Nodes(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	return listOf(nodes), nil
}

type putNodeInput struct {
	ID   string `path:"id"`
	Body struct {
		ID       string `json:"id,omitempty"`
		Name     string `json:"name" minLength:"1" maxLength:"120"`
		Area     string `json:"area"`
		Volume   *int   `json:"volume,omitempty" minimum:"0" maximum:"100" doc:"percent; 80 if left out"`
		NoReturn bool   `json:"no_return,omitempty" doc:"FM or wired loudspeakers behind an integration device, which cannot answer: they are shown as such, and what they were to play as planned"`
		DelayMS  int    `json:"delay_ms,omitempty" minimum:"-1000" maximum:"1000" doc:"how much later than its neighbours it plays, for a slower amplifier or a nearer village; negative: earlier"`
	}
}

type nodeAnswer struct{ Body inventory.Node }

func (s *Server) putNode(ctx context.Context, in *putNodeInput) (*nodeAnswer, error) {
	if in.Body.ID != "" && in.Body.ID != in.ID {
		return nil, s.fail(inventory.BadID(in.Body.ID))
	}
	b := in.Body
	n, err := s.inventory.PutNode(ctx, in.ID, inventory.Change{Name: b.Name, Area: b.Area, Volume: b.Volume, DelayMS: b.DelayMS, NoReturn: b.NoReturn})
	return &nodeAnswer{n}, s.fail(err)
}

func (s *Server) getNode(ctx context.Context, in *idInput) (*nodeAnswer, error) {
	n, err := s.inventory.Node(ctx, in.ID)
	return &nodeAnswer{n}, s.fail(err)
}

func (s *Server) deleteNode(ctx context.Context, in *idInput) (*struct{}, error) {
	return nil, s.fail(s.inventory.DeleteNode(ctx, in.ID))
}

func (s *Server) deleteArea(ctx context.Context, in *idInput) (*struct{}, error) {
	return nil, s.fail(s.inventory.DeleteArea(ctx, in.ID))
}

// changed tells the dispatcher and the pages.
func (s *Server) changed(what string) {
	s.opt.Changed()
	s.News(what)
}
