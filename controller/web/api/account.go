package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/office/account"
	"loa/controller/store"
	"loa/controller/web/api/resource"
	"loa/controller/web/auth"
)

// accountHandlers keep what a person has for themselves.
type accountHandlers struct {
	resource.Face
	account *account.Desk
}

type tokenAnswer struct {
	Body struct {
		Token string      `json:"token" doc:"shown this once"`
		Kept  store.Token `json:"kept"`
	}
}

// askInput proves again who asks: finding a page open adds no key.
type askInput struct {
	Body struct {
		Password string `json:"password" maxLength:"1000"`
	}
}

// register adds the operations.
func (h accountHandlers) register() {
	huma.Register(h.Huma, resource.Operation("set-password", http.MethodPut, "/password", "People", http.StatusNoContent,
		"Give yourself a new password; all other sessions end"),
		func(ctx context.Context, in *struct{ Body account.NewPassword }) (*leftAnswer, error) {
			value, err := h.account.SetPassword(ctx, in.Body)
			if err != nil {
				return nil, h.Fail(err)
			}
			return &leftAnswer{auth.SessionCookie(value, access.Of(ctx).TLS)}, nil
		})
	resource.Lists(h.Face, resource.Operation("list-sessions", http.MethodGet, "/sessions", "People", http.StatusOK,
		"Your sessions, the last seen first"), h.account.Sessions)
	h.ByID(resource.Operation("end-session", http.MethodDelete, "/sessions/{id}", "People", http.StatusNoContent,
		"End one of your sessions"), h.account.EndSession)
	huma.Register(h.Huma, resource.Operation("end-sessions", http.MethodDelete, "/sessions", "People", http.StatusNoContent,
		"Sign out everywhere: all your other sessions end, and your tokens"), func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, h.Fail(h.account.EndOthers(ctx))
	})
	resource.Lists(h.Face, resource.Operation("list-tokens", http.MethodGet, "/tokens", "People", http.StatusOK,
		"Your tokens"), h.account.Tokens)
	huma.Register(h.Huma, resource.Operation("make-token", http.MethodPost, "/tokens", "People", http.StatusCreated,
		"Make a token by which a program acts for you, within scopes"),
		func(ctx context.Context, in *struct{ Body account.NewToken }) (*tokenAnswer, error) {
			token, kept, err := h.account.MakeToken(ctx, in.Body)
			if err != nil {
				return nil, h.Fail(err)
			}
			out := &tokenAnswer{}
			out.Body.Token, out.Body.Kept = token, kept
			return out, nil
		})
	h.ByID(resource.Operation("delete-token", http.MethodDelete, "/tokens/{id}", "People", http.StatusNoContent,
		"Remove one of your tokens"), h.account.DeleteToken)
	huma.Register(h.Huma, resource.Operation("ask-passkey", http.MethodPost, "/passkeys/begin", "People", http.StatusOK,
		"Begin to add a passkey: what the browser is to make"), h.askPasskey)
	huma.Register(h.Huma, resource.Operation("add-passkey", http.MethodPost, "/passkeys", "People", http.StatusCreated,
		"Keep the passkey that the browser made"), h.addPasskey)
	resource.Lists(h.Face, resource.Operation("list-passkeys", http.MethodGet, "/passkeys", "People", http.StatusOK,
		"Your passkeys, the oldest first"), h.account.Passkeys)
	h.ByID(resource.Operation("delete-passkey", http.MethodDelete, "/passkeys/{id}", "People", http.StatusNoContent,
		"Remove one of your passkeys"), h.account.DeletePasskey)
}

func (h accountHandlers) askPasskey(ctx context.Context, in *askInput) (*asked, error) {
	key, err := h.account.AskPasskey(ctx, in.Body.Password)
	return question(h.Face, key, err)
}

func (h accountHandlers) addPasskey(ctx context.Context, in *answeredInput) (*resource.Answer[store.Passkey], error) {
	kept, err := h.account.AddPasskey(ctx, in.Body.Name, in.Body.Credential)
	return resource.AnswerOf(h.Face, kept, err)
}
