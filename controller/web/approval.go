package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// ApprovalView is how far something is on its way to the air.
type ApprovalView struct {
	State     string     `json:"state" enum:"draft,waiting,approved,returned,aired" doc:"aired: a bulletin that was approved, and heard since"`
	Digest    string     `json:"digest" doc:"of all that is heard of it, where and when: an approval is of just this"`
	Author    string     `json:"author,omitempty" doc:"who wrote it last"`
	Submitted *time.Time `json:"submitted,omitempty"`
	By        string     `json:"by,omitempty" doc:"who approved or returned it; nobody, if the commune's rule asks for no approval"`
	Decided   *time.Time `json:"decided,omitempty"`
	Reason    string     `json:"reason,omitempty" doc:"why it was returned"`
	Aired     *time.Time `json:"aired,omitempty"`
}

func viewApproval(a store.Approval, digest string) ApprovalView {
	v := ApprovalView{State: string(a.Now(digest)), Digest: digest, Author: a.AuthorName}
	if a.Digest == digest {
		v.Submitted, v.By, v.Decided, v.Reason = optional(a.Submitted), a.ByName, optional(a.Decided), a.Reason
	}
	return v
}

type approveInput struct {
	ID   string `path:"id"`
	Body struct {
		Digest string `json:"digest" doc:"of what was looked at: approval.digest; if it was changed since, nothing is approved"`
	}
}
type returnInput struct {
	ID   string `path:"id"`
	Body struct {
		Reason string `json:"reason" maxLength:"500"`
	}
}
type policyAnswer struct{ Body store.ApprovalPolicy }

// PendingView is one thing that somebody has to look at.
type PendingView struct {
	Kind     string       `json:"kind" enum:"bulletin,programme"`
	ID       string       `json:"id"`
	Title    string       `json:"title"`
	Class    string       `json:"class"`
	Where    []string     `json:"where,omitempty" doc:"of a programme: places by name"`
	Approval ApprovalView `json:"approval"`
	May      bool         `json:"may" doc:"whoever asks may approve it"`
}

type pendingInput struct {
	State string `query:"state" enum:"draft,waiting,approved,returned" default:"waiting"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

func (s *Server) registerApproval(mux *router) {
	op := func(id, method, path, summary string) huma.Operation {
		return operation(id, method, path, summary, "Approval", http.StatusOK)
	}
	huma.Register(s.api, op("list-approvals", http.MethodGet, "/approvals", "Bulletins and programmes by state: what waits for approval"), func(ctx context.Context, in *pendingInput) (*list[PendingView], error) {
		rows, err := s.pending(ctx, store.ApprovalState(in.State), in.Limit)
		views := make([]PendingView, len(rows))
		for i, r := range rows {
			views[i] = r.PendingView
		}
		return listOf(views), s.fail(err)
	})
	huma.Register(s.api, op("submit-bulletin", http.MethodPost, "/bulletins/{id}/submit", "Ask for approval; who may approve it approves it by that"), func(ctx context.Context, in *idInput) (*bulletinAnswer, error) {
		return s.answerBulletin(ctx, in.ID, s.submitBulletin(ctx, in.ID))
	})
	huma.Register(s.api, op("approve-bulletin", http.MethodPost, "/bulletins/{id}/approve", "Approve a bulletin as it was looked at"), func(ctx context.Context, in *approveInput) (*bulletinAnswer, error) {
		return s.answerBulletin(ctx, in.ID, s.approveBulletin(ctx, in.ID, in.Body.Digest))
	})
	huma.Register(s.api, op("return-bulletin", http.MethodPost, "/bulletins/{id}/return", "Return a bulletin, and the programmes that hold it: they are not aired"), func(ctx context.Context, in *returnInput) (*bulletinAnswer, error) {
		return s.answerBulletin(ctx, in.ID, s.returnBulletin(ctx, in.ID, in.Body.Reason))
	})
	huma.Register(s.api, op("submit-programme", http.MethodPost, "/programmes/{id}/submit", "Ask for approval; who may approve it approves it by that"), func(ctx context.Context, in *idInput) (*programmeAnswer, error) {
		return s.answerProgramme(ctx, in.ID, s.submitProgramme(ctx, in.ID))
	})
	huma.Register(s.api, op("approve-programme", http.MethodPost, "/programmes/{id}/approve", "Approve a programme as it was looked at: what is heard, where and when"), func(ctx context.Context, in *approveInput) (*programmeAnswer, error) {
		return s.answerProgramme(ctx, in.ID, s.approveProgramme(ctx, in.ID, in.Body.Digest))
	})
	huma.Register(s.api, op("return-programme", http.MethodPost, "/programmes/{id}/return", "Return a programme: it is not aired"), func(ctx context.Context, in *returnInput) (*programmeAnswer, error) {
		return s.answerProgramme(ctx, in.ID, s.returnProgramme(ctx, in.ID, in.Body.Reason))
	})
	huma.Register(s.api, op("get-approval", http.MethodGet, "/approval", "What must be approved before it is aired"), func(ctx context.Context, _ *struct{}) (*policyAnswer, error) {
		p, err := s.opt.Store.ApprovalPolicy(ctx)
		return &policyAnswer{p}, s.fail(err)
	})
	huma.Register(s.api, op("put-approval", http.MethodPut, "/approval", "Set what must be approved; what is approved already stays so"), func(ctx context.Context, in *policyAnswer) (*policyAnswer, error) {
		return in, s.fail(s.putPolicy(ctx, &in.Body))
	})
	s.registerApprovalPage(mux)
}

func (s *Server) answerBulletin(ctx context.Context, id string, err error) (*bulletinAnswer, error) {
	if err != nil {
		return nil, s.fail(err)
	}
	return s.getBulletin(ctx, &idInput{id})
}

func (s *Server) answerProgramme(ctx context.Context, id string, err error) (*programmeAnswer, error) {
	if err != nil {
		return nil, s.fail(err)
	}
	return s.getProgramme(ctx, &idInput{id})
}

var (
	changedSince = problem.New(problem.Conflict, "changed_since",
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

// approver is the caller, with the commune's rule.
type approver struct {
	server *Server
	policy store.ApprovalPolicy
	atlas  *access.View
	id     string // of the person, also behind a token
	now    time.Time
}

func (s *Server) approver(ctx context.Context) (*approver, error) {
	p := &approver{server: s, id: access.Of(ctx).Who.ID, now: s.opt.Now().UTC().Truncate(time.Millisecond)}
	var err error
	if p.policy, err = s.opt.Store.ApprovalPolicy(ctx); err != nil {
		return nil, err
	}
	if p.atlas, err = s.access.View(ctx); err != nil {
		return nil, err
	}
	if p.atlas.Who.Kind != access.Program {
		return p, nil
	}
	tokens, err := s.opt.Store.Tokens(ctx) // or two tokens of one person would be two persons
	for _, t := range tokens {
		if t.ID == p.id {
			p.id = t.Person
		}
	}
	return p, err
}

// How something is given in.
const (
	saved     = iota // written: what is heard as before keeps its state
	keptBack         // written, and kept as a draft
	submitted        // for approval
)

func saving(draft bool) int {
	if draft {
		return keptBack
	}
	return saved
}

// judge says what becomes of something that was given in.
func (p *approver) judge(old store.Approval, digest string, needed bool, how int, areas []string) store.Approval {
	switch state := old.Now(digest); {
	case state == store.Approved, how != submitted && old.Digest == digest && state != store.Draft:
		return old
	}
	who := p.atlas.Who.Who
	a := store.Approval{Kind: old.Kind, ID: old.ID, State: store.Waiting, Digest: digest, Author: p.id, AuthorName: who.Name, Submitted: p.now}
	hands := []string{p.id}
	if old.State != "" && old.State != store.Approved { // the same version goes on, by more hands
		hands = append(hands, handsOf(old)...)
	}
	slices.Sort(hands)
	a.Hands = strings.Join(slices.Compact(hands), " ")
	switch {
	case how == keptBack:
		a.State = store.Draft
	case !needed:
		a.State, a.Decided = store.Approved, p.now
	case p.may(hands, areas):
		p.sign(&a, store.Approved, "")
	}
	return a
}

// sign puts the name of the caller under a decision.
func (p *approver) sign(a *store.Approval, state store.ApprovalState, reason string) {
	a.State, a.By, a.ByName, a.Decided, a.Reason = state, p.id, p.atlas.Who.Who.Name, p.now, reason
}

// judgeBulletin says what becomes of a bulletin that was just written: its place
// says who approves it.
func (p *approver) judgeBulletin(ctx context.Context, b store.Bulletin, how int) (store.Approval, error) {
	needed, err := p.needed(ctx, []schedule.Class{schedule.Class(b.Class)}, b.Clips, false)
	b.Approval.Kind, b.Approval.ID = store.OfBulletin, b.ID
	return p.judge(b.Approval, b.Digest(), needed, how, []string{p.atlas.Standing(b.Area)}), err
}

// judgeProgramme says what becomes of a programme that was just written.
func (p *approver) judgeProgramme(ctx context.Context, sp store.Programme, how int) (store.Approval, error) {
	classes, clips, stream := []schedule.Class{sp.Class}, map[string]string{}, false
	for _, it := range sp.Rundown {
		stream = stream || it.Kind == schedule.Stream
		if it.Clip != "" {
			clips[it.Clip] = it.Clip
		}
		if it.Bulletin == "" {
			continue
		}
		b, err := p.server.opt.Store.Bulletin(ctx, it.Bulletin)
		if err != nil {
			return store.Approval{}, err
		}
		classes = append(classes, schedule.Class(b.Class))
	}
	needed, err := p.needed(ctx, classes, clips, stream)
	sp.Approval.Kind, sp.Approval.ID = store.OfProgramme, sp.ID
	return p.judge(sp.Approval, sp.Digest(), needed, how, p.atlas.PlacesOf(sp.Targets)), err
}

// loses reports whether a programme is on the air now, and would wait for
// approval if the caller changed it.
func (p *approver) loses(ctx context.Context, sp store.Programme) (bool, error) {
	if !sp.Approved() || p.may([]string{p.id}, p.atlas.PlacesOf(sp.Targets)) {
		return false, nil
	}
	sp.Approval.Digest = "" // as if it were another already
	a, err := p.judgeProgramme(ctx, sp, saved)
	return a.State == store.Waiting, err
}

// needed reports whether the commune's rule asks for approval.
func (p *approver) needed(ctx context.Context, classes []schedule.Class, clips map[string]string, stream bool) (bool, error) {
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
		clip, err := p.server.opt.Store.GetClip(ctx, id)
		if err != nil {
			return true, err
		}
		if slices.Contains(p.policy.Sources, string(clip.Kind)) {
			return true, nil
		}
	}
	return false, nil
}

// waits says why something cannot be approved by the caller, as they saw it.
func (p *approver) waits(a store.Approval, hands []string, digest, seen string) error {
	switch state := a.Now(digest); {
	case seen != digest:
		return changedSince
	case state != store.Waiting && state != store.Returned:
		return notWaiting
	case p.own(hands):
		return ownWork
	}
	return nil
}

// returned is an approval taken back, or never given.
func (p *approver) returned(a store.Approval, digest, reason string) (store.Approval, error) {
	reason = strings.TrimSpace(reason)
	switch state := a.Now(digest); {
	case reason == "":
		return a, reasonMissing
	case state != store.Waiting && state != store.Approved:
		return a, notWaiting
	}
	p.sign(&a, store.Returned, text.Cut(reason, maxReason))
	return a, nil
}

// maxReason is a bulletin's title and 500 characters of its own.
const maxReason = 800

func (s *Server) putPolicy(ctx context.Context, p *store.ApprovalPolicy) error {
	if p.Classes == nil {
		p.Classes = []schedule.Class{}
	}
	if p.Sources == nil {
		p.Sources = []string{}
	}
	known := []schedule.Class{schedule.Normal, schedule.Priority, schedule.Emergency}
	bad := slices.ContainsFunc(p.Classes, func(c schedule.Class) bool { return !slices.Contains(known, c) }) ||
		slices.ContainsFunc(p.Sources, func(s string) bool { return !slices.Contains([]string{"recording", "speech", "stream"}, s) })
	if bad {
		return problem.New(problem.Invalid, "approval_rule",
			"Quy định duyệt chưa đúng: mức độ là normal, priority, emergency; nguồn là recording, speech, stream.",
			"The rule is not right: classes are normal, priority, emergency; sources are recording, speech, stream.")
	}
	old, err := s.opt.Store.ApprovalPolicy(ctx)
	if err != nil {
		return err
	}
	if err := s.opt.Store.PutApprovalPolicy(ctx, *p); err != nil {
		return err
	}
	s.trail.Did(ctx, "approval.put", "approval", old, p, s.opt.Commune)
	return nil
}
