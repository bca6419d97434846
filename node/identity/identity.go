package identity

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"loa/node/wire"
)

// triesEach is how often a certificate is tried before the one before it.
const triesEach = 3

// File is where a renewed certificate is, in the data folder.
const File = "identity.pem"

// Identity is the certificate by which a node is known, and its renewal:
//
//	enrolled --two thirds of its life--> asking --answer--> on flash --quiet--> used
//	    ^                                                                         |
//	    '---------------------------- the same again ----------------------------'
//
// The one from enrolment stays where it is. A renewed one is a file of its own
// in the data folder, certificate and key together, so that it is there whole or
// not at all; of the two the later made is used, and when the broker does not
// Take that, the other is tried.
type Identity struct {
	opt     Options
	file    string
	renewed atomic.Bool // a certificate came that the link does not use yet

	mu    sync.Mutex
	certs []tls.Certificate // the latest made first
	tries int               // since the link was up
	key   *ecdsa.PrivateKey // of the certificate that is asked for
}

// Options of an Identity.
type Options struct {
	ID, Commune string
	Data        string          // folder of the node
	Enrolled    tls.Certificate // from enrolment
	Roots       *x509.CertPool  // the commune's authority
	Open        func(raw []byte, want wire.Header, now time.Time, v any) (wire.Header, error)
	Logger      *slog.Logger
}

// Open takes up what the folder holds. A renewed certificate that cannot be used is
// told in the log, and the one from enrolment counts.
func Open(o Options) (*Identity, error) {
	i := &Identity{opt: o, file: filepath.Join(o.Data, File), certs: []tls.Certificate{o.Enrolled}}
	left, err := filepath.Glob(filepath.Join(o.Data, ".identity-*")) // half written when power went
	if err != nil {
		return nil, fmt.Errorf("look for old keys: %w", err)
	}
	for _, name := range left {
		_ = os.Remove(name) // what stays is in nobody's way
	}
	renewed, err := tls.LoadX509KeyPair(i.file, i.file)
	if err == nil {
		err = i.check(renewed.Leaf)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		o.Logger.Error("the renewed certificate cannot be used; the one from enrolment is", "err", err)
	case wire.MadeAt(renewed.Leaf).After(wire.MadeAt(o.Enrolled.Leaf)):
		i.certs = slices.Insert(i.certs, 0, renewed)
	}
	return i, nil
}

// check returns an error unless a certificate is this node's.
func (i *Identity) check(cert *x509.Certificate) error {
	if cert.Subject.CommonName != i.opt.ID {
		return fmt.Errorf("it is of %q", cert.Subject.CommonName)
	}
	_, err := cert.Verify(x509.VerifyOptions{Roots: i.opt.Roots, CurrentTime: cert.NotAfter,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return err
}

// Client is the certificate for the next connection.
func (i *Identity) Client(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	cert := i.certs[i.tries/triesEach%len(i.certs)]
	i.tries++
	return &cert, nil
}

// Up says that the broker took the certificate.
func (i *Identity) Up() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tries = 0
}

// Latest is the certificate that was made last.
func (i *Identity) Latest() tls.Certificate {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.certs[0]
}

// span is when the latest certificate was made and how long it counts.
func (i *Identity) span() (made time.Time, life time.Duration) {
	cert := i.Latest().Leaf
	made = wire.MadeAt(cert)
	return made, cert.NotAfter.Sub(made)
}

// due is when to ask for the next: at two thirds of the life, and up to a
// twelfth later, else all boards of a village would ask on the same day.
func (i *Identity) due() time.Time {
	made, life := i.span()
	serial := i.Latest().Leaf.SerialNumber.Bytes()
	part := float64(binary.BigEndian.Uint32(append(make([]byte, 4), serial...)[len(serial):])) / (1 << 32)
	return made.Add(life*2/3 + time.Duration(part*float64(life/12)))
}

// Ask makes a new key and the question to have it certified.
func (i *Identity) Ask() (wire.Renew, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return wire.Renew{}, fmt.Errorf("make key: %w", err)
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return wire.Renew{}, fmt.Errorf("make request: %w", err)
	}
	present := i.Latest()
	old, ok := present.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return wire.Renew{}, fmt.Errorf("the present key is a %T", present.PrivateKey)
	}
	proof, err := ecdsa.SignASN1(rand.Reader, old, wire.RenewDigest(wire.Target(i.opt.Commune, i.opt.ID), request))
	if err != nil {
		return wire.Renew{}, fmt.Errorf("sign request: %w", err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key = key
	return wire.Renew{Request: request, Cert: present.Leaf.Raw, Proof: proof}, nil
}

// Take puts a certificate on flash, and then into use from the next connection
// on.
func (i *Identity) Take(der []byte) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	cert, err := x509.ParseCertificate(der)
	if err == nil {
		err = i.check(cert)
	}
	if err != nil {
		return fmt.Errorf("renewed certificate: %w", err)
	}
	if i.key == nil || !i.key.PublicKey.Equal(cert.PublicKey) {
		return errors.New("renewed certificate: it is not for the key that was asked for")
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		return fmt.Errorf("encode key: %w", err)
	}
	var file bytes.Buffer
	_ = pem.Encode(&file, &pem.Block{Type: "CERTIFICATE", Bytes: der}) // a buffer takes all
	_ = pem.Encode(&file, &pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	if err := replaceFile(i.file, file.Bytes()); err != nil {
		return err
	}
	i.certs = slices.Insert(i.certs, 0, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: i.key, Leaf: cert})
	i.certs = i.certs[:min(len(i.certs), 2)]
	i.key, i.tries = nil, 0
	return nil
}

// replaceFile puts a private file in place whole, safe from a loss of power.
func replaceFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".identity-*") // 0600 by definition
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error is the one to tell
		return fmt.Errorf("write %s: %w", path, err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Latest is the certificate by which a node of these options is known, without
// anything being written: the renewed one, if that is the later. An error says why it
// cannot be used.
func Latest(o Options) (tls.Certificate, error) {
	i := &Identity{opt: o}
	cert := o.Enrolled
	file := filepath.Join(o.Data, File)
	renewed, err := tls.LoadX509KeyPair(file, file)
	if err == nil && i.check(renewed.Leaf) == nil && wire.MadeAt(renewed.Leaf).After(wire.MadeAt(cert.Leaf)) {
		cert = renewed
	}
	return cert, i.check(cert.Leaf)
}
