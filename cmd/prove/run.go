package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// options are those of one phase.
type options struct {
	name, bin, to string
	side          int
	packages      []string // as go list takes them
	flags         []string // of the test binaries, -test.…
}

// binary is the test of a package, with flags of its own.
type binary struct {
	pkg, dir, path string
	flags          []string
}

// run runs one phase. Its error says that a package failed, or that it could not
// be run.
func run(o options, out io.Writer) error {
	all, err := binaries(o)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(o.to, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	said := make(chan []byte, 64)
	var g errgroup.Group
	g.SetLimit(o.side)
	ended := make(chan error, 1)
	go func() {
		for _, b := range all {
			g.Go(func() error { return b.run(said) })
		}
		ended <- g.Wait()
		close(said)
	}()
	p := newPhase(o.name, out, json.NewEncoder(file))
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	err = errors.Join(p.follow(said, tick.C), <-ended)
	p.tell("%s: %.0f s\n", o.name, time.Since(p.began).Seconds())
	return err
}

// binaries are those of the packages that have tests. A package that is named
// with a number, ./cmd/loa:5, has so many of its tests run side by side; with two,
// ./cmd/loa:3-5, as many as the machine has room for.
func binaries(o options) (all []binary, err error) {
	for _, name := range o.packages {
		flags := o.flags
		if pattern, n, ok := strings.Cut(name, ":"); ok {
			if few, many, ok := strings.Cut(n, "-"); ok {
				if n = few; atRest(procStat, time.Second) {
					n = many
				}
			}
			name, flags = pattern, append(slices.Clone(flags), "-test.parallel="+n)
		}
		some, err := listed(o.bin, name, flags)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func listed(bin, pattern string, flags []string) (all []binary, err error) {
	list := exec.Command("go", "list", "-tags", "nolibopusfile", "-f",
		"{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{.Dir}}{{end}}", pattern)
	list.Stderr = os.Stderr
	text, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		pkg, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
		parts := strings.Split(pkg, "/")
		path, err := filepath.Abs(filepath.Join(bin, parts[min(1, len(parts)-1)], parts[len(parts)-1]+".test"))
		if err != nil {
			return nil, err
		}
		all = append(all, binary{pkg, dir, path, flags})
	}
	return all, nil
}

// run runs a package's tests as go test does, and sends what they say, event by
// event, and at the end what they took of the processors.
func (b binary) run(said chan<- []byte) error {
	cmd := exec.Command("go", append([]string{"tool", "test2json", "-t", "-p", b.pkg, b.path,
		"-test.v=test2json", "-test.paniconexit0"}, b.flags...)...)
	cmd.Dir, cmd.Stderr = b.dir, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewReader(out)
	for err == nil {
		var line []byte
		if line, err = lines.ReadBytes('\n'); len(bytes.TrimSpace(line)) > 0 {
			said <- line
		}
	}
	err = cmd.Wait()
	spent := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime() // of those that it started and waited for, too
	if line, err := json.Marshal(event{Action: "spent", Package: b.pkg, Elapsed: spent.Seconds()}); err == nil {
		said <- line
	}
	if err != nil {
		return fmt.Errorf("%s: %w", b.pkg, err)
	}
	return nil
}
