// Package access is who may see and do what, where.
//
// A Visit is one request: its caller, from where, and by what they were let in. It
// travels in the request's context (With, Of); a context without one is nobody's,
// who may do nothing.
//
// A View is the commune as that visitor sees it, read once for a request
// (Control.View): its areas as a tree, every node's place, and the nodes that are
// the visitor's to see. All questions are put to it:
//
//	Permit(Writing, areas…)      may they do this in all of these? the error says what is missing
//	PermitPart(Reading, areas)   in a part of them?
//	Concerns, Reads, Sees        is it theirs to look at?
//	PermitGrants, Known          may they give these roles?
//
// Rights (rights.go) are lists of trust.Action of which one is enough; trust says
// which role has which. A right that is held in an area holds in all below it.
// What stands where nothing is known of any more, stands for the whole commune.
//
// Control asks the store where a View alone cannot tell: whether a bulletin or a
// clip is the visitor's to hear or to change (content.go).
package access
