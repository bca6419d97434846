package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller"
)

// withCertLife starts the office anew with certificates of another life.
func (o *office) withCertLife(life time.Duration) {
	o.t.Helper()
	o.process.stop()
	config := controller.DefaultConfig()
	require.NoError(o.t, readYAML(o.config, &config))
	config.CertLife = life
	require.NoError(o.t, writeYAML(o.config, config))
	o.open()
}

// A node's certificate ends after twenty-two seconds: it is renewed by itself, in a
// quiet moment, whatever power does, and the horn hears nothing of it.
func TestE2ECertificateRenewsItself(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eCertificateRenewsItself)
}

func e2eCertificateRenewsItself(t testing.TB) {
	const life = 22 * time.Second
	o := newOffice(t)
	o.withCertLife(life)
	o.places()
	clip := o.upload(recording(t, "Thông báo lịch tiêm chủng cho trẻ em tại trạm y tế xã vào sáng thứ bảy tuần này."))
	made := time.Now()
	v := o.node("loa-1", "wav")
	said := func(what string) func() bool {
		return func() bool { return strings.Contains(v.process.said(), what) }
	}
	first, err := os.ReadFile(filepath.Join(v.dir, "node.pem"))
	require.NoError(t, err)

	// it is renewed while a bulletin is on air, and used when that is over
	at := made.Add(life * 2 / 3).Truncate(time.Second)
	o.programme("Tiêm chủng", clip.ID, at)
	o.hold(1, 1)
	await(t, "the certificate is renewed", time.Until(made.Add(life)), said("certificate renewed"))
	t.Logf("renewed %v after it was made, of a life of %v", time.Since(made).Round(100*time.Millisecond), life)
	require.Greater(t, time.Since(made), life*6/10)
	until(at.Add(time.Duration(clip.Seconds*1e9) + time.Second))
	heardAt(t, "through the renewal", v.horn(t), o.clip(clip.ID), at)

	// power fails again and again while the next one is renewed
	for range 12 {
		until(time.Now().Add(1100 * time.Millisecond))
		v.process.kill()
		v.start(t)
	}
	// long after the first has ended the node is still let in, by a later one
	until(made.Add(2 * life))
	v.process.kill()
	v.start(t)
	await(t, "the node is let in", 10*time.Second, said("link up"))
	await(t, "it is good", 10*time.Second, func() bool { return o.nodes()[0].State == "good" })
	now, err := os.ReadFile(filepath.Join(v.dir, "node.pem"))
	require.NoError(t, err)
	require.Equal(t, first, now, "the enrolled one is left as it is")
}

// Every file of a controller and of a node is its own user's alone.
func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.places()
	v := o.enrolled("loa-1")
	clip := o.upload(recording(t, "Thông báo."))
	o.programme("Thông báo", clip.ID, soon(time.Hour))
	o.hold(1, 1)
	seen := 0
	for _, root := range []string{filepath.Join(o.dir, "data"), v.dir} {
		require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			require.NoError(t, err)
			info, err := d.Info()
			if os.IsNotExist(err) { // a temporary file that is gone
				return nil
			}
			require.NoError(t, err)
			switch {
			case path == v.dir: // made by the test
			case d.IsDir():
				require.Equal(t, fs.FileMode(0o700), info.Mode().Perm(), path)
			case strings.HasPrefix(d.Name(), "horn.wav"): // what everybody hears
			default:
				require.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), path)
			}
			seen++
			return nil
		}))
	}
	t.Logf("%d files and folders", seen)
	require.Greater(t, seen, 20)
}
