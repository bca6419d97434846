// Package store is the controller's memory: the only SQL, and the clips on
// disk. Everything is in one folder:
//
//	loa.db                    SQLite, write-ahead log, synced at every commit
//	clips/ab/<sha256>.opus    clips, by the first two digits of their name
//	originals/ab/<sha256>     what was uploaded
//	tmp/                      files being made; emptied at start
//	loa.db-reserve            what was done and could not be written down yet
//
// and, while an alert is spoken, /dev/shm/loa-…: see [Store.HoldClip].
//
// What sounds and what silences is done first and written down after: see [Deed].
// What an alert must know is remembered for when it cannot be read: see
// [Store.Remember].
//
// The SQL text is kept to what SQLite and PostgreSQL both run ($1, ON
// CONFLICT, RETURNING, row values); only SQLite is wired. Times are Unix
// milliseconds UTC in the database and time.Time in UTC outside; the zero time
// is 0. What is given with finer times comes back cut to the millisecond.
//
// Reads run side by side on a small pool. Writes go one after another through
// one connection, so that they wait in Go's fair queue and never meet
// SQLITE_BUSY. A method that changes several rows does so in one transaction:
// after it returns nil the change survives a power cut, after an error
// nothing of it is there. A deed survives it too, but for a disk that takes not
// even the reserve: [Store.Backlog] says so.
//
// Errors: [ErrNotFound], [ErrConflict], [ErrFull] and [ErrUnwritable] are problems
// with a sentence for the person; test with errors.Is. Everything else is a fault of
// ours or of the disk. One thing that is not there is ErrNotFound; a list or a map of
// nothing is empty, and no error. What is put is refused with ErrConflict where it
// names something that is not there, or takes what is another's, and with ErrFull or
// ErrUnwritable where the disk takes nothing.
package store
