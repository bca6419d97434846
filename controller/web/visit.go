package web

import (
	"context"
	"net"
	"net/http"

	"loa/controller/share"
	"loa/controller/trust"
	"loa/schedule"
)

// kind is what somebody came in as.
type kind int

const (
	nobody  kind = iota
	person       // by the cookie of a session
	program      // by a token that acts for a person
	machine      // by the machine's own token, which only its administrator can read
)

// machineID and machineName are how the machine's own token stands in the logs.
const (
	machineID   = "machine"
	machineName = "Máy văn phòng"
)

// visit is one request: who asks, from where, and what it came to. It travels
// in the request's context.
type visit struct {
	kind   kind
	who    trust.Principal
	from   trust.Visitor
	cookie string // of the session, of a person or of the machine; "": there is none
	tls    bool
	host   string // by which the page was opened, with its port
	came   string // address of this machine at which it came in, with its port
	here   bool   // it comes from this machine itself
}

type visitKey struct{}

func withVisit(ctx context.Context, v *visit) context.Context {
	return context.WithValue(ctx, visitKey{}, v)
}

// visitOf returns the request's visit. Where there is none, nobody asks, and
// nobody may do anything.
func visitOf(ctx context.Context) *visit {
	if v, ok := ctx.Value(visitKey{}).(*visit); ok {
		return v
	}
	return &visit{}
}

func newVisit(r *http.Request) *visit {
	came := ""
	if at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		came = at.String()
	}
	return &visit{came: came, tls: r.TLS != nil, host: r.Host, here: here(r), from: trust.Visitor{Address: address(r), Agent: r.UserAgent()}}
}

// origin is where the page was opened, as its browser says it.
func (v *visit) origin() trust.Origin {
	if v.tls {
		return trust.Origin{Scheme: "https", Host: v.host}
	}
	return trust.Origin{Scheme: "http", Host: v.host}
}

// address is where a request comes from: of its connection, for anybody can
// write a header.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// machineVisit is the machine's own: of the metrics, and of its token.
func machineVisit() *visit {
	v := &visit{}
	v.byMachine()
	return v
}

func (v *visit) byMachine() {
	v.kind, v.who = machine, trust.Principal{ID: machineID, Name: machineName}
}

// may reports whether the visitor may do one of some things in each of the
// areas; with no area, in some place at least.
func (v *visit) may(any []trust.Action, tree schedule.Tree, areas ...string) bool {
	if v.kind == machine {
		return true
	}
	if len(areas) == 0 {
		for _, a := range any {
			if v.who.May(a, tree) {
				return true
			}
		}
		return false
	}
	for _, area := range areas {
		ok := false
		for _, a := range any {
			ok = ok || v.who.May(a, tree, area)
		}
		if !ok {
			return false
		}
	}
	return true
}

// sees reports whether the visitor has anything to do with an area: what is
// listed is cut to that.
func (v *visit) sees(tree schedule.Tree, area string) bool {
	return v.may(trust.Actions, tree, area)
}

// touches reports whether the visitor may do one of some things in a part of
// an area at least.
func (v *visit) touches(any []trust.Action, tree schedule.Tree, area string) bool {
	if v.may(any, tree, area) {
		return true
	}
	for _, a := range any {
		for _, root := range v.who.Where(a) {
			if tree.Within(root, area) {
				return true
			}
		}
	}
	return false
}

// share is whose share of what is bounded the visitor uses up: the person's, also
// by a program's hand; before anybody is signed in, the address's.
func (v *visit) share() string {
	switch {
	case v.who.Person != "":
		return v.who.Person
	case v.kind != nobody:
		return v.who.ID + " " + v.from.Address
	}
	return share.Address(v.from.Address)
}

// author is how the visitor stands as an author: a person by the own name,
// whatever the request says; the machine may speak for others.
func (v *visit) author(said string) string {
	if v.kind == machine {
		return said
	}
	return v.who.Name
}
