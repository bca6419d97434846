package repair

import (
	"context"
	"sync"
	"time"
	"unicode/utf8"

	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/office/inventory"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
)

// Desk knows who repairs what.
type Desk struct{ opt Options }

// Options are what it works with.
type Options struct {
	Store     *store.Store
	Access    *access.Control
	Trail     *audit.Trail
	Inventory *inventory.Inventory
	Now       func() time.Time // controller time
	// Editing is held from reading what is to be changed until it is stored.
	Editing *sync.Mutex
	News    func(what string) // the pages show something else now
}

// New returns the desk.
func New(opt Options) *Desk { return &Desk{opt} }

const (
	maxWho    = 200 // characters of a name
	maxReason = 500 // and of a reason
)

// longestWait bounds how far ahead a repair may be promised: what takes longer than a year
// is not being repaired.
const longestWait = 366 * 24 * time.Hour

// Care is that what is wrong with a loudspeaker is known: who looks after it, why it waits
// and until when.
type Care struct {
	Who    string    `json:"who" maxLength:"200" doc:"who looks after it; empty: nobody"`
	Reason string    `json:"reason,omitempty" maxLength:"500" doc:"why it waits"`
	Until  time.Time `json:"until,omitzero" doc:"when it is to be well again; left out: nobody said"`
}

func (k *Care) check(now time.Time) error {
	switch {
	case !lines(&k.Who, &k.Reason):
		return tooLong
	case k.Who == "" && (k.Reason != "" || !k.Until.IsZero()):
		return problem.New(problem.Invalid, "care_nobody", "Hãy ghi ai lo việc sửa.", "Say who looks after the repair.")
	case !k.Until.IsZero() && (!k.Until.After(now) || k.Until.Sub(now) > longestWait):
		return problem.New(problem.Invalid, "care_until", "Ngày hẹn sửa xong phải ở phía trước, trong vòng một năm.",
			"The time by which it is repaired must lie ahead, within a year.")
	}
	return nil
}

// lines makes one line each of a name and a reason; false: one is too long, and neither is
// to be kept in part.
func lines(who, reason *string) bool {
	*who, *reason = text.Line(*who, maxWho+1), text.Line(*reason, maxReason+1)
	return utf8.RuneCountInString(*who) <= maxWho && utf8.RuneCountInString(*reason) <= maxReason
}

var tooLong = problem.New(problem.Invalid, "repair_long", "Chữ quá dài: tên tối đa %d ký tự, lý do tối đa %d.",
	"That is too long: a name has %d characters at most, a reason %d.", maxWho, maxReason)

// Know says that what is wrong with a node is known, or, without a name, that nobody looks
// after it. It ends by itself when that is over.
func (d *Desk) Know(ctx context.Context, node string, k Care) error {
	if _, err := d.opt.Store.Node(ctx, node); err != nil {
		return err
	}
	if err := k.check(d.opt.Now()); err != nil {
		return err
	}
	return d.know(ctx, k, node)
}

// KnowAll is Know of all that is not well in an area itself: a village whose mains failed is
// said once.
func (d *Desk) KnowAll(ctx context.Context, area string, k Care) error {
	if err := k.check(d.opt.Now()); err != nil {
		return err
	}
	nodes, err := d.opt.Inventory.Nodes(ctx)
	if err != nil {
		return err
	}
	var ill []string
	for _, n := range nodes {
		if n.Area == area && len(n.Causes()) > 0 {
			ill = append(ill, n.ID)
		}
	}
	return d.know(ctx, k, ill...)
}

func (d *Desk) know(ctx context.Context, k Care, nodes ...string) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	before, err := d.opt.Store.Care(ctx)
	if err != nil {
		return err
	}
	for _, node := range nodes {
		c := store.Care{Who: k.Who, Reason: k.Reason, Until: k.Until, At: d.opt.Now()}
		if err := d.opt.Store.SetCare(ctx, node, c); err != nil {
			return err
		}
		var was any
		if old, ok := before[node]; ok {
			was = old
		}
		d.opt.Trail.Did(ctx, "node.care", node, was, k, node)
	}
	d.opt.News("nodes")
	return nil
}
