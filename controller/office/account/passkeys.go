package account

import (
	"context"
	"encoding/json"
	"slices"

	"loa/controller/office/access"
	"loa/controller/office/people"
	"loa/controller/store"
)

// Passkeys are the caller's, the oldest first.
func (d *Desk) Passkeys(ctx context.Context) ([]store.Passkey, error) {
	return d.opt.Store.Passkeys(ctx, access.Of(ctx).Who.ID)
}

// AskPasskey begins to add a passkey, for one who gives their password: what comes back is
// the publicKey that navigator.credentials.create is given (WebAuthn Level 2, 5.4).
func (d *Desk) AskPasskey(ctx context.Context, password string) (any, error) {
	v := access.Of(ctx)
	if err := d.proves(ctx, password); err != nil {
		return nil, err
	}
	ask, err := d.passkeys.BeginAdd(ctx, v.Who.ID, v.Origin())
	if err != nil {
		return nil, err
	}
	d.opt.Trail.Did(ctx, "passkey.ask", v.Who.ID, nil, nil)
	return ask.Response, nil
}

// AddPasskey keeps the passkey that the browser made as AskPasskey asked.
func (d *Desk) AddPasskey(ctx context.Context, name string, credential json.RawMessage) (store.Passkey, error) {
	if d.passkeys == nil {
		return store.Passkey{}, people.NoAccounts
	}
	kept, err := d.passkeys.Add(ctx, access.Of(ctx).Who.ID, name, credential)
	if err == nil {
		d.opt.Trail.Did(ctx, "passkey.add", kept.ID, nil, kept)
	}
	return kept, err
}

// DeletePasskey removes one of the caller's passkeys; store.ErrNotFound: it is none of theirs.
func (d *Desk) DeletePasskey(ctx context.Context, id string) error {
	all, err := d.Passkeys(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(k store.Passkey) bool { return k.ID == id })
	if i < 0 {
		return store.ErrNotFound
	}
	if err := d.opt.Store.DeletePasskey(ctx, access.Of(ctx).Who.ID, id); err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, "passkey.delete", id, all[i], nil)
	return nil
}

// AskSignIn begins to sign in by a passkey: what comes back is the publicKey that
// navigator.credentials.get is given (WebAuthn Level 2, 5.5).
func (d *Desk) AskSignIn(ctx context.Context) (any, error) {
	if d.passkeys == nil {
		return nil, people.NoAccounts
	}
	ask, err := d.passkeys.BeginSignIn(access.Of(ctx).Origin(), access.Of(ctx).From)
	if err != nil {
		return nil, err
	}
	return ask.Response, nil
}

// SignInByPasskey begins a session by what the browser signed, and returns its cookie.
func (d *Desk) SignInByPasskey(ctx context.Context, credential json.RawMessage) (cookie string, err error) {
	return d.enter(ctx, "passkey", func() (string, store.Person, error) {
		return d.passkeys.SignIn(ctx, credential, access.Of(ctx).From)
	})
}
