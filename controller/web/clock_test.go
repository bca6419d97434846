package web

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/fleet"
	"loa/controller/library"
	"loa/controller/office"
	"loa/controller/store"
	"loa/controller/store/storetest"
)

// The PC's battery is empty and its clock two days behind. Controller time is what
// the nodes air by, so it is what the calendar is judged and dated by.
func TestCalendarIsJudgedByControllerTime(t *testing.T) {
	dir := t.TempDir()
	storetest.Fill(t, dir)
	ctx, behind, logger := t.Context(), 48*time.Hour, slog.New(slog.DiscardHandler)
	st, err := store.Open(ctx, dir, logger)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	require.NoError(t, st.PutArea(ctx, store.Area{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune}))
	f, err := fleet.New(ctx, fleet.Options{Store: st, Commune: "la-da", Logger: logger})
	require.NoError(t, err)
	began := time.Now().Add(behind)
	s := serverOf(t, office.Options{Store: st, Fleet: f, Library: library.New(library.Options{Store: st, Logger: logger}),
		Commune: "la-da", Logger: logger,
		Now: func() time.Time { return time.Now().Add(behind) }}, func(string) bool { return true })
	ask := func(method, path string, body any) (status int, answer map[string]any) {
		data, err := json.Marshal(body)
		require.NoError(t, err)
		r := httptest.NewRequest(method, path, strings.NewReader(string(data)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer x")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Body.Len() > 0 {
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer), w.Body.String())
		}
		return w.Code, answer
	}
	in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	programme := func(at string) map[string]any {
		return map[string]any{"title": "Tin", "class": "normal", "at": at, "targets": map[string]any{"areas": []string{"la-da"}},
			"rundown": []any{map[string]any{"chime": true}}}
	}

	status, past := ask("POST", "/api/v1/programmes", programme(in(24*time.Hour)))
	require.Equal(t, 422, status, past)
	status, p := ask("POST", "/api/v1/programmes", programme(in(72*time.Hour)))
	require.Equal(t, 201, status, p)
	status, moved := ask("POST", "/api/v1/programmes/"+p["id"].(string)+"/move", map[string]any{"start": p["at"], "to": in(24 * time.Hour)})
	require.Equal(t, "move_past", moved["code"], status)
	kept, err := st.Programme(ctx, p["id"].(string))
	require.NoError(t, err)
	require.False(t, kept.Created.Before(began.Truncate(time.Millisecond)), "made at %v", kept.Created)
	status, _ = ask("DELETE", "/api/v1/programmes/"+p["id"].(string), nil)
	require.Equal(t, 204, status)
	kept, err = st.Programme(ctx, p["id"].(string))
	require.NoError(t, err)
	require.False(t, kept.Cancelled.Before(began.Truncate(time.Millisecond)), "cancelled at %v", kept.Cancelled)
}
