package trust

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"loa/controller/trust/keyfile"
	"loa/controller/trust/signing"
	"loa/node/wire"
)

// ControllerName is the common name of the controller's certificate, and so
// its name on the broker. No node may bear it.
const ControllerName = "controller"

// tokenBytes is the length of the bearer token before base64url.
const tokenBytes = 32

// The files.
const (
	caFile         = "ca.pem"
	brokerFile     = "broker.pem"
	controllerFile = "controller.pem"
	tokenFile      = "token"
)

// ErrNodeID means an id that cannot be a certificate's name and a topic level.
var ErrNodeID = errors.New("a node id is 1 to 64 of a-z, 0-9 and '-', and not the controller's name")

// ErrRequest means that what a board sent is no certificate request of ours.
var ErrRequest = errors.New("not a certificate request for a node")

// Options are what the keys depend on besides chance.
type Options struct {
	Commune string    // written into certificates, for the people who read them
	Hosts   []string  // extra names and addresses of the broker
	Now     time.Time // the present, for validity; zero means time.Now()
	// NodeLife is how long a node's certificate counts; zero means [NodeLife].
	NodeLife time.Duration
	// GoOn opens what there is: a file that is damaged or gone is made anew or taken
	// from Spare, and where neither can be, others take its place that nobody believes.
	// [Trust.Lost] tells. false: that is an error.
	GoOn bool
	// Known: nodes know the commune's keys, whatever is in dir; so that all of it gone
	// is not taken for a commune that begins.
	Known bool
	// Spare returns a file of the newest backup; nil: there is none.
	Spare func(name string) ([]byte, error)
}

// Trust holds the opened keys: those of TLS, and the signing keys. Only the signing key
// ever changes; it is safe for concurrent use.
type Trust struct {
	*signing.Keys
	dir        string
	ca         pair
	broker     tls.Certificate
	controller tls.Certificate
	token      string
	commune    string
	now        func() time.Time
	nodeLife   time.Duration
	goOn       bool
	known      bool
	spare      func(name string) ([]byte, error)
	lost       []Lost
}

// Open reads the keys in dir, making those that are missing. It returns an
// error when a file is damaged, or when the authority or the signing key is
// missing although nodes know it: a new one would lock every node out. See
// Options.GoOn.
func Open(dir string, o Options) (*Trust, error) {
	t := &Trust{dir: dir, commune: o.Commune, now: time.Now, nodeLife: cmp.Or(o.NodeLife, NodeLife), goOn: o.GoOn, known: o.Known,
		spare: o.Spare}
	if !o.Now.IsZero() {
		t.now = func() time.Time { return o.Now }
	}
	t.Keys = signing.New(dir, o.Commune, t.now)
	if err := keyfile.Prepare(dir); err != nil {
		return nil, err
	}
	steps := []func() error{
		func() error { return t.recover(caFile, t.openCA, t.authority, t.newAuthority) },
		func() error { return t.remake(brokerFile, func() error { return t.openBroker(o.Hosts) }) },
		func() error { return t.remake(controllerFile, t.openController) },
		func() error {
			return t.recover(signing.File, func() error { return t.Load(t.Used) }, t.Counts, t.Unbelieved)
		},
		func() error { return t.remake(tokenFile, t.openToken) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, fmt.Errorf("trust: %w", err)
		}
	}
	return t, nil
}

// CAPEM returns the authority's certificate, which a node needs to know the
// broker. It is public.
func (t *Trust) CAPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: t.ca.cert.Raw})
}

// ServerTLS returns the broker's side: TLS 1.3 only, and a client certificate
// of our authority is required.
func (t *Trust) ServerTLS() *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{t.broker},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    t.pool(),
		Time:         t.now,
	}
}

// ControllerTLS returns the controller's side towards a broker.
func (t *Trust) ControllerTLS() *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{t.controller},
		RootCAs:      t.pool(),
		Time:         t.now,
	}
}

// IssueNode makes a client certificate and its key for the node with this id.
// The same id may be issued again for a replaced board.
func (t *Trust) IssueNode(id string) (certPEM, keyPEM []byte, err error) {
	if !ValidNodeID(id) {
		return nil, nil, fmt.Errorf("trust: %q: %w", id, ErrNodeID)
	}
	if t.Deaf() {
		return nil, nil, ErrDeaf
	}
	p, err := t.issue(t.nodeTemplate(id))
	if err == nil {
		err = t.note(p.cert)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("trust: issue %s: %w", id, err)
	}
	key, err := p.keyPEM()
	if err != nil {
		return nil, nil, fmt.Errorf("trust: issue %s: %w", id, err)
	}
	return p.certPEM(), key, nil
}

// CertifyNode makes a client certificate for the node with this id and the key
// that csr, a certificate request in DER, was made with: the key itself never
// leaves the board. Of the request nothing but the key counts.
func (t *Trust) CertifyNode(id string, csr []byte) (*x509.Certificate, error) {
	if !ValidNodeID(id) {
		return nil, fmt.Errorf("trust: %q: %w", id, ErrNodeID)
	}
	if t.Deaf() {
		return nil, ErrDeaf
	}
	key, err := requested(csr)
	if err != nil {
		return nil, err
	}
	cert, err := certify(t.nodeTemplate(id), key, t.ca)
	if err == nil {
		err = t.note(cert)
	}
	if err != nil {
		return nil, fmt.Errorf("trust: certify %s: %w", id, err)
	}
	return cert, nil
}

// requested is the key of a request, which its signature proves to be held, or
// ErrRequest.
func requested(csr []byte) (*ecdsa.PublicKey, error) {
	r, err := x509.ParseCertificateRequest(csr)
	if err == nil {
		err = r.CheckSignature()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	key, ok := r.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("%w: its key is not of P-256", ErrRequest)
	}
	return key, nil
}

// ValidNodeID reports whether id can name a node: see [wire.ValidID].
func ValidNodeID(id string) bool { return wire.ValidID(id) && id != ControllerName }

// Token returns the bearer token of the HTTP API.
func (t *Trust) Token() string { return t.token }

// CheckToken compares in constant time; hashing first hides the length too.
func (t *Trust) CheckToken(got string) bool {
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(t.token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

func (t *Trust) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(t.ca.cert)
	return pool
}

func (t *Trust) openToken() error {
	path := filepath.Join(t.dir, tokenFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		secret := make([]byte, tokenBytes)
		rand.Read(secret)
		t.token = base64.RawURLEncoding.EncodeToString(secret)
		return keyfile.Write(path, []byte(t.token+"\n"))
	}
	if err != nil {
		return err
	}
	t.token = strings.TrimSpace(string(b))
	secret, err := base64.RawURLEncoding.DecodeString(t.token)
	if err != nil || len(secret) != tokenBytes {
		return fmt.Errorf("%s is damaged; remove it and a new token is made", path)
	}
	return nil
}
