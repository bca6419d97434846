package audio

import (
	"os/exec"
	"syscall"
)

// ownGroup makes the command the head of a process group and kills the whole
// group with it, so that a script's children do not outlive it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
