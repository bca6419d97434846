package trust

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"time"

	"loa/controller/trust/keyfile"
	"loa/node/wire"
)

const (
	issuedFile = "issued"
	// crlLife is long, and the list is made anew at half of it: a broker refuses
	// everybody by a list that is out of date.
	crlLife = 365 * 24 * time.Hour
	crlFrom = 24 * time.Hour // before now, for a broker's clock that is behind
)

// issued is one certificate that a node was given.
type issued struct {
	serial *big.Int
	node   string
	until  time.Time
}

// note keeps which certificate a node was given: a list of the revoked ones
// names them by their numbers.
func (t *Trust) note(cert *x509.Certificate) error {
	f, err := os.OpenFile(filepath.Join(t.dir, issuedFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	// the first \n ends a line that power cut short
	_, err = fmt.Fprintf(f, "\n%x %s %d\n", cert.SerialNumber, cert.Subject.CommonName, cert.NotAfter.Unix())
	return errors.Join(err, f.Sync(), f.Close())
}

// issued returns the certificates that still count by their dates. A line that
// power cut short is passed over: its certificate was given to nobody.
func (t *Trust) issued() ([]issued, error) {
	data, err := os.ReadFile(filepath.Join(t.dir, issuedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("trust: %w", err)
	}
	return parseIssued(data, t.now()), nil
}

// parseIssued reads the lines of certificates that count by their dates after
// now.
func parseIssued(data []byte, now time.Time) (all []issued) {
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		i := issued{serial: new(big.Int)}
		var until int64
		if _, err := fmt.Sscanf(lines.Text(), "%x %s %d", i.serial, &i.node, &until); err != nil {
			continue
		}
		if i.until = time.Unix(until, 0); i.until.After(now) {
			all = append(all, i)
		}
	}
	return all
}

// revokedEntries are the nodes' certificates that count no more although their
// dates say so.
func (e *Enrolment) revokedEntries(ctx context.Context) ([]x509.RevocationListEntry, error) {
	all, err := e.keys.issued()
	if err != nil {
		return nil, err
	}
	var entries []x509.RevocationListEntry
	for _, i := range all {
		from, err := e.store.CertsFrom(ctx, i.node)
		if err != nil {
			return nil, err
		}
		if wire.MadeAt(&x509.Certificate{SerialNumber: i.serial}).Before(from) {
			entries = append(entries, x509.RevocationListEntry{SerialNumber: i.serial, RevocationTime: from.UTC()})
		}
	}
	return entries, nil
}

// KeptOut returns the nodes of which no certificate counts: they were revoked
// and not enrolled anew.
func (e *Enrolment) KeptOut(ctx context.Context) (map[string]bool, error) {
	from, err := e.store.Revoked(ctx)
	if err != nil {
		return nil, err
	}
	all, err := e.keys.issued()
	out := make(map[string]bool, len(from))
	for node := range from {
		out[node] = true
	}
	for _, i := range all {
		if since, ok := from[i.node]; ok && !wire.MadeAt(&x509.Certificate{SerialNumber: i.serial}).Before(since) {
			delete(out, i.node)
		}
	}
	return out, err
}

// RevocationList returns a list (RFC 5280, 5) of the entries, PEM.
func (t *Trust) RevocationList(entries []x509.RevocationListEntry) ([]byte, error) {
	now := t.now()
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(now.UnixMilli()),
		ThisUpdate: now.Add(-crlFrom), NextUpdate: now.Add(crlLife), RevokedCertificateEntries: entries}, t.ca.cert, t.ca.key)
	if err != nil {
		return nil, fmt.Errorf("trust: make list of revoked certificates: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}), nil
}

// WriteCRL brings the file of revoked certificates up to date, for a broker that
// is not ours; it reports whether it wrote. The file is left as it is while it
// says the same and is fresh, since a broker may have to start anew for it. It
// is public, so that another user's broker can read it.
func (e *Enrolment) WriteCRL(ctx context.Context, path string) (wrote bool, err error) {
	entries, err := e.revokedEntries(ctx)
	if err != nil {
		return false, err
	}
	if e.keys.current(path, entries) {
		return false, nil
	}
	list, err := e.keys.RevocationList(entries)
	if err != nil {
		return false, err
	}
	if err := keyfile.WriteMode(path, list, 0o644); err != nil {
		return false, fmt.Errorf("trust: %w", err)
	}
	return true, nil
}

// WriteBrokerFiles gives a broker that is not ours what it is to show and to
// believe: ca.pem, and broker.pem with its key, which besides us only the group
// of the folder may read.
func (t *Trust) WriteBrokerFiles(folder string) (wrote bool, err error) {
	own, err := os.ReadFile(filepath.Join(t.dir, "broker.pem"))
	if err != nil {
		return false, fmt.Errorf("trust: %w", err)
	}
	for _, f := range []struct {
		name string
		data []byte
		mode fs.FileMode
	}{{"ca.pem", t.CAPEM(), 0o644}, {"broker.pem", own, 0o640}} {
		path := filepath.Join(folder, f.name)
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, f.data) {
			continue
		}
		if err := keyfile.WriteMode(path, f.data, f.mode); err != nil {
			return wrote, fmt.Errorf("trust: %w", err)
		}
		wrote = true
	}
	return wrote, nil
}

func (t *Trust) current(path string, entries []x509.RevocationListEntry) bool {
	data, err := os.ReadFile(path)
	return err == nil && t.listed(data, entries)
}

// listed reports whether a list is ours, fresh, and has these entries.
func (t *Trust) listed(data []byte, entries []x509.RevocationListEntry) bool {
	block, _ := pem.Decode(data)
	if block == nil {
		return false
	}
	list, err := x509.ParseRevocationList(block.Bytes)
	if err != nil || list.CheckSignatureFrom(t.ca.cert) != nil || t.now().Add(crlLife/2).After(list.NextUpdate) {
		return false
	}
	return slices.EqualFunc(list.RevokedCertificateEntries, entries, func(a, b x509.RevocationListEntry) bool {
		return a.SerialNumber.Cmp(b.SerialNumber) == 0
	})
}
