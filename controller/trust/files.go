package trust

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"loa/controller/trust/keyfile"
	"loa/controller/trust/signing"
)

// readPair reads a certificate and its key from one file; ok is false when
// there is no such file. The file's mode is put right if someone widened it.
func readPair(path string) (p pair, ok bool, err error) {
	b, err := keyfile.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return pair{}, false, nil
	}
	if err == nil {
		p, err = parsePair(b)
	}
	if err != nil {
		return pair{}, false, fmt.Errorf("%s: %w", path, err)
	}
	return p, true, nil
}

// parsePair decodes a file of one certificate and one private key, and checks
// that they belong together.
func parsePair(b []byte) (pair, error) {
	var p pair
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		var err error
		switch block.Type {
		case "CERTIFICATE":
			p.cert, err = x509.ParseCertificate(block.Bytes)
		case "PRIVATE KEY":
			p.key, err = parseKey(block.Bytes)
		}
		if err != nil {
			return pair{}, err
		}
	}
	if p.cert == nil || p.key == nil {
		return pair{}, errors.New("damaged: it must hold a certificate and its key; restore it from a backup")
	}
	pub, ok := p.key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !pub.Equal(p.cert.PublicKey) {
		return pair{}, errors.New("damaged: the key does not belong to the certificate; restore it from a backup")
	}
	return p, nil
}

func parseKey(der []byte) (crypto.Signer, error) {
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	s, ok := k.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T cannot sign", k)
	}
	return s, nil
}

// Look opens the signing key in dir and nothing else, for a caller that only reads:
// no file is made or renewed.
func Look(dir, commune string) (*Trust, error) {
	keys, err := signing.Look(dir, commune)
	if err != nil {
		return nil, fmt.Errorf("trust: %w", err)
	}
	return &Trust{Keys: keys, dir: dir, commune: commune, now: time.Now}, nil
}

// Check returns nil if dir holds a commune's keys, whole and belonging together.
// Nothing in it is changed.
func Check(dir, commune string) error {
	ca, ok, err := readPair(filepath.Join(dir, "ca.pem"))
	if err != nil || !ok {
		return fmt.Errorf("trust: no authority in the keys: %w", errors.Join(err, fs.ErrNotExist))
	}
	for _, name := range []string{"broker.pem", "controller.pem"} {
		p, ok, err := readPair(filepath.Join(dir, name))
		if err == nil && ok {
			err = p.cert.CheckSignatureFrom(ca.cert)
		}
		if err != nil {
			return fmt.Errorf("trust: %s: %w", name, err)
		}
	}
	if _, err := signing.Look(dir, commune); err != nil {
		return fmt.Errorf("trust: %w", err)
	}
	return nil
}
