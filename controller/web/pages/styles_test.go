package pages

import (
	"bytes"
	"html/template"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	node "text/template/parse"

	"github.com/stretchr/testify/require"

	"loa/controller/fleet"
	"loa/controller/i18n"
)

// rendered is what the specimens are rendered with: words that are said are noted.
func rendered(t *testing.T, lang i18n.Language) (*template.Template, map[string]bool) {
	t.Helper()
	r, err := parse()
	require.NoError(t, err)
	said, functions := map[string]bool{}, r.functions(lang)
	functions["t"] = func(key string, args ...any) string {
		said[key] = true
		return i18n.Say(lang, key, args...)
	}
	all, err := template.New("").Funcs(functions).ParseFS(tree, "templates/*.html")
	require.NoError(t, err)
	return all, said
}

// Each specimen is something, in both languages, and has every word that it asks for.
func TestStylesAreRendered(t *testing.T) {
	for _, lang := range []i18n.Language{i18n.VI, i18n.EN} {
		all, _ := rendered(t, lang)
		names := map[string]bool{}
		v, ids := stylesView{}, map[string]bool{}
		for i, s := range specimens() {
			what := s.Part + ": " + s.Name
			require.False(t, names[what], "there are two of %s", what)
			names[what] = true
			require.NoError(t, v.add(all, s, ids, i), what)
			html := string(v.Shown[len(v.Shown)-1].HTML)
			require.NotEmpty(t, strings.TrimSpace(html), what)
			require.NotContains(t, html, "%!", what)
			require.NotContains(t, html, `method="post"`, what)
			require.NotRegexp(t, `action="/[^s]`, html, what)
		}
	}
}

// Every template is executed by some specimen: none but the sheet itself is left out.
func TestStylesShowEveryTemplate(t *testing.T) {
	all, _ := rendered(t, i18n.VI)
	calls := map[string]map[string]bool{}
	for _, tpl := range all.Templates() {
		if tpl.Tree != nil {
			calls[tpl.Name()] = map[string]bool{}
			callsOf(tpl.Tree.Root, calls[tpl.Name()])
		}
	}
	reached := map[string]bool{"styles.html": true} // it shows the others
	var reach func(name string)
	reach = func(name string) {
		if !reached[name] {
			reached[name] = true
			for called := range calls[name] {
				reach(called)
			}
		}
	}
	for _, s := range specimens() {
		reach(s.Template)
	}
	for name := range calls {
		if strings.HasSuffix(name, ".html") && len(strings.TrimSpace(all.Lookup(name).Tree.Root.String())) == 0 {
			continue // a file of components only
		}
		require.True(t, reached[name], "no specimen shows %s: see styles.go", name)
	}
}

// callsOf finds the templates that a piece of one executes.
func callsOf(n node.Node, into map[string]bool) {
	branch := func(b node.BranchNode) {
		callsOf(b.List, into)
		if b.ElseList != nil {
			callsOf(b.ElseList, into)
		}
	}
	switch n := n.(type) {
	case *node.ListNode:
		for _, x := range n.Nodes {
			callsOf(x, into)
		}
	case *node.IfNode:
		branch(n.BranchNode)
	case *node.RangeNode:
		branch(n.BranchNode)
	case *node.WithNode:
		branch(n.BranchNode)
	case *node.TemplateNode:
		into[n.Name] = true
	}
}

// Every word that a template has is said by some specimen: a branch of a template that
// the sheet does not show has words that are missing here.
func TestStylesSayEveryWord(t *testing.T) {
	all, said := rendered(t, i18n.VI)
	for _, s := range specimens() {
		require.NoError(t, all.ExecuteTemplate(&bytes.Buffer{}, s.Template, s.View), s.Name)
	}
	names, err := fs.Glob(tree, "templates/*.html")
	require.NoError(t, err)
	for _, name := range names {
		text, err := tree.ReadFile(name)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`\bt "([^"]+)"`).FindAllStringSubmatch(string(text), -1) {
			if !said[m[1]] {
				t.Errorf("no specimen says %q, of %s: see styles.go", m[1], name)
			}
		}
	}
}

// Every state that there are words for is on the sheet, and every fault.
func TestStylesShowEveryState(t *testing.T) {
	all, said := rendered(t, i18n.VI)
	var html bytes.Buffer
	for _, s := range specimens() {
		require.NoError(t, all.ExecuteTemplate(&html, s.Template, s.View), s.Name)
	}
	for _, key := range families() {
		for _, family := range []string{"state_", "approval_", "logged_", "complaint_", "role_", "scope_", "class_", "remark_", "missed_",
			"kind_", "selftest_", "opening_", "bul_said_", "audit_kind_", "tpl_"} {
			if strings.HasPrefix(key, family) && !said[key] && !strings.Contains(html.String(), template.HTMLEscapeString(i18n.Say(i18n.VI, key))) {
				t.Errorf("the sheet does not show %q: see styles.go", key)
			}
		}
		for _, family := range []string{"outcome_", "reason_", "ear_", "end_", "beat_was_", "audit_do_"} { // said in Go
			if code, ok := strings.CutPrefix(key, family); ok && code != "" {
				require.Contains(t, html.String(), template.HTMLEscapeString(i18n.Say(i18n.VI, key)), key)
			}
		}
	}
	codes := fleet.FaultCodes()
	require.Greater(t, len(codes), 20)
	for _, code := range codes {
		vi, _ := fleet.FaultSentence(code)
		require.Contains(t, html.String(), template.HTMLEscapeString(vi), code)
	}
}
