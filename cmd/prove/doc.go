// Command prove runs the test binaries that were compiled before, phase by
// phase, and says what came of them.
//
//	prove run -bin DIR -to FILE -p N NAME PACKAGE… -- FLAG…   one phase
//	prove sum FILE                                            what all phases said
//
// DIR has the binary of package loa/a/b/c at DIR/a/c.test, which go test -c
// makes of ./a/...; nothing is compiled while tests run. N packages run side by
// side, each with the flags, from its own folder; of PACKAGE:M it runs M tests side
// by side, and of PACKAGE:M-N N if the machine has no other work, else M.
//
// While a phase runs, each package is told as it ends and each test of a second
// or more, what failed with all that it said, and there is never nothing on the
// screen for more than fifteen seconds. At the end come what each phase, and the ten
// packages that cost most, took of the processors, the slowest twenty tests, how
// many of the scenes with checks of milliseconds were judged (package witness),
// and "N passed, N failed, N skipped"; any failure is one, and so is it if more
// than a fifth could not be judged. FILE holds one JSON object a line: phase,
// package, test, seconds, outcome, and why it was not judged; or a package's cpu, in seconds.
package main
