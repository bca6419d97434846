package wire

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"

	"loa/schedule"
)

// LongPlan is how many bytes of a plan may stand in one message to a node that takes
// the rest as a clip: a second of a link of 64 kbit/s. A message cannot be interrupted,
// and what must sound would wait behind it.
const LongPlan = 8 << 10

// KindLongPlan is what a plan with a rest is signed as; it comes on the topic of plans.
// A program that does not know such plans would take one for a plan with no programmes:
// so it refuses it, and goes on by the last one that it knows.
const KindLongPlan = "longplan"

// PlanKind is the kind that a message on the topic of plans is to be opened as.
func PlanKind(raw []byte) string {
	if m, err := Read(raw); err == nil {
		if h, _, err := m.Claims(); err == nil && h.Kind == KindLongPlan {
			return KindLongPlan
		}
	}
	return KindPlan
}

// Kind is what the plan is signed as.
func (p *Plan) Kind() string {
	if p.Long != nil {
		return KindLongPlan
	}
	return KindPlan
}

// PlanRest is the part of a plan that is the same for all nodes of a place. Packed, it
// is the clip that [Plan.Long] names: it comes as clips do, and gives way as they do.
type PlanRest struct {
	schedule.Plan
	Clips []ClipRef `json:"clips,omitempty"`
}

// Pack returns the rest as the bytes of a clip. The same rest makes the same bytes.
func (r PlanRest) Pack() ([]byte, error) {
	data, err := Encode(r)
	if err != nil {
		return nil, err
	}
	if len(data) > MaxMessage {
		return nil, fmt.Errorf("%w: %d bytes, over %d", ErrPlanTooLong, len(data), MaxMessage)
	}
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	return out.Bytes(), err
}

// ErrPlanTooLong means that a plan has more programmes than a node takes.
var ErrPlanTooLong = errors.New("plan too long")

// With returns the whole plan, by the bytes of the clip that it names.
func (p Plan) With(packed []byte) (Plan, error) {
	data, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), MaxMessage+1))
	if err != nil {
		return p, fmt.Errorf("unpack the rest of a plan: %w", err)
	}
	var rest PlanRest
	if err := Decode(data, &rest); err != nil {
		return p, fmt.Errorf("decode the rest of a plan: %w", err)
	}
	p.Plan, p.Clips = rest.Plan, rest.Clips
	return p, nil
}
