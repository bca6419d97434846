package main

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// How large a part of the house may be. What is larger wants a second room.
const (
	mostMethods = 45   // of a type
	mostLines   = 2500 // of a package, tests aside
	mostOfFile  = 500  // lines of a file, tests aside
	mostWide    = 140  // characters of a line
)

// stays is what is larger, and right so.
var stays = map[string]string{
	"controller/store":       "the only SQL, one file a table",
	"controller/store.Store": "likewise: one method a question",
	"controller/web/pages":   "one small type a page",
}

// tooLarge is what is larger and is still to be cut: a list that only becomes shorter. Of
// a folder the lines of all its files; with a dot, a type; with .go, a file.
var tooLarge []string

// houseFile is a Go file of the tree.
type houseFile struct {
	path, folder string
	test         bool
	text         string
}

// houseFiles are the Go files of the tree, without what others made and what is built.
func houseFiles(t testing.TB) (all []houseFile) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{"node_modules", ".git", "bin"}, d.Name()):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		name = filepath.ToSlash(name)
		all = append(all, houseFile{name, filepath.Dir(name), strings.HasSuffix(name, "_test.go"), string(text)})
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

// methodsOf counts the methods that a file gives to each type of its folder.
func methodsOf(t testing.TB, f houseFile, count map[string]int) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), f.path, f.text, parser.SkipObjectResolution)
	require.NoError(t, err)
	for _, d := range parsed.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv == nil {
			continue
		}
		of := fn.Recv.List[0].Type
		for {
			switch x := of.(type) {
			case *ast.StarExpr:
				of = x.X
				continue
			case *ast.IndexExpr:
				of = x.X
				continue
			}
			break
		}
		count[f.folder+"."+of.(*ast.Ident).Name]++
	}
}

// No type, package or file grows beyond what one person takes in; the list of those
// that still are only becomes shorter.
func TestHouseRooms(t *testing.T) {
	lines, methods, large := map[string]int{}, map[string]int{}, []string{}
	for _, f := range houseFiles(t) {
		if f.test {
			continue
		}
		n := strings.Count(f.text, "\n")
		lines[f.folder] += n
		methodsOf(t, f, methods)
		if n > mostOfFile {
			large = append(large, f.path)
		}
	}
	for folder, n := range lines {
		if n > mostLines && stays[folder] == "" {
			large = append(large, folder)
		}
	}
	for typ, n := range methods {
		if n > mostMethods && stays[typ] == "" {
			large = append(large, typ)
		}
	}
	sort.Strings(large)
	for _, name := range large {
		require.Contains(t, tooLarge, name, "it is too large: %d lines, %d methods", lines[name], methods[name])
	}
	for _, name := range tooLarge {
		require.Contains(t, large, name, "it is large no more: take it off the list")
	}
}

// Lines can be read beside each other. What stands in a raw string, a tag or SQL, is
// left as it is.
func TestHouseLines(t *testing.T) {
	for _, f := range houseFiles(t) {
		raw := rawLines(f.text)
		for i, line := range strings.Split(f.text, "\n") {
			if n := utf8.RuneCountInString(line); n > mostWide && !raw[i+1] {
				t.Errorf("%s:%d: %d characters", f.path, i+1, n)
			}
		}
	}
}

// rawLines are the lines of a file, from 1, on which a raw string stands.
func rawLines(text string) map[int]bool {
	set := token.NewFileSet()
	file := set.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, []byte(text), nil, 0)
	lines := map[int]bool{}
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return lines
		}
		if tok == token.STRING && lit[0] == '`' {
			for i := range 1 + strings.Count(lit, "\n") {
				lines[set.Position(pos).Line+i] = true
			}
		}
	}
}
