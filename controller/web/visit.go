package web

import (
	"net"
	"net/http"

	"loa/controller/office/access"
	"loa/controller/trust"
)

func newVisit(r *http.Request) *access.Visit {
	came := ""
	if at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		came = at.String()
	}
	return &access.Visit{Came: came, TLS: r.TLS != nil, Host: r.Host, Here: here(r), From: trust.Visitor{Address: address(r), Agent: r.UserAgent()}}
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
