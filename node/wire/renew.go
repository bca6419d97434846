package wire

import (
	"crypto/sha256"
	"crypto/x509"
	"math/big"
	"time"
)

// Renew asks for a node's next certificate, well before the present one ends.
// The key was made on the board. That the board itself asks is proved by its
// present key and not by the topic, which a hostile broker could write.
type Renew struct {
	Request []byte `json:"request"` // PKCS #10, DER: the new key
	Cert    []byte `json:"cert"`    // DER, the present certificate
	Proof   []byte `json:"proof"`   // by its key, of RenewDigest: ECDSA, ASN.1
}

// Renewed is the answer.
type Renewed struct {
	Cert []byte `json:"cert"` // DER
}

// RenewDigest is what the present key signs.
func RenewDigest(target string, request []byte) []byte {
	sum := sha256.Sum256(append([]byte("loa renew\n"+target+"\n"), request...))
	return sum[:]
}

// MadeAt is when a certificate of the commune was made: Unix milliseconds above
// the last 64 bits of its serial number. NotBefore is long before any board's
// clock. Zero if it does not tell.
func MadeAt(cert *x509.Certificate) time.Time {
	ms := new(big.Int).Rsh(cert.SerialNumber, 64)
	if !ms.IsInt64() || cert.SerialNumber.Sign() <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64()).UTC()
}
