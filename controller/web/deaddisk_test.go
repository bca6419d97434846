package web

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/fleet"
	"loa/controller/library"
	"loa/controller/live"
	"loa/controller/office"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/node/wire"
	"loa/schedule"
)

// With a database that answers nothing the pages of the alarm are there, people
// sign in, arm, begin what was recorded and stop it: all of it from memory.
func TestTheAlarmNeedsNoDatabase(t *testing.T) {
	ctx, discard := t.Context(), slog.New(slog.DiscardHandler)
	st, err := store.Open(ctx, t.TempDir(), discard)
	require.NoError(t, err)
	require.NoError(t, st.PutArea(ctx, store.Area{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune}))
	require.NoError(t, st.PutNode(ctx, store.Node{ID: "n1", Name: "Cụm loa", Area: "la-da", Volume: 80, Created: time.Now()}))
	sha := strings.Repeat("7e", 32)
	require.NoError(t, st.AddClip(ctx, store.Clip{ID: sha, Kind: store.Speech, Seconds: 3, Created: time.Now()}))
	approved := store.Approval{Kind: store.OfBulletin, ID: "b1", State: store.Approved}
	alert := store.Bulletin{ID: "b1", Title: "Lũ quét", Class: "emergency", Language: "vi", Clips: map[string]string{"vi": sha},
		Created: time.Now()}
	approved.Digest = alert.Digest()
	require.NoError(t, st.PutBulletin(ctx, alert, approved))
	accounts := trust.NewAccounts(st, time.Now, trust.Cost{KiB: 8, Passes: 1})
	_, err = accounts.Add(ctx, trust.Newcomer{Login: "bay", Name: "Ông Bảy", Password: "cây đa bến nước",
		Grants: []store.Grant{{Role: "speaker", Area: "la-da"}}})
	require.NoError(t, err)
	require.NoError(t, st.Remember(ctx))

	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	f, err := fleet.New(ctx, fleet.Options{Store: st, Commune: "la-da", Logger: discard})
	require.NoError(t, err)
	said := make(chan string, 100)
	l := live.New(live.Options{Store: st, Key: key, Commune: "la-da", Now: time.Now,
		Statuses: func() map[string]*wire.Status { return nil }, News: func() {}, Logger: discard,
		Publish: func(_ context.Context, topic string, _ byte, _ bool, _ []byte) error { said <- topic; return nil }})
	s := serverOf(t, office.Options{Store: st, Fleet: f, Live: l, Accounts: accounts,
		Library: library.New(library.Options{Store: st, Logger: discard}),
		Commune: "la-da", Logger: discard}, func(string) bool { return false })
	require.NoError(t, st.Close())

	cookie := ""
	ask := func(method, path string, body any) *httptest.ResponseRecorder {
		data, err := json.Marshal(body)
		require.NoError(t, err)
		r := httptest.NewRequest(method, path, strings.NewReader(string(data)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w
	}
	in := ask("POST", "/api/v1/session", map[string]string{"login": "bay", "password": "cây đa bến nước"})
	require.Equal(t, http.StatusCreated, in.Code, in.Body)
	cookie = strings.SplitN(in.Header().Get("Set-Cookie"), ";", 2)[0]
	require.Equal(t, http.StatusUnauthorized, ask("POST", "/api/v1/session",
		map[string]string{"login": "bay", "password": "wrong, it is"}).Code)
	for path, words := range map[string]string{"/emergency": "Lũ quét", "/live": "Xã La Dạ"} {
		page := ask("GET", path, nil)
		require.Equal(t, http.StatusOK, page.Code, "%s: %s", path, page.Body)
		require.Contains(t, page.Body.String(), words, path)
	}
	var arm struct{ Armed string }
	require.NoError(t, json.Unmarshal(ask("POST", "/api/v1/arm", struct{}{}).Body.Bytes(), &arm))
	everywhere := schedule.Targets{Areas: []string{"la-da"}}
	begun := ask("POST", "/api/v1/calls", map[string]any{"class": "emergency", "targets": everywhere, "bulletin": "b1", "armed": arm.Armed})
	require.Equal(t, http.StatusCreated, begun.Code, begun.Body)
	require.Contains(t, <-said, "/call")
	require.Contains(t, ask("GET", "/emergency?part=alerts", nil).Body.String(), "Lũ quét")
	require.Equal(t, http.StatusNoContent, ask("POST", "/api/v1/stop", map[string]any{"targets": everywhere}).Code)
	for topic := ""; !strings.HasSuffix(topic, "/stop"); topic = <-said {
	}
	require.Eventually(t, func() bool { return len(l.Calls()) == 0 }, time.Minute, time.Millisecond)
}
