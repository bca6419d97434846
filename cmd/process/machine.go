package process

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// stall is a time that this process was not let run when it should have.
const stall = 20 * time.Millisecond

// WatchMachine counts the seconds in which the machine had nothing to spare,
// and how long this process had to wait for its turn: what is measured then is
// the machine, or its other users. result ends the counting and tells of it.
func WatchMachine(ctx context.Context) (result func() string) {
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
			if Pause(ctx, stall/4) != nil {
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

// KeepNice has the process's session be as nice as the process is: see [BeNice].
func (p *Process) KeepNice() {
	if nice, err := unix.Getpriority(unix.PRIO_PROCESS, p.PID()); err == nil {
		niceSession(p.PID(), 20-nice) // getpriority(2): 20 less the nice value
	}
}

// BeNice sets the nice value of this process, and of what it starts from now
// on. Linux keeps it by thread, and by session where it groups processes by
// that (sched(7), autogroup). Without the right to it nothing changes.
func BeNice(nice int) {
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
