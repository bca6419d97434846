// Peers measures Loa beside Snapcast and Mosquitto: the same sound, the same
// clock, the same link, in one run on one machine. It prints one table and
// writes it as TSV. README.md beside it says how to read the figures.
//
//	go run ./cmd/peers -loa bin/loa              everything, in about ten minutes
//	go run ./cmd/peers -loa bin/loa -parts step  one part
//
// # How
//
// One process, this one, is microphone and ears at once. It speaks into Loa's
// controller and into Snapcast's server ([track], [microphone]), and it is the
// sound card of every player ([horn]), so that every instant is one of its own
// CLOCK_MONOTONIC. Loa's nodes play by ALSA into the card of package tapcard;
// Snapcast's clients by their file player into a FIFO. Both are real processes
// with no knowledge of being measured.
//
// The bad link is a relay between two network namespaces that really drops
// packets and delays them, in order for each flow ([relay]).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"loa/cmd/loa/swarm"
	"loa/cmd/process"
)

// place is where the two ends of a measurement are.
type place struct {
	host    string   // of controller, broker and server, as the village sees it
	village []string // command that runs a program where the nodes are
}

var here = place{host: "127.0.0.1"}

// favoured is the nice value of what is measured to the millisecond: the
// machine's other users must not be what is measured.
const favoured = -10

// bench is one run.
type bench struct {
	loa   string // the program under test
	fast  string // likewise, with a clock that runs fast or slow: see buildSkewed
	dir   string
	place place
	table table
}

// part is a measurement by its name.
type part struct {
	name, what string
	exact      bool // times of sound are measured, with little load
	run        func(*bench, context.Context) error
}

var parts = []part{
	{"step", "in step, latency, skewed crystals", true, (*bench).inStep},
	{"far", "the same over the bad link, and the button", true, (*bench).far},
	{"restart", "broker and server restarted in mid-call", true, (*bench).restart},
	{"fan", "what a delivery and a subscriber cost", false, (*bench).fanOut},
	{"load", "CPU of the office for 200 listeners", false, (*bench).load},
	{"button", "button to first sample on 100 nodes", false, (*bench).button},
	{"swarm", "1,000 nodes on one call", false, (*bench).swarm},
}

func main() {
	loa := flag.String("loa", "bin/loa", "the program under test")
	only := flag.String("parts", "", "only these, by name and comma")
	out := flag.String("o", "", "file for the table as TSV")
	keep := flag.String("keep", "", "folder for logs and every chirp; thrown away if left out")
	inner := flag.String("inner", "", "used by itself: be one end of a measurement")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	switch *inner {
	case "":
		err = run(ctx, *loa, *only, *out, *keep)
	case "broker":
		err = runBroker(ctx, flag.Arg(0))
	case "relay":
		err = runRelay(ctx, *loa, flag.Arg(0))
	case "far":
		err = runFar(ctx, *loa, flag.Arg(0), flag.Arg(1))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		stop()
		os.Exit(1)
	}
}

// run does the parts one after another. A part that fails says so in the
// table; the others are measured all the same.
func run(ctx context.Context, loa, only, out, keep string) (err error) {
	if loa, err = filepath.Abs(loa); err != nil {
		return err
	}
	dir := keep
	if keep == "" {
		if dir, err = os.MkdirTemp("", "loa-peers-*"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	} else if err := os.MkdirAll(keep, 0o755); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // for brokers that drop their rights
		return err
	}
	b := &bench{loa: loa, dir: dir, place: here}
	b.table.head = versions(ctx, loa)
	wanted := func(name string) bool { return only == "" || slices.Contains(strings.Split(only, ","), name) }
	if wanted("step") { // before anything is measured: a compiler leaves a machine that is not quiet
		if b.fast, err = buildSkewed(ctx, dir); err != nil {
			return err
		}
	}
	for _, p := range parts {
		if !wanted(p.name) || ctx.Err() != nil {
			continue
		}
		began := time.Now()
		fmt.Fprintf(os.Stderr, "%s: %s …\n", p.name, p.what)
		busy := process.WatchMachine(ctx)
		if p.exact {
			process.BeNice(favoured)
		}
		if err := p.run(b, ctx); err != nil {
			b.table.add(row{What: p.what, Note: "not measured: " + err.Error()})
		}
		process.BeNice(0)
		b.table.head = append(b.table.head, fmt.Sprintf("%s took %.0f s, %s", p.name, time.Since(began).Seconds(), busy()))
	}
	b.table.print(os.Stdout)
	if out != "" {
		return os.WriteFile(out, b.table.tsv(), 0o644)
	}
	return ctx.Err()
}

// folder makes a folder of a part's own.
func (b *bench) folder(name string) (string, error) {
	dir := filepath.Join(b.dir, name)
	return dir, os.MkdirAll(dir, 0o755)
}

// versions says what is compared, for the head of the table.
func versions(ctx context.Context, loa string) []string {
	var lines []string
	for _, words := range [][]string{{loa, "version"}, {"snapserver", "--version"}, {"snapclient", "--version"}, {"mosquitto", "-h"}} {
		out, _ := exec.CommandContext(ctx, words[0], words[1:]...).Output() // mosquitto -h ends with 3
		line, _, _ := strings.Cut(string(out), "\n")
		if line == "" {
			line = words[0] + ": not installed"
		}
		lines = append(lines, line)
	}
	return lines
}

// runSwarm runs loa swarm.
func (b *bench) runSwarm(ctx context.Context, args ...string) (f swarm.Report, err error) {
	path := filepath.Join(b.dir, "swarm.json")
	args = append([]string{"swarm", "--mqtt", b.place.host + ":0", "--village", strings.Join(b.place.village, " "), "--json", path}, args...)
	out, err := exec.CommandContext(ctx, b.loa, args...).CombinedOutput()
	if err != nil {
		return f, fmt.Errorf("loa %s: %w: %s", strings.Join(args, " "), err, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(data, &f)
}
