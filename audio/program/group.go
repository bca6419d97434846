package program

import (
	"context"
	"os/exec"
	"syscall"
)

// ownGroup makes the command the head of a process group and kills the whole
// group with it, so that a script's children do not outlive it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

type nicelyKey struct{}

// Nicely returns a context for work that can wait: the programs that are run
// with it give way to all others on the machine.
func Nicely(ctx context.Context) context.Context { return context.WithValue(ctx, nicelyKey{}, true) }

// niceness of what can wait, of -20 to 19.
const niceness = 15

// giveWay lowers the priority of a started command, if it is to be run nicely,
// with all the threads of its group. One that is over already needs it no more.
func giveWay(ctx context.Context, cmd *exec.Cmd) {
	if ctx.Value(nicelyKey{}) == nil {
		return
	}
	own, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0) // 20 less what is nice of it, as the kernel tells it
	if err == nil && 20-own >= niceness {
		return // it is that low already: never raised
	}
	_ = syscall.Setpriority(syscall.PRIO_PGRP, cmd.Process.Pid, niceness)
}
