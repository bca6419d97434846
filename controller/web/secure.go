package web

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/schedule"
)

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

// port is the listener's.
func port(l net.Listener) string {
	_, p, _ := net.SplitHostPort(l.Addr().String()) // "" of what has none
	return p
}

// plainPaths are what is served on plain HTTP from elsewhere too: what a phone
// needs before it trusts the certificate, what has a proof of its own, and what
// machines ask that watch.
var plainPaths = []string{"/trust", "/trust/", "/static/", "/healthz", "/readyz", enrolPath}

var httpsNeeded = problem.New(problem.Forbidden, "https_needed",
	"Địa chỉ http:// không được mã hóa nên bị từ chối: hãy dùng địa chỉ https://, và coi mật khẩu hay mã vừa gửi là đã lộ.",
	"The address http:// is not encrypted and was refused: use the https:// address, and take the password or token just sent for known.")

// ciphered sends those who come on plain HTTP from elsewhere to HTTPS, where
// there is HTTPS. This machine itself needs none.
func (s *Server) ciphered(next http.Handler) http.Handler {
	if s.opt.Secure == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		plain := slices.ContainsFunc(plainPaths, func(p string) bool {
			return r.URL.Path == p || strings.HasSuffix(p, "/") && strings.HasPrefix(r.URL.Path, p)
		})
		switch {
		case r.TLS != nil, plain, here(r):
			next.ServeHTTP(w, r)
		case r.Method == http.MethodGet && r.Header.Get("Authorization") == "" && !r.URL.Query().Has("token"):
			if s.opt.Secure.Authority != nil && strings.Contains(r.Header.Get("Accept"), "text/html") && r.URL.Path == "/" {
				http.Redirect(w, r, "/trust", http.StatusSeeOther) // a phone that comes for the first time
				return
			}
			http.Redirect(w, r, s.secureURL(hostOf(r), local(r.URL.Path, r.URL.Query())), http.StatusTemporaryRedirect)
		default:
			secure(w.Header())
			writeProblem(w, httpsNeeded)
		}
	})
}

// hostOf is the name by which a request came, without its port.
func hostOf(r *http.Request) string {
	if h, _, err := net.SplitHostPort(r.Host); err == nil {
		return h
	}
	return strings.Trim(r.Host, "[]")
}

func (s *Server) secureURL(host, path string) string {
	return "https://" + hostPort(host, port(s.opt.Secure.Listener), "443") + path
}

// hostPort is host:port as it stands in an address.
func hostPort(host, port, usual string) string {
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
func (s *Server) isOurs(name string, here bool) bool {
	name = strings.ToLower(strings.Trim(name, "[]"))
	if slices.ContainsFunc(s.opt.Names, func(n string) bool { return strings.EqualFold(n, name) }) || here && name == "localhost" {
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

// ownHost is the host of a request where that is this machine, else the address
// at which the request came in: the caller chooses the header, and a board
// believes what it is told here.
func (s *Server) ownHost(v *access.Visit) string {
	name, p, err := net.SplitHostPort(v.Host)
	if err != nil {
		name, p = v.Host, ""
	}
	_, came, _ := net.SplitHostPort(v.Came)
	if s.isOurs(name, v.Here) && (p == "" || p == came) {
		return v.Host
	}
	return v.Came
}

// boardBase is the address a board is told: it has a proof of its own and does
// not know the pages' authority, so plain HTTP serves it.
func (s *Server) boardBase(host string, secure bool) string {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	switch {
	case secure && s.opt.Secure != nil && s.opt.Secure.Authority != nil:
		return "http://" + hostPort(name, s.plainPort, "80")
	case secure:
		return "https://" + host
	default:
		return "http://" + host
	}
}

type trustView struct {
	frame
	Addresses   []trustAddress
	Fingerprint []string // SHA-256 of the authority's certificate, in groups
	Until       string
	On          string // the secure address of this page's host
	Here        bool   // looked at on the office machine
}

type trustAddress struct {
	URL string
	QR  template.HTML
}

func (s *Server) registerTrust(mux *router) {
	mux.HandleFunc("GET /trust", s.trustPage)
	mux.HandleFunc("GET /trust/loa.crt", s.authorityFile("application/x-x509-ca-cert", "loa.crt", func(c *x509.Certificate) []byte { return c.Raw }))
	mux.HandleFunc("GET /trust/loa.mobileconfig", s.authorityFile("application/x-apple-aspen-config", "loa.mobileconfig", s.profile))
}

func (s *Server) authority() *x509.Certificate {
	if s.opt.Secure == nil {
		return nil
	}
	return s.opt.Secure.Authority
}

// trustPage walks a phone through trusting the commune's authority. The office
// machine's page shows where a phone finds it.
func (s *Server) trustPage(w http.ResponseWriter, r *http.Request) {
	ca := s.authority()
	if ca == nil {
		s.problemPage(w, r, noAuthority)
		return
	}
	v := trustView{frame: s.frame(r, "trust"), Until: ca.NotAfter.In(schedule.Zone()).Format("02/01/2006"), Here: here(r), On: s.secureURL(hostOf(r), "/")}
	sum := sha256.Sum256(ca.Raw)
	for i := 0; i < len(sum); i += 4 {
		v.Fingerprint = append(v.Fingerprint, fmt.Sprintf("%X", sum[i:i+4]))
	}
	hosts := []string{hostOf(r)}
	if v.Here {
		hosts = s.lanAddresses()
	}
	for _, host := range hosts {
		address := "http://" + hostPort(host, s.plainPort, "80") + "/trust"
		svg, err := qrSVG(address)
		if err != nil {
			s.problemPage(w, r, s.explain(err))
			return
		}
		v.Addresses = append(v.Addresses, trustAddress{address, svg})
	}
	s.show(w, r, http.StatusOK, "trust.html", v)
}

// maxAddresses are shown of a machine that has many.
const maxAddresses = 3

// lanAddresses are this machine's, by which a phone in the same network finds
// it: those it answers at.
func (s *Server) lanAddresses() (all []string) {
	if ip := net.ParseIP(s.plainHost); ip != nil && !ip.IsUnspecified() {
		if !ip.IsLoopback() {
			all = []string{s.plainHost}
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

var noAuthority = problem.New(problem.NotFound, "no_authority",
	"Trạm này không dùng chứng chỉ riêng nên điện thoại không cần làm gì thêm.", "This station has no authority of its own: a phone needs nothing more.")

func (s *Server) authorityFile(kind, name string, content func(*x509.Certificate) []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ca := s.authority()
		if ca == nil {
			s.problemPage(w, r, noAuthority)
			return
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		_, _ = w.Write(content(ca)) // the phone is gone, then
	}
}

// profile is the authority as an iPhone takes it (Apple, Configuration Profile
// Reference, payload com.apple.security.root).
func (s *Server) profile(ca *x509.Certificate) []byte {
	sum := sha256.Sum256(ca.Raw)
	id := func(b []byte) string { return fmt.Sprintf("%X-%X-%X-%X-%X", b[:4], b[4:6], b[6:8], b[8:10], b[10:16]) }
	var name bytes.Buffer
	template.HTMLEscape(&name, []byte(ca.Subject.CommonName))
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>PayloadContent</key><array><dict>
<key>PayloadContent</key><data>%s</data>
<key>PayloadDisplayName</key><string>%s</string>
<key>PayloadIdentifier</key><string>loa.pages.%s</string>
<key>PayloadType</key><string>com.apple.security.root</string>
<key>PayloadUUID</key><string>%s</string>
<key>PayloadVersion</key><integer>1</integer>
</dict></array>
<key>PayloadDisplayName</key><string>%s</string>
<key>PayloadIdentifier</key><string>loa.%s</string>
<key>PayloadType</key><string>Configuration</string>
<key>PayloadUUID</key><string>%s</string>
<key>PayloadVersion</key><integer>1</integer>
</dict></plist>
`, base64.StdEncoding.EncodeToString(ca.Raw), name.String(), url.PathEscape(s.opt.Commune), id(sum[:16]), name.String(), url.PathEscape(s.opt.Commune), id(sum[16:]))
}
