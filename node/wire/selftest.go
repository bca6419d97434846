package wire

import "time"

// KindSelfTest has one node test its horn with a quiet sound, as soon as nothing
// is on air there. It has no content, and must expire.
const KindSelfTest = "selftest"

// SelfTestLife is how long the order counts: it is for a person who waits.
const SelfTestLife = 2 * time.Minute

// Calibration is what a node learnt of how its ears hear its horn.
type Calibration struct {
	At    time.Time `json:"at"`             // in controller time; zero: not known then
	Level float64   `json:"level"`          // from played to heard, dB
	Line  *float64  `json:"line,omitempty"` // likewise at the end of the loudspeaker line
	Quiet float64   `json:"quiet"`          // what is heard around, dB of full scale
}

// SelfTest is what came of a node's last test of its horn. Verdicts are heard,
// not_heard and cannot_tell.
type SelfTest struct {
	At      time.Time `json:"at"`             // of the sound, in controller time
	Verdict string    `json:"verdict"`        // of the microphone at the horn
	DB      *float64  `json:"db,omitempty"`   // how loud against what was calibrated
	Line    string    `json:"line,omitempty"` // of the end of the loudspeaker line
	Off     string    `json:"off,omitempty"`  // of either, while the amplifier had no power; heard is a fault
}
