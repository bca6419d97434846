package kind

// A Kind says what a stretch of text is, and so by which rule it is said.
type Kind string

// The kinds. Text is what stays as it is; Unknown is left alone too, because no
// rule knows how to say it.
const (
	Text         Kind = "text"
	Number       Kind = "number"
	Fraction     Kind = "fraction"
	Percent      Kind = "percent"
	Time         Kind = "time"
	Date         Kind = "date"
	Money        Kind = "money"
	Measure      Kind = "measure"
	Telephone    Kind = "telephone"
	Ordinal      Kind = "ordinal"
	Roman        Kind = "roman"
	Abbreviation Kind = "abbreviation"
	Title        Kind = "title"
	Law          Kind = "law"
	Address      Kind = "address"
	Mark         Kind = "mark"
	Capitals     Kind = "capitals"
	Name         Kind = "name"
	Web          Kind = "web"
	Emoji        Kind = "emoji"
	Symbol       Kind = "symbol"
	Own          Kind = "dictionary"
	Pause        Kind = "pause"
	Unknown      Kind = "unknown"
)

// How sure a reading is: 1 is certain, 0 is not known at all. What is below
// Likely should be shown to a person.
const (
	Certain  = 1.0
	Likely   = 0.8
	Doubtful = 0.5
	NotKnown = 0.0
)
