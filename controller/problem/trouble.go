package problem

import "time"

// Trouble is something wrong with the office's own machine that lasts: every page
// tells of it until it is over.
type Trouble struct {
	*Problem
	Alarm bool      // something is lost, or soon will be; else a warning
	Since time.Time // it is known
}
