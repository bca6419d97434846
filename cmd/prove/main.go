package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
)

func main() {
	if err := prove(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "prove:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("prove run -bin DIR -to FILE -p N NAME PACKAGE… -- FLAG…, or prove sum FILE")

func prove(args []string, out io.Writer) error {
	if len(args) == 2 && args[0] == "sum" {
		return sum(args[1], out)
	}
	if len(args) == 0 || args[0] != "run" {
		return errUsage
	}
	var o options
	flags := flag.NewFlagSet("prove run", flag.ContinueOnError)
	flags.StringVar(&o.bin, "bin", "bin/test", "the `DIR` of the test binaries")
	flags.StringVar(&o.to, "to", "bin/tests.json", "the `FILE` that results are added to")
	flags.IntVar(&o.side, "p", 1, "how many packages run side by side")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	rest := flags.Args()
	dash := slices.Index(rest, "--")
	if dash < 2 || o.side < 1 {
		return errUsage
	}
	o.name, o.packages, o.flags = rest[0], rest[1:dash], rest[dash+1:]
	return run(o, out)
}
