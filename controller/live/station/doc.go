// Package station passes a radio station on (tiếp sóng): it is pulled, decoded and given
// out as a voice, a frame every 20 ms, with some seconds of it at hand.
//
//	           sound                nothing at hand
//	connecting ----> on air ----------------------> reconnecting --> failed
//	                   ^                                 |    a minute
//	                   '---------------------------------'
//	                      a second of sound is at hand
//
// [Pull] begins, [Relay.Heard] waits for the first sound, [Relay.Give] gives out. Each
// station is one program on the office's machine; a [Pool] bounds how many there are.
package station
