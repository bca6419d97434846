package link

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ReadSystem asks the kernel what it knows of time. What it cannot tell is
// left empty, which is never believed.
func ReadSystem() System {
	var s System
	if id, err := os.ReadFile("/proc/sys/kernel/random/boot_id"); err == nil {
		s.BootID = strings.TrimSpace(string(id))
	}
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) == nil {
		s.Boottime = time.Duration(ts.Nano())
	} else {
		s.BootID = ""
	}
	var tx unix.Timex
	if state, err := unix.Adjtimex(&tx); err == nil {
		s.Synced = state != unix.TIME_ERROR && tx.Status&unix.STA_UNSYNC == 0
	}
	return s
}
