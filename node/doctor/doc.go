// Package doctor examines a loudspeaker's board: settings, keys, clock, the way to
// the office, sound card, amplifier, microphone, sensors, flash, plan. It asks the
// node that runs there, if one does, for that holds the sound card and the lines;
// otherwise it looks for itself. It changes nothing, and plays a chime only when it
// is asked to.
//
//	settings --> [Ask] the node that runs --> one line for each thing --> [checkup.Report]
//	                  | none runs
//	                  '--> look at card, lines, flash oneself
//
// [Gather] makes of the same what may leave the board: no key, and nothing that a
// command said.
package doctor

import "loa/node/wire/checkup"

// said is a sentence in both languages.
type said = checkup.Said

func say(vi, en string) said { return said{VI: vi, EN: en} }
