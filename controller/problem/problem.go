// Package problem is the one kind of error that reaches a person: a sentence
// that says what is wrong and what to do, in Vietnamese and in English, with
// the kind of thing that it is. Under which number a kind travels, its face
// knows: package respond has the HTTP statuses (RFC 9457 problem details).
//
// Packages below web return a *Problem for whatever the person can mend, and
// plain wrapped errors for the rest; web shows the latter as a fault of ours,
// without its inner words.
package problem

import (
	"errors"
	"fmt"

	"loa/schedule/figure"
)

// Kind is what went wrong, as far as the caller can do something about it.
type Kind int

// The kinds. The zero value is a fault of ours.
const (
	Internal     Kind = iota // a fault of ours: its words stay in the log
	Malformed                // what was sent cannot be read
	Invalid                  // it can be read and is not right
	Unidentified             // the caller has not said, or not proved, who they are
	Forbidden                // the caller may not do this here
	NotFound                 // there is no such thing, or not for the caller
	NotAllowed               // this is not done to such a thing
	Conflict                 // it was changed meanwhile, or something else stands in the way
	TooLarge                 // what was sent is larger than can be taken
	WrongType                // what was sent is of a kind that is not taken
	Slow                     // it did not come in time
	TooMany                  // the caller has their share: later
	Unreachable              // something beyond the office does not answer
	Unavailable              // a part of the office is not at work now
	Full                     // there is no room to keep it
)

// Problem is an error with a sentence for the person who caused or met it.
type Problem struct {
	Kind Kind
	Code string // stable, for scripts: "clip_too_long"
	VI   string // the sentence in Vietnamese, shown first
	EN   string // the same in English
}

// New makes a Problem; args fill the verbs of both sentences, in the same
// order in both.
func New(kind Kind, code, vi, en string, args ...any) *Problem {
	return &Problem{Kind: kind, Code: code, VI: fmt.Sprintf(vi, figure.VI(args)...), EN: fmt.Sprintf(en, figure.EN(args)...)}
}

// Error returns the English sentence, for logs and tests.
func (p *Problem) Error() string { return p.EN }

// Of finds the Problem inside err, if there is one.
func Of(err error) (*Problem, bool) {
	var p *Problem
	ok := errors.As(err, &p)
	return p, ok
}

// Ours is a fault of ours, of which a person learns only that: its words are in the log.
var Ours = New(Internal, "internal",
	"Máy chủ gặp lỗi; đã ghi vào nhật ký. Hãy thử lại, nếu vẫn lỗi thì báo kỹ thuật viên.",
	"The server failed; it is in its log. Try again, and tell the technician if it stays.")
