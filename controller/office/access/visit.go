package access

import (
	"context"
	"sync"

	"loa/controller/share"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/schedule"
)

// Kind is what somebody came in as.
type Kind int

// What one can come in as.
const (
	Nobody  Kind = iota
	Person       // by the cookie of a session
	Program      // by a token that acts for a person
	Machine      // by the machine's own token, which only its administrator can read
)

// MachineID and MachineName are how the machine's own token stands in the logs.
const (
	MachineID   = "machine"
	MachineName = "Máy văn phòng"
)

// Visit is one request: its caller, from where, and what it came to. It travels
// in the request's context.
type Visit struct {
	Kind   Kind
	Who    trust.Principal
	From   trust.Visitor
	Cookie string // of the session, of a person or of the machine; "": there is none
	TLS    bool
	Host   string // by which the page was opened, with its port
	Came   string // address of this machine at which it came in, with its port
	Here   bool   // it comes from this machine itself

	reading sync.Mutex
	view    *View // once it was read
}

type visitKey struct{}

// With returns a context that carries a visit.
func With(ctx context.Context, v *Visit) context.Context {
	return context.WithValue(ctx, visitKey{}, v)
}

// Of returns the request's visit. Where there is none, nobody asks, and
// nobody may do anything.
func Of(ctx context.Context) *Visit {
	if v, ok := ctx.Value(visitKey{}).(*Visit); ok {
		return v
	}
	return &Visit{}
}

// Origin is where the page was opened, as its browser says it.
func (v *Visit) Origin() trust.Origin {
	if v.TLS {
		return trust.Origin{Scheme: "https", Host: v.Host}
	}
	return trust.Origin{Scheme: "http", Host: v.Host}
}

// MachineVisit is the machine's own: of the metrics, and of its token.
func MachineVisit() *Visit {
	v := &Visit{}
	v.ByMachine()
	return v
}

// ByMachine makes the visitor the machine itself.
func (v *Visit) ByMachine() {
	v.Kind, v.Who = Machine, trust.Principal{ID: MachineID, Name: MachineName}
}

// May reports whether the visitor may do one of some things in each of the
// areas; with no area, in some place at least.
func (v *Visit) May(any []trust.Action, tree schedule.Tree, areas ...string) bool {
	if v.Kind == Machine {
		return true
	}
	if len(areas) == 0 {
		for _, a := range any {
			if v.Who.May(a, tree) {
				return true
			}
		}
		return false
	}
	for _, area := range areas {
		ok := false
		for _, a := range any {
			ok = ok || v.Who.May(a, tree, area)
		}
		if !ok {
			return false
		}
	}
	return true
}

// Sees reports whether the visitor has anything to do with an area: what is
// listed is cut to that.
func (v *Visit) Sees(tree schedule.Tree, area string) bool {
	return v.May(trust.Actions, tree, area)
}

// touches reports whether the visitor may do one of some things in a part of
// an area at least.
func (v *Visit) touches(any []trust.Action, tree schedule.Tree, area string) bool {
	if v.May(any, tree, area) {
		return true
	}
	for _, a := range any {
		for _, root := range v.Who.Where(a) {
			if tree.Within(root, area) {
				return true
			}
		}
	}
	return false
}

// Share is whose share of what is bounded the visitor uses up: the person's, also
// by a program's hand; before anybody is signed in, the address's.
func (v *Visit) Share() string {
	switch {
	case v.Who.Person != "":
		return v.Who.Person
	case v.Kind != Nobody:
		return v.Who.ID + " " + v.From.Address
	}
	return share.Address(v.From.Address)
}

// Author is how the visitor stands as an author: a person by the own name,
// whatever the request says; the machine may speak for others.
func (v *Visit) Author(said string) string {
	if v.Kind == Machine {
		return said
	}
	return v.Who.Name
}

// Becomes makes the visitor somebody who has just proved to be that person.
func (v *Visit) Becomes(p store.Person, cookie string) {
	v.Kind, v.Cookie = Person, cookie
	v.Who = trust.Principal{ID: p.ID, Person: p.ID, Name: p.Name, Grants: p.Grants}
	v.forget()
}

// forget drops what was read for the visitor.
func (v *Visit) forget() {
	v.reading.Lock()
	defer v.reading.Unlock()
	v.view = nil
}

// MaySetUp reports whether the first account may be made from here: not by
// just anybody on the LAN, who would be the station's head by being quick.
func (v *Visit) MaySetUp() bool { return v.Kind == Machine || v.Here }
