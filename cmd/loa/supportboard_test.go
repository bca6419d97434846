package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/node"
	nodedoctor "loa/node/doctor"
	"loa/node/wire/checkup"
)

// A board's bundle is made beside the running node, tells how it is, and holds
// no key and nothing of what its commands say.
func TestE2ESupportOfABoard(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eSupportOfABoard)
}

func e2eSupportOfABoard(t testing.TB) {
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "null")
	v.settle(t, func(c *node.Config) {
		c.AmpOn = []string{"sh", "-c", "echo matkhau-am-li; exit 1"}
		c.AmpOff = c.AmpOn
		c.MainsCommand = []string{"sh", "-c", "true matkhau-mains"}
	})
	settings := filepath.Join(v.dir, "node.yaml")
	var config node.Config
	require.NoError(t, readYAML(settings, &config))
	await(t, "it says that the amplifier fails", 30e9, func() bool {
		now, err := nodedoctor.Ask(t.Context(), config.Data)
		return err == nil && now != nil && len(now.Status.Faults) > 0
	})
	bin, err := loaBinary()
	require.NoError(t, err)
	out := filepath.Join(o.dir, "support.json")
	run(t, "", bin, "support", "node", "--config", settings, "--out", out)
	data, err := os.ReadFile(out)
	require.NoError(t, err)
	secrets := []string{"matkhau"}
	for _, path := range []string{config.Key, filepath.Join(o.dir, "data", "trust", "token")} {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); len(line) >= 16 && !strings.HasPrefix(line, "---") {
				secrets = append(secrets, line[:16])
			}
		}
	}
	require.Greater(t, len(secrets), 3)
	for _, s := range secrets {
		require.NotContains(t, string(data), s)
	}
	var b nodedoctor.Bundle
	require.NoError(t, json.Unmarshal(data, &b))
	require.Equal(t, "loa-1", b.Settings["id"])
	require.Equal(t, true, b.Settings["amp_command"])
	require.Equal(t, "amplifier_switch", b.Status.Faults[0].Code)
	require.Equal(t, checkup.Bad, byName(t, b.Checks)["amplifier"].State)
	require.NotEmpty(t, b.Files)
}
