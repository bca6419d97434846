package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"
)

// fault is something that breaks; what strike returns mends it.
type fault struct {
	name   string
	strike func(w *world) (heal func())
	late   bool // it is mended when nobody is on air any more
}

func nothing() {}

// faults are all that torment knows.
var faults = []fault{
	{"the office loses power", func(w *world) func() {
		w.process.kill()
		w.open()
		return nothing
	}, false},
	{"a node loses power", func(w *world) func() {
		v := w.villages[w.rng.IntN(3)]
		v.process.kill()
		return func() { v.start(w.t) }
	}, false},
	{"a node stands still", func(w *world) func() {
		v := w.villages[w.rng.IntN(3)]
		v.frozen = true
		require.NoError(w.t, v.process.cmd.Process.Signal(syscall.SIGSTOP))
		return func() { v.frozen = false; require.NoError(w.t, v.process.cmd.Process.Signal(syscall.SIGCONT)) }
	}, false},
	{"a link is cut", func(w *world) func() {
		v := w.villages[w.rng.IntN(3)]
		v.set(func() { v.cut = true })
		return v.heal
	}, false},
	{"a link lets nothing through", func(w *world) func() {
		v := w.villages[w.rng.IntN(3)]
		v.set(func() { v.still = true })
		return v.heal
	}, false},
	{"a link is thin", func(w *world) func() {
		v := w.villages[w.rng.IntN(3)]
		v.set(func() { v.rate = 64_000 / 8 })
		return v.heal
	}, false},
	{"the disk is full", fullDisk, false},
	{"the database is damaged", func(w *world) func() { return w.damage("loa.db") }, true},
	{"the write-ahead log is damaged", func(w *world) func() { return w.damage("loa.db-wal") }, true},
	{"the database is gone", func(w *world) func() {
		w.process.kill()
		require.NoError(w.t, os.Truncate(filepath.Join(w.dir, "data", "loa.db"), 0))
		w.open()
		return w.restore
	}, true},
	{"a key file is empty", func(w *world) func() {
		w.process.kill()
		name := []string{"token", "broker.pem", "controller.pem"}[w.rng.IntN(3)]
		require.NoError(w.t, os.Truncate(filepath.Join(w.dir, "data", "trust", name), 0))
		w.open()
		return nothing
	}, false},
	{"many upload slowly", slowUploads, false},
	{"many sign in wrongly", func(w *world) func() {
		return crowd(40, func(int) {
			res, err := http.Post(w.Base+"/api/v1/session", "application/json", strings.NewReader(`{"login":"admin","password":"no"}`))
			if err == nil {
				_ = res.Body.Close()
			}
		})
	}, false},
	{"nothing", func(*world) func() { return nothing }, false},
}

// crowd has many do something at once.
func crowd(n int, do func(i int)) (heal func()) {
	for i := range n {
		go do(i)
	}
	return nothing
}

func fullDisk(w *world) func() {
	if w.disk == "" {
		return nothing
	}
	path := filepath.Join(w.disk, "ballast")
	f, err := os.Create(path)
	require.NoError(w.t, err)
	for size := 1 << 20; size >= 512; { // to the last block
		if _, err = f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	require.ErrorIs(w.t, errors.Join(err, f.Close()), syscall.ENOSPC)
	return func() { require.NoError(w.t, os.Remove(path)) }
}

// damage writes noise somewhere into a file of the office, while that is off.
func (w *world) damage(name string) func() {
	w.process.kill()
	path := filepath.Join(w.dir, "data", name)
	info, err := os.Stat(path)
	if err == nil && info.Size() > 0 {
		f, ferr := os.OpenFile(path, os.O_RDWR, 0)
		require.NoError(w.t, ferr)
		noise := make([]byte, 1+w.rng.IntN(8192))
		for i := range noise {
			noise[i] = byte(w.rng.IntN(256))
		}
		_, err = f.WriteAt(noise, w.rng.Int64N(info.Size()))
		require.NoError(w.t, errors.Join(err, f.Close()))
	}
	w.open()
	return w.restore
}

// restore restores the backup, if the office says that its memory is damaged; what
// it acknowledged since the backup and before the damage is in no log then.
func (w *world) restore() {
	res := w.raw(http.MethodGet, "/readyz", "", nil)
	if !strings.HasPrefix(string(res.body), "database_") {
		return
	}
	w.acked = nil
	restoreNewest(w.t, w.office)
}

// slowUploads holds what the library has room for.
func slowUploads(w *world) func() {
	done := make(chan struct{})
	for range 40 {
		body, in := io.Pipe()
		go func() {
			for {
				select {
				case <-done:
					_ = in.Close()
					return
				case <-time.After(100 * time.Millisecond):
					if _, err := in.Write(make([]byte, 512)); err != nil {
						return
					}
				}
			}
		}()
		go func() {
			req, err := http.NewRequest(http.MethodPost, w.Base+"/api/v1/clips", body)
			if err != nil {
				return
			}
			req.Header.Set("Authorization", "Bearer "+w.Token)
			req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
			res, err := http.DefaultClient.Do(req)
			if err == nil {
				_ = res.Body.Close()
			}
			_ = body.CloseWithError(io.ErrClosedPipe)
		}()
	}
	return func() { close(done) }
}
