package web_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller"
)

// The audit log is a page for those who have the right: who did what, from
// where, what it was before and after, and whether the log is whole.
func TestAuditPage(t *testing.T) {
	w := newWorld(t)
	_, admin := w.as("admin", "la-da")
	put := func(name string) {
		w.send(t, "PUT", "/api/v1/areas/thon-2", object{"name": name, "kind": "village", "parent": "la-da"},
			append(admin, "Content-Type", "application/json")...).into(200, nil)
	}
	put("Thôn Hai")
	put("Thôn Hai mới")
	w.ask(t, "POST", "/api/v1/arm", object{}).object(201)
	page := w.page(t, "/audit")
	for _, words := range []string{"admin la-da", "Địa bàn: sửa", "Thôn Hai mới", `"name": "Thôn Hai"`, "127.0.0.1",
		"còn đủ đến dấu niêm phong", "Phát trực tiếp: mở khóa"} {
		require.Contains(t, page, words)
	}
	require.NotContains(t, w.page(t, "/audit?kind=call"), "Địa bàn: sửa")
	require.Contains(t, w.page(t, "/audit?who=machine"), "Phát trực tiếp: mở khóa")
	require.NotContains(t, w.page(t, "/audit?who=machine"), "Địa bàn: sửa")
	require.Contains(t, w.page(t, "/audit?from=2020-01-01&to=2020-01-02"), "Không có thao tác nào")
	require.Contains(t, w.page(t, "/audit?kind=area&from=2020-01-01"), "/api/v1/audit.csv?action=area&from=2019-12-31T17%3A00%3A00Z")
	require.Contains(t, w.page(t, "/audit?check=1"), "không bản ghi nào bị sửa")
	require.Contains(t, w.page(t, "/audit?lang=en"), "Area: change")
	require.Contains(t, w.page(t, "/"), `href="/audit"`)
	head := w.head()
	require.Equal(t, 403, w.send(t, "GET", "/audit", nil, head...).status)
	require.NotContains(t, string(w.send(t, "GET", "/village", nil, head...).body), `href="/audit"`)
}

// Somebody edits the file of the database while the controller is off: the page
// says which record is not what it was, and does not say that all is whole.
func TestAuditPageShowsABrokenChain(t *testing.T) {
	dir := t.TempDir()
	o := startIn(t, dir, commune)
	put := func(name string) {
		o.ask(t, "PUT", "/api/v1/areas/thon-2", object{"name": name, "kind": "village", "parent": "la-da"}).into(200, nil)
	}
	put("Thôn Thật")
	put("Thôn Sau")
	require.Contains(t, o.page(t, "/audit?check=1"), "không bản ghi nào bị sửa")
	changed := o.ask(t, "GET", "/api/v1/audit?action=area.put", nil).items()
	require.Len(t, changed, 2)
	require.NoError(t, o.stop())

	path := filepath.Join(dir, "loa.db")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	forged := bytes.ReplaceAll(data, []byte("Thôn Thật"), []byte("Thôn Thạt"))
	require.NotEqual(t, data, forged)
	require.NoError(t, os.WriteFile(path, forged, 0o600))

	page := startWith(t, dir, func(*controller.Config) {}).page(t, "/audit?check=1")
	require.Contains(t, page, fmt.Sprintf("Bản ghi số %.0f bị sửa", changed[1]["seq"]))
	require.NotContains(t, page, "không bản ghi nào bị sửa")
}
