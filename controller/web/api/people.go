package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/people"
	"loa/controller/store"
	"loa/controller/web/api/resource"
)

// personHandlers look after people and their roles.
type personHandlers struct {
	resource.Face
	people *people.Desk
}

type personPassword struct {
	ID   string `path:"id"`
	Body struct {
		Password string `json:"password" maxLength:"1000"`
	}
}

type personToken struct {
	ID    string `path:"id"`
	Token string `path:"token"`
}

// register adds the operations.
func (h personHandlers) register() {
	resource.Lists(h.Face, resource.Operation("list-people", http.MethodGet, "/people", "People", http.StatusOK,
		"People whose roles you look after"), h.people.Views)
	huma.Register(h.Huma, resource.Operation("add-person", http.MethodPost, "/people", "People", http.StatusCreated,
		"Let somebody in, with roles in places"), func(ctx context.Context,
		in *struct{ Body people.Newcomer }) (*resource.Answer[store.Person], error) {
		p, err := h.people.Add(ctx, in.Body)
		return resource.AnswerOf(h.Face, p, err)
	})
	resource.Changes(h.Face, resource.Operation("change-person", http.MethodPut, "/people/{id}", "People", http.StatusOK,
		"Change somebody's name or roles, or shut them out"), h.people.Change)
	huma.Register(h.Huma, resource.Operation("reset-password", http.MethodPost, "/people/{id}/password", "People", http.StatusNoContent,
		"Give somebody a new password; their sessions, passkeys and tokens end"),
		func(ctx context.Context, in *personPassword) (*struct{}, error) {
			return nil, h.Fail(h.people.ResetPassword(ctx, in.ID, in.Body.Password))
		})
	huma.Register(h.Huma, resource.Operation("revoke-token", http.MethodDelete, "/people/{id}/tokens/{token}", "People", http.StatusNoContent,
		"Remove one of somebody's tokens"), func(ctx context.Context, in *personToken) (*struct{}, error) {
		return nil, h.Fail(h.people.RevokeToken(ctx, in.ID, in.Token))
	})
}
