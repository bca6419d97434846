package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the race detector is not asked about, ALONE in the Makefile, has one goroutine, and
// so have its tests: no go statement, no lock, no parallel test, no timer's function, no
// server and no store, which have goroutines of their own.
func TestHouseAlone(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	require.NoError(t, err)
	list := regexp.MustCompile(`(?m)^ALONE :=((?:.*\\\n)*.*)$`).FindSubmatch(makefile)
	require.NotNil(t, list)
	alone := strings.Fields(strings.ReplaceAll(string(list[1]), `\`, " "))
	require.NotEmpty(t, alone)
	for _, pkg := range alone {
		files, err := filepath.Glob(filepath.Join("../..", strings.TrimPrefix(pkg, "loa/"), "*.go"))
		require.NoError(t, err)
		require.NotEmpty(t, files, pkg)
		for _, path := range files {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			for _, what := range goroutinesOf(file) {
				t.Errorf("%s: %s: make race has to look at %s again", path, what, pkg)
			}
		}
	}
	const five = `package x; import "sync"; func f(t T) { t.Parallel(); go f(t); time.AfterFunc(0, nil); store.Open() }`
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", five, 0)
	require.NoError(t, err)
	require.Len(t, goroutinesOf(file), 5, "each is seen")
}

// goroutinesOf is what in a file begins a goroutine, or is there for several.
func goroutinesOf(file *ast.File) (all []string) {
	for _, i := range file.Imports {
		path, _ := strconv.Unquote(i.Path.Value)
		if slices.Contains([]string{"sync", "sync/atomic", "testing/synctest", "net/http/httptest", "golang.org/x/sync/errgroup"}, path) {
			all = append(all, path)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			all = append(all, "a go statement")
		case *ast.SelectorExpr:
			from, ok := n.X.(*ast.Ident)
			opens := ok && from.Name == "store" && strings.HasPrefix(n.Sel.Name, "Open")
			if opens || n.Sel.Name == "Parallel" || n.Sel.Name == "AfterFunc" {
				all = append(all, n.Sel.Name)
			}
		}
		return true
	})
	return all
}
