package web

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/office/people"
	"loa/controller/store"
)

// asked is a question for navigator.credentials; the browser's answer comes
// back as credential. Binary fields are base64url, as WebAuthn has them in JSON.
type asked struct {
	Body struct {
		PublicKey any `json:"publicKey"`
	}
}

// askInput proves again who asks: finding a page open adds no key.
type askInput struct {
	Body struct {
		Password string `json:"password" maxLength:"1000"`
	}
}

type answeredInput struct {
	Body struct {
		Name       string          `json:"name,omitempty" maxLength:"120"`
		Credential json.RawMessage `json:"credential"`
	}
}

type passkeyAnswer struct{ Body store.Passkey }

func (s *Server) registerPasskeys(mux *router) {
	huma.Register(s.api, operation("ask-passkey", http.MethodPost, "/passkeys/begin", "Begin to add a passkey: what the browser is to make", "People", http.StatusOK), s.askPasskey)
	huma.Register(s.api, operation("add-passkey", http.MethodPost, "/passkeys", "Keep the passkey that the browser made", "People", http.StatusCreated), s.addPasskey)
	huma.Register(s.api, operation("list-passkeys", http.MethodGet, "/passkeys", "Your passkeys, the oldest first", "People", http.StatusOK), func(ctx context.Context, _ *struct{}) (*list[store.Passkey], error) {
		all, err := s.opt.Store.Passkeys(ctx, access.Of(ctx).Who.ID)
		return listOf(all), s.fail(err)
	})
	huma.Register(s.api, operation("delete-passkey", http.MethodDelete, "/passkeys/{id}", "Remove one of your passkeys", "People", http.StatusNoContent), func(ctx context.Context, in *idInput) (*struct{}, error) {
		return nil, s.fail(s.deletePasskey(ctx, in.ID))
	})
	begin := operation("ask-sign-in", http.MethodGet, "/session/passkey", "Begin to sign in by a passkey: what the browser is to sign", "People", http.StatusOK)
	begin.Security = []map[string][]string{}
	huma.Register(s.api, begin, s.askSignIn)
	in := operation("sign-in-passkey", http.MethodPost, "/session/passkey", "Sign in by a passkey: the answer's cookie is the session", "People", http.StatusCreated)
	in.Security = []map[string][]string{}
	huma.Register(s.api, in, func(ctx context.Context, in *answeredInput) (*whoAnswer, error) {
		cookie, err := s.enter(ctx, "passkey", func() (string, store.Person, error) {
			return s.passkeys.SignIn(ctx, in.Body.Credential, access.Of(ctx).From)
		})
		return s.whoIs(ctx, cookie, err)
	})
	mux.HandleFunc("POST /account/passkeys/{id}", s.accountForm(func(r *http.Request) error { return s.deletePasskey(r.Context(), r.PathValue("id")) }))
}

func (s *Server) askPasskey(ctx context.Context, in *askInput) (*asked, error) {
	v := access.Of(ctx)
	if err := s.proves(ctx, in.Body.Password); err != nil {
		return nil, s.fail(err)
	}
	ask, err := s.passkeys.BeginAdd(ctx, v.Who.ID, v.Origin())
	if err != nil {
		return nil, s.fail(err)
	}
	s.trail.Did(ctx, "passkey.ask", v.Who.ID, nil, nil)
	out := &asked{}
	out.Body.PublicKey = ask.Response
	return out, nil
}

func (s *Server) addPasskey(ctx context.Context, in *answeredInput) (*passkeyAnswer, error) {
	kept, err := s.passkeys.Add(ctx, access.Of(ctx).Who.ID, in.Body.Name, in.Body.Credential)
	if err != nil {
		return nil, s.fail(err)
	}
	s.trail.Did(ctx, "passkey.add", kept.ID, nil, kept)
	return &passkeyAnswer{kept}, nil
}

func (s *Server) deletePasskey(ctx context.Context, id string) error {
	me := access.Of(ctx).Who.ID
	all, err := s.opt.Store.Passkeys(ctx, me)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(k store.Passkey) bool { return k.ID == id })
	if i < 0 {
		return store.ErrNotFound
	}
	if err := s.opt.Store.DeletePasskey(ctx, me, id); err != nil {
		return err
	}
	s.trail.Did(ctx, "passkey.delete", id, all[i], nil)
	return nil
}

func (s *Server) askSignIn(ctx context.Context, _ *struct{}) (*asked, error) {
	if s.passkeys == nil {
		return nil, people.NoAccounts
	}
	ask, err := s.passkeys.BeginSignIn(access.Of(ctx).Origin(), access.Of(ctx).From)
	if err != nil {
		return nil, s.fail(err)
	}
	out := &asked{}
	out.Body.PublicKey = ask.Response
	return out, nil
}
