// Package schedule decides what a loudspeaker plays and when. It is pure: it
// has no clock, does no I/O and keeps no state; time is an argument. The
// controller's preview and every node call the same functions on the same
// data, so what the operator sees is what the village hears.
//
// # From rule to sound
//
//	Programme --Rule.Starts--> Airing --arbitration--> Slot --Timeline.At--> Decision
//
// A [Programme] has targets, an ordered rundown, a class and a [Rule]. Each
// occurrence of its rule is an [Airing] with an id made only of the programme
// and the start, so the same airing has the same id on every machine. A
// [Timeline] holds the airings of one node over a span of time after
// arbitration; a [Decision] is what is audible at one instant.
//
// # What is audible is a function of time
//
// An airing begins at one instant, and from then on its position is now −
// begin, whether or not it can be heard. A node that was off, or was
// pre-empted, rejoins where its neighbours are; nothing says "resume".
//
// # The truth table
//
// Rank is the class (emergency > live > priority > relay > normal) and within
// a class the level (province > commune > village). Two priority bulletins
// have equal rank whatever their level: the commune's operator orders them
// (Circular 39/2020/TT-BTTTT), by Programme.Order.
//
//	A is on air, B is due        | A                          | B
//	-----------------------------|----------------------------|---------------------------------
//	rank(B) > rank(A)            | goes on unheard, rejoins   | begins at its start
//	rank(B) = rank(A), emergency | goes on unheard, rejoins   | begins at its start
//	rank(B) = rank(A), others    | keeps the air              | waits; begins when A ends
//	rank(B) < rank(A)            | keeps the air              | waits; begins when A ends
//	quiet hours, not emergency   | goes on unheard            | waits; begins when they end
//
// A waiting airing begins no later than start + StartLate; after that it is
// displaced: never heard. Of several that wait, the highest rank goes first,
// then the lowest Order, then the earliest start, then the id. An item whose
// Expires has passed is silent in its place.
//
// Of equal emergencies the one that began last is heard, for as long as it lasts;
// the one before goes on after it unless it has ended meanwhile, by its own end or
// because somebody stopped or corrected it. A second alert for one village takes
// nothing from the first but the time it needs.
//
// A [Call] takes part like an airing that may not be late. When it is stopped,
// its end moves; a lower programme that was due meanwhile and may still begin
// late begins then, one that had begun rejoins.
//
// # Days that are not 24 hours
//
// Cron rules run on the wall clock of their zone. A wall time that a zone
// skips (spring) is not aired that day; one that comes twice (autumn) is aired
// the first time only. Vietnam has no such days.
package schedule
