package pages

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"net/url"

	"loa/controller/problem"
	"loa/controller/web/address"
	"loa/schedule"
)

// trustPage walks a phone through trusting the commune's authority.
type trustPage struct {
	*kit
}

// register adds the endpoints.
func (p *trustPage) register() {
	p.mux.HandleFunc("GET /trust", p.trustPage)
	p.mux.HandleFunc("GET /trust/loa.crt", p.authorityFile("application/x-x509-ca-cert", "loa.crt", func(c *x509.Certificate) []byte { return c.Raw }))
	p.mux.HandleFunc("GET /trust/loa.mobileconfig", p.authorityFile("application/x-apple-aspen-config", "loa.mobileconfig", p.profile))
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

// trustPage walks a phone through trusting the commune's authority. The office
// machine's page shows where a phone finds it.
func (p *trustPage) trustPage(w http.ResponseWriter, r *http.Request) {
	ca := p.machine.Authority()
	if ca == nil {
		p.problemPage(w, r, noAuthority)
		return
	}
	v := trustView{frame: p.frameOf(r, "trust"), Until: ca.NotAfter.In(schedule.Zone()).Format("02/01/2006"), Here: address.Here(r), On: p.machine.SecureURL(address.Host(r), "/")}
	sum := sha256.Sum256(ca.Raw)
	for i := 0; i < len(sum); i += 4 {
		v.Fingerprint = append(v.Fingerprint, fmt.Sprintf("%X", sum[i:i+4]))
	}
	hosts := []string{address.Host(r)}
	if v.Here {
		hosts = p.machine.LAN()
	}
	for _, host := range hosts {
		address := p.machine.PlainURL(host, "/trust")
		svg, err := qrSVG(address)
		if err != nil {
			p.problemPage(w, r, p.explain(err))
			return
		}
		v.Addresses = append(v.Addresses, trustAddress{address, svg})
	}
	p.show(w, r, http.StatusOK, "trust.html", v)
}

var noAuthority = problem.New(problem.NotFound, "no_authority",
	"Trạm này không dùng chứng chỉ riêng nên điện thoại không cần làm gì thêm.", "This station has no authority of its own: a phone needs nothing more.")

func (p *trustPage) authorityFile(kind, name string, content func(*x509.Certificate) []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ca := p.machine.Authority()
		if ca == nil {
			p.problemPage(w, r, noAuthority)
			return
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		_, _ = w.Write(content(ca)) // the phone is gone, then
	}
}

// profile is the authority as an iPhone takes it (Apple, Configuration Profile
// Reference, payload com.apple.security.root).
func (p *trustPage) profile(ca *x509.Certificate) []byte {
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
`, base64.StdEncoding.EncodeToString(ca.Raw), name.String(), url.PathEscape(p.commune), id(sum[:16]), name.String(), url.PathEscape(p.commune), id(sum[16:]))
}
