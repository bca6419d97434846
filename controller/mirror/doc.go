// Package mirror (bản trên mạng) keeps a folder's copy where people reach it: at an SFTP
// server, or in a store that speaks S3. It knows files and paths, not what they say.
//
//	folder --scan--> what should be there --compare with what was sent--> removed, put
//
// What is gone from the folder is removed first, for it may have been withdrawn; then come
// sounds, then the pages that name them. Each file appears whole: over SFTP it is written
// beside its place and renamed, in S3 it is one object. A line that breaks costs what was
// under way: the next [Mirror.Sync] goes on with the rest, over SFTP in the middle of a
// file. A round in which nothing has changed asks nobody; once a day, and after a start, the
// place is listed, so that what others changed there is put right.
//
// The place is Loa's alone, and one office's: a mark in it says whose. [ErrForeign] is of a
// place that holds something else, [ErrOther] of another office's.
//
//	mirror.go   what is sent and removed, in which order
//	sent.go     what is known to be there, kept in a file
//	sftp.go     by an SSH key, to a host whose key is known
//	s3.go       by an access key
package mirror
