// Package address is by which addresses this machine is reached, and from where somebody
// asks: what a board is told to call (Machine.Board), where a page is over TLS
// (Machine.Secure), what a phone in the same network types (Machine.LAN), and whether a
// request comes from this machine itself (Here).
//
// What a request's header says is believed only where it names this machine
// (Machine.Own): a caller chooses the header, and a board believes what it is told.
package address

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"loa/controller/office/access"
)

// Enrol is where a board shows its code.
const Enrol = "/api/v1/enrol"

// Secure is the listener of HTTPS, beside that of plain HTTP.
type Secure struct {
	Listener net.Listener
	TLS      *tls.Config
	// Plain wraps what answers on plain HTTP: there an ACME server may ask.
	Plain func(http.Handler) http.Handler
	// Authority must be trusted by each phone first; nil: they trust the
	// certificate already.
	Authority *x509.Certificate
}

// Machine is this machine, as others reach it.
type Machine struct {
	Names  []string // by which it is known, beside its addresses
	Secure *Secure  // nil: plain HTTP only
	// host and port are those of plain HTTP; empty until they are known.
	host, port string
}

// Listen notes where plain HTTP is answered, before anybody asks.
func (m *Machine) Listen(l net.Listener) {
	m.host, m.port, _ = net.SplitHostPort(l.Addr().String()) // empty of what has none
}

// Authority is the commune's own, which phones must trust first; nil: there is none.
func (m *Machine) Authority() *x509.Certificate {
	if m.Secure == nil {
		return nil
	}
	return m.Secure.Authority
}

// SecureURL is where a path is over TLS, at a host of this machine.
func (m *Machine) SecureURL(host, path string) string {
	_, port, _ := net.SplitHostPort(m.Secure.Listener.Addr().String()) // "" of what has none
	return "https://" + join(host, port, "443") + path
}

// PlainURL is where a path is over plain HTTP, at a host of this machine.
func (m *Machine) PlainURL(host, path string) string {
	return "http://" + join(host, m.port, "80") + path
}

// join is host:port as it stands in an address.
func join(host, port, usual string) string {
	if port == usual {
		if strings.Contains(host, ":") {
			return "[" + host + "]"
		}
		return host
	}
	return net.JoinHostPort(host, port)
}

// isOurs reports whether a name is one by which this machine is known: of its
// settings, an address that it has, or, to itself, localhost.
func (m *Machine) isOurs(name string, here bool) bool {
	name = strings.ToLower(strings.Trim(name, "[]"))
	if slices.ContainsFunc(m.Names, func(n string) bool { return strings.EqualFold(n, name) }) || here && name == "localhost" {
		return true
	}
	ip := net.ParseIP(name)
	if ip == nil || ip.IsLoopback() && !here {
		return false
	}
	addrs, _ := net.InterfaceAddrs() // none: it is not known to be ours
	return ip.IsLoopback() || slices.ContainsFunc(addrs, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		return ok && n.IP.Equal(ip)
	})
}

// Own is the host of a visit where that is this machine, else the address
// at which it came in: the caller chooses the header, and a board
// believes what it is told here.
func (m *Machine) Own(v *access.Visit) string {
	name, p, err := net.SplitHostPort(v.Host)
	if err != nil {
		name, p = v.Host, ""
	}
	_, came, _ := net.SplitHostPort(v.Came)
	if m.isOurs(name, v.Here) && (p == "" || p == came) {
		return v.Host
	}
	return v.Came
}

// Reachable is the host by which a board finds this machine: what the page was opened by,
// unless that is a name that only this machine knows.
func (m *Machine) Reachable(v *access.Visit) string {
	if v.Here {
		if lan := m.LAN(); len(lan) > 0 {
			return join(lan[0], m.port, "80")
		}
	}
	return m.Own(v)
}

// Board is the address a board is told, of a host that a page was opened by, secure or
// not: a board has a proof of its own and does not know the pages' authority, so plain
// HTTP serves it.
func (m *Machine) Board(host string, secure bool) string {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	switch {
	case secure && m.Authority() != nil:
		return m.PlainURL(name, "")
	case secure:
		return "https://" + host
	default:
		return "http://" + host
	}
}

// maxAddresses are told of a machine that has many.
const maxAddresses = 3

// LAN is the addresses by which a phone in the same network finds this machine: those it
// answers at, three at most; none: it answers nobody there.
func (m *Machine) LAN() (all []string) {
	if ip := net.ParseIP(m.host); ip != nil && !ip.IsUnspecified() {
		if !ip.IsLoopback() {
			all = []string{m.host}
		}
		return all
	}
	addrs, _ := net.InterfaceAddrs() // none: the page says so
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if ok && n.IP.To4() != nil && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() && len(all) < maxAddresses {
			all = append(all, n.IP.String())
		}
	}
	return all
}

// Host is the name by which a request came, without its port.
func Host(r *http.Request) string {
	if h, _, err := net.SplitHostPort(r.Host); err == nil {
		return h
	}
	return strings.Trim(r.Host, "[]")
}

// From is where a request comes from: of its connection, for anybody can
// write a header.
func From(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// Here reports whether a request comes from this machine itself: by its
// connection, not by way of a proxy here, and by a name of this machine, for
// the page of another site can have a name that leads here (DNS rebinding).
func Here(r *http.Request) bool {
	for _, by := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(by) != "" {
			return false
		}
	}
	host := Host(r)
	return loopback(From(r)) && (host == "localhost" || loopback(host))
}

func loopback(address string) bool {
	ip := net.ParseIP(address)
	return ip != nil && ip.IsLoopback()
}

// Local is an address of ours, whatever the path is: one that begins with //
// would be another host's.
func Local(path string, q url.Values) string {
	u := url.URL{Path: "/" + strings.TrimLeft(path, "/\\"), RawQuery: q.Encode()}
	return u.String()
}
