package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/office/access"
)

// questions are asked with more than an address holds, and change nothing.
var questions = []string{"POST /api/v1/reading", "POST /api/v1/reading/preview", "POST /api/v1/templates/{id}/text"}

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
		changes := method == http.MethodPost || method == http.MethodPut || method == http.MethodDelete
		require.Equal(t, changes && !slices.Contains(questions, p), r.does != "", p)
		require.Equal(t, r.place > personal, len(r.needs) > 0, p)
		for _, a := range r.needs {
			require.Contains(t, access.Deeds, a)
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

// What a rule says that its endpoint does is written down by that name
// somewhere, and nothing else is.
func TestEveryDeedIsWrittenDown(t *testing.T) {
	written := map[string]bool{}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	office, err := filepath.Glob("../office/*/*.go")
	require.NoError(t, err)
	files = append(files, office...)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || slices.Contains([]string{"rules.go", "standin.go", "auditpage.go"}, name) {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				written[strings.Trim(lit.Value, `"`)] = true
			}
			return true
		})
	}
	for p, r := range rules {
		require.True(t, r.does == "" || written[r.does], "%s does %s, which nobody writes down", p, r.does)
	}
	for _, deed := range auditActions {
		require.True(t, written[deed], deed)
	}
}
