package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every endpoint has a rule, every rule an endpoint, and every change a word
// in the audit log.
func TestEveryEndpointHasItsRule(t *testing.T) {
	s, err := New(Options{Logger: slog.New(slog.DiscardHandler), CheckToken: func(string) bool { return true }})
	require.NoError(t, err)
	served := map[string]bool{}
	for _, p := range s.mux.patterns {
		served[p] = true
		require.NotEqual(t, unsaid, rules[p].place, "%s has no rule", p)
	}
	for p, r := range rules {
		require.True(t, served[p], "there is no endpoint %s", p)
		method, _, _ := strings.Cut(p, " ")
		require.Equal(t, method == http.MethodPost || method == http.MethodPut || method == http.MethodDelete, r.does != "", p)
		require.Equal(t, r.place > personal, len(r.needs) > 0, p)
		for _, a := range r.needs {
			require.Contains(t, deeds, a)
		}
	}
	// One that was forgotten is shut, for the machine too.
	s.mux.HandleFunc("GET /forgotten", func(http.ResponseWriter, *http.Request) { t.Error("it was let in") })
	w := httptest.NewRecorder()
	req := httptest.NewRequest("GET", "/forgotten", nil)
	req.Header.Set("Authorization", "Bearer x")
	s.Handler().ServeHTTP(w, req)
	require.Equal(t, http.StatusForbidden, w.Code)
	require.Contains(t, w.Body.String(), "no_rule")
}
