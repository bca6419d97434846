package approval

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// ApprovalView is how far something is on its way to the air.
type View struct {
	State     string     `json:"state" enum:"draft,waiting,approved,returned,aired" doc:"aired: a bulletin that was approved, and heard since"`
	Digest    string     `json:"digest" doc:"of all that is heard of it, where and when: an approval is of just this"`
	Author    string     `json:"author,omitempty" doc:"who wrote it last"`
	Submitted *time.Time `json:"submitted,omitempty"`
	By        string     `json:"by,omitempty" doc:"who approved or returned it; nobody, if the commune's rule asks for no approval"`
	Decided   *time.Time `json:"decided,omitempty"`
	Reason    string     `json:"reason,omitempty" doc:"why it was returned"`
	Aired     *time.Time `json:"aired,omitempty"`
}

// ViewOf is how an approval stands for what has this digest now: one of another digest
// says nothing of it.
func ViewOf(a store.Approval, digest string) View {
	v := View{State: string(a.Now(digest)), Digest: digest, Author: a.AuthorName}
	if a.Digest == digest {
		v.Submitted, v.By, v.Decided, v.Reason = store.Optional(a.Submitted), a.ByName, store.Optional(a.Decided), a.Reason
	}
	return v
}

var (
	// ChangedSince refuses a decision on what is not any more as it was looked at.
	ChangedSince = problem.New(problem.Conflict, "changed_since",
		"Nội dung đã được sửa sau khi bạn xem nên chưa duyệt: hãy tải lại trang và xem lại.",
		"It was changed after you looked at it, so it is not approved: reload the page and look again.")
	notWaiting = problem.New(problem.Conflict, "not_waiting",
		"Mục này không chờ duyệt: hãy tải lại trang để xem trạng thái mới.",
		"This does not wait for approval: reload the page to see how it stands.")
	ownWork = problem.New(problem.Forbidden, "own_work",
		"Xã quy định người soạn không tự duyệt bài của mình: hãy nhờ người khác duyệt.",
		"The commune's rule is that nobody approves their own work: ask somebody else to.")
	reasonMissing = problem.New(problem.Invalid, "reason_missing",
		"Chưa ghi lý do trả lại: hãy viết cần sửa gì.", "There is no reason: write what should be changed.")
)

// Desk is where things wait until somebody has looked at them.
type Desk struct{ opt Options }

// Options are what the desk works with.
type Options struct {
	Store  *store.Store
	Access *access.Control
	Trail  *audit.Trail
	Now    func() time.Time // controller time
	// Editing is held from reading what is to be changed until it is stored.
	Editing *sync.Mutex
	Commune string // id of its area
}

// New returns the desk.
func New(opt Options) *Desk { return &Desk{opt} }

// Approver is the caller, with the commune's rule.
type Approver struct {
	desk   *Desk
	policy store.ApprovalPolicy
	View   *access.View // the commune as the caller sees it
	ID     string       // of the person, also behind a token
	now    time.Time
}

// Approver returns the caller as one who may have to decide, or whose words wait for others.
func (d *Desk) Approver(ctx context.Context) (*Approver, error) {
	p := &Approver{desk: d, ID: access.Of(ctx).Who.ID, now: d.opt.Now().UTC().Truncate(time.Millisecond)}
	var err error
	if p.policy, err = d.opt.Store.ApprovalPolicy(ctx); err != nil {
		return nil, err
	}
	if p.View, err = d.opt.Access.View(ctx); err != nil {
		return nil, err
	}
	if p.View.Who.Kind != access.Program {
		return p, nil
	}
	tokens, err := d.opt.Store.Tokens(ctx) // or two tokens of one person would be two persons
	for _, t := range tokens {
		if t.ID == p.ID {
			p.ID = t.Person
		}
	}
	return p, err
}

// How something is given in.
type How int

// What somebody can do with what they wrote.
const (
	Written   How = iota // what is heard as before keeps its state
	Draft                // written, and kept as a draft
	Submitted            // for approval
)

// WrittenAs is how something is given in by saving it.
func WrittenAs(draft bool) How {
	if draft {
		return Draft
	}
	return Written
}

// judge says what becomes of something that was given in.
func (p *Approver) judge(old store.Approval, digest string, needed bool, how How, areas []string) store.Approval {
	switch state := old.Now(digest); {
	case state == store.Approved, how != Submitted && old.Digest == digest && state != store.Draft:
		return old
	}
	who := p.View.Who.Who
	a := store.Approval{Kind: old.Kind, ID: old.ID, State: store.Waiting, Digest: digest, Author: p.ID, AuthorName: who.Name, Submitted: p.now}
	hands := []string{p.ID}
	if old.State != "" && old.State != store.Approved { // the same version goes on, by more hands
		hands = append(hands, HandsOf(old)...)
	}
	slices.Sort(hands)
	a.Hands = strings.Join(slices.Compact(hands), " ")
	switch {
	case how == Draft:
		a.State = store.Draft
	case !needed:
		a.State, a.Decided = store.Approved, p.now
	case p.May(hands, areas):
		p.Sign(&a, store.Approved, "")
	}
	return a
}

// Sign puts the name of the caller under a decision.
func (p *Approver) Sign(a *store.Approval, state store.ApprovalState, reason string) {
	a.State, a.By, a.ByName, a.Decided, a.Reason = state, p.ID, p.View.Who.Who.Name, p.now, reason
}

// JudgeBulletin says what becomes of a bulletin that was just written: its place
// says who approves it.
func (p *Approver) JudgeBulletin(ctx context.Context, b store.Bulletin, how How) (store.Approval, error) {
	needed, err := p.needed(ctx, []schedule.Class{schedule.Class(b.Class)}, b.Clips, false)
	b.Approval.Kind, b.Approval.ID = store.OfBulletin, b.ID
	return p.judge(b.Approval, b.Digest(), needed, how, []string{p.View.Standing(b.Area)}), err
}

// JudgeProgramme says what becomes of a programme that was just written.
func (p *Approver) JudgeProgramme(ctx context.Context, sp store.Programme, how How) (store.Approval, error) {
	classes, clips, stream := []schedule.Class{sp.Class}, map[string]string{}, false
	for _, it := range sp.Rundown {
		stream = stream || it.Kind == schedule.Stream
		if it.Clip != "" {
			clips[it.Clip] = it.Clip
		}
		if it.Bulletin == "" {
			continue
		}
		b, err := p.desk.opt.Store.Bulletin(ctx, it.Bulletin)
		if err != nil {
			return store.Approval{}, err
		}
		classes = append(classes, schedule.Class(b.Class))
	}
	needed, err := p.needed(ctx, classes, clips, stream)
	sp.Approval.Kind, sp.Approval.ID = store.OfProgramme, sp.ID
	return p.judge(sp.Approval, sp.Digest(), needed, how, p.View.PlacesOf(sp.Targets)), err
}

// Loses reports whether a programme is on the air now, and would wait for
// approval if the caller changed it.
func (p *Approver) Loses(ctx context.Context, sp store.Programme) (bool, error) {
	if !sp.Approved() || p.May([]string{p.ID}, p.View.PlacesOf(sp.Targets)) {
		return false, nil
	}
	sp.Approval.Digest = "" // as if it were another already
	a, err := p.JudgeProgramme(ctx, sp, Written)
	return a.State == store.Waiting, err
}

// needed reports whether the commune's rule asks for approval.
func (p *Approver) needed(ctx context.Context, classes []schedule.Class, clips map[string]string, stream bool) (bool, error) {
	switch p.policy.Need {
	case "none":
		return false, nil
	case "some":
	default:
		return true, nil
	}
	if stream && slices.Contains(p.policy.Sources, "stream") ||
		slices.ContainsFunc(classes, func(c schedule.Class) bool { return slices.Contains(p.policy.Classes, c) }) {
		return true, nil
	}
	for _, id := range clips {
		clip, err := p.desk.opt.Store.GetClip(ctx, id)
		if err != nil {
			return true, err
		}
		if slices.Contains(p.policy.Sources, string(clip.Kind)) {
			return true, nil
		}
	}
	return false, nil
}

// Waits says why something cannot be approved by the caller, as they saw it.
func (p *Approver) Waits(a store.Approval, hands []string, digest, seen string) error {
	switch state := a.Now(digest); {
	case seen != digest:
		return ChangedSince
	case state != store.Waiting && state != store.Returned:
		return notWaiting
	case p.own(hands):
		return ownWork
	}
	return nil
}

// Returned is an approval taken back, or never given.
func (p *Approver) Returned(a store.Approval, digest, reason string) (store.Approval, error) {
	reason = strings.TrimSpace(reason)
	switch state := a.Now(digest); {
	case reason == "":
		return a, reasonMissing
	case state != store.Waiting && state != store.Approved:
		return a, notWaiting
	}
	p.Sign(&a, store.Returned, text.Cut(reason, maxReason))
	return a, nil
}

// maxReason is a bulletin's title and 500 characters of its own.
const maxReason = 800

// May reports whether the caller may approve something for some areas, in
// which some persons had a hand.
func (p *Approver) May(hands []string, areas []string) bool {
	return p.View.Permit(access.Approving, areas...) == nil && !p.own(hands)
}

// own reports whether the rule of two persons keeps the caller from deciding:
// they had a hand in it.
func (p *Approver) own(hands []string) bool { return !p.policy.Own && slices.Contains(hands, p.ID) }

// HandsOf are all who had a hand in something: what was written before hands
// were kept has its author only.
func HandsOf(a store.Approval) []string { return append(strings.Fields(a.Hands), a.Author) }

// HandsIn are the hands in a programme and in its bulletins, where nobody has
// approved these: to approve it is to approve their words.
func (p *Approver) HandsIn(ctx context.Context, sp store.Programme) ([]string, error) {
	in, _, err := p.desk.within(ctx, []store.Programme{sp}, nil)
	return handsIn(sp, in), err
}

// handsIn is HandsIn, of the bulletins that it may hold.
func handsIn(sp store.Programme, in map[string]store.Bulletin) []string {
	hands := HandsOf(sp.Approval)
	for _, it := range sp.Rundown {
		if b, ok := in[it.Bulletin]; ok && !b.Approved() {
			hands = append(hands, HandsOf(b.Approval)...)
		}
	}
	return hands
}
