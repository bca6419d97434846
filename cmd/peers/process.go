package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"loa/cmd/process"
)

// launch starts a program under test; what it says goes to a file in dir. It is as
// nice as this process.
func launch(dir, name string, env []string, words ...string) (*process.Process, error) {
	p, err := process.Start(process.Options{Dir: dir, Name: name, Env: env}, words...)
	if err != nil {
		return nil, err
	}
	if nice, err := unix.Getpriority(unix.PRIO_PROCESS, p.PID()); err == nil {
		niceSession(p.PID(), 20-nice) // getpriority(2): 20 less the nice value
	}
	return p, nil
}

// use is a process's CPU in percent of a core over a time.
func use(ctx context.Context, p *process.Process, d time.Duration) (percent float64, err error) {
	before, err := p.CPU()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := process.Pause(ctx, d); err != nil {
		return 0, err
	}
	after, err := p.CPU()
	return 100 * (after - before).Seconds() / time.Since(began).Seconds(), err
}

// lookEvery is how often a program under test is looked at.
const lookEvery = 20 * time.Millisecond

// listens reports whether someone accepts connections there.
func listens(addr string) bool {
	conn, err := net.DialTimeout("tcp", addr, 200*time.Millisecond)
	return err == nil && conn.Close() == nil
}

// freePort is a TCP port that nobody has now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// favoured is the nice value of what is measured to the millisecond: the
// machine's other users must not be what is measured.
const favoured = -10

// beNice sets the nice value of this process, and of what it starts from now
// on. Linux keeps it by thread, and by session where it groups processes by
// that (sched(7), autogroup). Without the right to it nothing changes.
func beNice(nice int) {
	threads, err := filepath.Glob("/proc/self/task/*")
	if err != nil {
		return
	}
	for _, t := range threads {
		if tid, err := strconv.Atoi(filepath.Base(t)); err == nil {
			_ = unix.Setpriority(unix.PRIO_PROCESS, tid, nice)
		}
	}
	niceSession(os.Getpid(), nice)
}

func niceSession(pid, nice int) {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/autogroup", pid), fmt.Append(nil, nice), 0) // as above
}
