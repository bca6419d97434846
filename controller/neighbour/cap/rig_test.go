package cap

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var zone = time.FixedZone("", 7*3600)

// flood is a message with something in each place.
func flood() Message {
	sent := time.Date(2026, 10, 29, 15, 0, 0, 0, zone)
	return Message{Identifier: "vn.lamdong.la-da.20261029.1", Sender: "la-da@lamdong.example", Sent: sent, Status: Actual, Type: Update,
		Scope: Public, Source: "đài & loa", Note: "n", Incidents: "i",
		References: []Reference{{"la-da@lamdong.example", "vn.lamdong.la-da.20261029.0", sent.Add(-time.Hour)}},
		Infos: []Info{{Language: "vi-VN", Categories: []string{"Met", "Safety"}, Event: "Lũ <quét>", ResponseTypes: []string{"Evacuate"},
			Urgency: "Immediate", Severity: "Extreme", Certainty: "Observed", Audience: "bà con", EventCodes: []Named{{"loa", "flood"}},
			Effective: sent, Onset: sent.Add(time.Minute), Expires: sent.Add(6 * time.Hour), SenderName: "UBND xã La Dạ",
			Headline: "Lũ quét ở thôn 1", Description: "Nước lên nhanh.", Instruction: "Bà con lên đồi ngay!", Web: "https://la-da.example/",
			Contact: "0252", Parameters: []Named{{"level", "4,5"}, {"empty", ""}},
			Resources: []Resource{{"tiếng", "audio/mpeg", 12345, "https://la-da.example/a.mp3", "", strings.Repeat("0a", 20)}},
			Areas: []Area{{"thôn 1", [][]Point{{{11, 107.8}, {11, 107.9}, {11.1, 107.9}, {11, 107.8}}},
				[]Circle{{Point{11.05, 107.85}, 3.5}}, []Named{{"xã", "24823"}}}}}}}
}

// office is a key and its certificate.
func office(t testing.TB) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	of := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "đài khí tượng"},
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return key, certificate
}

// public is the folder of the messages that public collections have, where there is one.
func public(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../../../shared/neighbours/cap")
	require.NoError(t, err)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the public messages are not here (../shared/neighbours/cap); the tests with messages of our own hold without them")
	}
	return dir
}

func file(t *testing.T, path ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	require.NoError(t, err)
	return data
}

func pinned(t *testing.T, data []byte) Signer {
	t.Helper()
	block, _ := pem.Decode(data)
	der := []byte(nil)
	if block != nil {
		der = block.Bytes
	} else {
		found := regexp.MustCompile(`(?s)<(?:ds:)?X509Certificate>(.*?)</`).FindSubmatch(data)
		require.NotNil(t, found)
		var err error
		der, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(found[1])), ""))
		require.NoError(t, err)
	}
	c, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return Signer{c}
}
