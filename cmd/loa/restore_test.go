package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

type backupsAnswer struct {
	Busy     bool
	Files    []struct{ Name string }
	Restored *struct{ File, Who, Old string }
}

// A controller restores itself, by the API and from the page: it starts anew in the
// same process, its service manager is told of no end, the boards come back by
// themselves, and the person that had it done is in the log that came back.
func TestE2EControllerRestoresItself(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eControllerRestoresItself)
}

func e2eControllerRestoresItself(t testing.TB) {
	manager := newManager(t)
	o := newOffice(t)
	o.places()
	o.node("loa-1", "null")
	o.process.stop()
	o.process = start(t, "controller", manager.env, "controller", "--config", o.config)
	require.Equal(t, "READY=1", manager.hears(t, 20*time.Second))
	var b backupsAnswer
	done := func() bool { b = backupsAnswer{}; o.get("/api/v1/backups", &b); return !b.Busy }
	o.send(http.MethodPost, "/api/v1/backups", nil, nil)
	await(t, "the backup", 20*time.Second, done)
	file := b.Files[0].Name
	title := o.title()

	for n, restore := range map[string]func(){
		"by the API": func() {
			res := o.raw(http.MethodPost, "/api/v1/backups/"+file+"/restore", "application/json", strings.NewReader(`{"replace":false}`))
			require.Equal(t, http.StatusConflict, res.status, "%s", res.body)
			require.Contains(t, string(res.body), "restore_unsure")
			o.send(http.MethodPost, "/api/v1/backups/"+file+"/restore", map[string]bool{"replace": true}, nil)
		},
		"from the page": func() {
			req, err := http.NewRequest(http.MethodPost, o.Base+"/settings/backup/"+file+"/restore", strings.NewReader("replace=1"))
			require.NoError(t, err)
			req.Header.Set("Authorization", "Bearer "+o.Token)
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			res, err := http.DefaultTransport.RoundTrip(req) // it leads to a page, which need not be there yet
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, http.StatusSeeOther, res.StatusCode)
		},
	} {
		o.send(http.MethodPut, "/api/v1/areas/la-da", map[string]any{"name": "Sai", "kind": "commune"}, nil)
		require.Equal(t, "Sai", o.title())
		restore()
		for said := manager.hears(t, 20*time.Second); said != "READY=1"; said = manager.hears(t, 20*time.Second) {
			require.Equal(t, "WATCHDOG=1", said, "it does not say that it ends")
		}
		require.True(t, o.process.running())
		require.Equal(t, title, o.title(), n)
		done()
		require.NotNil(t, b.Restored, n)
		require.Equal(t, []string{file, "Máy văn phòng"}, []string{b.Restored.File, b.Restored.Who})
		require.DirExists(t, filepath.Join(o.dir, "data", b.Restored.Old, "clips"))
		var log struct {
			Items []struct{ Action, Object, Who string }
		}
		o.get("/api/v1/audit?action=backup.restore", &log)
		require.Len(t, log.Items, 1, "what came after the backup is in no log")
		require.Equal(t, []string{file, "machine"}, []string{log.Items[0].Object, log.Items[0].Who})
		await(t, "the board is back", 40*time.Second, func() bool {
			nodes := o.nodes()
			return len(nodes) == 1 && nodes[0].State == "good"
		})
	}
	turnedAway(t, filepath.Join(o.dir, "data"), o.process, "controller", "--config", o.config)
	bin, err := loaBinary()
	require.NoError(t, err)
	require.Contains(t, string(run(t, "", bin, "audit", "verify", "--config", o.config)), "the audit log is whole")
	left, err := filepath.Glob(filepath.Join(o.dir, "data", ".loa-*"))
	require.NoError(t, err)
	require.Empty(t, left)
	_, err = os.Stat(filepath.Join(o.dir, "data", "backups", file))
	require.NoError(t, err)
	o.process.stop()
	said := manager.hears(t, 5*time.Second)
	for said == "WATCHDOG=1" {
		said = manager.hears(t, 5*time.Second)
	}
	require.Equal(t, "STOPPING=1", said)
}

// title is the commune's name.
func (o *office) title() string {
	var l struct{ Items []struct{ ID, Name string } }
	o.get("/api/v1/areas", &l)
	for _, a := range l.Items {
		if a.ID == "la-da" {
			return a.Name
		}
	}
	return ""
}
