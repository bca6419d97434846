package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What a disk spoilt, or a restored backup holds, is refused or passed over: it
// neither panics nor counts.
func FuzzFiles(f *testing.F) {
	dir := f.TempDir()
	tr, err := Open(dir, Options{Commune: "la-da"})
	require.NoError(f, err)
	require.NoError(f, tr.Rotate(time.Hour))
	_, _, err = tr.IssueNode("loa-1")
	require.NoError(f, err)
	for _, name := range []string{signingFile, issuedFile, "ca.pem"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(f, err)
		f.Add(data)
	}
	list, err := tr.RevocationList(nil)
	require.NoError(f, err)
	f.Add(list)
	f.Add([]byte(`{"seq":1,"hash":"ab","at":"2026-11-24T00:00:00Z","signature":"AAAA"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := parseSigning(data); err == nil {
			_, _ = s.walk("la-da") // an error or a chain to the key
			_ = s.Chain()
		}
		for _, i := range parseIssued(data, time.Unix(0, 0)) {
			if i.serial == nil || i.until.Unix() <= 0 {
				t.Fatal("a line that says nothing")
			}
		}
		if s, err := tr.parseSeal(data); err == nil && s.Signature == nil {
			t.Fatal("a seal of nobody")
		}
		_ = tr.listed(data, nil)
	})
}

// A request is anybody's who has a code.
func FuzzRequest(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(f, err)
	good, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	require.NoError(f, err)
	f.Add(good)
	f.Fuzz(func(t *testing.T, csr []byte) {
		if pub, err := requested(csr); err == nil && (pub == nil || pub.Curve != elliptic.P256()) {
			t.Fatal("a key that is none of a board")
		}
	})
}
