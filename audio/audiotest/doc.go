// Package audiotest holds what tests of sound share: recordings, programs that are
// run, and how alike two sounds are.
package audiotest
