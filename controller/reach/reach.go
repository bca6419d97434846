// Package reach is how the controller reaches addresses that people typed: of
// stations that are passed on, and of webhooks. A person who may type one must not
// reach by it what only this machine can: itself, the office's network, a
// cloud's metadata. So every connection passes one guard:
//
//	address typed → Check (what can be said at once)
//	              → Client, Dial: each address that a name stands for is judged
//	                when it is connected to, also after each redirect
//
// An address is judged where the connection is made and not before, so that a
// name that stands for something else a moment later (DNS rebinding) gains
// nothing. What is not public is reached only if the machine's administrator has
// allowed it in the settings (reach). No proxy of the environment is used: it
// would connect in our place.
//
// Open is the sound of a station, its playlists followed by us: ffmpeg gets bytes
// and no address.
package reach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"loa/controller/problem"
)

const (
	dialWithin   = 10 * time.Second
	answerWithin = 15 * time.Second
	maxRedirects = 5
)

// ErrPrivate is of an address that is not public and was not allowed.
var ErrPrivate = problem.New(problem.Invalid, "address_private",
	"Địa chỉ này nằm trong mạng nội bộ hoặc trên chính máy chủ nên không được dùng: "+
		"hãy dùng địa chỉ công khai, hoặc nhờ kỹ thuật viên thêm tên máy đó vào mục reach trong tệp cài đặt của Loa.",
	"This address is on the office's network or on the server itself and may not be used: "+
		"use a public one, or have the technician add the host to the setting reach of Loa.")

// Guard judges addresses.
type Guard struct {
	hosts map[string]bool // names and addresses, lower case
	nets  []netip.Prefix
}

// New makes a guard that lets through what is public and what is allowed: names
// of hosts, addresses, and networks such as 192.168.1.0/24.
func New(allowed ...string) (*Guard, error) {
	g := &Guard{hosts: map[string]bool{}}
	for _, a := range allowed {
		a = strings.ToLower(strings.TrimSpace(a))
		if strings.Contains(a, "/") {
			p, err := netip.ParsePrefix(a)
			if err != nil {
				return nil, fmt.Errorf("setting reach: %w", err)
			}
			g.nets = append(g.nets, p.Masked())
			continue
		}
		if a == "" || strings.ContainsAny(a, " @?#") {
			return nil, fmt.Errorf("setting reach: %q is no host, address or network", a)
		}
		if ip, err := netip.ParseAddr(a); err == nil {
			g.nets = append(g.nets, netip.PrefixFrom(ip, ip.BitLen()))
			continue
		}
		g.hosts[strings.TrimSuffix(a, ".")] = true
	}
	return g, nil
}

// Public lets through what is public and nothing else.
func Public() *Guard { return &Guard{} }

// judge says why an address that a host stands for may not be connected to; nil:
// it may.
func (g *Guard) judge(host string, ip netip.Addr) error {
	ip = ip.Unmap().WithZone("")
	if public(ip) || g.hosts[strings.ToLower(strings.TrimSuffix(host, "."))] {
		return nil
	}
	for _, n := range g.nets {
		if n.Contains(ip) {
			return nil
		}
	}
	return ErrPrivate
}

// special are the networks that are not public (IANA's registries of special
// purpose addresses) and that netip does not name.
var special = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")

var (
	global = netip.MustParsePrefix("2000::/3")     // all of IPv6 that is public
	nat64  = netip.MustParsePrefix("64:ff9b::/96") // IPv4 behind it (RFC 6052)
)

func prefixes(all ...string) (out []netip.Prefix) {
	for _, s := range all {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func public(ip netip.Addr) bool {
	if nat64.Contains(ip) {
		b := ip.As16()
		return public(netip.AddrFrom4([4]byte(b[12:])))
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.Is6() && !global.Contains(ip) {
		return false
	}
	for _, n := range special {
		if n.Contains(ip) {
			return false
		}
	}
	return true
}

// Dial connects to host:port, if the guard lets it.
func (g *Guard) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: dialWithin, ControlContext: func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(resolved)
		if err != nil {
			return ErrPrivate
		}
		return g.judge(host, at.Addr())
	}}
	return d.DialContext(ctx, network, address)
}

// Client asks by HTTP under the guard; redirects are followed so many times.
func (g *Guard) Client(redirects int) *http.Client {
	return &http.Client{
		Transport: &http.Transport{DialContext: g.dialHTTP, TLSHandshakeTimeout: dialWithin, ResponseHeaderTimeout: answerWithin,
			MaxResponseHeaderBytes: 64 << 10, MaxIdleConns: 4, IdleConnTimeout: answerWithin},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			switch {
			case redirects == 0:
				return http.ErrUseLastResponse
			case len(via) > redirects:
				return errors.New("too many redirects")
			case r.URL.Scheme != "http" && r.URL.Scheme != "https":
				return fmt.Errorf("a redirect to %q", r.URL.Scheme)
			}
			return nil
		}}
}

// Check says what is wrong with an address, as far as it can be said without
// asking anybody; nil: nothing is.
func (g *Guard) Check(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return nil // what takes the address says so
	}
	host := u.Hostname()
	if ip, err := netip.ParseAddr(host); err == nil {
		return g.judge(host, ip)
	}
	if name := strings.ToLower(strings.TrimSuffix(host, ".")); name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return g.judge(host, netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	}
	return nil
}

// WithoutAddress is an error of a request without its address, which may hold a
// password.
func WithoutAddress(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}
