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
	_, _, err = tr.IssueNode("loa-1")
	require.NoError(f, err)
	for _, name := range []string{issuedFile, "ca.pem"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(f, err)
		f.Add(data)
	}
	list, err := tr.RevocationList(nil)
	require.NoError(f, err)
	f.Add(list)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, i := range parseIssued(data, time.Unix(0, 0)) {
			if i.serial == nil || i.until.Unix() <= 0 {
				t.Fatal("a line that says nothing")
			}
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
