package mirror_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller/mirror"
	"loa/controller/mirror/mirrortest"
)

// server is a real one, at which the copy lies.
type server struct {
	opt   mirror.Options
	files func() map[string]string // what lies there, but for the mark
	put   func(path, data string)  // by somebody else
	cut   *atomic.Int64            // so many more bytes are let through; negative: all
}

// sshd is OpenSSH.
func sshd(t *testing.T) *server {
	t.Helper()
	s := mirrortest.Start(t)
	return &server{cut: &s.Left, opt: mirror.Options{Address: s.Address, KeyFile: s.KeyFile, HostKey: s.HostKey},
		put: func(path, data string) { write(t, s.Root, path, data) },
		files: func() map[string]string {
			all := read(t, s.Root)
			delete(all, ".loa-published")
			return all
		}}
}

// versity is a real S3 server over a folder.
func versity(t *testing.T) *server {
	t.Helper()
	program := os.Getenv("LOA_VERSITYGW")
	if program == "" {
		t.Skip("needs an S3 server: make test-people builds it and says where")
	}
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "nghe"), 0o755))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	require.NoError(t, l.Close())
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, "--access", "loa", "--secret", "matkhau123", "--port", addr, "--quiet", "posix", root)
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	client, err := minio.New(addr, &minio.Options{Creds: credentials.NewStaticV4("loa", "matkhau123", "")})
	require.NoError(t, err)
	witness.Await(t, "the S3 server", 20*time.Second, func() bool {
		_, err := client.ListBuckets(t.Context())
		return err == nil
	})
	secret := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(secret, []byte("loa\nmatkhau123\n"), 0o600))
	return &server{
		opt: mirror.Options{Address: "s3://nghe/la-da?endpoint=http://" + addr, KeyFile: secret},
		put: func(path, data string) {
			_, err := client.PutObject(t.Context(), "nghe", "la-da/"+path, strings.NewReader(data), int64(len(data)), minio.PutObjectOptions{})
			require.NoError(t, err)
		},
		files: func() map[string]string {
			all := map[string]string{}
			for o := range client.ListObjects(t.Context(), "nghe", minio.ListObjectsOptions{Prefix: "la-da/", Recursive: true}) {
				require.NoError(t, o.Err)
				got, err := client.GetObject(t.Context(), "nghe", o.Key, minio.GetObjectOptions{})
				require.NoError(t, err)
				data, err := io.ReadAll(got)
				require.NoError(t, err)
				all[strings.TrimPrefix(o.Key, "la-da/")] = string(data)
			}
			delete(all, ".loa-published")
			return all
		}}
}

// onEach runs a test at each kind of place.
func onEach(t *testing.T, test func(t *testing.T, s *server)) {
	t.Run("sftp", func(t *testing.T) { test(t, sshd(t)) })
	t.Run("s3", func(t *testing.T) { test(t, versity(t)) })
}

// site is a folder that is published.
type site struct {
	t      *testing.T
	folder string
	now    time.Time
	m      *mirror.Mirror
	opt    mirror.Options
}

func publish(t *testing.T, s *server) *site {
	t.Helper()
	x := &site{t: t, folder: t.TempDir(), now: time.Date(2026, 10, 1, 5, 0, 0, 0, time.UTC), opt: s.opt}
	x.opt.Folder, x.opt.Sent, x.opt.Owner = x.folder, filepath.Join(t.TempDir(), "sent.json"), "la-da"
	x.opt.Now = func() time.Time { return x.now }
	x.start()
	x.write(".loa-published", "here")
	return x
}

// start is the office that starts anew.
func (x *site) start() {
	x.t.Helper()
	var err error
	x.m, err = mirror.New(x.opt)
	require.NoError(x.t, err)
}

func (x *site) write(path, data string) { write(x.t, x.folder, path, data) }

func (x *site) sync() (int, error) {
	ctx, cancel := context.WithTimeout(x.t.Context(), time.Minute)
	defer cancel()
	return x.m.Sync(ctx)
}

// synced is a round that goes well.
func (x *site) synced(changed int) {
	x.t.Helper()
	got, err := x.sync()
	require.NoError(x.t, err)
	require.Equal(x.t, changed, got)
}

func write(t *testing.T, root, path, data string) {
	t.Helper()
	name := filepath.Join(root, path)
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(data), 0o644))
}

func read(t *testing.T, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		at, _ := filepath.Rel(root, name)
		all[filepath.ToSlash(at)] = string(data)
		return err
	})
	if !errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, err)
	}
	return all
}
