// Package problem is the one kind of error that reaches a person: a sentence
// that says what is wrong and what to do, in Vietnamese and in English, with
// the HTTP status it travels under (RFC 9457 problem details).
//
// Packages below web return a *Problem for whatever the person can mend, and
// plain wrapped errors for the rest; web shows the latter as a fault of ours,
// without its inner words.
package problem

import (
	"errors"
	"fmt"
)

// Problem is an error with a sentence for the person who caused or met it.
type Problem struct {
	Status int    // HTTP status, 4xx or 5xx
	Code   string // stable, for scripts: "clip_too_long"
	VI     string // the sentence in Vietnamese, shown first
	EN     string // the same in English
}

// New makes a Problem; args fill the verbs of both sentences, in the same
// order in both.
func New(status int, code, vi, en string, args ...any) *Problem {
	return &Problem{Status: status, Code: code, VI: fmt.Sprintf(vi, args...), EN: fmt.Sprintf(en, args...)}
}

// Error returns the English sentence, for logs and tests.
func (p *Problem) Error() string { return p.EN }

// Of finds the Problem inside err, if there is one.
func Of(err error) (*Problem, bool) {
	var p *Problem
	ok := errors.As(err, &p)
	return p, ok
}
