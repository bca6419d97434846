package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is a program under test.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string
	done chan struct{}
}

// launch starts a program; what it says goes to a file in dir.
func launch(dir, name string, env []string, words ...string) (*process, error) {
	p := &process{name: name, cmd: exec.Command(words[0], words[1:]...), log: filepath.Join(dir, name+".log"), done: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	// It must not outlive this process. It has a session of its own, as a
	// service has.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setsid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if nice, err := unix.Getpriority(unix.PRIO_PROCESS, p.cmd.Process.Pid); err == nil {
		niceSession(p.cmd.Process.Pid, 20-nice) // getpriority(2): 20 less the nice value
	}
	go func() { defer close(p.done); _ = p.cmd.Wait() }() // its log says why
	return p, nil
}

// stop ends the process, in order if it can.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may be over already
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		p.kill()
	}
}

// kill ends the process as a cut of power does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// said is the end of what the process wrote.
func (p *process) said() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-1500):])
}

// cpu is how long the process's threads have run so far.
func (p *process) cpu() (sum time.Duration, err error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.cmd.Process.Pid))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("%s is not running: %s", p.name, p.said())
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) { // a thread that ended meanwhile
			continue
		}
		if err != nil {
			return 0, err
		}
		first, _, _ := strings.Cut(string(data), " ")
		ran, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read CPU time of %s: %w", p.name, err)
		}
		sum += time.Duration(ran)
	}
	return sum, nil
}

// rss is the process's resident memory, bytes.
func (p *process) rss() (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	words := strings.Fields(rest)
	if len(words) == 0 {
		return 0, fmt.Errorf("%s is not running: %s", p.name, p.said())
	}
	kib, err := strconv.ParseFloat(words[0], 64)
	return kib * 1024, err
}

// use is CPU in percent of a core over a time.
func (p *process) use(ctx context.Context, d time.Duration) (percent float64, err error) {
	before, err := p.cpu()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := pause(ctx, d); err != nil {
		return 0, err
	}
	after, err := p.cpu()
	return 100 * (after - before).Seconds() / time.Since(began).Seconds(), err
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// poll waits until ok; another process gives no other sign.
func poll(ctx context.Context, limit time.Duration, what string, ok func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !ok() {
		if pause(ctx, 20*time.Millisecond) != nil {
			return fmt.Errorf("waited %v in vain until %s", limit, what)
		}
	}
	return nil
}

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

// stall is a time that this process was not let run when it should have.
const stall = 20 * time.Millisecond

// watchMachine counts the seconds in which the machine had nothing to spare,
// and how long this process had to wait for its turn: what is measured then is
// the machine, or its other users.
func watchMachine(ctx context.Context) (result func() string) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	var all, full, stalls int
	var worst time.Duration
	go func() {
		defer close(done)
		idle, total := machineTicks()
		second := time.Now().Add(time.Second)
		for {
			before := time.Now()
			if pause(ctx, stall/4) != nil {
				return
			}
			now := time.Now()
			if late := now.Sub(before) - stall/4; late > stall {
				stalls, worst = stalls+1, max(worst, late)
			}
			if now.Before(second) {
				continue
			}
			second = now.Add(time.Second)
			i, t := machineTicks()
			if all++; float64(i-idle) < 0.1*float64(t-total) {
				full++
			}
			idle, total = i, t
		}
	}()
	return func() string {
		cancel()
		<-done
		return fmt.Sprintf("machine busy in %d of %d s, %d stalls up to %v", full, all, stalls, worst.Round(time.Millisecond))
	}
}

// machineTicks is the idle and the whole time of all processors so far, in the
// unit of proc(5)'s stat.
func machineTicks() (idle, total int64) {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	line, _, _ := strings.Cut(string(data), "\n")
	for i, word := range strings.Fields(line) {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			continue // its name
		}
		if total += n; i == 4 || i == 5 { // idle, iowait
			idle += n
		}
	}
	return idle, total
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
