package reading

// An Omission says why a piece of a document is better left out; empty for what
// is said. Nothing is left out unless a person says so.
type Omission string
