package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/office/calls"
	"loa/controller/office/inventory"
	"loa/controller/store"
	"loa/controller/web/address"
	"loa/controller/web/api/resource"
)

// nodeHandlers keep the loudspeakers.
type nodeHandlers struct {
	resource.Face
	inventory *inventory.Inventory
	calls     *calls.Desk
	machine   *address.Machine
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

type beatsInput struct {
	Days int `query:"days" default:"1" minimum:"1" maximum:"30" doc:"how far back"`
}

// inviteAnswer is a code, shown this once.
type inviteAnswer struct {
	Body struct {
		Code    string    `json:"code"`
		URL     string    `json:"url" doc:"what the board is told: loa node enrol URL CODE"`
		Expires time.Time `json:"expires"`
	}
}

// register adds the operations.
func (h nodeHandlers) register() {
	huma.Register(h.Huma, resource.Operation("list-nodes", http.MethodGet, "/nodes", "Places", http.StatusOK,
		"Nodes and how each one is"), h.listNodes)
	huma.Register(h.Huma, resource.Operation("put-node", http.MethodPut, "/nodes/{id}", "Places", http.StatusOK,
		"Make or change a node"), h.putNode)
	resource.ShowsOne(h.Face, resource.Operation("get-node", http.MethodGet, "/nodes/{id}", "Places", http.StatusOK,
		"One node"), h.inventory.Node)
	h.ByID(resource.Operation("test-horn", http.MethodPost, "/nodes/{id}/selftest", "Places", http.StatusAccepted,
		"Have a loudspeaker with a microphone test its horn by a quiet melody (tự kiểm tra)"), h.inventory.TestHorn)
	huma.Register(h.Huma, resource.Operation("place-node", http.MethodPut, "/nodes/{id}/place", "Places", http.StatusOK,
		"Say where a node stands"),
		h.placeNode)
	h.ByID(resource.Operation("unplace-node", http.MethodDelete, "/nodes/{id}/place", "Places", http.StatusNoContent,
		"Forget where a node stands"),
		func(ctx context.Context, id string) error { return h.inventory.PlaceNode(ctx, id, nil) })
	h.ByID(resource.Operation("delete-node", http.MethodDelete, "/nodes/{id}", "Places", http.StatusNoContent,
		"Remove a node; its proof of play remains"), h.inventory.DeleteNode)
	huma.Register(h.Huma, resource.Operation("list-beats", http.MethodGet, "/beats", "Places", http.StatusOK,
		"How each node was over the last day or thirty"), h.listBeats)
	huma.Register(h.Huma, resource.Operation("invite-node", http.MethodPost, "/nodes/{id}/invite", "Places", http.StatusCreated,
		"Make a one-time code by which a board becomes this node"), h.invite)
	h.ByID(resource.Operation("revoke-node", http.MethodPost, "/nodes/{id}/revoke", "Places", http.StatusNoContent,
		"Keep the node's board out, from now on"), h.inventory.Revoke)
	resource.ShowsOne(h.Face, resource.Operation("test-node", http.MethodPost, "/nodes/{id}/test", "Live", http.StatusCreated,
		"Play the chime at one loudspeaker, softly (phát thử)"), h.calls.Test)
}

func (h nodeHandlers) listNodes(ctx context.Context, _ *struct{}) (*resource.List[inventory.Node], error) {
	nodes, err := h.inventory.Nodes(ctx)
	if err != nil {
		return nil, h.Fail(err)
	}
	return resource.ListOf(nodes), nil
}

func (h nodeHandlers) putNode(ctx context.Context, in *putNodeInput) (*resource.Answer[inventory.Node], error) {
	if in.Body.ID != "" && in.Body.ID != in.ID {
		return nil, h.Fail(inventory.BadID(in.Body.ID))
	}
	b := in.Body
	n, err := h.inventory.PutNode(ctx, in.ID, inventory.Change{Name: b.Name, Area: b.Area, Volume: b.Volume, DelayMS: b.DelayMS,
		NoReturn: b.NoReturn})
	return resource.AnswerOf(h.Face, n, err)
}

func (h nodeHandlers) placeNode(ctx context.Context, in *resource.Edit[store.Place]) (*resource.Answer[inventory.Node], error) {
	if err := h.inventory.PlaceNode(ctx, in.ID, &in.Body); err != nil {
		return nil, h.Fail(err)
	}
	n, err := h.inventory.Node(ctx, in.ID)
	return resource.AnswerOf(h.Face, n, err)
}

func (h nodeHandlers) listBeats(ctx context.Context, in *beatsInput) (*resource.List[inventory.Beats], error) {
	nodes, err := h.inventory.Nodes(ctx)
	if err != nil {
		return nil, h.Fail(err)
	}
	byNode, err := h.inventory.BeatsOf(ctx, "", in.Days, time.Now())
	if err != nil {
		return nil, h.Fail(err)
	}
	all := make([]inventory.Beats, len(nodes))
	for i, n := range nodes {
		all[i] = byNode(n.ID)
	}
	return resource.ListOf(all), nil
}

func (h nodeHandlers) invite(ctx context.Context, in *resource.IDInput) (*inviteAnswer, error) {
	code, until, err := h.inventory.Invite(ctx, in.ID)
	if err != nil {
		return nil, h.Fail(err)
	}
	v := access.Of(ctx)
	out := &inviteAnswer{}
	out.Body.Code, out.Body.URL, out.Body.Expires = code, h.machine.Board(h.machine.Own(v), v.TLS), until
	return out, nil
}
