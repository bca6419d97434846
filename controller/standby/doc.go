// Package standby has an office speak that has lost its memory: a damaged
// database stops no alarm and empties no calendar.
//
// # Before: a stand-in is kept
//
// A [Keeper] writes, soon after each change, a small database beside the large
// one: areas, nodes, people with their rights, bulletins, calendar, settings; no
// history. It is written aside, checked, and then put in place in one step.
//
//	DATA/standby/loa.db          the stand-in
//	DATA/standby/standby.json    what the database was when it was written: the last record
//	                             of the audit log, how many programmes, their sha256
//
//	DATA/onair.json              the recorded alerts that are on air now; see [NoteOnAir]
//
// # At a start: is the database what it was?
//
// [Look] decides before anything is opened to be changed. A database is not
// taken when it is missing where an office has been, when it cannot be read or
// its check finds damage, and when it is older than what is known of it: SQLite
// gives up a damaged write-ahead log without a word, and with it the last
// changes, so a calendar of 40 programmes becomes one of 11. That an audit
// log alone was cut is no damage but tampering; work goes on, see package trust.
//
// # While it stands in
//
// [Prepare] takes a copy of the stand-in, or, if there is none, the database of
// the newest backup, or what the certificates of nodes tell, and the controller
// runs on that as on any database:
//
//   - people sign in, see who is there, speak, trigger what nodes hold, stop;
//   - no plan is published: nodes go on by the one that they have;
//   - no report is taken: nodes keep what they played until it is understood;
//   - nothing else is changed, for it would be lost;
//   - every page says so, with what to do: restore a backup.
//
// If it is not the database but its disk that takes nothing, nothing needs restoring:
// [AwaitDisk] tells when it does again, and a new start uses the database.
//
// The damaged files stay as they are. What was done meanwhile (records of the
// audit log, calls) is carried into the database that comes after: see [Carry].
package standby
