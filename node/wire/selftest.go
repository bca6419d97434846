package wire

import "time"

// KindSelfTest has one node test its horn with a quiet sound, as soon as nothing
// is on air there. It has no content, and must expire.
const KindSelfTest = "selftest"

// SelfTestLife is how long the order counts: it is for a person who waits.
const SelfTestLife = 2 * time.Minute

// SelfTest is what came of a node's last test of its horn. Verdicts are heard,
// not_heard and cannot_tell.
type SelfTest struct {
	At      time.Time `json:"at"`             // of the sound, in controller time
	Verdict string    `json:"verdict"`        // of the microphone at the horn
	DB      *float64  `json:"db,omitempty"`   // how loud against what was calibrated
	Line    string    `json:"line,omitempty"` // of the end of the loudspeaker line
	Off     string    `json:"off,omitempty"`  // of either, while the amplifier had no power; heard is a fault
}
