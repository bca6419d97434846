package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

// Somebody puts yesterday's database back, with its seal and what else the office
// keeps: the nodes keep what the office told them since, its people see that, and so
// does the reader who verifies the log.
func TestE2EOlderLogIsFoundByTheNodes(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eOlderLogIsFoundByTheNodes)
}

func e2eOlderLogIsFoundByTheNodes(t testing.TB) {
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "null")
	heads := func() (h struct {
		Nodes, Missed []struct {
			Node string
			Seq  int64
		}
	}) {
		o.get("/api/v1/audit/heads", &h)
		return h
	}
	await(t, "the node is there", 30*time.Second, func() bool { return o.nodes()[0].State == "good" })
	data := filepath.Join(o.dir, "data")
	o.process.stop()
	yesterday := t.TempDir()
	require.NoError(t, os.CopyFS(yesterday, os.DirFS(data)))

	o.open()
	await(t, "the node is back", 30*time.Second, func() bool { return o.nodes()[0].State == "good" })
	o.send(http.MethodPost, "/api/v1/stop", map[string]any{"targets": map[string]any{"areas": []string{"la-da"}}},
		nil) // that nobody is to know of
	var log struct{ Items []struct{ Seq int64 } }
	o.get("/api/v1/audit?limit=1", &log)
	await(t, "the node keeps it", 40*time.Second, func() bool { h := heads(); return len(h.Nodes) == 1 && h.Nodes[0].Seq >= log.Items[0].Seq })
	bin, err := loaBinary()
	require.NoError(t, err)
	run(t, "", bin, "audit", "verify", "--config", o.config)
	o.process.stop()

	require.NoError(t, os.RemoveAll(data))
	require.NoError(t, os.CopyFS(data, os.DirFS(yesterday)))
	require.NoError(t, os.Chmod(filepath.Join(data, "trust"), 0o700))
	o.open()
	require.Equal(t, "ok\n", string(o.raw(http.MethodGet, "/readyz", "", nil).body), "by itself the office cannot know")
	await(t, "what the node keeps is missed", 60*time.Second, func() bool { return len(heads().Missed) > 0 })
	require.Contains(t, o.trouble(), "NHẬT KÝ ĐÃ BỊ CẮT HOẶC SỬA")
	for _, page := range []string{"/audit", "/"} {
		require.True(t, strings.Contains(string(o.raw(http.MethodGet, page, "", nil).body), "NHẬT KÝ"), page)
	}
	out, err := exec.Command(bin, "audit", "verify", "--config", o.config).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "loa-1 keeps record")
	o.process.stop()
	v.process.stop()
}
