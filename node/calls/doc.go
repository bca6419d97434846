// Package calls is what is on air at a node without having been in the calendar:
// voices, recorded emergencies and stations. It turns signed commands into calls
// in the node's own copy of the plan; what is heard of them, arbitration decides.
//
// # Life of a call
//
//	           CallOn          8 s without frames; of a recorded one
//	unknown ───────────▶ on air ──────────────────────────────▶ silent
//	   │                  │  ▲    wire.AloneFor without a word    │
//	   │                  │  │ a frame, a word: its limit again   │
//	   │                  │  └────────────────────────────────────┤
//	   │ CallOff          │ CallOff, or its limit                 │ the same
//	   └────────────────▶ ended ◀─────────────────────────────────┘
//	                      │ an hour
//	                      ▼
//	                  forgotten
//
// Where a call ends is given by controller time alone, never by when a node
// heard of it: at CallOff.At; at its limit; or, of a voice that fell silent, at
// the first whole second that is 8 s after its last frame's play time. So what
// waits behind it begins in step with the neighbours.
//
// # Stop of everything
//
// A CallOff without a call ends every call that was ordered before it, and
// sets a mark: airings of the calendar that began, or waited, at the mark are
// skipped in the node's copy of the plan, and told as cancelled. What begins
// after the mark is played.
//
// # What is believed
//
// Commands are signed for all nodes of the commune, must expire, and count
// only if their targets include this node. Their sequences are compared call
// by call, since two calls at once are repeated in turn: an older one than what
// is known of the call is refused, the same one again only says that the call
// goes on. Of an unknown call it must be newer than all that has been
// forgotten, and than the last stop of everything. A number from the future is
// dropped (wire.Binding): the office's clock was wrong when it was given, and
// that must not silence an emergency now; what is said again then, its expiry
// refuses. Before the controller has told the time nothing is believed, for
// whether it has expired cannot be judged: what is said again two seconds later
// is. All that is acted on first
// and then kept on flash: an emergency does not wait for a slow card, nor for
// one that fails. Should power fail between the two, the expiry of ten seconds
// bounds what a replay after the restart can do.
package calls
