// Package process starts the programs that a measurement is about and reads what
// they use: the nodes and the office of loa swarm, and what cmd/peers holds beside
// them. A process does not outlive this one, has a session of its own, as a
// service has, and writes what it says to files that are there when it is over.
//
//	p, err := process.Start(process.Options{Dir: dir, Name: "controller"}, "bin/loa", "controller")
//	defer p.Stop()
//	err = process.Poll(ctx, 20*time.Millisecond, 10*time.Second, "it is ready", ready)
//	before, err := p.CPU()
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	stopWithin = 20 * time.Second // in order; after it, as by a cut of power
	saidLast   = 2000             // bytes of a log that are told
)

// Options of a process.
type Options struct {
	Dir, Name string   // its files are DIR/NAME.log, and DIR/NAME.out
	Env       []string // beside this process's own
	Out       bool     // stdout goes to a file of its own; false: to the log
}

// Process is a program that was started.
type Process struct {
	name     string
	cmd      *exec.Cmd
	out, log string // files
	done     chan struct{}
}

// Start starts a program with its arguments.
func Start(o Options, words ...string) (*Process, error) {
	p := &Process{name: o.Name, cmd: exec.Command(words[0], words[1:]...), log: filepath.Join(o.Dir, o.Name+".log"), done: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", o.Name, err)
	}
	defer log.Close()
	p.out = p.log
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if o.Out {
		p.out = filepath.Join(o.Dir, o.Name+".out")
		out, err := os.Create(p.out)
		if err != nil {
			return nil, fmt.Errorf("start %s: %w", o.Name, err)
		}
		defer out.Close()
		p.cmd.Stdout = out
	}
	p.cmd.Env = append(os.Environ(), o.Env...)
	// It must not outlive this process, nor hear the ^C that is meant for it.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setsid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", o.Name, err)
	}
	go func() { defer close(p.done); _ = p.cmd.Wait() }() // its log says why
	return p, nil
}

// PID is the process's number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop ends the process as a person does, and if need be as a cut of power.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may be over already
	select {
	case <-p.done:
	case <-time.After(stopWithin):
		p.Kill()
	}
}

// Kill ends the process as a cut of power does.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may be over already
	<-p.done
}

// Done is closed when the process is over.
func (p *Process) Done() <-chan struct{} { return p.done }

// Out returns all that the process wrote to stdout so far.
func (p *Process) Out() ([]byte, error) { return os.ReadFile(p.out) }

// Said is the end of what the process wrote to its log, or why that cannot be read.
func (p *Process) Said() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-saidLast):])
}

// CPU is how long the process's threads have run so far; an error if it is over.
func (p *Process) CPU() (sum time.Duration, err error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.PID()))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("read CPU time: %s is not running: %s", p.name, p.Said())
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) { // a thread that ended meanwhile
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("read CPU time of %s: %w", p.name, err)
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

// RSS is the process's resident memory, bytes; an error if it is over.
func (p *Process) RSS() (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		return 0, fmt.Errorf("read memory of %s: %w", p.name, err)
	}
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	words := strings.Fields(rest)
	if len(words) == 0 {
		return 0, fmt.Errorf("read memory: %s is not running: %s", p.name, p.Said())
	}
	kib, err := strconv.ParseFloat(words[0], 64)
	return kib * 1024, err
}

// Pause waits, unless ctx ends first: then it returns why.
func Pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// Poll asks every so often until ok, within a limit; another process gives no other
// sign. The error says what was waited for.
func Poll(ctx context.Context, every, limit time.Duration, what string, ok func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !ok() {
		if Pause(ctx, every) != nil {
			return fmt.Errorf("waited %v in vain until %s", limit, what)
		}
	}
	return nil
}
