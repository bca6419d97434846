package hold

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// refused is what the second program is told.
func refused(t *testing.T, dir string) string {
	t.Helper()
	h, err := Take(Controller, dir)
	var held *Held
	require.ErrorAs(t, err, &held)
	require.Nil(t, h)
	require.Equal(t, dir, held.Dir)
	return err.Error()
}

// listing is all in a folder with when it was changed.
func listing(t *testing.T, dir string) (all []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		all = append(all, fmt.Sprint(path, info.Mode(), info.Size(), info.ModTime()))
		return err
	}))
	return all
}

// The first has it, the second is told who that is and leaves no trace, and when
// the first gives it back nothing is left of it.
func TestOneAtATime(t *testing.T) { synctest.Test(t, testOneAtATime) }

func testOneAtATime(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there")
	first, err := Take(Dev, dir)
	require.NoError(t, err)
	require.True(t, first.Has(dir))
	require.False(t, first.Has(filepath.Dir(dir)))
	before := listing(t, dir)
	said := refused(t, dir)
	for _, part := range []string{dir, "đang được loa dev dùng", "in use by loa dev", fmt.Sprint(os.Getpid()), filepath.Base(os.Args[0]),
		"hãy dừng", "stop that program first"} {
		require.Contains(t, said, part)
	}
	require.NotContains(t, said, "systemctl", "it is no service")
	require.Equal(t, before, listing(t, dir))
	first.Release()
	require.False(t, first.Has(dir))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
	second, err := Take(Node, dir)
	require.NoError(t, err)
	first.Release() // once more, and of nothing: no harm
	(*Hold)(nil).Release()
	require.Contains(t, refused(t, dir), "systemctl stop loa-node")
	second.Release()
}

// A program that needs several folders and cannot have one has none.
func TestAllOrNone(t *testing.T) { synctest.Test(t, testAllOrNone) }

func testAllOrNone(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	other, err := Take(Node, b)
	require.NoError(t, err)
	_, err = Take(Dev, a, b)
	require.ErrorContains(t, err, b)
	free, err := Take(Dev, a)
	require.NoError(t, err)
	other.Release()
	require.NoError(t, free.Add(b))
	free.Release()
	left, err := os.ReadDir(a)
	require.NoError(t, err)
	require.Empty(t, left)
}

// What the file says is for people: one who deletes it or writes something else
// there is refused all the same, and is shown nothing that makes no sense.
func TestFileIsNotTheLock(t *testing.T) { synctest.Test(t, testFileIsNotTheLock) }

func testFileIsNotTheLock(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, fileName)
	require.NoError(t, os.WriteFile(file, []byte("left by one that was killed"), 0o400))
	require.NoError(t, os.Mkdir(file+".new", 0o500))
	first, err := Take(Controller, dir)
	require.NoError(t, err)
	require.Contains(t, refused(t, dir), "systemctl stop loa-controller")
	gone := exec.Command("true")
	require.NoError(t, gone.Run())
	for name, text := range map[string]string{
		"empty": "", "no JSON": "\x00\xff{", "of another kind": `[1]`, "half": `{"role":"loa dev"`, "nobody": `{"pid":0}`, "negative": `{"role":"x","pid":-1}`,
		"without a role": fmt.Sprintf(`{"pid":%d}`, os.Getpid()), "endless": `{"role":"` + strings.Repeat("x", 1<<20) + `"}`,
		"dead": fmt.Sprintf(`{"role":"loa dev","pid":%d}`, gone.Process.Pid),
	} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600), name)
		require.Contains(t, refused(t, dir), "một chương trình Loa khác", name)
	}
	evil, err := json.Marshal(who{Role: "loa \x1b[2Jdev", PID: os.Getpid(), Command: "a\nb\u202e" + strings.Repeat("x", 1000)})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, evil, 0o600))
	said := refused(t, dir)
	require.NotContains(t, said, "\x1b")
	require.NotContains(t, said, "\n")
	require.Less(t, len(said), 1000)
	require.NoError(t, os.Remove(file))
	require.Contains(t, refused(t, dir), "another Loa program")
	first.Release()
	again, err := Take(Controller, dir)
	require.NoError(t, err)
	again.Release()
}

// A folder in which nobody may make a file, as flash that has become read-only,
// is held like any other. Those of proc are so for root, too.
func TestFolderThatTakesNoWrites(t *testing.T) { synctest.Test(t, testFolderThatTakesNoWrites) }

func testFolderThatTakesNoWrites(t *testing.T) {
	dir := fmt.Sprintf("/proc/%d/task", os.Getpid())
	require.Error(t, os.WriteFile(filepath.Join(dir, fileName), nil, 0o600))
	first, err := Take(Node, dir)
	require.NoError(t, err)
	require.Contains(t, refused(t, dir), "một chương trình Loa khác")
	first.Release()
	_, err = Take(Node, filepath.Join(dir, "data"))
	require.Error(t, err)
	require.NotErrorAs(t, err, new(*Held), "it cannot be made")
}

// What a program starts does not hold on for it.
func TestChildrenDoNotInherit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := Take(Controller, dir)
	require.NoError(t, err)
	child := exec.Command("sleep", "60")
	require.NoError(t, child.Start())
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	first.Release()
	second, err := Take(Controller, dir)
	require.NoError(t, err)
	second.Release()
}

// A program that ends a moment later is waited for.
func TestWhoIsEndingIsWaitedFor(t *testing.T) { synctest.Test(t, testWhoIsEndingIsWaitedFor) }

func testWhoIsEndingIsWaitedFor(t *testing.T) {
	dir := t.TempDir()
	first, err := Take(Controller, dir)
	require.NoError(t, err)
	time.AfterFunc(patience-time.Nanosecond, first.Release)
	second, err := Take(Controller, dir)
	require.NoError(t, err)
	second.Release()
}

// A caller that waits for a folder in whose place another is put gets that other one.
func TestFolderIsReplaced(t *testing.T) { synctest.Test(t, testFolderIsReplaced) }

func testFolderIsReplaced(t *testing.T) {
	top := t.TempDir()
	data, fresh, aside := filepath.Join(top, "data"), filepath.Join(top, "fresh"), filepath.Join(top, "aside")
	restore, err := Alone(Restore, fresh)
	require.NoError(t, err)
	require.NoError(t, restore.Add(data))
	taken := make(chan *Hold)
	go func() { h, err := Take(Controller, data); assert.NoError(t, err); taken <- h }()
	synctest.Wait()
	require.NoError(t, os.Rename(data, aside))
	require.NoError(t, os.Rename(fresh, data))
	restore.Release()
	h := <-taken
	require.NoFileExists(t, filepath.Join(aside, fileName))
	require.FileExists(t, filepath.Join(data, fileName))
	require.Contains(t, refused(t, data), "loa controller")
	h.Release()
	require.NoFileExists(t, filepath.Join(data, fileName))
}

// Beside a role one may work; beside a restore one may not, however it was
// before, until that is over or was killed.
func TestBeside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, Beside(dir))
	require.NoError(t, Beside(filepath.Join(dir, "not there")))
	office, err := Take(Controller, dir)
	require.NoError(t, err)
	require.NoError(t, Beside(dir))
	office.Release()
	restore, err := Alone(Restore, dir)
	require.NoError(t, err)
	err = Beside(dir)
	require.ErrorAs(t, err, new(*Held))
	require.ErrorContains(t, err, "loa restore")
	require.ErrorContains(t, err, "wait until that is done")
	word, err := os.ReadFile(filepath.Join(dir, fileName))
	require.NoError(t, err)
	restore.Release()
	require.NoError(t, Beside(dir))
	require.NoError(t, os.WriteFile(filepath.Join(dir, fileName), word, 0o600))
	require.NoError(t, Beside(dir), "it was killed")
}
