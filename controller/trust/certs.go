package trust

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"path/filepath"
	"slices"
	"time"

	"loa/controller/trust/keyfile"
)

// Validity. A board without a battery clock may start years in the past: what
// it checks itself is valid from long ago and for long. What the controller
// checks, a node's certificate, tells when it was made, so that all that were
// made before can be revoked at once.
const (
	caYears   = 40
	leafYears = 20
	// NodeLife is how long a node's certificate counts, if no other is set. It is
	// renewed after two thirds; a board that lay in a drawer for longer than this
	// is enrolled anew.
	NodeLife = 2 * 365 * 24 * time.Hour
	renewAt  = 90 * 24 * time.Hour // the controller's own leaves are renewed this long before their end
)

// validFrom is the NotBefore of everything we make: before any board's clock.
func validFrom() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

// pair is a certificate and its private key.
type pair struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func (p pair) tls() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{p.cert.Raw}, PrivateKey: p.key, Leaf: p.cert}
}

func (p pair) certPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw})
}

func (p pair) keyPEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

func (p pair) write(path string) error {
	key, err := p.keyPEM()
	if err != nil {
		return err
	}
	return keyfile.Write(path, append(p.certPEM(), key...))
}

// errForeign is of a certificate that another authority signed.
var errForeign = errors.New("are these the files of two communes?")

func (t *Trust) openCA() error {
	path := filepath.Join(t.dir, caFile)
	p, ok, err := readPair(path)
	if err != nil {
		return err
	}
	if ok {
		if !p.cert.IsCA {
			return fmt.Errorf("%s is not an authority", path)
		}
		t.ca = p
		return nil
	}
	if _, ok, _ := readPair(filepath.Join(t.dir, controllerFile)); ok || t.Used() {
		return fmt.Errorf("%s is missing although certificates it signed are here; "+
			"restore it from a backup, for a new one would lock every node out", path)
	}
	if err := t.newAuthority(); err != nil {
		return err
	}
	return t.ca.write(path)
}

func (t *Trust) authorityTemplate() *x509.Certificate {
	tmpl := template("Loa "+t.commune, t.now(), t.now().AddDate(caYears, 0, 0))
	tmpl.IsCA, tmpl.BasicConstraintsValid, tmpl.MaxPathLenZero = true, true, true
	tmpl.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	return tmpl
}

func (t *Trust) openBroker(extra []string) error {
	hosts := append([]string{"localhost", "127.0.0.1", "::1"}, extra...)
	tmpl := template("broker", t.now(), t.now().AddDate(leafYears, 0, 0))
	tmpl.KeyUsage = x509.KeyUsageDigitalSignature
	tmpl.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, h)
		}
	}
	names := func(c *x509.Certificate) bool {
		sameIP := func(a, b net.IP) bool { return a.Equal(b) }
		return slices.Equal(c.DNSNames, tmpl.DNSNames) && slices.EqualFunc(c.IPAddresses, tmpl.IPAddresses, sameIP)
	}
	p, err := t.openLeaf(filepath.Join(t.dir, brokerFile), tmpl, names)
	if err != nil {
		return err
	}
	t.broker = p.tls()
	return nil
}

func (t *Trust) openController() error {
	anyNames := func(*x509.Certificate) bool { return true }
	p, err := t.openLeaf(filepath.Join(t.dir, controllerFile), clientTemplate(ControllerName, t.now()), anyNames)
	if err != nil {
		return err
	}
	t.controller = p.tls()
	return nil
}

// openLeaf reads a certificate of the controller's own, or makes it when it
// is missing, near its end, or no longer fits. One of a foreign authority is
// refused: it means files of two communes were mixed. Without the commune's
// authority all files are left as they are, and nobody believes the one returned.
func (t *Trust) openLeaf(path string, tmpl *x509.Certificate, fits func(*x509.Certificate) bool) (pair, error) {
	if t.Deaf() {
		return t.issue(tmpl)
	}
	p, ok, err := readPair(path)
	if err != nil {
		return pair{}, err
	}
	if ok {
		if err := p.cert.CheckSignatureFrom(t.ca.cert); err != nil {
			return pair{}, fmt.Errorf("%s was not signed by this ca.pem; %w (%w)", path, errForeign, err)
		}
		if fits(p.cert) && t.now().Add(renewAt).Before(p.cert.NotAfter) {
			return p, nil
		}
	}
	if p, err = t.issue(tmpl); err != nil {
		return pair{}, err
	}
	return p, p.write(path)
}

func (t *Trust) issue(tmpl *x509.Certificate) (pair, error) { return sign(tmpl, &t.ca) }

// sign makes a key and a certificate for it; a nil authority signs itself.
func sign(tmpl *x509.Certificate, by *pair) (pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair{}, err
	}
	issuer := pair{cert: tmpl, key: key}
	if by != nil {
		issuer = *by
	}
	cert, err := certify(tmpl, key.Public(), issuer)
	return pair{cert: cert, key: key}, err
}

func certify(tmpl *x509.Certificate, key crypto.PublicKey, by pair) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, tmpl, by.cert, key, by.key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func template(name string, now, until time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: newSerial(now),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    validFrom(),
		NotAfter:     until,
	}
}

// nodeTemplate is of a node's certificate.
func (t *Trust) nodeTemplate(id string) *x509.Certificate {
	tmpl := clientTemplate(id, t.now())
	tmpl.NotAfter = t.now().Add(t.nodeLife)
	return tmpl
}

// newSerial is when a certificate is made, in Unix milliseconds, and 64 random
// bits (RFC 5280, 4.1.2.2: positive, at most 20 octets). NotBefore is too coarse
// to tell a board from the one that takes its place.
func newSerial(now time.Time) *big.Int {
	serial := make([]byte, 16)
	_, _ = rand.Read(serial) // never fails: crypto/rand
	binary.BigEndian.PutUint64(serial, uint64(max(now.UnixMilli(), 1)))
	return new(big.Int).SetBytes(serial)
}

func clientTemplate(name string, now time.Time) *x509.Certificate {
	t := template(name, now, now.AddDate(leafYears, 0, 0))
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return t
}
