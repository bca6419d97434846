//go:build race

package web_test

// slowdown is what the race detector may cost: SQLite is pure Go here.
const slowdown = 10
