package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/stretchr/testify/require"
)

// phone is an authenticator of the test's own, after WebAuthn Level 3, 6.1 and
// 6.5: attestation "none", ES256.
type phone struct {
	t       *testing.T
	origin  string
	party   string
	key     *ecdsa.PrivateKey
	id      []byte
	handle  []byte
	counter uint32
	flags   byte
}

func newPhone(t *testing.T) *phone {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	// present, verified
	return &phone{t: t, origin: "https://loa.lan:8443", party: "loa.lan", key: key, id: []byte("the passkey's id"), flags: 0x05}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (p *phone) client(kind, challenge string) []byte {
	data, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": p.origin})
	require.NoError(p.t, err)
	return data
}

func (p *phone) authenticator(flags byte, more ...byte) []byte {
	sum := sha256.Sum256([]byte(p.party))
	p.counter++
	return append(binary.BigEndian.AppendUint32(append(sum[:], flags), p.counter), more...)
}

// make answers navigator.credentials.create().
func (p *phone) make(challenge string) []byte {
	point, err := p.key.PublicKey.Bytes()
	require.NoError(p.t, err)
	public, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	require.NoError(p.t, err)
	attested := append(make([]byte, 16), 0, byte(len(p.id)))
	attested = append(append(attested, p.id...), public...)
	object, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{},
		"authData": p.authenticator(p.flags|0x40, attested...)})
	require.NoError(p.t, err)
	return p.answer(map[string]any{"clientDataJSON": b64(p.client("webauthn.create", challenge)), "attestationObject": b64(object)})
}

// sign answers navigator.credentials.get().
func (p *phone) sign(challenge string) []byte {
	client, data := p.client("webauthn.get", challenge), p.authenticator(p.flags)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, p.key, sum[:])
	require.NoError(p.t, err)
	return p.answer(map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature),
		"userHandle": b64(p.handle)})
}

func (p *phone) answer(response map[string]any) []byte {
	data, err := json.Marshal(map[string]any{"id": b64(p.id), "rawId": b64(p.id), "type": "public-key", "response": response})
	require.NoError(p.t, err)
	return data
}

var lan = Origin{"https", "loa.lan:8443"}

func TestPasskeys(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	keys := NewPasskeys(d.Accounts)
	hoa, err := d.SetUp(ctx, Newcomer{Login: "hoa", Password: good}, "la-da")
	require.NoError(t, err)
	for _, o := range []Origin{{"https", "10.0.0.2:8443"}, {"https", "[::1]:8443"}, {"http", "loa.lan"}, {"https", ""}} {
		_, err = keys.BeginAdd(ctx, hoa.ID, o)
		require.Equal(t, "passkey_address", d.code(err), "%v", o)
		_, err = keys.BeginSignIn(o, Visitor{})
		require.Equal(t, "passkey_address", d.code(err), "%v", o)
	}
	_, err = keys.BeginAdd(ctx, hoa.ID, Origin{"http", "localhost:8080"})
	require.NoError(t, err, "the office machine")

	p := newPhone(t)
	p.handle = []byte(hoa.ID)
	add := func(person string) error {
		ask, err := keys.BeginAdd(ctx, hoa.ID, lan)
		require.NoError(t, err)
		_, err = keys.Add(ctx, person, " Điện thoại ", p.make(ask.Response.Challenge.String()))
		return err
	}
	require.Equal(t, "passkey_late", d.code(add("p-other")), "another's question")
	p.origin = "https://loa.lan.evil.example"
	require.Equal(t, "passkey_wrong", d.code(add(hoa.ID)))
	p.origin = "https://loa.lan:8443"
	p.flags = 0x01
	require.Equal(t, "passkey_wrong", d.code(add(hoa.ID)), "nobody showed a face or a finger")
	p.flags = 0x05
	require.NoError(t, add(hoa.ID))
	kept, err := d.store.Passkeys(ctx, hoa.ID)
	require.NoError(t, err)
	require.Len(t, kept, 1)
	require.Equal(t, "Điện thoại", kept[0].Name)

	challenge := func() string {
		ask, err := keys.BeginSignIn(lan, Visitor{})
		require.NoError(t, err)
		return ask.Response.Challenge.String()
	}
	answer := p.sign(challenge())
	cookie, who, err := keys.SignIn(ctx, answer, home)
	require.NoError(t, err)
	require.Equal(t, hoa.ID, who.ID)
	_, ok, err := d.Who(ctx, cookie, home)
	require.NoError(t, err)
	require.True(t, ok)

	refused := func(code, why string, change func(*phone), answer func(*phone) []byte) {
		t.Helper()
		x := *p
		change(&x)
		_, _, err := keys.SignIn(ctx, answer(&x), home)
		require.Equal(t, code, d.code(err), why)
	}
	fresh := func(x *phone) []byte { return x.sign(challenge()) }
	refused("passkey_late", "replayed", func(*phone) {}, func(*phone) []byte { return answer })
	refused("passkey_late", "a question of its own", func(*phone) {}, func(x *phone) []byte { return x.sign(b64(make([]byte, 32))) })
	refused("passkey_late", "too late", func(*phone) {}, func(x *phone) []byte {
		c := challenge()
		d.at = d.at.Add(ceremonyLasts + time.Second)
		return x.sign(c)
	})
	refused("passkey_wrong", "another page", func(x *phone) { x.origin = "https://evil.example" }, fresh)
	refused("passkey_wrong", "another party", func(x *phone) { x.party = "evil.example" }, fresh)
	refused("passkey_wrong", "another key", func(x *phone) { x.key = newPhone(t).key }, fresh)
	refused("passkey_wrong", "another person", func(x *phone) { x.handle = []byte("p-nobody") }, fresh)
	refused("passkey_wrong", "unknown passkey", func(x *phone) { x.id = []byte("another") }, fresh)
	refused("passkey_wrong", "nobody verified", func(x *phone) { x.flags = 0x01 }, fresh)
	refused("passkey_wrong", "a copy: its counter went back", func(x *phone) { x.counter = 0 }, fresh)
	refused("passkey_wrong", "garbage", func(*phone) {}, func(*phone) []byte { return []byte(`{"id":1}`) })

	_, _, err = d.Change(ctx, hoa.ID, "", hoa.Grants, true)
	require.NoError(t, err)
	refused("passkey_wrong", "shut out", func(*phone) {}, fresh)
	_, _, err = d.Change(ctx, hoa.ID, "", hoa.Grants, false)
	require.NoError(t, err)
	require.NoError(t, d.SetPassword(ctx, hoa.ID, "sông núi nước nam", ""))
	refused("passkey_wrong", "a reset takes passkeys too", func(*phone) {}, fresh)
}

func TestPasskeysAreBounded(t *testing.T) {
	d := newDesk(t)
	keys := NewPasskeys(d.Accounts)
	for range mostCeremonies + 50 {
		_, err := keys.BeginSignIn(lan, Visitor{})
		require.NoError(t, err)
	}
	require.Len(t, keys.waiting, mostCeremonies)
}

func FuzzPasskey(f *testing.F) {
	t := &testing.T{}
	p := newPhone(t)
	f.Add(p.make("AAAA"))
	f.Add(p.sign("AAAA"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		keys := NewPasskeys(nil)
		_, _, err := keys.SignIn(t.Context(), answer, home)
		require.Error(t, err)
		_, err = keys.Add(t.Context(), "p-1", "", answer)
		require.Error(t, err)
	})
}
