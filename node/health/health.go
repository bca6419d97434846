// Package health reads what a board knows of itself. It never invents: what
// cannot be read is nil, which a person sees as chưa rõ. A product that shows
// 41 °C whatever happens is worse than none.
//
//	sensor        where                                              absent
//	temperature   thermal zones, the hottest                         nil
//	mains         power_supply of type Mains, a GPIO line, a command nil
//	undervoltage  a Raspberry Pi's firmware, or its hwmon            nil
//	disk          statfs; wear: an eMMC's own estimate               nil
//	memory, load  /proc                                              nil
//	modem         ModemManager, by mmcli                             nil
//
// [Watch] looks every ten seconds, [Judge] turns what it saw into faults. A fault is closed by evidence only: a sensor
// that no longer answers leaves it as it is. A modem that was there and is not found for five minutes is a fault of its own.
package health

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"loa/node/wire"
)

// Reader reads one board.
type Reader struct {
	Root string // of /proc and /sys; "" is the real one
	Disk string // a folder on the flash that fills up
}

// Fill writes what can be read into a status.
func (r Reader) Fill(s *wire.Status) {
	s.TempC = r.temperature()
	s.DiskFree = r.diskFree()
	s.MemFree = r.memFree()
	s.Load = r.load()
	s.Mains = r.mains()
	s.Undervoltage = r.undervoltage()
	s.DiskWear = r.wear()
}

// DiskLow reports whether so little room is left that a clip of usual size
// would not fit.
func DiskLow(free *int64) bool { return free != nil && *free < 32<<20 }

// temperature is the hottest thermal zone, in °C. Readings outside what a
// living board can have are not believed.
func (r Reader) temperature() *float64 {
	zones, err := filepath.Glob(r.Root + "/sys/class/thermal/thermal_zone*/temp")
	if err != nil {
		return nil
	}
	var hottest *float64
	for _, zone := range zones {
		v, err := r.number(zone)
		if err != nil {
			continue
		}
		if c := v / 1000; c > -40 && c < 150 && c != 0 && (hottest == nil || c > *hottest) {
			hottest = &c
		}
	}
	return hottest
}

func (r Reader) diskFree() *int64 {
	var st unix.Statfs_t
	if err := unix.Statfs(r.Disk, &st); err != nil || st.Bsize <= 0 {
		return nil
	}
	size := int64(st.Bsize) // 32 bits wide on armv7
	free := int64(min(st.Bavail, math.MaxInt64/uint64(size))) * size
	return &free
}

// memFree is what the kernel could still give, in bytes.
func (r Reader) memFree() *int64 {
	data, err := os.ReadFile(r.Root + "/proc/meminfo")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(data)) {
		var kb int64
		if n, _ := fmt.Sscanf(line, "MemAvailable: %d kB", &kb); n == 1 && kb >= 0 && kb < math.MaxInt64>>10 {
			free := kb << 10
			return &free
		}
	}
	return nil
}

func (r Reader) load() *float64 {
	data, err := os.ReadFile(r.Root + "/proc/loadavg")
	if err != nil {
		return nil
	}
	first, _, _ := strings.Cut(string(data), " ")
	v, err := strconv.ParseFloat(first, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func (r Reader) number(path string) (float64, error) {
	text, err := r.text(path)
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(text, 64)
}

// text is a small file of the kernel's, without its newline.
func (r Reader) text(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 4096))
	return strings.TrimSpace(string(data)), err
}
