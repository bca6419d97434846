package account

import (
	"context"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/store"
	"loa/controller/trust"
)

// Session is a browser that somebody is signed in with.
type Session struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Agent   string    `json:"agent"`
	Address string    `json:"address"`
	Current bool      `json:"current" doc:"the one that asks"`
}

// sessionID is enough of a session's hash to name it, characters.
const sessionID = 16

// NewPassword is a new password with the proof of the old.
type NewPassword struct {
	Old string `json:"old" maxLength:"1000"`
	New string `json:"new" maxLength:"1000"`
}

// NewToken is a token as somebody wants it.
type NewToken struct {
	Name   string         `json:"name" maxLength:"120"`
	Scopes []trust.Action `json:"scopes"`
	Days   int            `json:"days,omitempty" minimum:"0" maximum:"730" doc:"how long it lasts; 365 if left out"`
	// Password proves again who asks: finding a page open makes no token.
	Password string `json:"password" maxLength:"1000" doc:"yours"`
}

// SetPassword changes the own password: one who finds a page open cannot, without
// the old one. The session goes on as a new one, whose cookie is returned; the others end.
// A cookie is returned beside an error too where the old password was right: the old
// session is over by then.
func (d *Desk) SetPassword(ctx context.Context, b NewPassword) (cookie string, err error) {
	v := access.Of(ctx)
	p, err := d.opt.Store.Person(ctx, v.Who.ID)
	if err == nil {
		err = trust.Acceptable(b.New, p.Login, p.Name)
	}
	if err != nil {
		return "", err
	}
	if cookie, err = d.SignIn(ctx, Credentials{p.Login, b.Old}); err != nil {
		return "", err
	}
	session, err := d.opt.Accounts.Session(ctx, cookie)
	if err == nil {
		err = d.opt.Accounts.SetPassword(ctx, p.ID, b.New, session.Hash)
	}
	if err == nil {
		d.opt.Trail.Did(ctx, "person.password", p.ID, nil, nil)
	}
	return cookie, err
}

// proves checks the password of the caller once more.
func (d *Desk) proves(ctx context.Context, password string) error {
	v := access.Of(ctx)
	p, err := d.opt.Store.Person(ctx, v.Who.ID)
	if err != nil {
		return err
	}
	return d.judged(ctx, p.Login, func() error {
		_, err := d.opt.Accounts.Prove(ctx, p.Login, password, v.From)
		return err
	})
}

// Sessions are the caller's, the last seen first.
func (d *Desk) Sessions(ctx context.Context) ([]Session, error) {
	v := access.Of(ctx)
	all, err := d.opt.Store.Sessions(ctx, v.Who.ID)
	if err != nil {
		return nil, err
	}
	own, err := d.opt.Accounts.Session(ctx, v.Cookie)
	views := make([]Session, len(all))
	for i, x := range all {
		views[i] = Session{x.Hash[:sessionID], x.Created, x.Seen, x.Agent, x.Address, x.Hash == own.Hash}
	}
	return views, err
}

// EndSession ends one of the caller's sessions; store.ErrNotFound: it is none of theirs.
func (d *Desk) EndSession(ctx context.Context, id string) error {
	all, err := d.opt.Store.Sessions(ctx, access.Of(ctx).Who.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(x store.Session) bool { return x.Hash[:sessionID] == id })
	if i < 0 {
		return store.ErrNotFound
	}
	if err := d.opt.Store.EndSession(ctx, all[i].Hash); err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, "session.end", id, all[i], nil)
	return nil
}

// EndOthers ends all other sessions of the caller, and their tokens.
func (d *Desk) EndOthers(ctx context.Context) error {
	v := access.Of(ctx)
	if err := d.opt.Accounts.SignOutEverywhere(ctx, v.Who.ID, v.Cookie); err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, "session.end_all", v.Who.ID, nil, nil)
	return nil
}

// Tokens are the caller's, newest first.
func (d *Desk) Tokens(ctx context.Context) ([]store.Token, error) {
	return d.opt.Store.TokensOf(ctx, access.Of(ctx).Who.ID)
}

// MakeToken makes a token by which a program acts for the caller. The token itself is
// told this once; kept is what is remembered of it.
func (d *Desk) MakeToken(ctx context.Context, b NewToken) (token string, kept store.Token, err error) {
	if err := d.proves(ctx, b.Password); err != nil {
		return "", store.Token{}, err
	}
	token, kept, err = d.opt.Accounts.MakeToken(ctx, access.Of(ctx).Who.ID, b.Name, b.Scopes, time.Duration(b.Days)*24*time.Hour)
	if err == nil {
		d.opt.Trail.Did(ctx, "token.add", kept.ID, nil, kept)
	}
	return token, kept, err
}

// DeleteToken removes one of the caller's tokens; store.ErrNotFound: it is none of theirs.
func (d *Desk) DeleteToken(ctx context.Context, id string) error {
	own, err := d.Tokens(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(own, func(t store.Token) bool { return t.ID == id })
	if i < 0 {
		return store.ErrNotFound
	}
	if err := d.opt.Store.DeleteToken(ctx, id); err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, "token.delete", id, own[i], nil)
	return nil
}
