package people

import (
	"context"
	"slices"
	"sync"

	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/trust"
)

// Newcomer is a person as somebody writes one down.
type Newcomer struct {
	Login    string        `json:"login" maxLength:"200"`
	Name     string        `json:"name,omitempty" maxLength:"200"`
	Password string        `json:"password" maxLength:"1000"`
	Grants   []store.Grant `json:"grants" doc:"roles, each in an area and all that lies in it"`
}

// Change is what of a person can be changed.
type Change struct {
	Name     string        `json:"name,omitempty" maxLength:"200"`
	Grants   []store.Grant `json:"grants"`
	Disabled bool          `json:"disabled,omitempty" doc:"cannot sign in; their sessions and tokens end"`
}

// View is a person with the programs that act for them.
type View struct {
	store.Person
	Tokens []store.Token `json:"tokens" doc:"by which programs act for them, newest first"`
}

// Desk looks after people and their roles.
type Desk struct {
	store    *store.Store
	accounts *trust.Accounts // nil: there are none on this machine
	access   *access.Control
	trail    *audit.Trail
	changing sync.Mutex // two heads must not both be the last but one
}

// New returns the desk; without accounts, nobody can be let in.
func New(s *store.Store, accounts *trust.Accounts, control *access.Control, trail *audit.Trail) *Desk {
	return &Desk{store: s, accounts: accounts, access: control, trail: trail}
}

// persons are those who have a role in a place that the caller governs.
func (d *Desk) persons(ctx context.Context) ([]store.Person, error) {
	all, err := d.store.People(ctx)
	if err != nil {
		return nil, err
	}
	a, err := d.access.View(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(p store.Person) bool {
		return len(p.Grants) > 0 &&
			!slices.ContainsFunc(p.Grants, func(g store.Grant) bool { return a.Who.May(access.Governing, a.Tree, a.Standing(g.Area)) })
	}), nil
}

// Views are the persons with their tokens.
func (d *Desk) Views(ctx context.Context) ([]View, error) {
	all, err := d.persons(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]View, len(all))
	for i, p := range all {
		views[i].Person = p
		if views[i].Tokens, err = d.store.TokensOf(ctx, p.ID); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// RevokeToken removes a token of a person over whom the caller has a say.
func (d *Desk) RevokeToken(ctx context.Context, id, token string) error {
	_, p, err := d.over(ctx, id)
	if err != nil {
		return err
	}
	all, err := d.store.TokensOf(ctx, p.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(t store.Token) bool { return t.ID == token })
	if i < 0 {
		return store.ErrNotFound
	}
	if err := d.store.DeleteToken(ctx, token); err != nil {
		return err
	}
	d.trail.Did(ctx, "token.delete", token, all[i], nil, placesOfGrants(p.Grants)...)
	return nil
}

// Add lets somebody in, with roles in places that the caller governs.
func (d *Desk) Add(ctx context.Context, b Newcomer) (p store.Person, err error) {
	a, err := d.access.View(ctx)
	if err == nil {
		err = a.Known(b.Grants)
	}
	if err == nil {
		err = a.PermitGrants(b.Grants)
	}
	if err == nil && d.accounts == nil {
		err = NoAccounts
	}
	if err != nil {
		return p, err
	}
	if p, err = d.accounts.Add(ctx, trust.Newcomer{Login: b.Login, Name: b.Name, Password: b.Password, Grants: orNone(b.Grants)}); err == nil {
		d.trail.Did(ctx, "person.add", p.ID, nil, p, placesOfGrants(p.Grants)...)
	}
	return p, err
}

func orNone(grants []store.Grant) []store.Grant {
	if grants == nil {
		return []store.Grant{}
	}
	return grants
}

func placesOfGrants(grants []store.Grant) (areas []string) {
	for _, g := range grants {
		areas = append(areas, g.Area)
	}
	return areas
}

// over returns a person, if the caller has a say over all they may do.
func (d *Desk) over(ctx context.Context, id string) (*access.View, store.Person, error) {
	a, err := d.access.View(ctx)
	if err != nil {
		return nil, store.Person{}, err
	}
	p, err := d.store.Person(ctx, id)
	if err == nil {
		err = a.PermitGrants(p.Grants)
	}
	if err == nil && d.accounts == nil {
		err = NoAccounts
	}
	return a, p, err
}

var lastHead = problem.New(problem.Conflict, "last_admin",
	"Đây là trưởng đài cuối cùng của xã: hãy giao vai trò đó cho người khác trước.",
	"This is the commune's last head: give somebody else that role first.")

// Change gives somebody another name and other roles, or shuts them out; the
// commune keeps one head at least.
func (d *Desk) Change(ctx context.Context, id string, c Change) (after store.Person, err error) {
	d.changing.Lock()
	defer d.changing.Unlock()
	a, before, err := d.over(ctx, id)
	if err == nil {
		err = a.Known(c.Grants)
	}
	if err == nil {
		err = a.PermitGrants(c.Grants)
	}
	if err != nil {
		return after, err
	}
	changed := before
	changed.Grants, changed.Disabled = c.Grants, c.Disabled
	all, err := d.store.People(ctx)
	if err != nil {
		return after, err
	}
	others := slices.DeleteFunc(all, func(p store.Person) bool { return p.ID == id })
	if a.Heads(before) && !a.Heads(append(others, changed)...) {
		return after, lastHead
	}
	before, after, err = d.accounts.Change(ctx, id, c.Name, orNone(c.Grants), c.Disabled)
	if err == nil {
		d.trail.Did(ctx, "person.put", id, before, after, placesOfGrants(after.Grants)...)
	}
	return after, err
}

// ResetPassword gives somebody a new password; their sessions, passkeys and tokens
// end.
func (d *Desk) ResetPassword(ctx context.Context, id, password string) error {
	_, p, err := d.over(ctx, id)
	if err != nil {
		return err
	}
	if err := d.accounts.SetPassword(ctx, id, password, ""); err != nil {
		return err
	}
	d.trail.Did(ctx, "person.password", p.ID, nil, nil, placesOfGrants(p.Grants)...)
	return nil
}

// NoAccounts is the answer where nobody has an account.
var NoAccounts = problem.New(problem.Unavailable, "no_accounts",
	"Máy này chưa mở tài khoản cho người dùng: hãy báo kỹ thuật viên.", "This machine has no accounts switched on: tell the technician.")
