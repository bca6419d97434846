package fleet

import (
	"fmt"

	"loa/node/wire"
)

// visible is what a person would see of a node; a status that changes none of
// it is no news.
func visible(n *node) string {
	s := fmt.Sprint(n.State, n.VI, len(n.Faults), n.LastHeard.Unix()/60)
	if n.Status != nil {
		s += fmt.Sprint(n.Status.Held, n.Status.Plan, n.Status.Volume) + told(n.Status)
	}
	return s
}

// told is what a status tells that somebody waits for: a caller that asks the store for it
// is not to wait for the next writing of last words.
func told(s *wire.Status) (told string) {
	if s == nil {
		return ""
	}
	told = s.Version
	if s.Software != nil {
		told += " " + s.Software.Key + " " + s.Software.State
	}
	if s.SelfTest != nil {
		told += " " + s.SelfTest.At.String()
	}
	if s.Inspection != nil {
		told += " " + s.Inspection.At.String()
	}
	return told
}
