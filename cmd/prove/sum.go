package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// More than this share of the scenes that could not be judged is a failure: the
// machine was too busy for anything to be known.
const unjudgedShare = 0.2

// sum prints what all phases of a results file said. Its error says that
// something failed, or that too little was judged.
func sum(path string, out io.Writer) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	var tests []result
	var judged, of, broken int
	var spent []result
	count := map[string]int{}
	for dec := json.NewDecoder(file); dec.More(); {
		var r result
		if err := dec.Decode(&r); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if r.CPU > 0 {
			spent = append(spent, r)
			continue
		}
		if r.Test == "" {
			judged, of = judged+r.Judged, of+r.Of
			if r.Outcome == "fail" {
				broken++
			}
			continue
		}
		tests = append(tests, r)
		count[r.Outcome]++
	}
	printSpent(spent, out)
	slices.SortStableFunc(tests, func(a, b result) int { return cmp.Compare(b.Seconds, a.Seconds) })
	fmt.Fprintln(out, "the slowest twenty:")
	for _, r := range tests[:min(20, len(tests))] {
		fmt.Fprintf(out, "  %6.1f s  %s  %s\n", r.Seconds, r.Test, r.Package)
	}
	for _, r := range tests {
		switch {
		case r.Outcome == "fail":
			fmt.Fprintf(out, "--- FAIL: %s  %s\n", r.Test, r.Package)
		case r.NotJudged != "":
			fmt.Fprintf(out, "not judged: %s: %s\n", r.Test, r.NotJudged)
		}
	}
	fmt.Fprintf(out, "judged %d of %d\n", judged, of)
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", count["pass"], count["fail"], count["skip"])
	switch {
	case broken > 0 || count["fail"] > 0:
		return errors.New("some tests failed: they are named above, with all they said further up")
	case count["pass"] == 0:
		return errors.New("no test was run")
	case float64(of-judged) > unjudgedShare*float64(of):
		return fmt.Errorf("only %d of %d could be judged: the machine was too busy. Run make test again with nothing beside it", judged, of)
	}
	return nil
}

// printSpent tells what each phase took of the processors, and the ten packages that took
// most of it: on a busy machine that says more than how long they ran.
func printSpent(spent []result, out io.Writer) {
	var phases []string
	sums := map[string]float64{}
	for _, r := range spent {
		if _, known := sums[r.Phase]; !known {
			phases = append(phases, r.Phase)
		}
		sums[r.Phase] += r.CPU
	}
	fmt.Fprintln(out, "of the processors they took:")
	for _, name := range phases {
		fmt.Fprintf(out, "  %6.1f s  %s\n", sums[name], name)
	}
	slices.SortStableFunc(spent, func(a, b result) int { return cmp.Compare(b.CPU, a.CPU) })
	for _, r := range spent[:min(10, len(spent))] {
		fmt.Fprintf(out, "  %6.1f s  %s: %s\n", r.CPU, r.Phase, r.Package)
	}
}
