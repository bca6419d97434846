package auth

import (
	"net"
	"net/http"

	"loa/controller/office/access"
	"loa/controller/trust"
	"loa/controller/web/address"
)

func newVisit(r *http.Request) *access.Visit {
	came := ""
	if at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		came = at.String()
	}
	return &access.Visit{Came: came, TLS: r.TLS != nil, Host: r.Host, Here: address.Here(r), From: trust.Visitor{Address: address.From(r), Agent: r.UserAgent()}}
}
