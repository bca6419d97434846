package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller"
)

// version builds the program anew, as another version.
func buildVersion(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "loa")
	out, err := exec.Command("go", "build", "-tags", "nolibopusfile", "-trimpath", "-ldflags", "-s -w -X main.version="+name, "-o", path,
		".").CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}

// notLoa builds a program that does something else instead.
func notLoa(t testing.TB, does string) string {
	t.Helper()
	dir := t.TempDir()
	source, path := filepath.Join(dir, "main.go"), filepath.Join(dir, "bad")
	require.NoError(
		t,
		os.WriteFile(
			source,
			[]byte(
				"package main\n\nimport (\n\t\"os\"\n\t\"time\"\n)\n\nfunc main() {\n\t"+does+"\n\ttime.Sleep(time.Hour)\n\tos.Exit(1)\n}\n",
			),
			0o600,
		),
	)
	out, err := exec.Command("go", "build", "-trimpath", "-o", path, source).CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}

func (o *office) update(args ...string) string {
	o.t.Helper()
	bin, err := loaBinary()
	require.NoError(o.t, err)
	return string(run(o.t, "", bin, append(append([]string{"update"}, args...), "--config", o.config)...))
}

// exe is the program that a node's process is; "" in the moment in which it
// becomes another, when its first thread is gone already.
func (v *village) exe(t testing.TB) string {
	t.Helper()
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", v.process.cmd.Process.Pid))
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	require.NoError(t, err)
	return path
}

// Boards are brought to another version of the program, one village first; two
// that are bad, one that ends at once and one that hangs, bring themselves back.
func TestE2EUpdate(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eUpdate)
}

func e2eUpdate(t testing.TB) {
	o := newOfficeWith(t, func(c *controller.Config) { c.ClipRate = 64 << 20 })
	villages := o.villages("LOA_TRIAL=4s") // half a minute is update's TestHowLongItMustBeWell
	first, second := villages[0], villages[1]
	runs := func(id string) string {
		for _, n := range o.nodes() {
			if n.ID == id {
				return n.Version
			}
		}
		return ""
	}
	packaged := runs("loa-1")
	require.NotEmpty(t, packaged)

	o.update("add", "2.0", buildVersion(t, "2.0"))
	bin, err := loaBinary()
	require.NoError(t, err)
	out, err := exec.Command(bin, "update", "start", "2.0", "--all", "--config", o.config).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "hãy thử ở một thôn trước")
	began := time.Now()
	o.update("start", "2.0", "--area", "thon-1")
	await(t, "the first village runs it", 60*time.Second, func() bool { return runs("loa-1") == "2.0" })
	t.Logf("loa-1 runs 2.0 %v after the word", time.Since(began).Round(time.Millisecond))
	require.True(t, first.process.running(), "the same process, to its service manager")
	turnedAway(t, filepath.Join(first.dir, "data"), first.process, "node", "--config", filepath.Join(first.dir, "node.yaml"))
	require.Equal(t, packaged, runs("loa-2"))
	await(t, "it is kept", 60*time.Second, func() bool { return strings.Contains(o.update("list"), "kept") })
	t.Logf("kept %v after the word", time.Since(began).Round(time.Millisecond))

	// after a cut of power it is what runs
	first.process.kill()
	first.start(t)
	await(t, "it is back", 20*time.Second, func() bool { return o.state("loa-1") == "good" && runs("loa-1") == "2.0" })
	o.update("start", "2.0", "--all")
	await(t, "the others follow", 60*time.Second, func() bool { return runs("loa-2") == "2.0" })

	// here a version that ends at once: the service manager starts the launcher again;
	// there one that hangs: its watchdog is the manager's
	o.update("add", "3.0", notLoa(t, "os.Exit(3)"))
	o.update("add", "4.0", notLoa(t, ""))
	good := second.exe(t)
	o.update("start", "3.0", "--area", "thon-1")
	o.update("start", "4.0", "--area", "thon-2")
	await(t, "the bad version has ended", 60*time.Second, func() bool { return !first.process.running() })
	first.start(t)
	await(t, "the hanging one is started", 60*time.Second, func() bool { // the launcher comes in between, and is in no such folder
		exe := second.exe(t)
		return exe != good && strings.Contains(exe, "/software/")
	})
	require.True(t, second.process.running())
	second.process.kill()
	second.start(t)
	for _, id := range []string{"loa-1", "loa-2"} {
		await(t, id+" has gone back by itself", 30*time.Second, func() bool { return o.state(id) == "good" && runs(id) == "2.0" })
	}
	await(t, "both are told", 20*time.Second, func() bool { return strings.Count(o.update("list"), "failed") == 2 })

	// and back to what the package brought
	o.update("start", "packaged", "--all")
	await(t, "all run the packaged one", 60*time.Second, func() bool { return runs("loa-1") == packaged && runs("loa-2") == packaged })
	require.True(t, second.process.running())
}
