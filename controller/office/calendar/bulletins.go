package calendar

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/office/approval"
	"loa/controller/office/audit"
	"loa/controller/office/template"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
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
	template.Filled
	Instead bool       `json:"instead,omitempty" doc:"of a template: where the usual voice fails, the built-in one speaks"`
	Expires *time.Time `json:"expires,omitempty" doc:"not aired from then on"`
	Draft   bool       `json:"draft,omitempty" doc:"keep it without asking for approval yet: see submit"`
	Area    string     `json:"area,omitempty" maxLength:"100" doc:"where it belongs: who has a right in all of that place may read it before it is approved, change or approve it; left out: all of the commune that you may write for, else your first place"`
}

// Bulletin is a stored bulletin. It may be changed and sent back as it
// came.
type Bulletin struct {
	BulletinBody
	ID       string         `json:"id" required:"false" readOnly:"true"`
	Author   string         `json:"author,omitempty" readOnly:"true" doc:"tác giả: who made it"`
	Created  time.Time      `json:"created" required:"false" readOnly:"true"`
	Approval *approval.View `json:"approval,omitempty" readOnly:"true"`
}

// renewal is a programme with a bulletin as it was, and as it is to be.
type renewal struct{ old, now store.Programme }

// AddBulletin makes a bulletin of clips.
func (d *Desk) AddBulletin(ctx context.Context, in BulletinBody) (v Bulletin, err error) {
	b, err := d.writeBulletin(ctx, store.NewID(), in)
	if err != nil {
		return v, err
	}
	a, err := d.opt.Access.View(ctx)
	if err == nil {
		b.Area, err = a.Placed(in.Area)
	}
	if err != nil {
		return v, err
	}
	b.Author = access.Of(ctx).Who.Name
	b.Created = d.opt.Now().UTC().Truncate(time.Millisecond) // as the store keeps it
	who, err := d.opt.Approval.Approver(ctx)
	if err != nil {
		return v, err
	}
	if b.Approval, err = who.JudgeBulletin(ctx, b, approval.WrittenAs(in.Draft)); err != nil {
		return v, err
	}
	if err := d.opt.Store.PutBulletin(ctx, b, b.Approval); err != nil {
		return v, err
	}
	view, err := d.ViewBulletin(ctx, b)
	if err != nil {
		return v, err
	}
	d.opt.Trail.Did(ctx, "bulletin.add", b.ID, nil, view, b.Area)
	d.opt.Changed("library") // an emergency goes to every node beforehand
	return view, nil
}

// Readable are those of some bulletins that the caller may read, each as they
// may: see bulletin.
func (d *Desk) Readable(ctx context.Context, a *access.View, all []store.Bulletin) (left []store.Bulletin, err error) {
	for _, b := range all {
		if !a.Reads(b) {
			if b, err = d.opt.Access.Bulletin(ctx, a, b.ID); access.IsForbidden(err) {
				continue
			} else if err != nil {
				return nil, err
			}
		}
		left = append(left, b)
	}
	return left, nil
}

// ReadableBulletins are those of some that the caller may read, each as they may.
func (d *Desk) ReadableBulletins(ctx context.Context, all []store.Bulletin) (views []Bulletin, err error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	if all, err = d.Readable(ctx, a, all); err != nil {
		return nil, err
	}
	return d.ViewBulletins(ctx, all)
}

// Bulletin is one, as the caller may read it.
func (d *Desk) Bulletin(ctx context.Context, id string) (v Bulletin, err error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return v, err
	}
	b, err := d.opt.Access.Bulletin(ctx, a, id)
	if err != nil {
		return v, err
	}
	return d.ViewBulletin(ctx, b)
}

// ChangeBulletin changes the programmes too: they hold which clip is meant
// and how long it is, so that a plan needs nothing else.
func (d *Desk) ChangeBulletin(ctx context.Context, id string, in BulletinBody) (v Bulletin, err error) {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	old, err := d.opt.Store.Bulletin(ctx, id)
	if err != nil {
		return v, err
	}
	b, err := d.rewritten(ctx, old, in)
	if err != nil {
		return v, err
	}
	renewed, err := d.renewed(ctx, b)
	if err != nil {
		return v, err
	}
	for _, r := range renewed {
		if err := d.opt.Access.Permit(ctx, access.Writing, r.now.Targets); err != nil {
			return v, err
		}
	}
	approvals, err := d.judgeRenewed(ctx, &b, renewed, in.Draft)
	if err != nil {
		return v, err
	}
	before, err := d.ViewBulletin(ctx, old)
	if err != nil {
		return v, err
	}
	d.opt.AsRun.CatchUp(ctx)
	programmes := make([]schedule.Programme, len(renewed))
	for i, r := range renewed {
		programmes[i] = r.now.Programme
	}
	d.undos.forget()
	if err := d.opt.Store.ChangeBulletin(ctx, b, programmes, d.opt.Now(), approvals...); err != nil {
		return v, err
	}
	view, err := d.ViewBulletin(ctx, b)
	if err != nil {
		return v, err
	}
	d.opt.Trail.Did(ctx, "bulletin.put", b.ID, before, view, b.Area)
	for _, r := range renewed {
		r.now.Revision++ // as it is stored
		d.opt.Trail.Did(ctx, "programme.put", r.now.ID, viewProgramme(r.old), viewProgramme(r.now), audit.Targeted(r.now.Targets)...)
	}
	d.opt.Changed("library")
	d.opt.News("calendar")
	return view, nil
}

// rewritten is a bulletin as it is to be, if the caller may change it so. Moved
// to another place it must be approved for that.
func (d *Desk) rewritten(ctx context.Context, old store.Bulletin, in BulletinBody) (b store.Bulletin, err error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return b, err
	}
	if err := d.opt.Access.PermitChange(ctx, a, old); err != nil {
		return b, err
	}
	if b, err = d.writeBulletin(ctx, old.ID, in); err != nil {
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
func (d *Desk) judgeRenewed(ctx context.Context, b *store.Bulletin, renewed []renewal, draft bool) (all []store.Approval, err error) {
	who, err := d.opt.Approval.Approver(ctx)
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

// renewed returns the programmes that hold a bulletin.
func (d *Desk) renewed(ctx context.Context, b store.Bulletin) (renewed []renewal, err error) {
	programmes, err := d.opt.Store.Programmes(ctx, false)
	if err != nil {
		return nil, err
	}
	c, err := d.Composer(ctx)
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

func (d *Desk) writeBulletin(ctx context.Context, id string, in BulletinBody) (store.Bulletin, error) {
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
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return b, err
	}
	for _, clip := range in.Clips {
		if _, err := d.opt.Access.Clip(ctx, a, clip); errors.Is(err, store.ErrNotFound) {
			return b, access.UnknownClip
		} else if err != nil {
			return b, err
		}
	}
	return b, nil
}

// ViewBulletin shows a bulletin, and whether it was approved and aired.
func (d *Desk) ViewBulletin(ctx context.Context, b store.Bulletin) (Bulletin, error) {
	all, err := d.ViewBulletins(ctx, []store.Bulletin{b})
	if err != nil {
		return Bulletin{}, err
	}
	return all[0], nil
}

// ViewBulletins shows some bulletins, in their order.
func (d *Desk) ViewBulletins(ctx context.Context, all []store.Bulletin) ([]Bulletin, error) {
	stand, err := d.opt.Approval.Bulletins(ctx, all)
	if err != nil {
		return nil, err
	}
	views := make([]Bulletin, len(all))
	for i, b := range all {
		views[i] = Bulletin{ID: b.ID, Author: b.Author, Created: b.Created, Approval: &stand[i],
			BulletinBody: BulletinBody{Title: b.Title, Field: b.Field,
				Class: b.Class, Language: b.Language, Source: b.Source, Summary: b.Summary, Clips: b.Clips, Expires: store.Optional(b.Expires),
				Area: cmp.Or(b.Area, d.opt.Commune)}}
	}
	return views, nil
}

// DeleteBulletin removes a bulletin that nothing coming needs. What was aired of
// it stays in the log, which holds its own words.
func (d *Desk) DeleteBulletin(ctx context.Context, id string) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	old, err := d.Bulletin(ctx, id)
	if err != nil {
		return err
	}
	if err := d.opt.Access.MayChange(ctx, id); err != nil {
		return err
	}
	holds, err := d.Coming(ctx, id)
	if err != nil {
		return err
	}
	if len(holds) > 0 {
		return problem.New(problem.Conflict, "bulletin_in_use",
			"Bản tin này còn trong buổi phát sắp tới: %s. Hãy hủy hoặc sửa buổi phát đó trước.",
			"This bulletin is in a coming programme: %s. Cancel or change it first.", text.Shown(strings.Join(holds, ", ")))
	}
	if err := d.opt.Store.DeleteBulletin(ctx, id); err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, "bulletin.delete", id, old, nil, old.Area)
	d.opt.Changed("library")
	return nil
}

// Coming are the titles of the programmes that hold a bulletin and are not over.
func (d *Desk) Coming(ctx context.Context, bulletin string) (titles []string, err error) {
	all, err := d.opt.Store.Programmes(ctx, false)
	for _, p := range all {
		holds := slices.ContainsFunc(p.Rundown, func(it schedule.Item) bool { return it.Bulletin == bulletin })
		if holds && !approval.Over(p.Rule, d.opt.Now()) {
			titles = append(titles, p.Title)
		}
	}
	return titles, err
}

// NextOfBulletins is when each bulletin starts next, by the rules of the
// programmes that hold it. What has the air instead is for the calendar.
func (d *Desk) NextOfBulletins(ctx context.Context, now time.Time) (map[string]*time.Time, error) {
	programmes, err := d.opt.Store.Programmes(ctx, false)
	if err != nil {
		return nil, err
	}
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	next := map[string]*time.Time{}
	for _, p := range programmes {
		if !p.Approved() || !a.Concerns(p.Targets) {
			continue
		}
		start := nextStart(&p.Rule, now)
		for _, it := range p.Rundown {
			if at := next[it.Bulletin]; it.Bulletin != "" && start != nil && (at == nil || start.Before(*at)) {
				next[it.Bulletin] = start
			}
		}
	}
	return next, nil
}

// nextStart looks a short way ahead first: a rule may fire every minute.
func nextStart(r *schedule.Rule, now time.Time) *time.Time {
	from := now
	for _, ahead := range []time.Duration{24 * time.Hour, approval.NextAhead} {
		if starts := r.Starts(from, now.Add(ahead)); len(starts) > 0 {
			return &starts[0]
		}
		from = now.Add(ahead)
	}
	return nil
}

// titleIn is what a bulletin is called in the log, when it is heard in another
// language than its first.
func titleIn(title, code string) string {
	const most = 200
	name := " (" + i18n.TongueName(i18n.VI, code) + ")"
	if room := most - len([]rune(name)); len([]rune(title)) > room {
		title = string([]rune(title)[:room])
	}
	return title + name
}

// Languages is in which languages a bulletin is heard, in this order: its own
// first, the others as they are offered.
func Languages(b store.Bulletin) []string {
	rank := func(code string) int {
		if code == b.Language {
			return -1
		}
		if i := slices.IndexFunc(i18n.Tongues, func(s i18n.Tongue) bool { return s.Code == code }); i >= 0 {
			return i
		}
		return len(i18n.Tongues)
	}
	all := make([]string, 0, len(b.Clips))
	for code := range b.Clips {
		all = append(all, code)
	}
	slices.SortFunc(all, func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return all
}
