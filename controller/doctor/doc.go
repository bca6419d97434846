// Package doctor examines an office's machine, beside a controller that may be
// running: settings, database, keys, certificates, the audit log, broker, pages,
// the programs that are started, voices, backups, and every loudspeaker in the words
// of the pages. It changes nothing.
//
//	settings --> look at files and ports --> ask the controller that runs --> [checkup.Report]
//
// [Gather] makes what may leave the house for the one who looks for a fault: no key,
// password or token, nothing that people wrote.
package doctor

import "loa/node/wire/checkup"

// said is a sentence in both languages.
type said = checkup.Said

func say(vi, en string) said { return said{VI: vi, EN: en} }
