package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	// A screen that stands still for longer looks as if something hung.
	stillFor = 15 * time.Second
	// Tests of this length or more are told as they end, s.
	telling = 1.0
)

// event is one of go test -json (cmd/test2json), or "spent": what a package's
// processes took of the processors.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64 // s
}

// result is one line of the results file.
type result struct {
	Phase     string  `json:"phase"`
	Package   string  `json:"package"`
	CPU       float64 `json:"cpu,omitempty"`  // s, of the package's processes: a line of its own, with no outcome
	Test      string  `json:"test,omitempty"` // none: of the package as a whole
	Seconds   float64 `json:"seconds"`
	Outcome   string  `json:"outcome,omitempty"` // pass, fail, skip
	Judged    int     `json:"judged,omitempty"`
	Of        int     `json:"of,omitempty"`
	NotJudged string  `json:"not_judged,omitempty"`
}

// place is a test, or a package with no test's name.
type place struct{ pkg, test string }

// phase is one run of go test, as it is followed.
type phase struct {
	name    string
	out     io.Writer
	results *json.Encoder
	began   time.Time
	printed time.Time
	running map[place]time.Time
	said    map[place]*strings.Builder
	judged  map[string][2]int // by package: how many of how many
}

func newPhase(name string, out io.Writer, results *json.Encoder) *phase {
	now := time.Now()
	return &phase{name, out, results, now, now, map[place]time.Time{}, map[place]*strings.Builder{}, map[string][2]int{}}
}

// follow reads events until there are no more, and tells now and then that it
// still does. What is no event is printed as it is: the compiler's words.
func (p *phase) follow(lines <-chan []byte, tick <-chan time.Time) error {
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				return nil
			}
			var e event
			if json.Unmarshal(line, &e) != nil || e.Action == "" {
				p.tell("%s", line)
				continue
			}
			if err := p.take(e); err != nil {
				return err
			}
		case now := <-tick:
			if now.Sub(p.printed) >= stillFor {
				p.tell("  … %s\n", p.doing(now))
			}
		}
	}
}

func (p *phase) tell(format string, args ...any) {
	p.printed = time.Now()
	fmt.Fprintf(p.out, format, args...)
}

// doing says what has been running for longest.
func (p *phase) doing(now time.Time) string {
	var names []string
	for _, k := range slices.SortedFunc(maps.Keys(p.running), func(a, b place) int { return p.running[a].Compare(p.running[b]) }) {
		name := k.test
		if name == "" {
			name = k.pkg
		}
		names = append(names, fmt.Sprintf("%s (%.0f s)", name, now.Sub(p.running[k]).Seconds()))
	}
	if len(names) == 0 {
		return fmt.Sprintf("%s, %.0f s", p.name, now.Sub(p.began).Seconds())
	}
	return strings.Join(names[:min(len(names), 4)], ", ")
}

func (p *phase) take(e event) error {
	k := place{e.Package, e.Test}
	top := !strings.Contains(e.Test, "/")
	switch e.Action {
	case "start", "run", "cont":
		if top {
			delete(p.running, place{e.Package, ""})
			p.running[k] = time.Now()
		}
	case "pause":
		delete(p.running, k)
	case "output", "build-output":
		p.hear(k, e.Output)
	case "build-fail":
		p.tell("%s", p.words(k))
	case "spent":
		return p.results.Encode(result{Phase: p.name, Package: e.Package, CPU: e.Elapsed})
	case "pass", "fail", "skip":
		delete(p.running, k)
		if !top && e.Action != "fail" {
			delete(p.said, k)
			return nil
		}
		return p.end(k, e)
	}
	return nil
}

// hear keeps what was said until it is known whether anybody wants to know.
func (p *phase) hear(k place, text string) {
	var judged, of int
	if n, _ := fmt.Sscanf(text, "judged %d of %d", &judged, &of); n == 2 && k.test == "" {
		p.judged[k.pkg] = [2]int{judged, of}
		return
	}
	if p.said[k] == nil {
		p.said[k] = &strings.Builder{}
	}
	p.said[k].WriteString(text)
}

func (p *phase) words(k place) string {
	defer delete(p.said, k)
	if p.said[k] == nil {
		return ""
	}
	return p.said[k].String()
}

// end tells of a test or a package that has ended, and writes it down.
func (p *phase) end(k place, e event) error {
	said := p.words(k)
	r := result{Phase: p.name, Package: k.pkg, Test: k.test, Seconds: e.Elapsed, Outcome: e.Action}
	if _, why, ok := strings.Cut(said, "not judged: "); ok && e.Action == "skip" {
		r.NotJudged, _, _ = strings.Cut(why, "\n")
	}
	name := k.test
	if name == "" {
		name = k.pkg
		r.Judged, r.Of = p.judged[k.pkg][0], p.judged[k.pkg][1]
	}
	switch {
	case e.Action == "fail":
		p.tell("--- FAIL: %s (%.1f s)\n%s", name, e.Elapsed, said)
	case r.NotJudged != "":
		p.tell("  %6.1f s  %s: not judged: %s\n", e.Elapsed, name, r.NotJudged)
	case k.test == "" && e.Action == "skip": // a package without tests
		return nil
	case k.test == "" || e.Elapsed >= telling:
		p.tell("  %6.1f s  %s\n", e.Elapsed, name)
	}
	return p.results.Encode(r)
}
