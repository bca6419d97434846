// Package signing keeps the key by which nodes obey, and what it vouches for at the
// office itself: the end of the audit log.
//
// One key signs at a time. The next is introduced by it ([Keys.Rotate]) and then takes
// its place; the whole chain of introductions is told to nodes for ever, so that a
// board that lay in a drawer finds its way:
//
//	key 1 --signs--> NewKey 2 --signs--> NewKey 3 …   [Newest.Chain]
//	                                       '--signs--> Retire: none but this counts
//
// A controller that runs takes up what a console wrote: [Keys.Fresh], told to the
// nodes, then [Keys.Adopt].
//
// The seal ([Keys.SealAudit]) is the end of the audit log, signed; nodes keep the same
// end as a head ([SignHead]), and [Judge] holds what they keep against the log: so a
// log that was cut, or replaced by an older one with its seal, is found out.
package signing
