//go:build !race

package web_test

import "loa/controller/trust"

// flooded is what a password costs in a flood of them: the usual.
var flooded trust.Cost
