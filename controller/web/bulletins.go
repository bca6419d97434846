package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/office/approval"
	"loa/controller/office/audit"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// maxLanguages of one bulletin: Vietnamese and those of the peoples here.
const maxLanguages = 20

// BulletinBody is a bulletin as a person or script writes it. Exported, for
// huma leaves out of its description what is embedded and is not.
type BulletinBody struct {
	Title    string            `json:"title" minLength:"1" maxLength:"200"`
	Field    string            `json:"field,omitempty" maxLength:"100" doc:"lĩnh vực"`
	Class    string            `json:"class,omitempty" enum:"normal,priority,emergency" default:"normal"`
	Language string            `json:"language,omitempty" default:"vi" maxLength:"35" doc:"BCP 47; which clip is aired first, the others follow"`
	Source   string            `json:"source,omitempty" maxLength:"200" doc:"nguồn tin"`
	Summary  string            `json:"summary,omitempty" maxLength:"2000" doc:"nội dung tóm tắt"`
	Clips    map[string]string `json:"clips" required:"false" doc:"clip id by language; a template makes that of vi"`
	Filled
	Expires *time.Time `json:"expires,omitempty" doc:"not aired from then on"`
	Draft   bool       `json:"draft,omitempty" doc:"keep it without asking for approval yet: see submit"`
	Area    string     `json:"area,omitempty" maxLength:"100" doc:"where it belongs: who has a right in all of that place may read it before it is approved, change or approve it; left out: all of the commune that you may write for, else your first place"`
}

// bulletinView is a stored bulletin. It may be changed and sent back as it
// came.
type bulletinView struct {
	BulletinBody
	ID       string         `json:"id" required:"false" readOnly:"true"`
	Author   string         `json:"author,omitempty" readOnly:"true" doc:"tác giả: who made it"`
	Created  time.Time      `json:"created" required:"false" readOnly:"true"`
	Approval *approval.View `json:"approval,omitempty" readOnly:"true"`
}

type bulletinInput struct{ Body BulletinBody }
type bulletinEdit struct {
	ID   string `path:"id"`
	Body bulletinView
}
type bulletinAnswer struct{ Body bulletinView }

func (s *Server) registerBulletins() {
	huma.Register(s.api, operation("add-bulletin", http.MethodPost, "/bulletins", "Make a bulletin of clips", "Library", http.StatusCreated), s.addBulletin)
	huma.Register(s.api, operation("list-bulletins", http.MethodGet, "/bulletins", "Bulletins, newest first", "Library", http.StatusOK), s.listBulletins)
	huma.Register(s.api, operation("get-bulletin", http.MethodGet, "/bulletins/{id}", "One bulletin", "Library", http.StatusOK), s.getBulletin)
	huma.Register(s.api, operation("change-bulletin", http.MethodPut, "/bulletins/{id}", "Change a bulletin, in every programme that holds it", "Library", http.StatusOK), s.changeBulletin)
	huma.Register(s.api, operation("delete-bulletin", http.MethodDelete, "/bulletins/{id}", "Remove a bulletin that no coming programme holds", "Library", http.StatusNoContent), s.deleteBulletin)
}

func (s *Server) addBulletin(ctx context.Context, in *bulletinInput) (*bulletinAnswer, error) {
	if err := s.speakFilled(ctx, &in.Body); err != nil {
		return nil, s.fail(err)
	}
	b, err := s.writeBulletin(ctx, store.NewID(), in.Body)
	if err != nil {
		return nil, s.fail(err)
	}
	a, err := s.access.View(ctx)
	if err == nil {
		b.Area, err = a.Placed(in.Body.Area)
	}
	if err != nil {
		return nil, s.fail(err)
	}
	b.Author = access.Of(ctx).Who.Name
	b.Created = s.opt.Now().UTC().Truncate(time.Millisecond) // as the store keeps it
	who, err := s.approval.Approver(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	if b.Approval, err = who.JudgeBulletin(ctx, b, approval.WrittenAs(in.Body.Draft)); err != nil {
		return nil, s.fail(err)
	}
	if err := s.opt.Store.PutBulletin(ctx, b, b.Approval); err != nil {
		return nil, s.fail(err)
	}
	view, err := s.viewBulletin(ctx, b)
	if err != nil {
		return nil, s.fail(err)
	}
	s.trail.Did(ctx, "bulletin.add", b.ID, nil, view, b.Area)
	s.changed("library") // an emergency goes to every node beforehand
	return &bulletinAnswer{view}, nil
}

// readable are those of some bulletins that the caller may read, each as they
// may: see bulletin.
func (s *Server) readable(ctx context.Context, a *access.View, all []store.Bulletin) (left []store.Bulletin, err error) {
	for _, b := range all {
		if !a.Reads(b) {
			if b, err = s.access.Bulletin(ctx, a, b.ID); access.IsForbidden(err) {
				continue
			} else if err != nil {
				return nil, err
			}
		}
		left = append(left, b)
	}
	return left, nil
}

func (s *Server) listBulletins(ctx context.Context, in *pageInput) (*list[bulletinView], error) {
	all, err := s.opt.Store.Bulletins(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, s.fail(err)
	}
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	page := pageOf(all, in.Limit, func(b store.Bulletin) time.Time { return b.Created })
	if all, err = s.readable(ctx, a, page.Body.Items); err != nil {
		return nil, s.fail(err)
	}
	views := make([]bulletinView, len(all))
	for i, b := range all {
		if views[i], err = s.viewBulletin(ctx, b); err != nil {
			return nil, s.fail(err)
		}
	}
	out := listOf(views)
	out.Body.Next = page.Body.Next
	return out, nil
}

func (s *Server) getBulletin(ctx context.Context, in *idInput) (*bulletinAnswer, error) {
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	b, err := s.access.Bulletin(ctx, a, in.ID)
	if err != nil {
		return nil, s.fail(err)
	}
	view, err := s.viewBulletin(ctx, b)
	return &bulletinAnswer{view}, s.fail(err)
}

// changeBulletin changes the programmes too: they hold which clip is meant
// and how long it is, so that a plan needs nothing else.
func (s *Server) changeBulletin(ctx context.Context, in *bulletinEdit) (*bulletinAnswer, error) {
	if err := s.speakFilled(ctx, &in.Body.BulletinBody); err != nil {
		return nil, s.fail(err)
	}
	s.editing.Lock()
	defer s.editing.Unlock()
	old, err := s.opt.Store.Bulletin(ctx, in.ID)
	if err != nil {
		return nil, s.fail(err)
	}
	b, err := s.rewritten(ctx, old, in.Body.BulletinBody)
	if err != nil {
		return nil, s.fail(err)
	}
	renewed, err := s.renewed(ctx, b)
	if err != nil {
		return nil, s.fail(err)
	}
	for _, r := range renewed {
		if err := s.access.Permit(ctx, access.Writing, r.now.Targets); err != nil {
			return nil, s.fail(err)
		}
	}
	approvals, err := s.judgeRenewed(ctx, &b, renewed, in.Body.Draft)
	if err != nil {
		return nil, s.fail(err)
	}
	before, err := s.viewBulletin(ctx, old)
	if err != nil {
		return nil, s.fail(err)
	}
	s.asrun.CatchUp(ctx)
	programmes := make([]schedule.Programme, len(renewed))
	for i, r := range renewed {
		programmes[i] = r.now.Programme
	}
	s.undos.forget()
	if err := s.opt.Store.ChangeBulletin(ctx, b, programmes, s.opt.Now(), approvals...); err != nil {
		return nil, s.fail(err)
	}
	view, err := s.viewBulletin(ctx, b)
	if err != nil {
		return nil, s.fail(err)
	}
	s.trail.Did(ctx, "bulletin.put", b.ID, before, view, b.Area)
	for _, r := range renewed {
		r.now.Revision++ // as it is stored
		s.trail.Did(ctx, "programme.put", r.now.ID, viewProgramme(r.old), viewProgramme(r.now), audit.Targeted(r.now.Targets)...)
	}
	s.changed("library")
	s.News("calendar")
	return &bulletinAnswer{view}, nil
}

// rewritten is a bulletin as it is to be, if the caller may change it so. Moved
// to another place it must be approved for that.
func (s *Server) rewritten(ctx context.Context, old store.Bulletin, in BulletinBody) (b store.Bulletin, err error) {
	a, err := s.access.View(ctx)
	if err != nil {
		return b, err
	}
	if err := s.access.PermitChange(ctx, a, old); err != nil {
		return b, err
	}
	if b, err = s.writeBulletin(ctx, old.ID, in); err != nil {
		return b, err
	}
	b.Created, b.Author, b.Approval = old.Created, old.Author, old.Approval // who changed it, the approval and the audit log say
	if b.Area, err = a.Placed(cmp.Or(in.Area, a.Standing(old.Area))); a.Standing(old.Area) != b.Area {
		b.Approval.Digest = ""
	}
	return b, err
}

// judgeRenewed says what becomes of a changed bulletin and of the programmes
// that hold it: whose sound has changed must be approved again.
func (s *Server) judgeRenewed(ctx context.Context, b *store.Bulletin, renewed []renewal, draft bool) (all []store.Approval, err error) {
	who, err := s.approval.Approver(ctx)
	if err != nil {
		return nil, err
	}
	if b.Approval, err = who.JudgeBulletin(ctx, *b, approval.WrittenAs(draft)); err != nil {
		return nil, err
	}
	all = append(all, b.Approval)
	for i := range renewed {
		p := &renewed[i].now
		if state := p.Approval.State; p.Approval.Now(p.Digest()) == state {
			continue // nothing that is heard of it has changed
		}
		if p.Approval, err = who.JudgeProgramme(ctx, *p, approval.WrittenAs(draft || p.Approval.State == store.Draft)); err != nil {
			return nil, err
		}
		all = append(all, p.Approval)
	}
	return all, nil
}

// renewal is a programme with a bulletin as it was, and as it is to be.
type renewal struct{ old, now store.Programme }

// renewed returns the programmes that hold a bulletin.
func (s *Server) renewed(ctx context.Context, b store.Bulletin) (renewed []renewal, err error) {
	programmes, err := s.opt.Store.Programmes(ctx, false)
	if err != nil {
		return nil, err
	}
	c, err := s.composer(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range programmes {
		r := renewal{old: p, now: p}
		touched, err := c.renew(&r.now.Programme, b)
		if err != nil {
			return nil, err
		}
		if touched {
			renewed = append(renewed, r)
		}
	}
	return renewed, nil
}

func (s *Server) writeBulletin(ctx context.Context, id string, in BulletinBody) (store.Bulletin, error) {
	b := store.Bulletin{ID: id, Title: strings.TrimSpace(in.Title), Field: in.Field, Class: in.Class, Language: in.Language,
		Source: in.Source, Summary: in.Summary, Clips: in.Clips}
	if in.Expires != nil {
		b.Expires = in.Expires.UTC()
		if err := schedule.CheckYear(b.Expires); err != nil {
			return b, err
		}
	}
	switch {
	case b.Title == "":
		return b, problem.New(problem.Invalid, "title_missing",
			"Bản tin chưa có tên: hãy đặt tên.", "The bulletin has no title: give it one.")
	case in.Clips[in.Language] == "":
		return b, problem.New(problem.Invalid, "bulletin_clip_missing",
			"Bản tin chưa có tệp âm thanh cho ngôn ngữ “%s”: hãy thêm vào “clips”.",
			"The bulletin has no clip in its language “%s”: add one to “clips”.", in.Language)
	case len(in.Clips) > maxLanguages:
		return b, problem.New(problem.Invalid, "bulletin_languages",
			"Một bản tin có tối đa %d ngôn ngữ.", "A bulletin has at most %d languages.", maxLanguages)
	}
	a, err := s.access.View(ctx)
	if err != nil {
		return b, err
	}
	for _, clip := range in.Clips {
		if _, err := s.access.Clip(ctx, a, clip); errors.Is(err, store.ErrNotFound) {
			return b, access.UnknownClip
		} else if err != nil {
			return b, err
		}
	}
	return b, nil
}

func (s *Server) viewBulletin(ctx context.Context, b store.Bulletin) (bulletinView, error) {
	approval, err := s.approval.Bulletin(ctx, b)
	return bulletinView{ID: b.ID, Author: b.Author, Created: b.Created, Approval: &approval, BulletinBody: BulletinBody{Title: b.Title, Field: b.Field,
		Class: b.Class, Language: b.Language, Source: b.Source, Summary: b.Summary, Clips: b.Clips, Expires: store.Optional(b.Expires), Area: cmp.Or(b.Area, s.opt.Commune)}}, err
}
