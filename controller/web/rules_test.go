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

	"loa/controller/office"
	"loa/controller/office/access"
	"loa/controller/web/auth"
	"loa/controller/web/pages"
)

// questions are asked with more than an address holds, and change nothing.
var questions = []string{"POST /api/v1/reading", "POST /api/v1/reading/preview", "POST /api/v1/templates/{id}/text"}

// Every endpoint has a rule, every rule an endpoint, and every change a word
// in the audit log.
func TestEveryEndpointHasItsRule(t *testing.T) {
	s := serverOf(t, office.Options{Logger: slog.New(slog.DiscardHandler)}, func(string) bool { return true })
	served := map[string]bool{}
	rules := auth.Rules()
	for _, p := range s.mux.Patterns() {
		served[p] = true
		require.Contains(t, rules, p)
	}
	for p, r := range rules {
		require.True(t, served[p], "there is no endpoint %s", p)
		method, _, _ := strings.Cut(p, " ")
		changes := method == http.MethodPost || method == http.MethodPut || method == http.MethodDelete
		require.Equal(t, changes && !slices.Contains(questions, p), r.Does != "", p)
		require.Equal(t, !r.Open, len(r.Needs) > 0, p)
		for _, a := range r.Needs {
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
	files, err := filepath.Glob("pages/*.go")
	require.NoError(t, err)
	office, err := filepath.Glob("../office/*/*.go")
	require.NoError(t, err)
	neighbours, err := filepath.Glob("../neighbour/*/*.go")
	require.NoError(t, err)
	for _, name := range slices.Concat(files, office, neighbours) {
		if strings.HasSuffix(name, "_test.go") || name == "pages/audit.go" {
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
	for p, r := range auth.Rules() {
		require.True(t, r.Does == "" || written[r.Does], "%s does %s, which nobody writes down", p, r.Does)
	}
	for _, deed := range pages.OtherDeeds {
		require.True(t, written[deed], deed)
	}
}
