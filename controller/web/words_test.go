package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/fleet"
	"loa/node/wire"
	"loa/schedule"
)

// families are the keys that are put together from what a node or the
// schedule says.
func families() (keys []string) {
	for _, s := range []fleet.State{fleet.Good, fleet.OnAir, fleet.Offline, fleet.Faulty, fleet.Unknown} {
		keys = append(keys, "state_"+string(s))
	}
	for _, o := range []wire.Outcome{wire.Heard, wire.Partly, wire.NotHeard, "pending", "unreported"} {
		keys = append(keys, "outcome_"+string(o))
	}
	for _, r := range []string{wire.MissingClip, wire.NoSoundDevice, wire.ClockUnknown, wire.NodeOff, wire.Cancelled, wire.Expired, wire.BadClip,
		string(schedule.Preempted), string(schedule.Displaced), string(schedule.Replaced), string(schedule.QuietHours),
		"late", "muted", "other"} { // late and muted are the player's own
		keys = append(keys, "reason_"+r)
	}
	return keys
}

// used finds the keys in templates and in calls of say.
func used(t *testing.T) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	inTemplate := regexp.MustCompile(`\bt "([^"]+)"`)
	templates, err := fs.Glob(files, "templates/*.html")
	require.NoError(t, err)
	for _, name := range templates {
		text, err := files.ReadFile(name)
		require.NoError(t, err)
		for _, m := range inTemplate.FindAllStringSubmatch(string(text), -1) {
			keys[m[1]] = true
		}
	}
	sources, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			if f, ok := call.Fun.(*ast.Ident); !ok || f.Name != "say" {
				return true
			}
			if lit, ok := call.Args[1].(*ast.BasicLit); ok {
				key, err := strconv.Unquote(lit.Value)
				require.NoError(t, err)
				keys[key] = true
			}
			return true
		})
	}
	for _, key := range families() {
		keys[key] = true
	}
	return keys
}

func TestWords(t *testing.T) {
	keys := used(t)
	require.Greater(t, len(keys), 40)
	for key := range keys {
		require.Contains(t, words, key)
	}
	verb := regexp.MustCompile(`%[a-z%]`)
	for key, pair := range words {
		require.True(t, keys[key], "%s is not used", key)
		require.NotEmpty(t, strings.TrimSpace(pair[0]), key)
		require.NotEmpty(t, strings.TrimSpace(pair[1]), key)
		require.Equal(t, verb.FindAllString(pair[0], -1), verb.FindAllString(pair[1], -1), key)
	}
	require.Equal(t, "nothing_like_it", say(en, "nothing_like_it"))
}
