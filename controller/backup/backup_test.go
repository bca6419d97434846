package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/controller/trust"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// office is a controller's data with something in each folder.
func office(t testing.TB) Source {
	t.Helper()
	data := t.TempDir()
	src := Source{Data: data, Trust: filepath.Join(data, "trust"), Commune: "la-da", Version: "test", Settings: []byte("commune: la-da\n")}
	keys, err := trust.Open(src.Trust, trust.Options{Commune: "la-da"})
	require.NoError(t, err)
	src.Store, err = store.Open(t.Context(), data, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { _ = src.Store.Close() })
	_, err = src.Store.AddAudit(t.Context(), store.Audit{At: noon, Who: "p1", Action: "call.begin"})
	require.NoError(t, err)
	require.NoError(t, keys.SealAudit(t.Context(), src.Store))
	for folder, path := range map[string]func(string) string{"clips": src.Store.ClipPath, "originals": src.Store.OriginalPath,
		"recordings": src.Store.RecordingPath} {
		sum := sha256.Sum256([]byte(folder))
		to := path(hex.EncodeToString(sum[:]))
		require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o700))
		require.NoError(t, os.WriteFile(to, bytes.Repeat([]byte(folder), 1000), 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(data, "clips", "stray"), []byte("x"), 0o600))
	return src
}

func archive(t testing.TB, src Source) (path string, data []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "b.tar.gz")
	_, err := Create(t.Context(), path, src, noon)
	require.NoError(t, err)
	data, err = os.ReadFile(path)
	require.NoError(t, err)
	return path, data
}

// tree is every file below a folder with its content.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var data []byte
			data, err = os.ReadFile(path)
			all[strings.TrimPrefix(path, dir+"/")] = string(data)
		}
		return err
	}))
	return all
}

func TestThereAndBack(t *testing.T) {
	src := office(t)
	path, _ := archive(t, src)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), "private keys are in it")
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing else stays")

	data := filepath.Join(t.TempDir(), "var", "loa")
	r, err := Restore(t.Context(), path, Target{Data: data, Commune: "la-da"}, noon)
	require.NoError(t, err)
	require.Empty(t, r.Aside)
	require.Equal(t, noon, r.At)
	was, is := tree(t, src.Data), tree(t, data)
	require.Equal(t, "commune: la-da\n", is["settings.yaml"])
	for name, content := range was {
		if !strings.HasPrefix(name, "loa.db") && name != "clips/stray" {
			require.Equal(t, content, is[name], name)
		}
	}
	require.NotContains(t, is, "clips/stray")
	st, err := store.Open(t.Context(), data, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer st.Close()
	keys, err := trust.Open(filepath.Join(data, "trust"), trust.Options{Commune: "la-da"})
	require.NoError(t, err)
	require.NoError(t, st.CheckAudit(t.Context(), nil))
	require.NoError(t, keys.SealAudit(t.Context(), st))
}

// What could not be restored is not made: nobody would know until it is needed.
func TestWhatCannotComeBackIsNotMade(t *testing.T) {
	src := office(t)
	for name, content := range map[string][]byte{"a name with spaces": nil, "issued": make([]byte, maxSmall+1)} {
		path := filepath.Join(src.Trust, name)
		was, _ := os.ReadFile(path)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		dir := t.TempDir()
		_, err := Create(t.Context(), filepath.Join(dir, "b"), src, noon)
		require.ErrorContains(t, err, name)
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, left)
		require.NoError(t, os.Remove(path))
		if was != nil {
			require.NoError(t, os.WriteFile(path, was, 0o600))
		}
	}
	archive(t, src)
}

// A folder that has something is not touched, unless it is said; then it stays
// beside the new one.
func TestWhatIsThereIsSetAside(t *testing.T) {
	path, _ := archive(t, office(t))
	data := filepath.Join(t.TempDir(), "loa")
	backups := filepath.Join(data, "backups")
	require.NoError(t, os.MkdirAll(backups, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(data, "old"), []byte("precious"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(backups, "older"), nil, 0o600))
	was := tree(t, data)
	_, err := Restore(t.Context(), path, Target{Data: data}, noon)
	require.ErrorIs(t, err, ErrNotEmpty)
	_, err = Restore(t.Context(), path, Target{Data: data, Commune: "xa-khac", Replace: true}, noon)
	require.ErrorIs(t, err, ErrCommune)
	taken := errors.New("somebody else's")
	_, err = Restore(t.Context(), path, Target{Data: data, Replace: true, Hold: func(string) error { return taken }}, noon)
	require.ErrorIs(t, err, taken)
	require.Equal(t, was, tree(t, data))

	var told os.FileInfo
	hold := func(dir string) (err error) { told, err = os.Stat(dir); return err }
	r, err := Restore(t.Context(), path, Target{Data: data, Replace: true, Backups: backups, Hold: hold}, noon)
	require.NoError(t, err)
	is, err := os.Stat(data)
	require.NoError(t, err)
	require.True(t, os.SameFile(told, is), "the new folder is held before it is there")
	require.Equal(t, data+".old-20261123T120000Z", r.Aside)
	require.Equal(t, map[string]string{"old": "precious"}, tree(t, r.Aside))
	require.FileExists(t, filepath.Join(backups, "older"))
	beside, err := os.ReadDir(filepath.Dir(data))
	require.NoError(t, err)
	require.Len(t, beside, 2)

	again, err := Restore(t.Context(), path, Target{Data: data, Replace: true, Backups: backups}, noon)
	require.NoError(t, err)
	require.Equal(t, r.Aside+"-2", again.Aside, "within the same second")
}

// inside is what a file says once unzipped.
func inside(zipped []byte) ([]byte, error) {
	zip, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(zip)
}

// Cut off anywhere, or with any bit changed, it is found out before anything is
// touched. A few bits make no difference: in a run of zeros, those of one byte
// ago are those of two bytes ago.
func TestDamageIsFoundBeforeAnythingIsTouched(t *testing.T) {
	_, good := archive(t, office(t))
	data := filepath.Join(t.TempDir(), "loa")
	require.NoError(t, os.MkdirAll(data, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(data, "old"), []byte("precious"), 0o600))
	bad := filepath.Join(t.TempDir(), "bad.tar.gz")
	try := func(what string, content []byte) {
		require.NoError(t, os.WriteFile(bad, content, 0o600))
		_, err := Restore(t.Context(), bad, Target{Data: data, Replace: true}, noon)
		require.ErrorIs(t, err, ErrDamaged, what)
	}
	said, err := inside(good)
	require.NoError(t, err)
	harmless := 0
	for i := range 24 {
		at := 12 + i*(len(good)-12)/24 // behind gzip's own date
		try("cut", good[:at])
		flipped := bytes.Clone(good)
		flipped[at] ^= 0x10
		if same, err := inside(flipped); err == nil && bytes.Equal(same, said) {
			harmless++
			continue
		}
		try("a bit", flipped)
	}
	require.Less(t, harmless, 6)
	try("its last byte", good[:len(good)-1])
	try("nothing", nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, os.WriteFile(bad, good, 0o600))
	_, err = Restore(ctx, bad, Target{Data: data, Replace: true}, noon)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, map[string]string{"old": "precious"}, tree(t, data))
	beside, err := os.ReadDir(filepath.Dir(data))
	require.NoError(t, err)
	require.Len(t, beside, 1, "nothing is left lying about")
}

// forge makes a file of any members, with sums that are right.
func forge(t testing.TB, h Header, members ...*tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	out := tar.NewWriter(zip)
	require.NoError(t, addJSON(out, headerName, h, noon))
	var m manifest
	for _, member := range members {
		body := make([]byte, min(member.Size, 64))
		require.NoError(t, out.WriteHeader(member))
		_, err := out.Write(body)
		require.NoError(t, err)
		if member.Size > 64 { // it says more than it has
			require.NoError(t, zip.Close())
			return b.Bytes()
		}
		sum := sha256.Sum256(body)
		m.Files = append(m.Files, Entry{member.Name, member.Size, hex.EncodeToString(sum[:])})
	}
	require.NoError(t, addJSON(out, manifestName, m, noon))
	require.NoError(t, errors.Join(out.Close(), zip.Close()))
	return b.Bytes()
}

func TestNothingLeavesTheFolder(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	file := func(name string, size int64) *tar.Header {
		return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600}
	}
	header := func(files int, bytes int64) Header {
		return Header{Format: Format, Commune: "la-da", Files: files, Bytes: bytes}
	}
	cases := map[string][]byte{
		"a symlink":      forge(t, header(1, 0), &tar.Header{Typeflag: tar.TypeSymlink, Name: "trust/a", Linkname: "/etc"}),
		"a folder":       forge(t, header(1, 0), &tar.Header{Typeflag: tar.TypeDir, Name: "trust/a"}),
		"twice":          forge(t, header(2, 4), file("loa.db", 2), file("loa.db", 2)),
		"too many":       forge(t, header(1, 4), file("loa.db", 2), file("settings.yaml", 2)),
		"too few":        forge(t, header(2, 2), file("loa.db", 2)),
		"more than said": forge(t, header(1, 2), file("loa.db", 3)),
		"huge":           forge(t, header(1, 1<<40), file("loa.db", 1<<40)),
		"a huge key":     forge(t, header(1, 1<<30), file("trust/ca.pem", 1<<30)),
		"past all":       forge(t, header(1, math.MaxInt64), file("loa.db", 1<<60)),
		"less than none": forge(t, header(-1, -1)),
		"no commune":     forge(t, Header{Format: Format, Files: 0}),
	}
	for _, name := range []string{"../x", "/x", "trust/../../x", "trust/..", "trust/.x", "clips/../x", "clips/ab/x", "clips/ab/" + sum,
		"clips/" + sum + ".opus",
		"backups/x", "loa.db/x", "trust", "", "trust//x", "trust/a\x00b", "trust/" + strings.Repeat("a", 300), "loa.db-wal"} {
		cases["name "+name] = forge(t, header(1, 2), file(strings.ReplaceAll(name, "\x00", "?"), 2))
	}
	for what, content := range cases {
		dir := t.TempDir()
		in := filepath.Join(dir, "in")
		require.NoError(t, os.Mkdir(in, 0o700))
		_, err := Unpack(t.Context(), bytes.NewReader(content), in, 1<<20)
		require.Error(t, err, what)
		require.True(t, errors.Is(err, ErrDamaged) || errors.Is(err, ErrRoom), "%s: %v", what, err)
		beside, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, beside, 1, what)
	}
	_, err := Unpack(t.Context(), bytes.NewReader(forge(t, Header{Format: Format + 1})), t.TempDir(), 0)
	require.ErrorIs(t, err, ErrFormat)
	_, err = Unpack(t.Context(), bytes.NewReader(forge(t, header(2, 4), file("loa.db", 2), file("clips/ab/"+sum+".opus", 2))), t.TempDir(), 4)
	require.NoError(t, err, "what is forged so is right, then")
}

// What is not a controller's data is not put in place, though its sums are right.
func TestAHollowBackupIsDamaged(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.tar.gz")
	require.NoError(t, os.WriteFile(bad,
		forge(t, Header{Format: Format, Commune: "la-da", Files: 1, Bytes: 2}, &tar.Header{Typeflag: tar.TypeReg, Name: "loa.db", Size: 2}),
		0o600))
	data := filepath.Join(t.TempDir(), "loa")
	_, err := Restore(t.Context(), bad, Target{Data: data}, noon)
	require.ErrorIs(t, err, ErrDamaged)
	require.NoDirExists(t, data)
}

func FuzzUnpack(f *testing.F) {
	// no real database: instrumented for fuzzing it is too slow to make
	var b bytes.Buffer
	sum := strings.Repeat("ab", 32)
	pieces := []piece{{name: "trust/ca.pem", data: []byte("key"), size: 3}, {name: "loa.db", data: []byte("db"), size: 2},
		{name: "clips/ab/" + sum + ".opus", data: []byte("sound"), size: 5}}
	require.NoError(f, pack(f.Context(), &b, Header{Format: Format, Commune: "la-da", At: noon, Files: 3, Bytes: 10}, pieces, nil))
	good := b.Bytes()
	zip, err := gzip.NewReader(bytes.NewReader(good))
	require.NoError(f, err)
	plain, err := io.ReadAll(zip)
	require.NoError(f, err)
	f.Add(plain)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(forge(f, Header{Format: Format, Commune: "la-da", Files: 1, Bytes: 1 << 40},
		&tar.Header{Typeflag: tar.TypeReg, Name: "loa.db", Size: 1 << 40}))
	f.Add(forge(f, Header{Format: Format, Commune: "la-da", Files: 1, Bytes: 2},
		&tar.Header{Typeflag: tar.TypeReg, Name: "trust/ca.pem", Size: 2}))
	const most = 4 << 20
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		in := filepath.Join(dir, "in")
		require.NoError(t, os.Mkdir(in, 0o700))
		// Fuzzing seldom gets past gzip's sum: what is inside is tried too.
		var zipped bytes.Buffer
		zip := gzip.NewWriter(&zipped)
		_, _ = zip.Write(data)
		_ = zip.Close()
		for _, content := range [][]byte{data, zipped.Bytes()} {
			h, err := Unpack(t.Context(), bytes.NewReader(content), in, most)
			size := int64(0)
			for _, content := range tree(t, in) {
				size += int64(len(content))
			}
			if size > most || err == nil && size != h.Bytes {
				t.Fatalf("%d bytes of %d", size, h.Bytes)
			}
			if err == nil {
				break
			}
			require.NoError(t, os.RemoveAll(in))
			require.NoError(t, os.Mkdir(in, 0o700))
		}
		beside, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, beside, 1)
	})
}

func keeper(t *testing.T, now *time.Time) *Keeper {
	t.Helper()
	return New(Options{Folder: filepath.Join(t.TempDir(), "backups"), Source: office(t), Zone: time.FixedZone("+07", 7*3600),
		Now: func() time.Time { return *now }, Logger: slog.New(slog.DiscardHandler)})
}

func TestEveryNight(t *testing.T) {
	now := noon
	k := keeper(t, &now)
	require.True(t, k.due(), "there is none yet")
	require.False(t, k.State().Old, "it has only begun")
	_, err := k.Make(t.Context())
	require.NoError(t, err)
	require.False(t, k.due())
	now = time.Date(2026, 11, 23, 18, 59, 59, 0, time.UTC)
	require.False(t, k.due(), "two o'clock has not struck")
	now = now.Add(time.Second)
	require.True(t, k.due())
	onAir := true
	k.opt.OnAir = func() bool { return onAir }
	require.False(t, k.due(), "a voice comes first")
	onAir = false

	now = noon.Add(TooOld)
	require.False(t, k.State().Old)
	now = now.Add(time.Nanosecond)
	require.True(t, k.State().Old)
	k.one <- struct{}{}
	_, err = k.Make(t.Context())
	require.ErrorIs(t, err, ErrBusy)
	<-k.one
	require.NoError(t, os.MkdirAll(filepath.Join(k.opt.Folder, unfinished+"1"), 0o700))
	_, err = k.Make(t.Context())
	require.NoError(t, err)
	s := k.State()
	require.False(t, s.Old)
	require.Len(t, s.Files, 2)
	in, err := os.ReadDir(k.opt.Folder)
	require.NoError(t, err)
	require.Len(t, in, 2, "what a power cut left is swept away")

	f, file, err := k.Open(s.Files[0].Name)
	require.NoError(t, err)
	defer f.Close()
	require.Positive(t, file.Bytes)
	for _, name := range []string{"../trust/ca.pem", "", "loa-la-da-20200101T000000Z.tar.gz"} {
		_, _, err = k.Open(name)
		require.ErrorIs(t, err, store.ErrNotFound)
	}
}

func TestAFailureIsKnownUntilOneSucceeds(t *testing.T) {
	now := noon
	k := keeper(t, &now)
	require.NoError(t, os.WriteFile(k.opt.Folder, nil, 0o600)) // a file where the folder should be
	_, err := k.Make(t.Context())
	require.Error(t, err)
	require.Error(t, k.State().Failed)
	require.NoError(t, os.Remove(k.opt.Folder))
	_, err = k.Make(t.Context())
	require.NoError(t, err)
	require.NoError(t, k.State().Failed)
}

// 60 nights, and some by hand: seven days and four weeks remain.
func TestSevenDaysAndFourWeeks(t *testing.T) {
	zone := time.FixedZone("+07", 7*3600)
	last := time.Date(2026, 11, 22, 2, 0, 0, 0, zone) // a Sunday
	var files []File
	for n := range 60 {
		at := last.AddDate(0, 0, -n)
		files = append(files, File{At: at.Add(time.Hour)}, File{At: at})
	}
	gone := map[time.Time]bool{}
	for _, f := range surplus(files, zone) {
		gone[f.At] = true
	}
	var kept []string
	for _, f := range files {
		if !gone[f.At] {
			kept = append(kept, f.At.Format("02/01 15h"))
		}
	}
	require.Equal(t, []string{"22/11 03h", "21/11 03h", "20/11 03h", "19/11 03h", "18/11 03h", "17/11 03h", "16/11 03h", "15/11 03h",
		"08/11 03h", "01/11 03h"}, kept)
	header, err := json.Marshal(Header{})
	require.NoError(t, err)
	require.Contains(t, string(header), "loa_backup")
}

// Left to itself it makes one each night, and the first soon after the start.
func TestItRunsByItself(t *testing.T) {
	src := office(t)
	folder := filepath.Join(t.TempDir(), "backups")
	synctest.Test(t, func(t *testing.T) {
		k := New(Options{Folder: folder, Source: src, Zone: time.FixedZone("+07", 7*3600), Logger: slog.New(slog.DiscardHandler)})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- k.Run(ctx) }()
		count := func() int { synctest.Wait(); return len(k.State().Files) }
		time.Sleep(firstAfter - time.Nanosecond)
		require.Zero(t, count())
		time.Sleep(time.Nanosecond)
		require.Equal(t, 1, count())
		time.Sleep(3 * 24 * time.Hour)
		require.Equal(t, 4, count())
		for _, f := range k.State().Files[:3] {
			at := f.At.In(k.opt.Zone)
			require.Equal(t, nightHour, at.Hour(), at)
		}
		cancel()
		require.NoError(t, <-done)
	})
}
