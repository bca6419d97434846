// Package live puts what is spoken, passed on or held ready on the air at
// once: a voice from a browser or the office PC, or a recorded emergency.
//
//	            Begin                    limit, Stop, silence on the line
//	armed* ----------> chime --> on air --------------------------------> ended
//	                     |  Stop: the abort window                          |
//	                     '--------------------------------------------------'
//	* an emergency needs a token of [Live.Arm], which lives for ten seconds
//
// # On the wire
//
// A call begins with one signed command to all nodes (wire.CallOn), said again
// every two seconds with a new expiry, so that a node that comes late joins.
// It ends with a signed wire.CallOff, said again for as long as a node that did
// not hear it could go on. A voice follows as signed bundles of
// Opus frames on the call's own topic; a recorded emergency needs none: each
// node holds its clip and repeats it until the end.
//
// # In step, and how late
//
// Frame n sounds at start + n × 20 ms of controller time, on every node. A
// frame that comes from the microphone is given the number that lets it sound
// [Live.delay] after it was spoken: long enough for the slowest node that is
// concerned, by the round trip it measures, between 350 ms and a second. A
// microphone that stutters leaves a gap; one that comes in bursts is made to
// catch up, so that the delay never grows.
//
// # Never stuck on
//
// A call ends on Stop, at its limit, when no frame came for eight seconds, and
// after a time of silence, of which it warns first. Whatever becomes of this
// controller, the nodes end it by the same rules.
package live
