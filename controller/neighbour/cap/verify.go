package cap

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"slices"
	"strings"

	"github.com/beevik/etree"
	"github.com/jonboulle/clockwork"
	dsig "github.com/russellhaering/goxmldsig"

	"loa/controller/problem"
)

// Signer is a sender whom a person pinned: the key in the certificate is believed, whatever
// dates the certificate has, until the person takes the pin away. A certificate that comes
// with a message proves nothing about who wrote it; it only has to be of the same key.
type Signer struct {
	Certificate *x509.Certificate
}

// Signed is a message and whose it is.
type Signed struct {
	Message
	By   *x509.Certificate
	Weak bool // the signature is made with SHA-1, which does not keep a forger away
}

// What a person is told of signatures.
var (
	ErrUnsigned  = problem.New(problem.Forbidden, "cap_unsigned", "Bản tin không có chữ ký.", "The message is not signed.")
	ErrSignature = problem.New(problem.Forbidden, "cap_signature",
		"Chữ ký của bản tin không đúng, hoặc không phải của nơi gửi đã ghim. Không dùng; hãy hỏi nơi gửi qua điện thoại.",
		"The signature of the message is wrong, or not of a sender that is pinned. It is not used; ask the sender by telephone.")
)

// mostSignatures are looked at: two are usual, of the office and of the one that passes it on.
const mostSignatures = 4

// Verify reads the message of a document as one of the signers signed it. What is returned
// is read from the bytes under the signature, so that nothing beside them counts.
//
// A message is also verified without the space between its elements: the composer that most
// weather offices use (WMO's) signs it so and lays it out afterwards. CAP has no element with
// both text and elements in it, so that space never says anything.
func Verify(data []byte, signers ...Signer) (Signed, error) {
	root, err := tree(data)
	if err != nil {
		return Signed{}, err
	}
	if !isAlert(root) {
		return Signed{}, ErrNone
	}
	plain, err := message(root)
	if err != nil {
		return Signed{}, err
	}
	signatures := signaturesOf(root)
	if len(signatures) == 0 {
		return Signed{}, ErrUnsigned
	}
	close := root.Copy()
	closeUp(close)
	for n := range signatures[:min(len(signatures), mostSignatures)] {
		for _, as := range [][]bool{only(len(signatures), n), upTo(len(signatures), n)} {
			for _, laid := range []*etree.Element{root, close} {
				if s, ok := verified(laid, as, n, signers); ok && s.Identity().Key() == plain.Identity().Key() {
					return s, nil
				}
			}
		}
	}
	return Signed{}, ErrSignature
}

// closeUp takes the space between elements away.
func closeUp(e *etree.Element) {
	children := e.ChildElements()
	if len(children) == 0 {
		return
	}
	for _, c := range slices.Clone(e.Child) {
		if text, ok := c.(*etree.CharData); ok && strings.TrimSpace(text.Data) == "" {
			e.RemoveChild(c)
		}
	}
	for _, c := range children {
		closeUp(c)
	}
}

// only and upTo say which signatures stay in the message while the nth is verified: the
// first signer signed it without the others, the last one signed those too.
func only(of, n int) []bool {
	stays := make([]bool, of)
	stays[n] = true
	return stays
}

func upTo(of, n int) []bool {
	stays := make([]bool, of)
	for i := range n + 1 {
		stays[i] = true
	}
	return stays
}

func signaturesOf(root *etree.Element) (all []*etree.Element) {
	for _, e := range root.ChildElements() {
		if e.Tag == "Signature" && e.NamespaceURI() == signature {
			all = append(all, e)
		}
	}
	return all
}

// verified checks the nth signature of a copy in which only some of them stay.
func verified(root *etree.Element, stays []bool, n int, signers []Signer) (Signed, bool) {
	own := root.Copy()
	all := signaturesOf(own)
	for i, e := range all {
		switch {
		case !stays[i]:
			own.RemoveChild(e)
		case i == n && i > 0: // the library takes the first one that it finds
			own.RemoveChild(e)
			own.InsertChildAt(0, e)
		}
	}
	weak, info := weakly(all[n]), childOf(all[n], "KeyInfo")
	for _, s := range signers {
		if info != nil && !sameKey(info, s.Certificate) {
			continue
		}
		try := own.Copy()
		if !prepare(signaturesOf(try)[0], s.Certificate) {
			continue
		}
		v := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{s.Certificate}})
		v.Clock = dsig.NewFakeClock(clockwork.NewFakeClockAt(s.Certificate.NotBefore))
		e, err := v.Validate(try)
		if err != nil || !isAlert(e) {
			continue
		}
		if m, err := message(e); err == nil {
			return Signed{m, s.Certificate, weak}, true
		}
	}
	return Signed{}, false
}

// weakly reports whether any algorithm of a signature is of SHA-1, or older.
func weakly(e *etree.Element) bool {
	for _, a := range slices.Concat(e.FindElements(".//DigestMethod"), e.FindElements(".//SignatureMethod")) {
		if name := strings.ToLower(a.SelectAttrValue("Algorithm", "")); strings.HasSuffix(name, "sha1") || strings.Contains(name, "md5") {
			return true
		}
	}
	return false
}

// prepare makes the library take the pinned certificate, and writes the value of an ECDSA
// signature as the standard library reads one: in XML the two numbers stand beside each
// other (XML Signature 6.4.3), which the library does not turn. False: the signature has no
// value as XML has to have it.
func prepare(e *etree.Element, by *x509.Certificate) bool {
	v := childOf(e, "SignatureValue")
	if v == nil {
		return false
	}
	// Strict: bits beyond the last byte would be a second way to write the same value.
	raw, err := base64.StdEncoding.Strict().DecodeString(bare(v))
	if err != nil {
		return false
	}
	if info := childOf(e, "KeyInfo"); info != nil {
		e.RemoveChild(info)
	}
	if key, ok := by.PublicKey.(*ecdsa.PublicKey); ok {
		size := (key.Curve.Params().BitSize + 7) / 8
		if len(raw) != 2*size {
			return false
		}
		raw, err = asn1.Marshal(numbers{new(big.Int).SetBytes(raw[:size]), new(big.Int).SetBytes(raw[size:])})
	}
	v.SetText(base64.StdEncoding.EncodeToString(raw))
	return err == nil
}

// numbers are an ECDSA signature, as ASN.1 has it.
type numbers struct{ R, S *big.Int }

// bare is base64 without the space that XML allows in it.
func bare(e *etree.Element) string { return strings.Join(strings.Fields(e.Text()), "") }

// sameKey reports whether a certificate that came along is of the pinned key. None may come
// along.
func sameKey(info *etree.Element, by *x509.Certificate) bool {
	all := info.FindElements(".//X509Certificate")
	for _, c := range all {
		der, err := base64.StdEncoding.Strict().DecodeString(bare(c))
		if err != nil {
			continue
		}
		if own, err := x509.ParseCertificate(der); err == nil && bytes.Equal(own.RawSubjectPublicKeyInfo, by.RawSubjectPublicKeyInfo) {
			return true
		}
	}
	return len(all) == 0
}

// childOf is the child of a name, whatever its prefix; nil for none.
func childOf(e *etree.Element, tag string) *etree.Element {
	for _, c := range e.ChildElements() {
		if c.Tag == tag {
			return c
		}
	}
	return nil
}
