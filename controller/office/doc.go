// Package office is the wing of what a commune's office does, whoever asks and
// however: a person at a page, a script by the API, another program. Its rooms know
// no HTTP, no page and no sign-in; the faces in package web only show them.
//
// A day there, in the rooms' words. Somebody comes in: a visit (access.Visit) says
// who they are and by what they were let in, and all that they may see of the
// commune is one view (access.View), read once. The head lets a new colleague in and
// gives her a role in her village (people.Desk.Add): no more than the head has. She
// types a bulletin; the name of a hamlet comes out wrong, so she writes down once how
// it is said (dictionary.Desk.Put), and it is said so from then on. Whatever any of
// them changes leaves a record, where it is made (audit.Trail.Did), and the trail is
// sealed each second, so that nobody can say later that it was otherwise.
//
//	dictionary, people ─▶ audit ─▶ access ─▶ trust, store
//
// What else the office does, calendar, approval, calls, notices, still lives in
// package web and is on its way here.
package office
