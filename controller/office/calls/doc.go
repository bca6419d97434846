// Package calls is the desk at which voices, stations and recorded alerts are put on the
// air, and silenced.
//
//	desk.go    the desk, and what it works with
//	begin.go   what is asked for is permitted, made and begun; its end is written down
//	alert.go   what an emergency says that nobody speaks: a text, a template, a clip, a bulletin
//	drill.go   a rehearsal: the same, between the words that it is one
//	chime.go   the test chime at one pole
//	stop.go    one call, a stray one, everything
//	view.go    a call as it is now: who hears it, who does not, who may still sound
//
// An emergency asks nothing that may fail: what cannot be read or written then is told
// later, and never keeps it from the air. Its token is taken before anything that takes
// time, for the finger is judged and not this machine. One's own call may always be ended;
// another's by those who may make sound there. Errors are a *problem.Problem with a
// sentence for the person.
package calls
