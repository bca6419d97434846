package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/loa/hold"
	"loa/controller"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/node"
	nodedoctor "loa/node/doctor"
)

// busy are the files that a program that runs changes all the while, or is about
// to put in the place of another.
var busy = regexp.MustCompile(`/(loa\.db(-wal|-shm)?|audit\.seal|node\.db|horn\.wav|\.(new|tmp)-\d+)$`)

// kept is all that lies in a folder: which file it is, when it was changed, what
// is in it.
func kept(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if busy.MatchString(path) {
			return nil
		}
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		files[path] = info.Mode().String()
		if d.IsDir() {
			return nil
		}
		files[path] += fmt.Sprint(" ", info.Sys().(*syscall.Stat_t).Ino, info.ModTime())
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			files[path] += fmt.Sprintf(" %x", sha256.Sum256(data))
		}
		return nil
	}))
	return files
}

// untouched has something done beside who is at work, which changes nothing.
func untouched(t testing.TB, dir string, do func()) {
	t.Helper()
	before := kept(t, dir)
	await(t, "who is at work has settled", 10*time.Second, func() bool {
		last := before
		before = kept(t, dir)
		return fmt.Sprint(last) == fmt.Sprint(before)
	})
	do()
	require.Equal(t, before, kept(t, dir))
}

// turnedAway has the program refuse, for it cannot have dir, and tell who does.
func turnedAway(t testing.TB, dir string, holder *process, args ...string) {
	t.Helper()
	bin, err := loaBinary()
	require.NoError(t, err)
	said, err := exec.Command(bin, args...).CombinedOutput()
	require.Error(t, err, "%s", said)
	for _, part := range []string{"thư mục " + dir + " đang được loa ", fmt.Sprintf("(số %d, từ ", holder.cmd.Process.Pid),
		"chưa có gì bị thay đổi", "nothing was changed"} {
		require.Contains(t, string(said), part)
	}
}

// A second commune on the first one's folder, or a role on its own part of it, is
// refused, and the first goes on; a cut of power leaves nothing behind that
// keeps the next one away.
func TestE2ESecondDev(t *testing.T) {
	t.Parallel()
	_, dir, first := dev(t, "--no-demo", "--nodes", "1")
	again := []string{
		"dev",
		"--data",
		dir,
		"--http",
		"127.0.0.1:0",
		"--mqtt",
		"127.0.0.1:0",
		"--public",
		"127.0.0.1:0",
		"--no-demo",
		"--nodes",
		"1",
	}
	office := filepath.Join(t.TempDir(), "controller.yaml")
	config := controller.DefaultConfig()
	config.Data, config.HTTP, config.MQTT = filepath.Join(dir, "controller"), "127.0.0.1:0", "127.0.0.1:0"
	require.NoError(t, writeYAML(office, config))
	board := filepath.Join(dir, "nodes", "thon-1-loa")
	untouched(t, dir, func() {
		turnedAway(t, dir, first, again...)
		turnedAway(t, config.Data, first, "controller", "--config", office)
		turnedAway(t, filepath.Join(board, "data"), first, "node", "--config", filepath.Join(board, "node.yaml"))
	})
	require.True(t, first.running())
	first.kill()
	third := start(t, "dev", nil, again...)
	await(t, "the next one has come up", 20*time.Second, func() bool {
		return !third.running() || slices.Contains(strings.Fields(third.said()), "Loa")
	})
	require.True(t, third.running())
	third.stop()
	left, err := filepath.Glob(filepath.Join(dir, "*", "held-by.json"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// A second controller is refused, and so is a restore; commands that are made for
// it work on beside the first.
func TestE2ESecondController(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.places()
	data := filepath.Join(o.dir, "data")
	bin, err := loaBinary()
	require.NoError(t, err)
	file := filepath.Join(o.dir, "b.tar.gz")
	run(t, "", bin, "backup", "--config", o.config, "--out", file)
	run(t, "", bin, "user", "add", "--config", o.config, "lan")
	run(t, "", bin, "keys", "list", "--config", o.config)
	run(t, "", bin, "audit", "verify", "--config", o.config)
	untouched(t, o.dir, func() {
		turnedAway(t, data, o.process, "controller", "--config", o.config)
		turnedAway(t, data, o.process, "restore", "--config", o.config, "--replace", file)
	})
	title := o.title()
	o.send(http.MethodPut, "/api/v1/areas/la-da", map[string]any{"name": "Sau", "kind": "commune"}, nil)
	o.process.kill()
	run(t, "", bin, "restore", "--config", o.config, "--replace", file)
	o.open()
	require.Equal(t, title, o.title())
	o.process.stop()
	left, err := filepath.Glob(filepath.Join(o.dir, "data*", "held-by.json"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// A second node on a board is refused before it looks for another version of
// itself, or takes the socket by which the first is asked.
func TestE2ESecondNode(t *testing.T) {
	t.Parallel()
	settings, config := enrolled(t)
	require.NoError(t, writeYAML(settings, config))
	first := start(t, "node", nil, "node", "--config", settings)
	answers := func() bool { now, err := nodedoctor.Ask(t.Context(), config.Data); return err == nil && now != nil }
	await(t, "the node answers", 10*time.Second, answers)
	untouched(t, filepath.Dir(settings), func() {
		turnedAway(t, config.Data, first, "node", "run", "--config", settings)
	})
	require.True(t, answers())
	first.kill()
	next := start(t, "node", nil, "node", "--config", settings)
	await(t, "the next one answers", 10*time.Second, func() bool { return !next.running() || answers() })
	require.True(t, next.running(), next.said())
	next.stop()
	require.NoFileExists(t, filepath.Join(config.Data, "held-by.json"))
}

// A node whose flash cannot be locked plays.
func TestBoardGoesOnWithoutLock(t *testing.T) {
	var log strings.Builder
	held, err := holdBoard(fmt.Sprintf("/proc/%d/task/data", os.Getpid()), slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	require.Nil(t, held)
	require.Contains(t, log.String(), "going on")
}

// While a backup is being put in place, what were done to the old data is refused.
func TestNothingIsDoneBesideRestore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := controller.DefaultConfig()
	config.Data = filepath.Join(dir, "data")
	path := filepath.Join(dir, "controller.yaml")
	require.NoError(t, writeYAML(path, config))
	_, err := trust.Open(config.TrustDir(), trust.Options{Commune: config.Commune})
	require.NoError(t, err)
	st, err := store.Open(t.Context(), config.Data, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, st.Close())
	restore, err := hold.Alone(hold.Restore, config.Data)
	require.NoError(t, err)
	defer restore.Release()
	for name, do := range map[string]func() error{
		"user":   func() error { return (&userAddCmd{userStore: userStore{path}, Login: "lan"}).Run(t.Context()) },
		"keys":   func() error { return (&keysRotateCmd{keyFile: keyFile{path}}).Run(t.Context()) },
		"update": func() error { return (&updateListCmd{updateStore{path}}).Run(t.Context()) },
		"backup": func() error { return (&backupCmd{Config: path, Out: filepath.Join(dir, "b")}).Run(t.Context()) },
		"provision": func() error {
			return (&provisionCmd{Config: path, Node: "loa-1", Out: filepath.Join(dir, "n")}).Run(t.Context())
		},
	} {
		untouched(t, dir, func() {
			require.ErrorContains(t, do(), "hãy đợi chương trình đó xong", name)
		})
	}
}

// enrolled is a board's folder with all that belongs there.
func enrolled(t testing.TB) (settings string, config node.Config) {
	t.Helper()
	dir := t.TempDir()
	keys, err := trust.Open(filepath.Join(dir, "trust"), trust.Options{Commune: "la-da"})
	require.NoError(t, err)
	cert, key, err := keys.IssueNode("loa-1")
	require.NoError(t, err)
	config = node.Config{ID: "loa-1", Commune: "la-da", Broker: "127.0.0.1:1", Data: filepath.Join(dir, "data"), Sound: "null",
		CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "node.pem"), Key: filepath.Join(dir,
			"node.key"), CommuneKey: base64.StdEncoding.EncodeToString(keys.PublicKey())}
	for path, data := range map[string][]byte{config.CA: keys.CAPEM(), config.Cert: cert, config.Key: key} {
		require.NoError(t, os.WriteFile(path, data, 0o600))
	}
	require.NoError(t, os.Mkdir(config.Data, 0o700))
	return filepath.Join(dir, "node.yaml"), config
}
