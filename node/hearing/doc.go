// Package hearing is what a node knows of its horn by its ears, a microphone beside it
// and, where there is one, a wire from the far end of its line: whether a play was
// heard, where the sound ends if it was not, how loud the horn should be (calibration).
//
//	samples --Overhear--> speaker ~~> air ~~> microphone --> ear.Listener
//	play    --Listen----> heard, not heard, cannot tell
//	Findings -----------> faults that only evidence closes, kept on flash
//
// # Tests
//
// A node with a microphone tests its horn by a quiet melody of a second, when the office asks and at an hour of its
// settings: a horn that fails on Monday is known before the storm of Friday, though nothing was planned between.
//
//	asked, or the hour ─▶ wait for quiet ─▶ without power: heard? ─▶ with power: heard? ─▶ told
//	                        ▲                  the amplifier is stuck     how loud, and where
//	                        └── whatever else is played ends it ──┘       the sound ends
//
// Without a switched amplifier the first half is left out. A half in which something else drowned the melody is done
// again, up to three times in all.
package hearing
