package web_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller"
	"loa/controller/backup"
	"loa/controller/store"
)

// backedUp waits until no backup is being made or restored.
func (o *office) backedUp(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return o.ask(t, "GET", "/api/v1/backups", nil).object(200)["busy"] == false }, time.Minute,
		20*time.Millisecond)
}

func TestBackupFromThePage(t *testing.T) {
	o := start(t)
	head := o.somebody(t, "lan", "admin", "la-da")
	village := o.somebody(t, "ba", "admin", "thon-1")
	r := o.form(t, "/settings/backup", nil, "Cookie", head.cookie)
	require.Equal(t, []any{303, "/settings?saved=backup#backup"}, []any{r.status, r.header.Get("Location")})
	o.backedUp(t)
	files := o.ask(t, "GET", "/api/v1/backups", nil).object(200)["files"].([]any)
	require.Len(t, files, 1)
	link := files[0].(object)["link"].(string)
	page := string(head.does(t, "GET", "/settings", nil).body)
	require.Contains(t, page, link)
	require.Contains(t, page, "khóa bí mật của xã, không mã hóa")
	require.NotContains(t, string(village.does(t, "GET", "/settings", nil).body), link)
	village.does(t, "GET", link, nil).problem(403, "forbidden")
	token := head.does(t, "POST", "/api/v1/tokens", object{"name": "t", "scopes": array{"govern"}, "days": 1,
		"password": head.password}).object(201)["token"].(string)
	o.send(t, "GET", link, nil, "Authorization", "Bearer "+token).problem(403, "backup_by_hand")

	got := head.does(t, "GET", link, nil)
	require.Equal(t, []any{200, "application/gzip", "no-store"}, []any{got.status, got.header.Get("Content-Type"),
		got.header.Get("Cache-Control")})
	h, err := backup.Unpack(t.Context(), bytes.NewReader(got.body), t.TempDir(), 1<<30)
	require.NoError(t, err)
	require.Equal(t, "la-da", h.Commune)
	require.Equal(t, 404, head.does(t, "GET", "/settings/backup/loa-la-da-20200101T000000Z.tar.gz", nil).status)
	log := string(o.ask(t, "GET", "/api/v1/audit?action=backup", nil).body)
	require.Contains(t, log, `"backup.make"`)
	require.Contains(t, log, `"backup.download"`)

	// from another machine, in the clear
	far := o.send(t, "GET", link, nil, "Cookie", head.cookie, "X-Forwarded-For", "192.168.1.20")
	require.Equal(t, 403, far.status)
	require.Contains(t, string(far.body), "https")
}

// What is wrong with the machine itself stands on the first page of those who
// can do something about it, and in the metrics.
func TestTroubleWithTheMachineIsOnThePage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	commune(t, s)
	_, err := s.AddAudit(t.Context(), store.Audit{At: time.Now(), Who: "p1", Action: "call.begin"})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	blocked := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(blocked, nil, 0o600))
	set := func(c *controller.Config) { c.Backups = filepath.Join(blocked, "backups") }
	o := startWith(t, dir, set)
	head, writer := o.somebody(t, "lan", "admin", "la-da"), o.somebody(t, "hoa", "operator", "la-da")
	page := string(head.does(t, "GET", "/", nil).body)
	require.NotContains(t, page, "BỊ CẮT")
	require.Equal(t, 202, o.ask(t, "POST", "/api/v1/backups", nil).status)
	o.backedUp(t)
	require.Contains(t, string(head.does(t, "GET", "/", nil).body), "Không sao lưu được")
	require.NotContains(t, string(writer.does(t, "GET", "/", nil).body), "Không sao lưu được")
	metrics := string(o.ask(t, "GET", "/metrics", nil).body)
	require.Contains(t, metrics, "loa_backup_failed 1\n")
	require.Contains(t, metrics, "loa_audit_cut 0\n")
	require.Eventually(t, func() bool { _, err := os.Stat(filepath.Join(dir, "trust", "audit.seal")); return err == nil }, time.Minute,
		20*time.Millisecond)
	require.NoError(t, o.stop())

	// another, shorter log under the same seal
	for _, name := range []string{"loa.db", "loa.db-wal", "loa.db-shm"} {
		_ = os.Remove(filepath.Join(dir, name))
	}
	s = open(t, dir)
	commune(t, s)
	require.NoError(t, s.Close())
	again := startWith(t, dir, set)
	head = again.somebody(t, "lan", "admin", "la-da")
	require.Eventually(t, func() bool { return strings.Contains(string(head.does(t, "GET", "/", nil).body), "BỊ CẮT") }, time.Minute,
		20*time.Millisecond)
	require.Contains(t, string(again.ask(t, "GET", "/metrics", nil).body), "loa_audit_cut 1\n")
}
