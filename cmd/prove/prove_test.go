package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What go test -json says of a package with one test of each kind.
const told = `{"Action":"start","Package":"loa/a"}
{"Action":"run","Package":"loa/a","Test":"TestFast"}
{"Action":"output","Package":"loa/a","Test":"TestFast","Output":"a word\n"}
{"Action":"pass","Package":"loa/a","Test":"TestFast","Elapsed":0.1}
{"Action":"pass","Package":"loa/a","Test":"TestSlow","Elapsed":12.3}
{"Action":"output","Package":"loa/a","Test":"TestWrong/one","Output":"    inner words\n"}
{"Action":"fail","Package":"loa/a","Test":"TestWrong/one","Elapsed":0.2}
{"Action":"output","Package":"loa/a","Test":"TestWrong","Output":"    it is wrong\n"}
{"Action":"fail","Package":"loa/a","Test":"TestWrong","Elapsed":0.2}
{"Action":"output","Package":"loa/a","Test":"TestLate","Output":"    scene.go:40: not judged: the machine was late by 310 ms\n"}
{"Action":"skip","Package":"loa/a","Test":"TestLate","Elapsed":3}
{"Action":"output","Package":"loa/a","Output":"judged 4 of 5\n"}
{"Action":"fail","Package":"loa/a","Elapsed":16}
{"Action":"spent","Package":"loa/a","Elapsed":7.5}
{"Action":"spent","Package":"loa/b","Elapsed":20}
words of the compiler
`

func lines(text string) <-chan []byte {
	all := make(chan []byte, 100)
	for line := range strings.Lines(text) {
		all <- []byte(line)
	}
	close(all)
	return all
}

func followed(t *testing.T, events string) (printed, file string) {
	t.Helper()
	var out strings.Builder
	file = filepath.Join(t.TempDir(), "tests.json")
	f, err := os.Create(file)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, newPhase("unit", &out, json.NewEncoder(f)).follow(lines(events), nil))
	return out.String(), file
}

func TestAPhaseIsTold(t *testing.T) {
	printed, _ := followed(t, told)
	for _, want := range []string{"12.3 s  TestSlow\n", "--- FAIL: TestWrong/one (0.2 s)\n    inner words\n",
		"--- FAIL: TestWrong (0.2 s)\n    it is wrong\n",
		"TestLate: not judged: the machine was late by 310 ms\n", "--- FAIL: loa/a (16.0 s)\n", "words of the compiler\n"} {
		require.Contains(t, printed, want)
	}
	require.NotContains(t, printed, "TestFast", "what was quick and well is not told")
	require.NotContains(t, printed, "a word")
}

func TestTheSum(t *testing.T) {
	_, file := followed(t, told)
	var out strings.Builder
	require.ErrorContains(t, sum(file, &out), "some tests failed")
	require.Contains(t, out.String(), "12.3 s  TestSlow  loa/a\n")
	require.Contains(t, out.String(),
		"of the processors they took:\n    27.5 s  unit\n    20.0 s  unit: loa/b\n     7.5 s  unit: loa/a\n")
	require.Contains(t, out.String(),
		"not judged: TestLate: the machine was late by 310 ms\n--- FAIL: TestWrong/one  loa/a\n--- FAIL: TestWrong  loa/a\njudged 4 of 5\n"+
			"2 passed, 2 failed, 1 skipped\n")
}

// A fifth may be left unjudged, no more.
func TestTooLittleIsJudged(t *testing.T) {
	const passes = `{"Action":"pass","Package":"loa/a","Test":"TestFast","Elapsed":0.1}
{"Action":"output","Package":"loa/a","Output":"judged %d of 5\n"}
{"Action":"pass","Package":"loa/a","Elapsed":1}
`
	var out strings.Builder
	_, file := followed(t, strings.ReplaceAll(passes, "%d", "4"))
	require.NoError(t, sum(file, &out))
	_, file = followed(t, strings.ReplaceAll(passes, "%d", "3"))
	require.ErrorContains(t, sum(file, &out), "only 3 of 5 could be judged")
	_, file = followed(t, "")
	require.ErrorContains(t, sum(file, &out), "no test was run")
}

// The screen does not stand still: what runs is named.
func TestAStillScreenIsToldOf(t *testing.T) {
	var out strings.Builder
	p := newPhase("unit", &out, json.NewEncoder(&strings.Builder{}))
	p.printed = time.Now().Add(-time.Minute)
	said, tick := make(chan []byte), make(chan time.Time)
	ended := make(chan error)
	go func() { ended <- p.follow(said, tick) }()
	said <- []byte(`{"Action":"start","Package":"loa/a"}`)
	said <- []byte(`{"Action":"run","Package":"loa/a","Test":"TestSlow"}`)
	tick <- time.Now().Add(40 * time.Second)
	tick <- time.Now()
	close(said)
	require.NoError(t, <-ended)
	require.Equal(t, "  … TestSlow (40 s)\n", out.String(), "once")
}

// A machine that has other work is told from one that has none.
func TestRest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stat")
	read := func(text string) spent {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		s, err := processors(path)
		require.NoError(t, err)
		return s
	}
	zero := read("cpu  100 50 100 1000 200 10 10 30 0 0\ncpu0 1 2 3\n")
	require.Equal(t, spent{idle: 1200, all: 1500}, zero)
	require.InDelta(t, 0.9, read("cpu  105 50 105 1080 210 10 10 30 0 0\n").restSince(zero), 1e-9, "hardly anything to do")
	require.Zero(t, read("cpu  200 150 100 1000 200 10 10 30 0 0\n").restSince(zero), "two that burn")
	require.Zero(t, zero.restSince(zero))
	require.False(t, atRest(path, 0), "nothing has passed")
	require.NoError(t, os.WriteFile(path, []byte("intr 1 2 3\n"), 0o600))
	require.False(t, atRest(path, 0), "another kernel")
	require.False(t, atRest(path+"x", 0))
}

// A real run: this package's own binary, of which one test is asked.
func TestARealRun(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "cmd"), 0o755))
	require.NoError(t, os.Symlink(self, filepath.Join(dir, "cmd", "prove.test")))
	var out strings.Builder
	file := filepath.Join(dir, "tests.json")
	args := []string{"run", "-bin", dir, "-to", file, "real", "loa/cmd/prove", "--", "-test.run", "^TestTheSum$"}
	require.NoError(t, prove(args, &out))
	require.Regexp(t, `^ +\d+\.\d s  loa/cmd/prove\nreal: \d+ s\n$`, out.String())
	out.Reset()
	require.NoError(t, sum(file, &out))
	require.Contains(t, out.String(), "1 passed, 0 failed, 0 skipped\n")
	require.Regexp(t, `took:\n +\d+\.\d s  real\n +\d+\.\d s  real: loa/cmd/prove\n`, out.String())
	require.Error(t, prove([]string{"run", "-bin", t.TempDir(), "-to", file, "gone", "loa/cmd/prove", "--"}, &out), "it was not compiled")
	require.ErrorIs(t, prove([]string{"run", "none"}, &out), errUsage)
}
