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
	for _, pkg := range listOf(t, "ALONE") {
		for path, file := range filesOf(t, pkg) {
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

// What has no detector in it at all, PURE in the Makefile, has nothing that several could
// hold: no goroutine and no lock, and no variable of the package that is ever changed.
func TestHousePure(t *testing.T) {
	for _, pkg := range listOf(t, "PURE") {
		if !strings.HasPrefix(pkg, "loa/") {
			continue
		}
		for path, file := range filesOf(t, pkg) {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			for _, what := range append(goroutinesOf(file), variablesOf(file)...) {
				t.Errorf("%s: %s: make race has to look into %s again", path, what, pkg)
			}
		}
	}
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", `package x; var ErrX = errors.New("x"); var last int; const c = 1`, 0)
	require.NoError(t, err)
	require.Equal(t, []string{"the variable last"}, variablesOf(file))
}

// listOf is a list of packages in the Makefile.
func listOf(t *testing.T, name string) []string {
	t.Helper()
	makefile, err := os.ReadFile("../../Makefile")
	require.NoError(t, err)
	list := regexp.MustCompile(`(?m)^` + name + ` :=((?:.*\\\n)*.*)$`).FindSubmatch(makefile)
	require.NotNil(t, list, name)
	all := strings.Fields(strings.ReplaceAll(string(list[1]), `\`, " "))
	require.NotEmpty(t, all, name)
	return all
}

// filesOf are the files of one of our packages, by their paths.
func filesOf(t *testing.T, pkg string) map[string]*ast.File {
	t.Helper()
	all := map[string]*ast.File{}
	paths, err := filepath.Glob(filepath.Join("../..", strings.TrimPrefix(pkg, "loa/"), "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, paths, pkg)
	for _, path := range paths {
		all[path], err = parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
	}
	return all
}

// variablesOf are a file's variables of the package, but errors: those are made once.
func variablesOf(file *ast.File) (all []string) {
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			for _, name := range s.(*ast.ValueSpec).Names {
				if !strings.HasPrefix(name.Name, "Err") {
					all = append(all, "the variable "+name.Name)
				}
			}
		}
	}
	return all
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
