// Package pages is the face that people see: html/template with one message catalogue
// (package i18n), Vietnamese first.
//
// There is one small type per page, with what it shows (a …View), its parts and its forms;
// each takes the rooms of the office that it needs, and decides nothing. What all share is
// the kit: the frame around a page, a sentence when something went wrong, the way around.
//
// A page is whole without scripts; an island (islands/*.ts, bundled by esbuild
// into static/dist at build time) asks for the parts of it that show what
// changed when the server says so (refresh.ts): the same address with ?part=. Nothing is
// inline, and the Content-Security-Policy holds it there.
//
// A form that is refused comes back with what was typed and the sentence where it belongs;
// one that is taken redirects, so that a reload does nothing twice.
//
// All components, in every state of every page, are on one sheet: GET /styles of loa dev
// (styles.go), whose specimens need no office.
//
// # Speaking
//
// /live, /emergency and /drill are for speaking. Their scripts, from the microphone
// to the air:
//
//	mic.ts ─ mic-worklet.ts   the device; frames of 20 ms at 48 kHz
//	check.ts                  ready only when a level was seen, else why not
//	voice.ts                  Opus or PCM, over a WebSocket that comes back
//	alarm.ts                  /emergency and /drill: arm, hold, on air
//	session.ts                one call: chime, on air, lost, ended; what the speaker is told
//	hold.ts, places.ts        the button that is held; the villages that are chosen
//
// The page says "on air" only by the controller's word: the meter that comes
// back by the WebSocket five times a second, with who hears it and who does
// not. The speaker ends a call by {"end":true} after the last frame, or by
// POST …/stop at once.
//
// # How a node was
//
// A bar (beats.go) is rolled up from the states that package fleet kept. It is
// good only for the time in which the node said so and a controller was there
// to hear it: each run of the controller is kept as a watch. The map
// (nodemap.go) is SVG in percents, without tiles.
package pages
