package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/office/account"
	"loa/controller/web/api/resource"
	"loa/controller/web/auth"
)

// sessionHandlers let people in and out.
type sessionHandlers struct {
	resource.Face
	account *account.Desk
}

type whoAnswer struct {
	SetCookie *http.Cookie `header:"Set-Cookie"`
	Body      account.Who
}

type leftAnswer struct {
	SetCookie *http.Cookie `header:"Set-Cookie"`
}

// asked is a question for navigator.credentials; the browser's answer comes
// back as credential. Binary fields are base64url, as WebAuthn has them in JSON.
type asked struct {
	Body struct {
		PublicKey any `json:"publicKey"`
	}
}

type answeredInput struct {
	Body struct {
		Name       string          `json:"name,omitempty" maxLength:"120"`
		Credential json.RawMessage `json:"credential"`
	}
}

// register adds the operations.
func (h sessionHandlers) register() {
	huma.Register(h.Huma, resource.Unsigned(resource.Operation("sign-in", http.MethodPost, "/session", "People", http.StatusCreated,
		"Sign in: the answer's cookie is the session")), func(ctx context.Context, in *struct{ Body account.Credentials }) (*whoAnswer, error) {
		cookie, err := h.account.SignIn(ctx, in.Body)
		return h.whoIs(ctx, cookie, err)
	})
	huma.Register(h.Huma, resource.Unsigned(resource.Operation("set-up", http.MethodPost, "/setup", "People", http.StatusCreated,
		"Make the first account, on the machine itself, and sign in")),
		func(ctx context.Context, in *struct{ Body account.Newcomer }) (*whoAnswer, error) {
			cookie, err := h.account.SetUp(ctx, in.Body)
			return h.whoIs(ctx, cookie, err)
		})
	huma.Register(h.Huma, resource.Operation("who-am-i", http.MethodGet, "/session", "People", http.StatusOK,
		"Who asks, and what they may do"), func(ctx context.Context, _ *struct{}) (*whoAnswer, error) {
		return h.whoIs(ctx, "", nil)
	})
	huma.Register(h.Huma, resource.Operation("sign-out", http.MethodDelete, "/session", "People", http.StatusNoContent,
		"End the session"), func(ctx context.Context, _ *struct{}) (*leftAnswer, error) {
		return &leftAnswer{auth.SessionCookie("", access.Of(ctx).TLS)}, h.Fail(h.account.SignOut(ctx))
	})
	huma.Register(h.Huma, resource.Unsigned(resource.Operation("ask-sign-in", http.MethodGet, "/session/passkey", "People", http.StatusOK,
		"Begin to sign in by a passkey: what the browser is to sign")), h.askSignIn)
	huma.Register(h.Huma, resource.Unsigned(resource.Operation("sign-in-passkey", http.MethodPost, "/session/passkey",
		"People", http.StatusCreated,
		"Sign in by a passkey: the answer's cookie is the session")), func(ctx context.Context, in *answeredInput) (*whoAnswer, error) {
		cookie, err := h.account.SignInByPasskey(ctx, in.Body.Credential)
		return h.whoIs(ctx, cookie, err)
	})
}

func (h sessionHandlers) whoIs(ctx context.Context, value string, err error) (*whoAnswer, error) {
	if err != nil {
		return nil, h.Fail(err)
	}
	out := &whoAnswer{Body: h.account.Who(ctx)}
	if value != "" {
		out.SetCookie = auth.SessionCookie(value, access.Of(ctx).TLS)
	}
	return out, nil
}

func (h sessionHandlers) askSignIn(ctx context.Context, _ *struct{}) (*asked, error) {
	key, err := h.account.AskSignIn(ctx)
	return question(h.Face, key, err)
}

// question answers with a question for a browser.
func question(f resource.Face, key any, err error) (*asked, error) {
	out := &asked{}
	out.Body.PublicKey = key
	if err != nil {
		return nil, f.Fail(err)
	}
	return out, nil
}
