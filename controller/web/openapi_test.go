package web_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The API is what scripts of others are written for: what changes in its
// document is seen here, and meant. LOA_UPDATE=1 writes it anew.
func TestOpenAPIStaysAsItIs(t *testing.T) {
	o := start(t)
	var doc map[string]any
	o.ask(t, "GET", "/api/v1/openapi.json", nil).intoAny(&doc)
	doc["info"].(map[string]any)["version"] = "test"
	got, err := json.MarshalIndent(doc, "", " ")
	require.NoError(t, err)
	path := filepath.Join("testdata", "openapi.json")
	if os.Getenv("LOA_UPDATE") != "" {
		require.NoError(t, os.WriteFile(path, append(got, '\n'), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	was, is := strings.Split(string(want), "\n"), strings.Split(string(got)+"\n", "\n")
	for i := range max(len(was), len(is)) {
		require.Equal(t, at(was, i), at(is, i), "line %d, after %s", i+1, strings.Join(was[max(0, min(i, len(was))-5):min(i, len(was))], "\n"))
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(the end)"
}
