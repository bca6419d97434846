package health

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/warthog618/go-gpiocdev"

	"loa/node/amp"
)

// Sense tells whether the mains are there, nil if it cannot.
type Sense func(context.Context) *bool

// MainsCommand returns a sense that runs a program: it ends with 0 if the mains are there, 1 if they are not, and
// otherwise does not know.
func MainsCommand(argv []string) Sense {
	return func(ctx context.Context) *bool {
		err := amp.Execute(ctx, argv)
		var exit *exec.ExitError
		switch {
		case err == nil:
			return ptr(true)
		case errors.As(err, &exit) && exit.ExitCode() == 1:
			return ptr(false)
		}
		return nil
	}
}

// MainsGPIO returns a sense that reads a line, which is high while the mains are there, or low if the pin says so.
func MainsGPIO(p amp.Pin) Sense {
	return func(context.Context) *bool {
		options := []gpiocdev.LineReqOption{gpiocdev.AsInput, gpiocdev.WithConsumer("loa mains")}
		if p.Low {
			options = append(options, gpiocdev.AsActiveLow)
		}
		line, err := gpiocdev.RequestLine(p.Chip, p.Line, options...)
		if err != nil {
			return nil
		}
		value, err := line.Value()
		if err = errors.Join(err, line.Close()); err != nil {
			return nil
		}
		return ptr(value == 1)
	}
}

// mains is what the kernel's power supplies say, nil if none of them is a mains adapter.
func (r Reader) mains() *bool {
	supplies, _ := filepath.Glob(r.Root + "/sys/class/power_supply/*/type") // the pattern is good
	var online *bool
	for _, supply := range supplies {
		if kind, err := r.text(supply); err != nil || kind != "Mains" {
			continue
		}
		switch v, _ := r.text(filepath.Join(filepath.Dir(supply), "online")); v {
		case "0":
			if online == nil {
				online = ptr(false)
			}
		case "1", "2": // 2: a programmable supply
			online = ptr(true)
		}
	}
	return online
}

// undervoltage is whether the board's supply is too low now. A Raspberry Pi's firmware says so: bit 0 of what it
// throttles for; its driver for hwmon tells the same of the last seconds.
func (r Reader) undervoltage() *bool {
	throttled, _ := filepath.Glob(r.Root + "/sys/devices/platform/soc/soc:firmware/get_throttled")
	for _, path := range throttled {
		if v, err := r.text(path); err == nil {
			if bits, err := strconv.ParseUint(strings.TrimPrefix(v, "0x"), 16, 32); err == nil {
				return ptr(bits&1 == 1)
			}
		}
	}
	monitors, _ := filepath.Glob(r.Root + "/sys/class/hwmon/hwmon*/name")
	for _, path := range monitors {
		if name, err := r.text(path); err != nil || name != "rpi_volt" {
			continue
		}
		switch v, _ := r.text(filepath.Join(filepath.Dir(path), "in0_lcrit_alarm")); v {
		case "0":
			return ptr(false)
		case "1":
			return ptr(true)
		}
	}
	return nil
}

// wear is how much of its life the most worn eMMC has behind it, in percent, by its own estimate (JEDEC eMMC 5.0,
// DEVICE_LIFE_TIME_EST: steps of 10 %, 11 is beyond its end). SD cards do not tell.
func (r Reader) wear() *int {
	chips, _ := filepath.Glob(r.Root + "/sys/block/mmcblk*/device/life_time")
	var worst *int
	for _, path := range chips {
		text, err := r.text(path)
		if err != nil {
			continue
		}
		for kind := range strings.FieldsSeq(text) { // of its two kinds of cell
			v, err := strconv.ParseUint(strings.TrimPrefix(kind, "0x"), 16, 8)
			if err != nil || v < 1 || v > 11 {
				continue // 0: not told
			}
			if used := int(min(v*10, 100)); worst == nil || used > *worst {
				worst = &used
			}
		}
	}
	return worst
}

func ptr[T any](v T) *T { return &v }
