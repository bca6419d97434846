package https

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"loa/controller/trust/keyfile"
)

// Validity. Apple's devices take no leaf of more than 825 days (support.apple.com/103769);
// ours are never older than the controller's start, or made anew long before.
const (
	authorityYears = 10
	leafLives      = 397 * 24 * time.Hour
	leafAnew       = 30 * 24 * time.Hour // before its end
	early          = 24 * time.Hour      // a phone's clock may be behind
)

// What the commune's own authority may vouch for (RFC 5280, 4.2.1.10): one who
// steals its key can pass for a page on a LAN, not for anybody's bank.
var (
	lanDomains = []string{"localhost", "local", "lan", "home.arpa", "internal"}
	lanRanges  = []string{"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "::1/128",
		"fc00::/7", "fe80::/10"}
)

// pair is a certificate and its private key.
type pair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// authority is the commune's own, and the leaf it made last. The leaf follows
// this machine's addresses: a router gives it another one at any time.
type authority struct {
	Options
	ca        pair
	addresses func() []net.IP
	mu        sync.Mutex
	leaf      *tls.Certificate
}

func openOwn(o Options) (*Certificates, error) {
	a := &authority{Options: o, addresses: machineAddresses}
	if host, err := os.Hostname(); err == nil {
		a.Names = append(slices.Clone(o.Names), host, host+".local")
	}
	a.Names = append(a.Names, "localhost")
	if err := a.open(filepath.Join(o.Dir, "pages-ca.pem")); err != nil {
		return nil, err
	}
	if _, err := a.get(nil); err != nil {
		return nil, err
	}
	return &Certificates{way: Own, get: a.get, authority: a}, nil
}

func (a *authority) open(path string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return a.make(path)
	}
	if err != nil {
		return err
	}
	p, err := tls.X509KeyPair(b, b)
	if err != nil {
		return fmt.Errorf("%s bị hỏng: hãy lấy lại từ bản sao lưu; it is damaged, restore it from a backup: %w", path, err)
	}
	key, ok := p.PrivateKey.(*ecdsa.PrivateKey)
	if !ok || !p.Leaf.IsCA {
		return fmt.Errorf("%s is not an authority of ours: restore it from a backup", path)
	}
	a.ca = pair{p.Leaf, key}
	for _, name := range a.Names {
		if !a.mayVouch(name) {
			return fmt.Errorf("tên %[1]s chưa có khi lập %[2]s: hãy xóa tệp đó để lập lại, rồi mỗi điện thoại phải tin cậy lại một lần; "+
				"the name %[1]s was not there when %[2]s was made: remove the file, and every phone must trust anew", name, path)
		}
	}
	return nil
}

// make makes the authority, for what a LAN has and the names of the settings.
func (a *authority) make(path string) error {
	tmpl := a.template("Loa " + a.Commune)
	tmpl.NotAfter = a.Now().AddDate(authorityYears, 0, 0)
	tmpl.IsCA, tmpl.BasicConstraintsValid, tmpl.MaxPathLenZero = true, true, true
	tmpl.KeyUsage = x509.KeyUsageCertSign
	tmpl.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	tmpl.PermittedDNSDomainsCritical = true
	tmpl.PermittedDNSDomains = slices.Clone(lanDomains)
	for _, cidr := range lanRanges {
		_, ipnet, err := net.ParseCIDR(cidr)
		if err != nil {
			return err
		}
		tmpl.PermittedIPRanges = append(tmpl.PermittedIPRanges, ipnet)
	}
	for _, name := range a.Names {
		if ip := net.ParseIP(name); ip != nil {
			bits := 8 * len(short(ip))
			tmpl.PermittedIPRanges = append(tmpl.PermittedIPRanges, &net.IPNet{IP: short(ip), Mask: net.CIDRMask(bits, bits)})
		} else {
			tmpl.PermittedDNSDomains = append(tmpl.PermittedDNSDomains, name)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	if a.ca, err = certify(tmpl, pair{tmpl, key}, key); err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	b := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.ca.cert.Raw})
	return keyfile.Write(path, append(b, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...))
}

func certify(tmpl *x509.Certificate, by pair, key *ecdsa.PrivateKey) (pair, error) {
	der, err := x509.CreateCertificate(rand.Reader, tmpl, by.cert, key.Public(), by.key)
	if err != nil {
		return pair{}, err
	}
	cert, err := x509.ParseCertificate(der)
	return pair{cert, key}, err
}

func (a *authority) template(name string) *x509.Certificate {
	serial := make([]byte, 16)
	_, _ = rand.Read(serial) // never fails: crypto/rand
	serial[0] &= 0x7f
	return &x509.Certificate{SerialNumber: new(big.Int).SetBytes(serial), Subject: pkix.Name{CommonName: name}, NotBefore: a.Now().Add(-early)}
}

// mayVouch reports whether the authority may vouch for a name or an address.
func (a *authority) mayVouch(name string) bool {
	if ip := net.ParseIP(name); ip != nil {
		return slices.ContainsFunc(a.ca.cert.PermittedIPRanges, func(n *net.IPNet) bool { return n.Contains(ip) })
	}
	return slices.ContainsFunc(a.ca.cert.PermittedDNSDomains, func(domain string) bool {
		return strings.EqualFold(name, domain) || strings.HasSuffix(strings.ToLower(name), "."+strings.ToLower(domain))
	})
}

// get returns the leaf, and makes it anew when this machine has come to
// another address, or when it nears its end.
func (a *authority) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	here := a.addresses
	if hello != nil {
		if addr, ok := hello.Conn.LocalAddr().(*net.TCPAddr); ok {
			here = func() []net.IP { return append(a.addresses(), short(addr.IP)) }
			if a.leaf != nil && !a.covers(addr.IP) {
				a.leaf = nil
			}
		}
	}
	if a.leaf != nil && a.Now().Before(a.leaf.Leaf.NotAfter.Add(-leafAnew)) {
		return a.leaf, nil
	}
	var err error
	a.leaf, err = a.makeLeaf(here())
	return a.leaf, err
}

func (a *authority) makeLeaf(addresses []net.IP) (*tls.Certificate, error) {
	tmpl := a.template(a.Names[0])
	tmpl.NotAfter = earlier(a.Now().Add(leafLives), a.ca.cert.NotAfter)
	tmpl.KeyUsage, tmpl.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, name := range a.Names {
		if ip := net.ParseIP(name); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, name)
		}
	}
	for _, ip := range addresses {
		if a.mayVouch(ip.String()) {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	p, err := certify(tmpl, a.ca, key)
	if err != nil {
		return nil, fmt.Errorf("https: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{p.cert.Raw, a.ca.cert.Raw}, PrivateKey: key, Leaf: p.cert}, nil
}

// covers reports whether the leaf has the address that somebody connected to,
// if it can have it at all.
func (a *authority) covers(ip net.IP) bool {
	return !a.mayVouch(ip.String()) || slices.ContainsFunc(a.leaf.Leaf.IPAddresses, ip.Equal)
}

// machineAddresses are this machine's, now.
func machineAddresses() (all []net.IP) {
	addrs, _ := net.InterfaceAddrs() // none: the names remain
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			all = append(all, short(n.IP))
		}
	}
	return all
}

// short is an address of 4 bytes where it is one.
func short(ip net.IP) net.IP {
	if four := ip.To4(); four != nil {
		return four
	}
	return ip
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
