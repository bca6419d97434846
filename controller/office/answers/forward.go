package answers

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
)

// forwarded is what a message of a kind is called as a report of a loudspeaker: loa hỏng is
// not said more exactly, ồn is looked up in what sounded then.
var forwarded = map[string]string{"loudspeaker": "other", "noise": "loud"}

// Forwardable reports whether a message of a kind can become a report of a loudspeaker.
func Forwardable(kind string) bool { return forwarded[kind] != "" }

// Forward is which loudspeaker a message is about.
type Forward struct {
	Node  string `json:"node" maxLength:"100" doc:"id of a loudspeaker of the village"`
	Words string `json:"words,omitempty" maxLength:"500" doc:"for who mends it, in the words of the office: the villager's own stay with the message"`
}

const mostForwardWords = 500

var (
	errNotForward = problem.New(problem.Invalid, "message_no_fault", "Chỉ chuyển được tin loa hỏng hoặc loa ồn.",
		"Only messages of a broken or a noisy loudspeaker can be passed on.")
	errForwardNode = problem.New(problem.Invalid, "message_node", "Hãy chọn một cụm loa của thôn có tin này.",
		"Choose a loudspeaker of the village that the message is from.")
	errForwardLong = problem.New(problem.Invalid, "message_forward_long", "Lời ghi cho thợ dài quá: tối đa %d chữ cái.",
		"The words for who mends it are too long: %d characters at most.", mostForwardWords)
)

// Forward makes a report of a loudspeaker of a message of a villager, linked both ways: the
// message is in hand then, and done when the report is. Done twice, it is one.
func (d *Desk) Forward(ctx context.Context, id string, f Forward) (v Message, err error) {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	a, old, err := d.mine(ctx, id)
	if err != nil {
		return v, err
	}
	f.Words = strings.TrimSpace(text.Clean(f.Words))
	area, known := a.AreaOf[f.Node]
	switch {
	case old.Report != "":
		return messageOf(a, old), nil
	case !Forwardable(old.Kind):
		return v, errNotForward
	case !known || !a.Tree.Within(area, old.Area):
		return v, errForwardNode
	case utf8.RuneCountInString(f.Words) > mostForwardWords:
		return v, errForwardLong
	}
	if err := a.Permit(access.Reporting, area); err != nil {
		return v, err
	}
	m, now := old, d.opt.Now().UTC().Truncate(time.Millisecond)
	if m.State != store.MessageDone {
		m.State = store.MessageDoing
	}
	m.Changed = now
	who := access.Of(ctx).Who
	r := store.Report{ID: "r-" + store.NewID(), Node: f.Node, At: now, Heard: old.At, Who: who.ID, Name: who.Name,
		Kind:  forwarded[old.Kind],
		Words: f.Words, Message: id}
	if err := d.opt.Store.ForwardMessage(ctx, r, m); err != nil {
		return v, err
	}
	d.opt.Trail.Did(ctx, "report.add", r.ID, nil, r, f.Node, area)
	d.opt.Trail.Did(ctx, "message.put", id, recorded(old), recorded(m), m.Area)
	d.opt.News("answers")
	d.opt.News("nodes")
	m.Report = r.ID
	return messageOf(a, m), nil
}
