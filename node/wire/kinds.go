package wire

// content is a new value of what a kind of message carries, and whether it is
// signed as a whole.
type content struct {
	make   func() any
	signed bool
}

func of[T any](signed bool) content { return content{func() any { return new(T) }, signed} }

// contents is every kind of message there is, by its branch and kind.
var contents = map[string]content{
	"up/" + KindStatus:     of[Status](false),
	"up/" + KindGone:       of[Gone](false),
	"up/" + KindTime:       of[Ping](false),
	"up/" + KindWant:       of[Want](false),
	"up/" + KindReport:     of[Report](false),
	"up/" + KindRenew:      of[Renew](false), // it proves itself: see Renew
	"down/" + KindPlan:     of[Plan](true),
	"down/" + KindTime:     of[Pong](true),
	"down/" + KindAck:      of[Ack](true),
	"down/" + KindCert:     of[Renewed](true),
	"down/" + KindSoftware: of[Software](true),
	"down/" + KindSelfTest: of[struct{}](true),
	"down/" + KindInspect:  of[Inspect](true),
	"down/" + KindProbe:    of[struct{}](false),
	"down/" + KindPiece:    of[Piece](false), // as of chunks
	"all/" + KindCall:      of[CallOn](true),
	"all/" + KindStop:      of[CallOff](true),
	"all/" + KindHead:      of[Head](true),
	"all/" + KindKeys:      of[Chain](false), // each of its links is
	"live/" + KindFrames:   of[Bundle](true),
	"clip/":                of[Chunk](false), // the plan names its hash
}

// Content returns a new value to decode a message into, by the branch, subject
// and kind that its topic has, the kind that a signature must name, and whether
// there is one. v is nil for what this version does not know.
func Content(branch, subject, kind string) (name string, v any, signed bool) {
	switch branch {
	case "all":
		name = subject
	case "live":
		name = KindFrames
	default:
		name = kind
	}
	c, ok := contents[branch+"/"+name]
	if !ok {
		return name, nil, false
	}
	return name, c.make(), c.signed
}
