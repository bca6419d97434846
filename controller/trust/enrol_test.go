package trust

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/node/wire"
)

type gate struct {
	*desk
	*Enrolment
	keys    *Trust
	dropped []string
}

func newGate(t *testing.T) *gate {
	g := &gate{desk: newDesk(t)}
	dir := t.TempDir()
	var err error
	g.keys, err = Open(dir, Options{Commune: "la-da"})
	require.NoError(t, err)
	g.keys.now = func() time.Time { return g.at }
	require.NoError(t, g.desk.store.PutArea(t.Context(), store.Area{ID: "la-da", Name: "La Dạ", Kind: store.Commune}))
	require.NoError(t, g.desk.store.PutNode(t.Context(), store.Node{ID: "loa-1", Name: "Nhà văn hóa", Area: "la-da"}))
	g.Enrolment = NewEnrolment(g.desk.store, g.keys, "la-da", Broker{Addr: func() string { return ":8883" }, ServerName: "localhost"},
		func(n string) { g.dropped = append(g.dropped, n) }, func() time.Time { return g.at })
	return g
}

// request is what a board sends; the name in it is whatever it likes.
func request(t *testing.T, curve elliptic.Curve) []byte {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	require.NoError(t, err)
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: ControllerName}}, key)
	require.NoError(t, err)
	return csr
}

func (g *gate) ask(code wire.Code) wire.Enrol {
	e, err := code.SealEnrol(wire.Enrol{Request: request(g.desk.T, elliptic.P256())})
	require.NoError(g.desk.T, err)
	return e
}

func (g *gate) cert(answer wire.Enrolled) *x509.Certificate {
	block, _ := pem.Decode(answer.Cert)
	cert, err := x509.ParseCertificate(block.Bytes)
	require.NoError(g.desk.T, err)
	return cert
}

func TestABoardIsEnrolledReplacedAndRevoked(t *testing.T) {
	g := newGate(t)
	ctx := t.Context()
	code, until, err := g.Invite(ctx, "loa-1")
	require.NoError(t, err)
	require.Equal(t, g.at.Add(24*time.Hour), until)
	answer, node, err := g.Enrol(ctx, g.ask(code), "10.0.0.9")
	require.NoError(t, err)
	require.Equal(t, "loa-1", node)
	require.NoError(t, code.OpenEnrolled(answer))
	require.Equal(t, []byte(g.keys.PublicKey()), answer.CommuneKey)
	require.Len(t, answer.CommuneKey, ed25519.PublicKeySize)
	cert := g.cert(answer)
	require.Equal(t, "loa-1", cert.Subject.CommonName, "whatever the board called itself")
	require.NoError(t, cert.CheckSignatureFrom(g.keys.ca.cert))
	require.True(t, g.Admits(ctx, g.cert(answer)))
	_, _, err = g.Enrol(ctx, g.ask(code), "10.0.0.9")
	require.Equal(t, "code_wrong", g.code(err), "a code counts once")

	// the board is replaced: the old one is out
	g.at = g.at.Add(time.Millisecond)
	g.dropped = nil
	code, _, err = g.Invite(ctx, "loa-1")
	require.NoError(t, err)
	second, _, err := g.Enrol(ctx, g.ask(code), "10.0.0.9")
	require.NoError(t, err)
	require.Equal(t, []string{"loa-1"}, g.dropped)
	require.False(t, g.Admits(ctx, g.cert(answer)))
	require.True(t, g.Admits(ctx, g.cert(second)))

	g.dropped = nil
	require.NoError(t, g.Revoke(ctx, "loa-1"))
	require.Equal(t, []string{"loa-1"}, g.dropped)
	require.False(t, g.Admits(ctx, g.cert(second)), "stolen")
	require.ErrorIs(t, g.Revoke(ctx, "loa-9"), store.ErrNotFound)
	require.NoError(t, g.desk.store.DeleteNode(ctx, "loa-1"))
	require.False(t, g.Admits(ctx, g.cert(second)), "stolen, and removed since")
	require.NoError(t, g.desk.store.PutNode(ctx, store.Node{ID: "loa-1", Name: "Nhà văn hóa", Area: "la-da"}))
	g.at = g.at.Add(time.Second)
	code, _, err = g.Invite(ctx, "loa-1")
	require.NoError(t, err)
	third, _, err := g.Enrol(ctx, g.ask(code), "10.0.0.9")
	require.NoError(t, err)
	require.True(t, g.Admits(ctx, g.cert(third)))
	require.False(t, g.Admits(ctx, g.cert(answer)))
}

func TestWhoDoesNotKnowTheCodeStaysOut(t *testing.T) {
	g := newGate(t)
	ctx := t.Context()
	_, _, err := g.Invite(ctx, ControllerName)
	require.ErrorIs(t, err, ErrNodeID)
	_, _, err = g.Invite(ctx, "loa-9")
	require.ErrorIs(t, err, store.ErrConflict, "no such place")
	old, _, err := g.Invite(ctx, "loa-1")
	require.NoError(t, err)
	code, _, err := g.Invite(ctx, "loa-1")
	require.NoError(t, err)
	refused := func(ask wire.Enrol, address string) string {
		_, _, err := g.Enrol(ctx, ask, address)
		return g.code(err)
	}
	require.Equal(t, "code_wrong", refused(g.ask(old), "a"), "a later one took its place")
	wrong := g.ask(code)
	wrong.Request = request(t, elliptic.P256())
	require.Equal(t, "code_wrong", refused(wrong, "b"), "another's key")
	weak, err := code.SealEnrol(wire.Enrol{Request: request(t, elliptic.P224())})
	require.NoError(t, err)
	require.Equal(t, "request_invalid", refused(weak, "b"))
	for range freeTries {
		refused(g.ask(wire.NewCode()), "c")
	}
	require.Equal(t, "code_wait", refused(g.ask(code), "c"), "who guesses waits")
	guess := g.ask(wire.NewCode())
	guess.Invite = code.Invite
	for i := range wrongCodes {
		require.Equal(t, "code_wrong", refused(guess, string(rune('A'+i))))
	}
	require.Equal(t, "code_wrong", refused(g.ask(code), "d"), "guessed at too often, from wherever: void")

	code, until, err := g.Invite(ctx, "loa-1")
	require.NoError(t, err)
	g.at = until
	require.Equal(t, "code_wrong", refused(g.ask(code), "e"), "expired")
}

// However many guess at once, an invitation is tried ten times and no more; and
// who reads the database learns no code.
func TestGuessesAtOnce(t *testing.T) {
	g := newGate(t)
	ctx := t.Context()
	code, _, err := g.Invite(ctx, "loa-1")
	require.NoError(t, err)
	guess := g.ask(wire.NewCode())
	guess.Invite = code.Invite
	var all sync.WaitGroup
	for i := range 4 * wrongCodes {
		all.Go(func() { _, _, _ = g.Enrol(ctx, guess, strconv.Itoa(i)) })
	}
	all.Wait()
	_, err = g.desk.store.TryInvite(ctx, code.Invite, g.at, wrongCodes)
	require.ErrorIs(t, err, store.ErrNotFound, "void")
	i, err := g.desk.store.TryInvite(ctx, code.Invite, g.at, 1<<30)
	require.NoError(t, err)
	require.Equal(t, wrongCodes+1, i.Tries, "counted before they were looked at")
	_, _, err = g.Enrol(ctx, g.ask(code), "x")
	require.Equal(t, "code_wrong", g.code(err))

	code, _, err = g.Invite(ctx, "loa-1")
	require.NoError(t, err)
	i, err = g.desk.store.TryInvite(ctx, code.Invite, g.at, wrongCodes)
	require.NoError(t, err)
	secret := strings.ReplaceAll(code.String(), "-", "")[5:]
	require.NotContains(t, strings.ReplaceAll(i.Code, "-", ""), secret)
	kept, err := g.unseal(i)
	require.NoError(t, err)
	require.Equal(t, code, kept)
	other, err := Open(t.TempDir(), Options{Commune: "la-da"})
	require.NoError(t, err)
	_, err = (&Enrolment{keys: other}).unseal(i)
	require.Equal(t, "code_wrong", g.code(err), "not with another key")
}
