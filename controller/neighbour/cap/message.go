package cap

import "time"

// Status is what a message is for.
type Status string

// The statuses. Only Actual is a warning; Exercise is a drill's.
const (
	Actual   Status = "Actual"
	Exercise Status = "Exercise"
	System   Status = "System"
	Test     Status = "Test"
	Draft    Status = "Draft"
)

// Type is what a message does to those before it.
type Type string

// The types. Update and Cancel name what they are about in References.
const (
	Alert  Type = "Alert"
	Update Type = "Update"
	Cancel Type = "Cancel"
	Ack    Type = "Ack"
	Error  Type = "Error"
)

// Scope is whom a message is for.
type Scope string

// The scopes. Nothing but Public is for loudspeakers.
const (
	Public     Scope = "Public"
	Restricted Scope = "Restricted"
	Private    Scope = "Private"
)

// Message is one CAP message that has passed every check.
type Message struct {
	Identifier string
	Sender     string
	Sent       time.Time
	Status     Status
	Type       Type
	Scope      Scope
	Source     string
	Note       string
	References []Reference // what an Update replaces, a Cancel ends
	Incidents  string
	Infos      []Info // none: the message says nothing
}

// Reference names a message as its sender did: all three are its identity.
type Reference struct {
	Sender, Identifier string
	Sent               time.Time
}

// Identity is what the message is known by, for ever: other words under the same three
// are a repetition.
func (m Message) Identity() Reference { return Reference{m.Sender, m.Identifier, m.Sent} }

// Key is the reference in one string, the same for every way of writing an instant.
func (r Reference) Key() string {
	return r.Sender + "," + r.Identifier + "," + r.Sent.UTC().Format(time.RFC3339)
}

// Info is what a message says in one language of one event.
type Info struct {
	Language      string // RFC 3066; "" is en-US, by the standard
	Categories    []string
	Event         string
	ResponseTypes []string
	Urgency       string // Immediate, Expected, Future, Past, Unknown
	Severity      string // Extreme, Severe, Moderate, Minor, Unknown
	Certainty     string // Observed, Likely, Possible, Unlikely, Unknown
	Audience      string
	EventCodes    []Named
	Effective     time.Time // zero: when it was sent
	Onset         time.Time // zero: not said
	Expires       time.Time // zero: not said
	SenderName    string
	Headline      string
	Description   string
	Instruction   string
	Web           string
	Contact       string
	Parameters    []Named
	Resources     []Resource
	Areas         []Area
}

// Named is a value under a name that its sender chose.
type Named struct{ Name, Value string }

// Resource is a file that goes with an Info.
type Resource struct {
	Description string
	MIME        string
	Size        int64  // bytes; 0: not said
	URI         string // "": Data is all there is
	Data        string // base64
	Digest      string // SHA-1, hexadecimal; "": not said
}

// Area is where an Info holds: the union of all that is in it.
type Area struct {
	Description string
	Polygons    [][]Point // closed: the last is the first
	Circles     []Circle
	Geocodes    []Named
}

// Point is a place on the Earth (WGS 84), degrees.
type Point struct{ Latitude, Longitude float64 }

// Circle is all that is at most Radius kilometres away from Centre.
type Circle struct {
	Centre Point
	Radius float64
}
