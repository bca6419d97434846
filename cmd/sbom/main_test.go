package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The same build gives the same file, with what Go does not know of.
func TestComplete(t *testing.T) {
	lock, err := os.ReadFile(filepath.Join("..", "..", "controller", "web", "pages", "package-lock.json"))
	require.NoError(t, err)
	npm, err := npmPackages(lock)
	require.NoError(t, err)
	names := map[string]string{}
	for _, c := range npm {
		names[c.Name] = c.Scope
	}
	require.Equal(t, map[string]string{"esbuild": "excluded", "typescript": "excluded", "axe-core": "excluded"}, names)

	at := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	one := `{"components":[{"name":"kong"}],"metadata":{"timestamp":"2026-11-24T05:00:00Z","tools":[{"name":"gomod","hashes":[1]}]}}`
	two := `{"metadata":{"tools":[{"hashes":[2],"name":"gomod"}],"timestamp":"2027-01-01T05:00:00Z"},"components":[{"name":"kong"}]}`
	a, err := complete([]byte(one), at, npm)
	require.NoError(t, err)
	b, err := complete([]byte(two), at, npm)
	require.NoError(t, err)
	require.Equal(t, string(a), string(b))
	require.Contains(t, string(a), `"timestamp": "2026-11-24T00:00:00Z"`)
	require.Contains(t, string(a), "pkg:npm/esbuild@")
	_, err = complete([]byte(`{}`), at, nil)
	require.Error(t, err)
}
