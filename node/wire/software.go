package wire

import "fmt"

// KindSoftware is what one node is to run, retained on its down topic.
const KindSoftware = "software"

// Software is the version of the program that a node is to run. It is a message
// of its own and not part of the plan: a node whose plans nobody can read any
// more must still be helped by it.
type Software struct {
	Version string             `json:"version"`           // for people
	Clips   map[string]ClipRef `json:"clips,omitempty"`   // the program, gzipped, by processor as Go names it; none at all: the packaged one
	Attempt int                `json:"attempt,omitempty"` // another one has it tried again that failed
}

// Key names one attempt at the program for a processor; "" is the packaged one.
func (s *Software) Key(arch string) string {
	if s.Clips[arch].SHA == "" {
		return ""
	}
	return fmt.Sprintf("%s/%d", s.Clips[arch].SHA, s.Attempt)
}

// What became of what a node is to run.
const (
	SoftwareWaiting = "waiting" // it is fetched, or waits for a quiet time
	SoftwareTrial   = "trial"
	SoftwareKept    = "kept"
	SoftwareFailed  = "failed" // and the node went back by itself
)

// SoftwareState is how far a node is with it.
type SoftwareState struct {
	Key   string `json:"key"`
	State string `json:"state"`
}
