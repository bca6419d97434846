// Package repair is what becomes of a fault until it is well again, and how long that takes.
//
//	repair.go       known, and waited for: by whom, why, until when (đã biết, đang chờ thợ)
//	maintenance.go  times in which somebody works at a place, planned or noted afterwards
//	times.go        how long repairs take, village by village
//
// What is known is of the fault that was there when it was said. It ends by itself when that
// is over; what breaks next is news again. Until then nobody is told of it a second time,
// but once it lasts beyond the time that was promised. In a time of maintenance nothing at
// the place is told, and what was silent then counts as maintenance, not as a fault; also if
// it is noted a week later.
package repair
