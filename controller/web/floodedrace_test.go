//go:build race

package web_test

// flooded is what a password costs in a flood of them. The race detector looks at who
// holds what, and finds nothing more in eighty times 19 MiB.
var flooded = quick
