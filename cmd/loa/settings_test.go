package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller"
	"loa/node"
)

// The samples in deploy are what the program prints, and it reads them.
func TestSettingsExplainThemselves(t *testing.T) {
	for role, into := range map[string]any{"controller": &controller.Config{}, "node": &node.Config{}} {
		want, err := settingsOf(role)
		require.NoError(t, err)
		path := filepath.Join("..", "..", "deploy", role+".yaml")
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, want, string(got), "renew it: bin/loa settings %s > deploy/%s.yaml", role, role)
		require.NoError(t, readYAML(path, into))
	}
}

func TestMisspeltSettingIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node.yaml")
	require.NoError(t, os.WriteFile(path, []byte("id: a\nvolumme: 3\n"), 0o600))
	require.ErrorContains(t, readYAML(path, &node.Config{}), "volumme")
}
