package notify

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
)

// The scheme's own vector (of its reference libraries' tests).
func TestStandardVector(t *testing.T) {
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", Standard("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)))
}

// The scheme's own library takes what we send, and nothing that was changed.
func TestOthersVerifyAWebhook(t *testing.T) {
	for _, secret := range []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "một bí mật của xã"} {
		verifier, err := standardwebhooks.NewWebhook(secret)
		if secret[0] != 'w' {
			verifier, err = standardwebhooks.NewWebhookRaw([]byte(secret))
		}
		require.NoError(t, err)
		var ids []string
		hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			require.NoError(t, verifier.Verify(body, r.Header))
			require.Error(t, verifier.Verify(append(body, ' '), r.Header))
			ids = append(ids, r.Header.Get("webhook-id"))
		}))
		h := Webhook{URL: hook.URL, Secret: secret}
		for range 2 {
			require.NoError(t, h.post(t.Context(), hook.Client(), Notice{ID: "n1", Event: "test", Title: "Lũ"}))
		}
		require.Equal(t, []string{"msg_n1", "msg_n1"}, ids, "the same at each try")
		hook.Close()
	}
}
