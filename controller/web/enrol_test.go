package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

func TestEnrolment(t *testing.T) {
	o := start(t)
	o.ask(t, "POST", "/api/v1/nodes/nobody/invite", nil).problem(404, "not_found")
	o.ask(t, "POST", "/api/v1/nodes/nobody/revoke", nil).problem(404, "not_found")
	o.ask(t, "POST", "/api/v1/nodes/NO_NODE/revoke", nil).problem(422, "id_invalid")
	o.ask(t, "PUT", "/api/v1/nodes/loa-1", object{"name": "Nhà văn hóa", "area": "thon-1"})
	var invite struct{ Code, URL string }
	o.ask(t, "POST", "/api/v1/nodes/loa-1/invite", nil).into(201, &invite)
	require.True(t, strings.HasPrefix(invite.URL, "http://127.0.0.1:"), invite.URL)
	for _, host := range []string{"evil.example", "evil.example:80", "127.0.0.1:1", "10.9.8.7"} { // the caller does not choose where boards go
		var bent struct{ Code, URL string }
		req, err := http.NewRequestWithContext(t.Context(), "POST", o.URL()+"/api/v1/nodes/loa-1/invite", nil)
		require.NoError(t, err)
		req.Host = host
		req.Header.Set("Authorization", "Bearer "+o.Token())
		res, err := client.Do(req)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(readAll(t, res), &bent))
		require.Equal(t, o.URL(), bent.URL, host)
	}
	o.ask(t, "POST", "/api/v1/nodes/loa-1/invite", nil).into(201, &invite)
	code, err := wire.ParseCode(invite.Code)
	require.NoError(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	require.NoError(t, err)
	ask, err := code.SealEnrol(wire.Enrol{Request: csr})
	require.NoError(t, err)

	for _, garbled := range []string{"", "{", `{"invite":1}`, `"` + strings.Repeat("x", 20<<10) + `"`} {
		o.send(t, "POST", "/api/v1/enrol", []byte(garbled)).problem(400, "enrol_garbled")
	}
	forged := ask
	forged.MAC = make([]byte, 32)
	o.send(t, "POST", "/api/v1/enrol", forged).problem(403, "code_wrong")
	var answer wire.Enrolled
	o.send(t, "POST", "/api/v1/enrol", ask).into(200, &answer)
	require.NoError(t, code.OpenEnrolled(answer))
	require.Equal(t, "loa-1", answer.Node)
	require.NotEmpty(t, answer.Broker)
	o.send(t, "POST", "/api/v1/enrol", ask).problem(403, "code_wrong")
	require.Equal(t, 204, o.ask(t, "POST", "/api/v1/nodes/loa-1/revoke", nil).status)
}
