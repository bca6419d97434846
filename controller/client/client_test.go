package client

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// A controller is found by its file, asked with its token, and what it refuses is told
// in its own words.
func TestClient(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch body, err := io.ReadAll(r.Body); {
		case err != nil || r.Header.Get("Authorization") != "Bearer bí-mật":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/no":
			http.Error(w, "không được", http.StatusConflict)
		case r.URL.Path == "/api/v1/calls/c1/stop":
			_, _ = io.WriteString(w, `{"closing":true}`)
		default:
			_, _ = w.Write(body)
		}
	}))
	defer server.Close()
	path := filepath.Join(t.TempDir(), InfoFile)
	_, err := Open(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))
	_, err = Open(path)
	require.ErrorContains(t, err, path)
	text, err := json.Marshal(Info{URL: server.URL, Token: "bí-mật"})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text, 0o600))
	api, err := Open(path)
	require.NoError(t, err)
	var got map[string]string
	require.NoError(t, api.Do(t.Context(), http.MethodPost, "/echo", map[string]string{"xin": "chào"}, &got))
	require.Equal(t, map[string]string{"xin": "chào"}, got)
	require.NoError(t, api.Do(t.Context(), http.MethodGet, "/echo", nil, nil), "no answer is asked for")
	require.ErrorContains(t, api.Do(t.Context(), http.MethodGet, "/no", nil, nil), "không được")
	closing, err := api.Stop(t.Context(), "c1")
	require.NoError(t, err)
	require.True(t, closing)
	api.Token = "another"
	require.ErrorContains(t, api.Do(t.Context(), http.MethodGet, "/echo", nil, nil), "401")
}

// A voice is sent frame by frame, whole frames only.
func TestSpeak(t *testing.T) {
	type message struct {
		kind websocket.MessageType
		size int
	}
	heard := make(chan message, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(heard)
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		for {
			kind, data, err := conn.Read(r.Context())
			if err != nil {
				return
			}
			heard <- message{kind, len(data)}
		}
	}))
	defer server.Close()
	api := &Client{Base: server.URL, Token: "t"}
	conn, err := api.Microphone(t.Context(), Started{Voice: "/voice"})
	require.NoError(t, err)
	require.NoError(t, Speak(t.Context(), conn, io.LimitReader(zeros{}, 2*FrameBytes+7)))
	require.NoError(t, conn.Close(websocket.StatusNormalClosure, ""))
	require.Equal(t, websocket.MessageText, (<-heard).kind, "first how it is encoded")
	for range 2 {
		require.Equal(t, message{websocket.MessageBinary, FrameBytes}, <-heard)
	}
	_, more := <-heard
	require.False(t, more)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
