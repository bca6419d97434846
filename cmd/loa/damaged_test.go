package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

// An office whose database or keys are damaged comes up, says so, and raises an
// alarm that is heard; no node gets an emptier plan; a restored backup has what was
// done meanwhile in its log.
func TestE2EDamagedOffice(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eDamagedOffice)
}

func e2eDamagedOffice(t testing.TB) {
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "wav")
	clip := o.upload(recording(t, "Khẩn cấp. Nước lũ đang lên."))
	var b struct{ ID string }
	o.send(http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Lũ lên nhanh", "class": "emergency",
		"clips": map[string]any{"vi": clip.ID}}, &b)
	for _, title := range []string{"Sáng", "Chiều"} {
		o.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": title, "class": "normal", "cron": "0 17 * * *",
			"targets": map[string]any{"areas": []string{"la-da"}}, "rundown": []any{map[string]any{"clip": clip.ID}}}, nil)
	}
	o.hold(1, 1)
	o.send(http.MethodPost, "/api/v1/backups", nil, nil)
	await(t, "the backup", 20*time.Second, func() bool {
		var b backupsAnswer
		o.get("/api/v1/backups", &b)
		return !b.Busy && len(b.Files) == 1
	})
	data := filepath.Join(o.dir, "data")
	backups := filepath.Join(data, "backups")

	// the signing key is gone, and no backup has it
	o.process.stop()
	key := filepath.Join(data, "trust", "signing.pem")
	require.NoError(t, os.Rename(key, key+".kept"))
	require.NoError(t, os.Rename(backups, backups+".away"))
	o.open()
	require.Contains(t, o.trouble(), "KHÓA CỦA XÃ ĐÃ MẤT")
	require.Equal(t, http.StatusServiceUnavailable, o.raw(http.MethodGet, "/readyz", "", nil).status)
	require.NoFileExists(t, key, "no new one is made that no node obeys")
	o.process.stop()
	// and one has it
	require.NoError(t, os.Rename(backups+".away", backups))
	o.open()
	require.Contains(t, o.trouble(), "lấy lại từ bản sao lưu")
	require.FileExists(t, key)
	await(t, "the node obeys again", 30*time.Second, func() bool { return o.nodes()[0].State == "good" })

	plans := len(v.process.plansAccepted())
	o.process.kill()
	path := filepath.Join(data, "loa.db")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(path, info.Size()/2))
	o.open()
	require.Contains(t, o.trouble(), "Cơ sở dữ liệu của máy này bị hỏng")
	require.Equal(t, http.StatusServiceUnavailable, o.raw(http.MethodGet, "/readyz", "", nil).status)
	res := o.raw(http.MethodPut, "/api/v1/areas/thon-9", "application/json", strings.NewReader(`{"name":"a","kind":"village"}`))
	require.Equal(t, http.StatusServiceUnavailable, res.status, "what would be lost is not taken: %s", res.body)
	await(t, "the node is there", 30*time.Second, func() bool { return o.nodes()[0].State == "good" })

	triggered := time.Now()
	var arm struct{ Armed string }
	o.send(http.MethodPost, "/api/v1/arm", map[string]any{}, &arm)
	var call callAnswer
	o.send(http.MethodPost, "/api/v1/calls", map[string]any{"class": "emergency", "targets": map[string]any{"areas": []string{"la-da"}},
		"bulletin": b.ID, "armed": arm.Armed}, &call)
	await(t, "the alert is heard", 20*time.Second, func() bool { return !v.horn(t).firstSound(triggered).IsZero() })
	o.send(http.MethodPost, "/api/v1/calls/"+call.ID+"/stop", nil, nil)
	await(t, "it is silent", 20*time.Second, func() bool { return o.nodes()[0].State == "good" })
	require.Len(t, v.process.plansAccepted(), plans, "no other plan was sent")

	restoreNewest(t, o)
	require.Equal(t, "ok\n", string(o.raw(http.MethodGet, "/readyz", "", nil).body))
	var log struct {
		Items []struct{ Action, Object, Note string }
	}
	o.get("/api/v1/audit?action=call.begin", &log)
	require.Len(t, log.Items, 1)
	require.Equal(t, call.ID, log.Items[0].Object)
	require.Contains(t, log.Items[0].Note, "cơ sở dữ liệu bị hỏng")
	var calls struct{ Items []callAnswer }
	o.get("/api/v1/calls", &calls)
	require.Equal(t, call.ID, calls.Items[0].ID)
	var programmes struct{ Items []struct{ Title string } }
	o.get("/api/v1/programmes", &programmes)
	require.Len(t, programmes.Items, 2)
	o.process.stop()
	v.process.stop()
}

// restoreNewest does what the one button of the page does.
func restoreNewest(t testing.TB, o *office) {
	t.Helper()
	var b backupsAnswer
	o.get("/api/v1/backups", &b)
	o.send(http.MethodPost, "/api/v1/backups/"+b.Files[0].Name+"/restore", map[string]any{"replace": true}, nil)
	o.awaitRestored()
}

// awaitRestored waits until the controller has started anew on what was restored.
func (o *office) awaitRestored() {
	o.t.Helper()
	await(o.t, "what was restored", 30*time.Second, func() bool {
		o.info = ready(o.t, filepath.Join(o.dir, "data")) // the token may be another one, of then
		o.Token = o.info.Token
		req, err := http.NewRequest(http.MethodGet, o.Base+"/api/v1/backups", nil)
		require.NoError(o.t, err)
		req.Header.Set("Authorization", "Bearer "+o.Token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false // it starts anew
		}
		var b backupsAnswer
		err = json.NewDecoder(res.Body).Decode(&b)
		require.NoError(o.t, res.Body.Close())
		return err == nil && b.Restored != nil
	})
}

// trouble is what every page says of the machine.
func (o *office) trouble() string {
	o.t.Helper()
	for _, page := range []string{"/", "/emergency", "/calendar", "/settings"} {
		text := string(o.raw(http.MethodGet, page, "", nil).body)
		_, text, found := strings.Cut(text, `<div class="troubles">`)
		require.True(o.t, found, page)
		text, _, _ = strings.Cut(text, `</div>`)
		if page == "/settings" {
			return text
		}
	}
	return ""
}
