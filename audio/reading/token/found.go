package token

import (
	"loa/audio/reading/kind"
)

// Part is something recognised k tokens on, within a rule; n is 0 for nothing.
type Part struct {
	N    int
	Said string
}

// Found is what a rule recognised at a cursor: how many tokens, and how they are said.
type Found struct {
	N      int
	Spoken string
	Kind   kind.Kind
	Sure   float64
	Others []string
}

// A rule recognises one kind of writing where the cursor stands, or does not.
type Rule func(*Cursor) (Found, bool)
