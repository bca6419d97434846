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
// a delay after it was spoken. It begins as long as the slowest node needs, by
// what it says of its sound card and of the longest ways of the last minutes,
// and follows what the nodes say of the margins their bundles had. Where more
// than three hundred take the call up at once it begins a millisecond later for
// each, and its first bundles are held for as long: a node that has not subscribed yet
// when one leaves has lost it. More it becomes little by little, the voice being
// stretched by a fiftieth, in which no gap is heard; at once, with a gap that
// the nodes conceal, only when much is lost. Less it becomes in the pauses of
// the speaker. But for the beginning before a crowd it is never over a
// second. A microphone that stutters leaves a gap; what one brings in bursts
// goes in the pauses, so that the delay does not grow by itself.
//
// # Relays
//
// A station (tiếp sóng) is pulled by package station, and given out as a voice.
// As a call it sends silence while the station is lost, for the nodes would
// end the call; it begins only when the station is heard. As an item of the
// calendar it needs no command: the item is in every node's signed plan, and
// schedule.FeedID names its frames. There a lost station leaves frames out, so
// that each node's play says what was not heard, and the rundown goes on at
// its times. A node whose airing began late joins the station where it is.
//
// # Corrections
//
// A correction (cải chính) is an emergency whose targets are the nodes that
// heard another call: those that said so while it was on air, and those whose
// plays say so. It ends that call first.
//
// # Drills
//
// A drill (diễn tập) rehearses an emergency and is none: it is a call of class
// live, so that an emergency pre-empts it and mute, volume and quiet hours
// count. It has a token of its own, of [Live.ArmDrill]. Its first and its last
// sound are the words that it is a drill, which are at hand before it begins:
//
//	words, chime, voice ------> Stop, limit, silence, lost link ------> words
//	words, (chimes, alert, words) × rounds ---------------------------> ended
//	words ------> Stop: the abort window, or StopAll, or an emergency: at once
//
// All of it goes as frames, a recorded alert too: no node can have the alert
// and lack the words. A drill that a real emergency meets does not come back
// after it, and none begins while one is on air. What cuts off the controller
// itself leaves the last words out; the nodes then end the drill by themselves.
//
// # No disk
//
// What sounds and what silences waits for nothing to be written or read. Numbers
// of commands come from memory, the nodes of an area are remembered, a voice that
// cannot be recorded goes on the air unrecorded. What was done, a call, who hears
// it, its end, is noted ([store.Deed]) and written down when that is possible. A
// token is taken ([Live.Hold]) the moment that the button is pressed, before
// speech is made, and each person has tokens of their own.
//
// # Never stuck on
//
// A call ends on Stop, at its limit, when no frame came for eight seconds, and
// after a time of silence, of which it warns first. Whatever becomes of this
// controller, the nodes end it by the same rules. A recorded emergency, which needs
// no frames, ends at a node that has heard no word of it for wire.AloneFor; until
// then a node that has not confirmed the end may still sound: see [Live.StillUntil].
//
// # Two emergencies
//
// Where a later one is on the air it is heard while it lasts, and then the first again
// where it still counts: schedule's rule, which every node follows. Who plays what is
// told by the nodes' own word.
package live
