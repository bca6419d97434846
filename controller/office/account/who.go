package account

import (
	"context"

	"loa/controller/office/access"
	"loa/controller/store"
	"loa/controller/trust"
)

// Who is who somebody is here, and what they may do.
type Who struct {
	ID     string         `json:"id"`
	Name   string         `json:"name"`
	Kind   string         `json:"kind" enum:"person,program,machine"`
	May    []trust.Action `json:"may" doc:"in some place at least"`
	Grants []store.Grant  `json:"grants"`
}

// Who is the caller, and what they may do; nothing is asked of the store.
func (d *Desk) Who(ctx context.Context) Who {
	v := access.Of(ctx)
	who := Who{ID: v.Who.ID, Name: v.Who.Name, Kind: [...]string{"", "person", "program", "machine"}[v.Kind], Grants: v.Who.Grants,
		May: []trust.Action{}}
	for _, a := range trust.Actions {
		if v.May([]trust.Action{a}, nil) {
			who.May = append(who.May, a)
		}
	}
	if who.Grants == nil {
		who.Grants = []store.Grant{}
	}
	return who
}
