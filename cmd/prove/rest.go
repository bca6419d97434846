package main

import (
	"fmt"
	"os"
	"time"
)

const procStat = "/proc/stat"

// restShare is the share of its time that a machine's processors have nothing to
// do, from which on it counts as one that is there for the tests alone.
const restShare = 0.75

// atRest looks for so long whether the machine has other work. Where the kernel
// keeps no account it is taken to have.
func atRest(stat string, look time.Duration) bool {
	before, err := processors(stat)
	if err != nil {
		return false
	}
	time.Sleep(look)
	after, err := processors(stat)
	return err == nil && after.restSince(before) >= restShare
}

// spent is what all processors together have spent since the start, in the
// kernel's ticks.
type spent struct{ idle, all float64 }

// restSince is the share of the time since then in which they had nothing to do.
func (s spent) restSince(then spent) float64 {
	if s.all <= then.all {
		return 0
	}
	return (s.idle - then.idle) / (s.all - then.all)
}

// processors reads the first line of /proc/stat, proc(5): user, nice, system, idle,
// iowait, irq, softirq, steal.
func processors(path string) (s spent, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	var ticks [8]float64
	if _, err := fmt.Sscanf(string(text), "cpu %g %g %g %g %g %g %g %g", &ticks[0], &ticks[1], &ticks[2], &ticks[3], &ticks[4], &ticks[5],
		&ticks[6], &ticks[7]); err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	for _, t := range ticks {
		s.all += t
	}
	s.idle = ticks[3] + ticks[4] // to wait for a disk is no work
	return s, nil
}
