// Package auth is the door of the pages and of the API: who asks, and what they may do.
//
// Every request passes Door.Handler, which finds out who asks: a person
// by the cookie of a session, a program by a token that acts for a person, the
// machine's own administrator by the machine's token (in a header, or once as
// ?token=, which begins a session). A change that comes by cookie must come
// from our own pages. Who it is travels in the request's context (access.Visit).
//
// Then the endpoint's rule says what right it needs and where. rules.go is one table of
// all; an endpoint that is not in it is refused, and fails a test. A Router guards each
// endpoint that is added to it by its rule, so that none can be forgotten. What is listed,
// the handler cuts to what the caller may see.
package auth
