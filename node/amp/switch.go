package amp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/warthog618/go-gpiocdev"
)

// commandFor is how long a command may take.
const commandFor = 5 * time.Second

// Command returns a switch that runs one of two commands, each a program and its arguments.
func Command(on, off []string) func(context.Context, bool) error {
	return func(ctx context.Context, want bool) error {
		argv := off
		if want {
			argv = on
		}
		return Execute(ctx, argv)
	}
}

// Execute runs a program for five seconds at most; what it says on failing is in the error.
func Execute(ctx context.Context, argv []string) error {
	ctx, cancel := context.WithTimeout(ctx, commandFor)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.WaitDelay = time.Second // for a child that keeps its output open
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", argv[0], context.Cause(ctx))
	}
	said := bytes.TrimSpace(out)
	return fmt.Errorf("%s: %w: %s", argv[0], err, said[:min(len(said), 200)])
}

// Pin is a GPIO line: of which chip, and whether the amplifier is on when it is low.
type Pin struct {
	Chip string
	Line int
	Low  bool
}

// ParsePin reads "gpiochip0:17", or "gpiochip0:17:low" for an amplifier that is on when the line is low.
func ParsePin(s string) (Pin, error) {
	parts := strings.Split(s, ":")
	bad := fmt.Errorf("%q is not as gpiochip0:17 or gpiochip0:17:low", s)
	if len(parts) < 2 || len(parts) > 3 || len(parts) == 3 && parts[2] != "low" {
		return Pin{}, bad
	}
	line, err := strconv.ParseUint(parts[1], 10, 16)
	number, ok := strings.CutPrefix(parts[0], "gpiochip")
	if _, e := strconv.ParseUint(number, 10, 16); err != nil || e != nil || !ok {
		return Pin{}, bad
	}
	return Pin{parts[0], int(line), len(parts) == 3}, nil
}

// Line is a GPIO line that is held as an output.
type Line interface {
	SetValue(value int) error
	Close() error
}

// Request asks the kernel for a pin as an output that is off.
func Request(p Pin) (Line, error) {
	level := []gpiocdev.LineReqOption{gpiocdev.AsOutput(0), gpiocdev.WithConsumer("loa amplifier")}
	if p.Low {
		level = append(level, gpiocdev.AsActiveLow)
	}
	return gpiocdev.RequestLine(p.Chip, p.Line, level...)
}

// GPIO returns a switch on a pin. The line is asked for when it is first switched, and again after it failed: its chip
// may come late, or somebody else may hold it.
func GPIO(p Pin, request func(Pin) (Line, error)) (set func(context.Context, bool) error, release func() error) {
	var line Line
	set = func(_ context.Context, on bool) (err error) {
		if line == nil {
			if line, err = request(p); err != nil {
				line = nil
				return fmt.Errorf("gpio %s line %d: %w", p.Chip, p.Line, err)
			}
		}
		value := 0
		if on {
			value = 1
		}
		if err = line.SetValue(value); err != nil {
			err = fmt.Errorf("gpio %s line %d: %w", p.Chip, p.Line, errors.Join(err, line.Close()))
			line = nil
		}
		return err
	}
	release = func() error {
		if line == nil {
			return nil
		}
		return line.Close()
	}
	return set, release
}

// Find reports whether a pin's line is there and free; nothing on it changes.
func Find(p Pin) error {
	chip, err := gpiocdev.NewChip(p.Chip)
	if err != nil {
		return fmt.Errorf("gpio %s: %w", p.Chip, err)
	}
	info, err := chip.LineInfo(p.Line)
	if err = errors.Join(err, chip.Close()); err != nil {
		return fmt.Errorf("gpio %s line %d: %w", p.Chip, p.Line, err)
	}
	if info.Used {
		return fmt.Errorf("gpio %s line %d: held by %q", p.Chip, p.Line, info.Consumer)
	}
	return nil
}
