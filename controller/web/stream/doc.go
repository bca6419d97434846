// Package stream is what flows between an open page, or a program, and the controller: news
// (Events), the sound of a microphone with its meter (Voices), and all that passes the
// broker (Tap). Package api has them at their addresses and describes them.
//
// A stream lasts as long as its reader wants. A reader that is gone is noticed within a
// heartbeat, 15 s; one that is slow is never waited for; and no person can take all the
// places (package share).
//
// # A microphone
//
// GET /api/v1/calls/{id}/voice is a WebSocket. The first message names the codec,
// {"codec":"opus"} or {"codec":"pcm_s16le"}: 48 kHz, mono. Then come frames of 20 ms, a
// binary message each; five times a second a meter goes back (meterView), by whose on_air
// alone a page says that somebody is on air. {"end":true} after the last frame ends the
// call; a link that breaks does not, and may come back. More bytes than a voice has, or
// what is no sound, shuts the microphone out.
package stream
