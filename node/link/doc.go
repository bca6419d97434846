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
// The node asks for the time by ping and keeps two things of the answers. One
// is an interval in which the controller's clock must lie (Marzullo 1984; RFC
// 5905, A.5.5): each answer gives the interval ± half its round trip; what all
// of them have in common, widened with age by the worst that two clocks can
// drift apart, is the bound, which is honest whatever the link does. The other
// is the estimate of offset and rate within it, from the shortest ways there
// and back of the last minutes: see fit. Nodes on a link that varies by 100 ms
// agree to half a millisecond, and one that hears nothing for ten minutes is
// off by as little.
//
// A caller that plays by the clock gets it smooth: a correction of up to 5 ms, or one
// that the interval does not ask for, is led in at no more than 500 ppm. A
// larger one is made at once; that is the one place where controller time
// jumps. Answers that contradict the interval three times in a row begin it
// anew: the controller's clock was set. Then time makes one step, the rate
// stays, and the observer that asked for it is told (Clock.OnStep), so that what is on air
// by frames and not by the hour can go with it.
//
// Pings are quick at the start, two a second in the first minute, and then as
// rare as the link allows: every ten seconds on a steady one, two while something
// is on air. Where the ways vary it takes more of them: ten a second until there
// are enough, which is some twenty seconds and 100 kB, and up to as many while
// something is on air. They go in the lulls of what is sent there, for packets
// keep their order (see lull), and on a steady link with the bundles of a voice,
// when the office is awake. A voice tells the time with each of its bundles,
// unasked (Clock.Heard).
//
// What the controller sends also tells how long it was under way: the second
// longest of the last minutes stands in the status, and calls begin by it. Of the
// board's own clock only the monotonic reading counts; that someone sets its wall
// clock is not noticed.
//
// Over a restart the estimate goes on if the board itself did not restart
// (the kernel's boot id and CLOCK_BOOTTIME tell), with its rate. After a restart of the board
// its wall clock is believed only if the kernel says that it is synchronised,
// and if it is not before the latest time that the controller has told, which is
// kept on flash: an attacker that can set a board's clock back over NTP, and keeps the
// answers away, must not have it take what has expired for new. Otherwise the
// time is unknown until the controller answers, and nothing is played.
//
// A wall clock is good for the calendar only. What has expired, and which
// numbers are from the future, is judged by what the controller has told since
// the board started (Clock.Told), and so is every call: no emergency waits for
// that, since a connection over which commands come brings an answer within a
// second, and commands are said again every two. A fresh answer is the last
// word on the time, also when it is earlier than what was known.
package link
