// Package backup keeps the office from being lost with its PC: everything a
// controller needs, in one file, and back.
//
// # The file
//
// A gzipped tar, mode 0600, for the commune's private keys are in it: one who has
// it can speak to every village. It is not encrypted; one who carries it away should
// do that (loa backup --out - writes to a pipe). In this order:
//
//	loa-backup.json   format, commune, version, time, how many files and bytes follow
//	trust/…           keys and certificates, as they were at one instant
//	loa.db            the database, as it was at one later instant
//	clips/ originals/ recordings/
//	settings.yaml     the settings of the controller, for a machine that has none
//	manifest.json     name, size and sha256 of each of them; without it the file is cut off
//
// The keys come first so that the seal among them is never of a later record of
// the audit log than the database has. A clip is in its place before the database
// names it, and stays; so what the copied database names is there.
//
// # Back
//
// [Restore] unpacks beside the data folder and verifies all: names, sizes, sums,
// that the keys belong together and that the database is whole. Only then are the
// two folders exchanged, in one step of the file system; the old one stays, under
// another name. An interruption at any instant leaves one of the two in place.
// Nobody else may work on the folder meanwhile: [Target].Hold is for the one that sees
// to that.
//
// A controller restores itself in another way, for its service may write in the
// data folder only: it unpacks within that and verifies as much, ends, and the next
// start puts it in place before it opens anything; see [Place]. A power cut at
// any instant leaves the old data, or a step that the next start goes on with.
//
// Nodes know nothing of it. Their certificates are of the same authority, and all
// numbers that they compare start from the clock; see store.Snapshot for what is
// left out. What was taken away since, a revoked board, an account, a password, is
// as it was: look through them after restoring an old file. A file from before a
// rotation of the signing key is of no use once that has ended; see package trust.
//
// # Every night
//
// A [Keeper] makes one each night, keeps the last of seven days and of four
// weeks, and tells how old the last good one is.
package backup
