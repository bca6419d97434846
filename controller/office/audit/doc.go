// Package audit is the office's trail: who did what, where, when and from which
// machine.
//
// The package that changes something writes that down itself, when it is done:
//
//	trail.Did(ctx, "area.put", area.ID, before, after, area.ID)
//
// so that a request that changes three things leaves three records, whichever face
// it came by. The caller is the visitor in the context (package access); the time is
// controller time. Deeds are called "thing.deed"; the catalogue of package i18n has
// a word for each half.
//
// What was done is done already: a record that the store cannot write now, on a full
// disk, is kept in memory and written as soon as it can be (store.Keep). Each record
// holds the hash of the one before it, and the end of the chain is sealed once a
// second (Run) by a key outside the database. A log that does not hold what was
// sealed, or what nodes were told of it, is a trouble of the machine (Troubles,
// Tampered); Chain looks at every link.
package audit
