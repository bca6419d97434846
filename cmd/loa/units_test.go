package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"loa/cmd/prove/witness"
	"loa/controller/client"
	"loa/node"
	"loa/node/speaker/tapcard"
)

// envUnit, set to a unit's file, makes the test binary become the program of
// its arguments under the unit's filter of system calls, of which a call that
// is not allowed ends the process, however mild the unit is about it.
const envUnit = "LOA_TEST_UNIT"

func runFiltered(unit string, argv []string) error {
	allowed, err := allowedBy(unit)
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	if err := filter(allowed); err != nil {
		return err
	}
	env := append(os.Environ(), envUnit+"=")
	return fmt.Errorf("become %s: %w", argv[0], unix.Exec(argv[0], argv, env))
}

// callNumbers are the system calls of this machine by name, as the kernel's
// headers have them.
func callNumbers() (map[string]uint32, error) {
	text, err := os.ReadFile("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
	numbers := map[string]uint32{}
	for _, m := range regexp.MustCompile(`(?m)^#define __NR_(\w+) (\d+)$`).FindAllStringSubmatch(string(text), -1) {
		n, _ := strconv.ParseUint(m[2], 10, 32) // digits
		numbers[m[1]] = uint32(n)
	}
	return numbers, err
}

// allowedBy reads the filter of a unit as systemd.exec(5) says: the first line
// makes it a list of what is allowed, later ones add or take away.
func allowedBy(unit string) (map[uint32]bool, error) {
	text, err := os.ReadFile(unit)
	if err != nil {
		return nil, err
	}
	numbers, err := callNumbers()
	if err != nil {
		return nil, err
	}
	allowed := map[uint32]bool{}
	lines := regexp.MustCompile(`(?m)^SystemCallFilter=(~?)(.*)$`).FindAllStringSubmatch(string(text), -1)
	for _, m := range append([][]string{{"", "", "@default"}}, lines...) {
		for _, word := range strings.Fields(m[2]) {
			calls, err := callsOf(word)
			if err != nil {
				return nil, err
			}
			for _, name := range calls {
				if n, ok := numbers[name]; ok {
					allowed[n] = m[1] == ""
				}
			}
		}
	}
	return allowed, nil
}

// callsOf are the calls of a set as this machine's systemd has it.
func callsOf(word string) (calls []string, err error) {
	if !strings.HasPrefix(word, "@") {
		return []string{word}, nil
	}
	out, err := exec.Command("systemd-analyze", "--no-pager", "syscall-filter", word).Output()
	if err != nil {
		return nil, fmt.Errorf("systemd-analyze syscall-filter %s: %w", word, err)
	}
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if line == "" || line == word || strings.HasPrefix(line, "#") {
			continue
		}
		inner, ierr := callsOf(line)
		calls, err = append(calls, inner...), errors.Join(err, ierr)
	}
	return calls, err
}

// mild are the calls that are refused as the units do it, for the one that makes
// them does without: SQLite gives its files to the owner of the database, as root
// and only so; a library of ffmpeg's asks for memory near a processor.
var mild = []uint32{unix.SYS_FCHOWN, unix.SYS_SET_MEMPOLICY}

// filter puts this thread, and whatever it becomes, under seccomp(2).
func filter(allowed map[uint32]bool) error {
	const nr, arch = 0, 4 // where struct seccomp_data has them
	load, equal, ret := uint16(
		unix.BPF_LD|unix.BPF_W|unix.BPF_ABS,
	), uint16(
		unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K,
	), uint16(
		unix.BPF_RET|unix.BPF_K,
	)
	program := []unix.SockFilter{
		{Code: load, K: arch},
		{Code: equal, K: unix.AUDIT_ARCH_X86_64, Jt: 1},
		{Code: ret, K: unix.SECCOMP_RET_KILL_PROCESS},
		{Code: load, K: nr},
	}
	for n, yes := range allowed {
		if yes {
			program = append(program, unix.SockFilter{Code: equal, K: n, Jf: 1}, unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ALLOW})
		}
	}
	for _, n := range mild {
		program = append(program, unix.SockFilter{Code: equal, K: n, Jf: 1}, unix.SockFilter{Code: ret,
			K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)})
	}
	program = append(program, unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_KILL_PROCESS})
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	// to all threads at once: the one that exec makes the process must not differ
	if _, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&prog))); e != 0 {
		return fmt.Errorf("seccomp: %w", e)
	}
	return nil
}

// under starts the program under the filter of a package's unit.
func under(t testing.TB, unit, name string, env []string, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	bin, err := loaBinary()
	require.NoError(t, err)
	path, err := filepath.Abs(filepath.Join("..", "..", "deploy", "deb", unit))
	require.NoError(t, err)
	return launch(t, self, name, append([]string{envUnit + "=" + path}, env...), append([]string{bin}, args...)...)
}

// Both roles live under their packages' filters: with all that they start
// (ffmpeg, a voice, commands for amplifier and mains), on a sound card, through
// a bulletin and to their end. And the filter bites.
func TestE2EUnderTheUnits(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eUnderTheUnits)
}

func e2eUnderTheUnits(t testing.TB) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil || runtime.GOARCH != "amd64" {
		t.Skip("needs systemd's sets of calls, for amd64")
	}
	set := "SystemCallFilter=@system-service\nSystemCallFilter=~@process\n"
	tight := filepath.Join(t.TempDir(), "tight.service")
	require.NoError(t, os.WriteFile(tight, []byte(set), 0o600))
	self, err := os.Executable()
	require.NoError(t, err)
	bitten := launch(t, self, "bitten", []string{envUnit + "=" + tight}, "/bin/sh", "-c", "ls | cat")
	<-bitten.done
	require.NotZero(t, bitten.cmd.ProcessState.ExitCode(), "without the calls for processes a shell cannot work")

	o := newOffice(t)
	o.process.stop()
	_ = os.Remove(filepath.Join(o.dir, "data", "controller.json"))
	o.process = under(t, "loa-controller.service", "controller", nil, "controller", "--config", o.config)
	o.info = ready(t, filepath.Join(o.dir, "data"))
	o.api = &api{t, client.Client{Base: o.info.URL, Token: o.info.Token}}
	o.places()
	card, err := tapcard.New(t.TempDir())
	require.NoError(t, err)
	go func() { _ = card.Run(t.Context(), func([]float32, time.Time) {}) }()
	v := o.node("loa-1", "alsa", card.Env()...)
	log := filepath.Join(v.dir, "relay")
	v.settle(t, func(c *node.Config) {
		c.AmpOn, c.AmpOff, c.AmpIdle = relay(log, "on"), relay(log, "off"), time.Second
		c.Mixer, c.MainsCommand = []string{"true"}, []string{"true"}
	})
	v.process.stop()
	v.process = under(t, "loa-node.service", "loa-1", v.env, "node", "run", "--config", filepath.Join(v.dir, "node.yaml"))

	clip := o.upload(recording(t, "Mời bà con đến họp."))
	var spoken clipAnswer
	o.send(http.MethodPost, "/api/v1/speech", map[string]any{"text": "Mời bà con đến họp thôn."}, &spoken)
	at := soon(8 * time.Second)
	id := o.schedule("Họp thôn", at, nil, []any{map[string]any{"clip": clip.ID}, map[string]any{"gap_s": 0.2},
		map[string]any{"clip": spoken.ID}})
	o.hold(1, 2)
	proof := o.proof(id, []time.Time{at})
	require.Equal(t, 2, proof["heard "]+proof["partly late"],
		"%v: a card in a test that is busy may be late, and that is another test's matter", proof)
	require.GreaterOrEqual(t, len(turns(t, log)), 2)
	v.process.stop()
	o.process.stop()
	for _, p := range []*process{v.process, o.process} {
		require.True(t, p.cmd.ProcessState.Exited(), "%v", p.cmd.ProcessState)
	}

	// and what the unit does when all is over
	before := len(turns(t, log))
	off := under(t, "loa-node.service", "off", nil, "node", "amp", "off", "--config", filepath.Join(v.dir, "node.yaml"))
	<-off.done
	require.True(t, off.cmd.ProcessState.Success(), off.said())
	require.Len(t, turns(t, log), before+1)
	require.False(t, turns(t, log)[before].on)
}

// What a unit takes away by one line another may need: that both lines stand,
// in this order, a person who edits them must not have to know.
func TestUnitsAllowTheClockToBeRead(t *testing.T) {
	numbers, err := callNumbers()
	if _, lerr := exec.LookPath("systemd-analyze"); lerr != nil || err != nil || runtime.GOARCH != "amd64" {
		t.Skip("needs systemd's sets of calls, for amd64")
	}
	allowed, err := allowedBy(filepath.Join("..", "..", "deploy", "deb", "loa-node.service"))
	require.NoError(t, err)
	require.True(t, allowed[numbers["adjtimex"]])
	require.False(t, allowed[numbers["clock_settime"]])
	require.False(t, allowed[numbers["setuid"]])
}
