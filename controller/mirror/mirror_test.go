package mirror_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/mirror"
	"loa/controller/mirror/mirrortest"
)

// What lies in the folder lies there, what is gone from it goes, and what has not changed is
// not sent again: not after a restart either, but for pages, whose names do not tell what they are.
func TestTheCopyFollowsTheFolder(t *testing.T) {
	onEach(t, func(t *testing.T, s *server) {
		x := publish(t, s)
		want := map[string]string{"index.html": "xã La Dạ", "t/thon-1/index.html": "thôn 1", "t/thon-1/e1/index.html": "lũ",
			"s/abc.opus": strings.Repeat("a", 100_000), "-/loa.css": "p{}"}
		for path, data := range want {
			x.write(path, data)
		}
		x.synced(len(want))
		require.Equal(t, want, s.files())
		x.synced(0)

		x.write("t/thon-1/index.html", "thôn 1, đã rút")
		require.NoError(t, os.RemoveAll(filepath.Join(x.folder, "t/thon-1/e1")))
		require.NoError(t, os.Remove(filepath.Join(x.folder, "s/abc.opus")))
		x.synced(3)
		want["t/thon-1/index.html"] = "thôn 1, đã rút"
		delete(want, "t/thon-1/e1/index.html")
		delete(want, "s/abc.opus")
		require.Equal(t, want, s.files())

		x.start()
		x.synced(0)
		require.NoError(t, os.Remove(x.opt.Sent)) // an office of a backup
		x.write("s/def.opus", "d")
		s.put("s/def.opus", "d")
		x.start()
		x.synced(3)
	})
}

// What others changed there is put right by the next day.
func TestTheCopyIsLookedAtEachDay(t *testing.T) {
	onEach(t, func(t *testing.T, s *server) {
		x := publish(t, s)
		x.write("index.html", "xã La Dạ")
		x.synced(1)
		s.put("gia.html", "Loa bảo: nộp tiền")
		s.put("index.html", "xã khác")
		x.synced(0)
		x.now = x.now.Add(25 * time.Hour)
		x.synced(2)
		require.Equal(t, map[string]string{"index.html": "xã La Dạ"}, s.files())
	})
}

// A place that holds something else is not touched, nor one of another office.
func TestAForeignPlace(t *testing.T) {
	onEach(t, func(t *testing.T, s *server) {
		x := publish(t, s)
		x.write("index.html", "xã La Dạ")
		s.put("anh.jpg", "x")
		_, err := x.sync()
		require.ErrorIs(t, err, mirror.ErrForeign)
		s.put(".loa-published", "Loa khác\n")
		_, err = x.sync()
		require.ErrorIs(t, err, mirror.ErrOther)
		require.Equal(t, map[string]string{"anh.jpg": "x"}, s.files())
	})
}

// A line that breaks anywhere costs nothing that arrived: what goes on goes on in the middle of
// a file, no file is ever there in part, and what was withdrawn is gone first.
func TestALineThatBreaks(t *testing.T) {
	s := sshd(t)
	x := publish(t, s)
	x.write("s/old.opus", "rút lại")
	x.synced(1)
	require.NoError(t, os.Remove(filepath.Join(x.folder, "s/old.opus")))
	want := map[string]string{}
	for _, name := range []string{"s/a.opus", "s/b.opus", "index.html"} {
		want[name] = strings.Repeat(name, 60_000)
		x.write(name, want[name])
	}
	const slice = 400_000 // of the line, each time: less than a file, and what signing in takes
	rounds := 0
	for done := false; !done; rounds++ {
		require.Less(t, rounds, 20)
		s.cut.Store(slice)
		_, err := x.sync()
		done = err == nil
		for name, data := range s.files() {
			if !strings.Contains(name, ".loa-part-") {
				require.Equal(t, want[name], data, name)
			}
		}
		if rounds%2 == 1 {
			x.start()
		}
	}
	require.Greater(t, rounds, 3, "it was broken off")
	require.Equal(t, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(s.files())))
}

// Nothing is sent to a host that is not the one whose key is known, nor with a key that it does not know.
func TestAnotherHost(t *testing.T) {
	s := sshd(t)
	x := publish(t, s)
	x.write("index.html", "xã La Dạ")
	other, public := mirrortest.Key(t, "other")
	good := x.opt
	x.opt.HostKey = public
	x.start()
	_, err := x.sync()
	require.ErrorIs(t, err, mirror.ErrHost)
	x.opt = good
	x.opt.KeyFile = other
	x.start()
	_, err = x.sync()
	require.ErrorContains(t, err, "sign in")
	require.Empty(t, s.files())
}

// What is wrong in the settings is told when the office starts.
func TestSettings(t *testing.T) {
	private, public := mirrortest.Key(t, "k")
	secret, half := filepath.Join(t.TempDir(), "secret"), filepath.Join(t.TempDir(), "half")
	require.NoError(t, os.WriteFile(secret, []byte("a\nb\n"), 0o600))
	require.NoError(t, os.WriteFile(half, []byte("a\n"), 0o600))
	for _, c := range []struct {
		address, key, host string
		err                error
	}{
		{"sftp://u@host/www", private, public, nil},
		{"sftp://u@host/www", private, "host " + public + "\n# x\n", nil},
		{"sftp://u@host/www", private, "", mirror.ErrHostKey},
		{"sftp://u@host/www", private, "ssh-ed25519 khong", mirror.ErrHostKey},
		{"sftp://u@host/www", secret, public, mirror.ErrKey},
		{"sftp://u@host/www", private + "khong", public, os.ErrNotExist},
		{"sftp://host/www", private, public, mirror.ErrAddress},
		{"sftp://u@host", private, public, mirror.ErrAddress},
		{"sftp://u@host/", private, public, mirror.ErrAddress},
		{"ftp://u@host/www", private, public, mirror.ErrAddress},
		{"s3://nghe?endpoint=https://s3.vn", secret, "", nil},
		{"s3://nghe/la-da?endpoint=https://s3.vn&region=han", secret, "", nil},
		{"s3://nghe", secret, "", mirror.ErrAddress},
		{"s3://nghe?endpoint=s3.vn", secret, "", mirror.ErrAddress},
		{"s3://nghe?endpoint=https://s3.vn", half, "", mirror.ErrAccess},
		{"%", private, "", mirror.ErrAddress},
	} {
		_, err := mirror.New(mirror.Options{Address: c.address, KeyFile: c.key, HostKey: c.host, Sent: filepath.Join(t.TempDir(), "sent")})
		require.ErrorIs(t, err, c.err, c.address)
	}
	require.True(t, mirror.Elsewhere("s3://x"))
	require.False(t, mirror.Elsewhere("/srv/www"))
}
