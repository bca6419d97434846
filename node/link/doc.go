// Package link is a node's tie to the controller: one MQTT client that comes
// back by itself, the node's estimate of controller time, and the outbox that
// repeats reports until they are acknowledged.
//
// # Life of the link
//
//	down --dial--> connecting --CONNACK, SUBACK--> up(session n)
//	  ^                |                               |
//	  |<--- failed ----'          <--- lost -----------'
//	  '--- waits 0.2 s to 15 s, longer each time, with jitter
//
// Each connection is a new session with a new number, which stands in its
// will: the controller can tell the death of an old connection from that of
// the present one. Sessions are clean; the plan is retained by the broker, and
// all else is asked for or sent again. The calls that the node hears are
// subscribed with the first message of a session.
//
// # Controller time
//
// The node asks for the time by ping and keeps an interval in which the
// controller's clock must lie (Marzullo 1984; RFC 5905, A.5.5): each answer
// gives the interval ± half its round trip, and the estimate is what all of
// them have in common, widened with age by the worst rate of a board's
// crystal. So the bound is honest, and short round trips count most. Answers
// that contradict the estimate three times in a row replace it: the
// controller's clock was set. The board's own wall clock is never used while
// the controller answers.
//
// Over a restart the estimate goes on if the board itself did not restart
// (the kernel's boot id and CLOCK_BOOTTIME tell). After a restart of the board
// its wall clock is believed only if the kernel says that it is synchronised.
// Otherwise the time is unknown until the controller answers.
package link
