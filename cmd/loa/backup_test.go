package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller"
	"loa/controller/store"
	"loa/controller/trust"
)

// The office burns down and is back: a backup is made while a bulletin airs, the
// PC's data is lost, the file is restored. The board on its pole, which knows of
// none of it, comes back with the certificate it has, plays what is scheduled
// next, and people sign in.
func TestE2EOfficeIsRestored(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eOfficeIsRestored)
}

func e2eOfficeIsRestored(t testing.TB) {
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "wav")
	bin, err := loaBinary()
	require.NoError(t, err)
	password := run(t, "", bin, "user", "add", "--config", o.config, "--role", "admin", "lan")
	require.Contains(t, string(password), "lan\t")

	var clip clipAnswer
	o.send(http.MethodPost, "/api/v1/speech",
		map[string]any{"text": "Thông báo lịch tiêm chủng cho trẻ em tại trạm y tế xã vào sáng thứ bảy tuần này."}, &clip)
	tune := []any{map[string]any{"clip": clip.ID}, map[string]any{"gap_s": 0.2}, map[string]any{"chime": true, "gain_db": -6}}
	far := o.schedule("Ngày mai", time.Now().Add(24*time.Hour), nil, tune)
	first := soon(6 * time.Second)
	before := o.schedule("Trước", first, nil, tune)
	await(t, "it is on air", 30*time.Second, func() bool {
		n := o.nodes()
		return len(n) == 1 && n[0].State == "on_air"
	})
	file := filepath.Join(o.dir, "b.tar.gz")
	run(t, "", bin, "backup", "--config", o.config, "--out", file)
	require.Equal(t, map[string]int{"heard ": 2}, o.proof(before, []time.Time{first}), "making it disturbed nobody")

	// after the backup the plan changes, and changes back: the numbers that the
	// board has seen are above those in the file
	var gone struct{ ID string }
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": "Sau", "class": "normal", "at": time.Now().Add(25 * time.Hour),
		"targets": map[string]any{"areas": []string{"la-da"}}, "rundown": tune}, &gone)
	o.send(http.MethodDelete, "/api/v1/programmes/"+far, nil, nil)
	until(time.Now().Add(2 * time.Second)) // the plan is out

	refused := exec.Command(bin, "restore", "--config", o.config, "--replace", file)
	said, err := refused.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(said), "systemctl stop loa-controller", "not under a controller that runs")
	o.process.kill()
	data := filepath.Join(o.dir, "data")
	said, err = exec.Command(bin, "restore", "--config", o.config, file).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(said), "--replace")
	require.NoError(t, os.RemoveAll(data)) // the disk is lost
	began := time.Now()
	run(t, "", bin, "restore", "--config", o.config, file)
	t.Logf("restored in %v", time.Since(began).Round(time.Millisecond))

	o.open()
	await(t, "the board is back, with its old certificate", 40*time.Second, func() bool {
		n := o.nodes()
		return len(n) == 1 && n[0].State != "offline" && n[0].State != "unknown" && n[0].Clips != nil && n[0].Clips.Of == 1
	})
	again := soon(4 * time.Second)
	require.Equal(t, map[string]int{"heard ": 2}, o.proof(o.schedule("Lại", again, nil, tune), []time.Time{again}))
	var l struct{ Items []struct{ ID string } }
	o.get("/api/v1/programmes", &l)
	var ids []string
	for _, p := range l.Items {
		ids = append(ids, p.ID)
	}
	require.Contains(t, ids, far, "the calendar is as it was")
	require.NotContains(t, ids, gone.ID)

	fields := bytes.Split(bytes.SplitN(password, []byte("\n"), 2)[0], []byte("\t"))
	in, err := json.Marshal(map[string]string{"login": "lan", "password": string(fields[1])})
	require.NoError(t, err)
	res, err := http.Post(o.info.URL+"/api/v1/session", "application/json", bytes.NewReader(in))
	require.NoError(t, err)
	defer res.Body.Close()
	require.Less(t, res.StatusCode, 300, "who had an account signs in")
	require.Contains(t, string(run(t, "", bin, "audit", "verify", "--config", o.config)), "the audit log is whole")
	v.process.stop()
	o.process.stop()
}

// A machine that has nothing yet gets the settings of the backup, too.
func TestRestoreOnABareMachine(t *testing.T) {
	dir := t.TempDir()
	config := controller.DefaultConfig()
	config.Data, config.Commune, config.MaxMinutes = filepath.Join(dir, "was"), "da-mi", 17
	from := filepath.Join(dir, "was.yaml")
	require.NoError(t, writeYAML(from, config))
	_, err := trust.Open(config.TrustDir(), trust.Options{Commune: "da-mi"})
	require.NoError(t, err)
	st, err := store.Open(t.Context(), config.Data, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, st.Close())
	file := filepath.Join(dir, "b.tar.gz")
	require.NoError(t, (&backupCmd{Config: from, Out: file}).Run(t.Context()))

	to, data := filepath.Join(dir, "etc", "controller.yaml"), filepath.Join(dir, "new")
	require.NoError(t, (&restoreCmd{File: file, Config: to, Data: data}).Run(t.Context()))
	got := controller.DefaultConfig()
	require.NoError(t, readYAML(to, &got))
	require.Equal(t, []any{"da-mi", 17, data}, []any{got.Commune, got.MaxMinutes, got.Data})
	require.FileExists(t, filepath.Join(data, "loa.db"))
	require.NoError(t, (&provisionCmd{Config: to, Node: "loa-1", Broker: "127.0.0.1:1", Out: filepath.Join(dir, "loa-1"),
		Sound: "null"}).Run(t.Context()))
	done := map[string]string{} // at the machine itself
	st, err = store.OpenReadOnly(t.Context(), data)
	require.NoError(t, err)
	require.NoError(t, st.EachAudit(t.Context(), func(a store.Audit) error { done[a.Action] = a.Object; return nil }))
	require.NoError(t, st.Close())
	require.Equal(t, map[string]string{"backup.restore": "b.tar.gz", "node.provision": "loa-1"}, done)

	got.Commune, got.Data = "la-da", filepath.Join(dir, "other")
	require.NoError(t, writeYAML(to, got))
	require.ErrorContains(t, (&restoreCmd{File: file, Config: to}).Run(t.Context()), "xã khác")
	require.NoDirExists(t, got.Data)
}

// Power fails while a backup is put in place, at whatever instant: the folder
// holds what was there, or all that was in the backup, and nothing between.
func TestRestoreCutAtAnyInstant(t *testing.T) {
	t.Parallel()
	bin, err := loaBinary()
	require.NoError(t, err)
	dir := t.TempDir()
	config := controller.DefaultConfig()
	config.Data = filepath.Join(dir, "was")
	from := filepath.Join(dir, "was.yaml")
	require.NoError(t, writeYAML(from, config))
	_, err = trust.Open(config.TrustDir(), trust.Options{Commune: config.Commune})
	require.NoError(t, err)
	st, err := store.Open(t.Context(), config.Data, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	sound := make([]byte, 4<<20)
	chance := rand.New(rand.NewPCG(6, 8))
	for range 8 {
		for i := range sound {
			sound[i] = byte(chance.Uint32())
		}
		path := st.ClipPath(fmt.Sprintf("%x", sha256.Sum256(sound)))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, sound, 0o600))
	}
	require.NoError(t, st.Close())
	file := filepath.Join(dir, "b.tar.gz")
	run(t, "", bin, "backup", "--config", from, "--out", file)

	config.Data = filepath.Join(dir, "new", "loa")
	to := filepath.Join(dir, "new.yaml")
	require.NoError(t, writeYAML(to, config))
	old := filepath.Join(config.Data, "old")
	restore := []string{"restore", "--config", to, "--replace", file}
	began := time.Now()
	run(t, "", bin, restore...)
	whole := time.Since(began)
	cut, done := 0, 0
	for n := range 16 {
		require.NoError(t, os.RemoveAll(config.Data))
		require.NoError(t, os.MkdirAll(config.Data, 0o700))
		require.NoError(t, os.WriteFile(old, []byte("precious"), 0o600))
		p := start(t, "restore", nil, restore...)
		until(time.Now().Add(whole * time.Duration(n+1) / 16))
		p.kill()
		if text, err := os.ReadFile(old); err == nil {
			require.Equal(t, "precious", string(text))
			cut++
			continue
		}
		require.NoError(t, store.Examine(t.Context(), config.Data))
		clips, err := filepath.Glob(filepath.Join(config.Data, "clips", "*", "*.opus"))
		require.NoError(t, err)
		require.Len(t, clips, 8)
		done++
	}
	t.Logf("a restore of 32 MiB takes %v; of 16 that were cut, %d left the old data, %d had the new in place",
		whole.Round(time.Millisecond), cut, done)
	require.Positive(t, cut)
	run(t, "", bin, restore...)
	left, err := filepath.Glob(filepath.Join(dir, "new", ".loa-*"))
	require.NoError(t, err)
	require.Empty(t, left, "what was cut off is swept away")
}
