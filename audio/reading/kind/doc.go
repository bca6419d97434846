// Package kind names what a stretch of written text may be, a time, a law number,
// a telephone number, and how sure a reading of it is. Each is a word that the API
// tells and that a page shows in a colour, so none changes.
package kind
