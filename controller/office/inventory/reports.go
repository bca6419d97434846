package inventory

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"loa/controller/fleet"
	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
)

// OpenReport is a report that nobody has seen to yet, and whether the caller may.
type OpenReport struct {
	store.Report
	NodeName, Village string
	May               bool
}

// EndedFault is a fault that ended, or a stretch in which the node was offline.
type EndedFault struct {
	Node   string    `json:"node"`
	Name   string    `json:"name"`
	Code   string    `json:"code" doc:"offline: nothing was heard of the node"`
	VI     string    `json:"vi"`
	EN     string    `json:"en"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
	Detail string    `json:"detail,omitempty" doc:"what the machine said"`
}

// OpenReports are those of what the caller sees, oldest first.
func (d *Inventory) OpenReports(ctx context.Context, a *access.View) (rows []OpenReport, err error) {
	all, err := d.opt.Store.OpenReports(ctx)
	for _, r := range all {
		if a.Concerns(access.NodeTarget(r.Node)) {
			area := a.AreaOf[r.Node]
			rows = append(rows, OpenReport{r, cmp.Or(a.Names[r.Node], r.Node), a.Areas[area].Name, a.Who.May(access.Maintaining, a.Tree, area)})
		}
	}
	return rows, err
}

func viewPast(a *access.View, f store.Fault) EndedFault {
	row := EndedFault{Node: f.Node, Name: cmp.Or(a.Names[f.Node], f.Node), Code: f.Code, Since: f.Since, Until: f.Until, Detail: f.Detail}
	row.VI, row.EN = FaultWords(f.Code)
	return row
}

// FaultWords says what a fault of the past was, in Vietnamese and English.
func FaultWords(code string) (vi, en string) {
	if code == store.CodeOffline {
		return i18n.Say(i18n.VI, "state_offline"), i18n.Say(i18n.EN, "state_offline")
	}
	return fleet.FaultSentence(code)
}

// Ended are the faults that ended before an instant, the last first, of what the caller
// may see; next is where more begin, nil: there are no more.
func (d *Inventory) Ended(ctx context.Context, before time.Time, limit int) (rows []EndedFault, next *time.Time, err error) {
	all, err := d.opt.Store.EndedFaults(ctx, before, limit)
	if err != nil {
		return nil, nil, err
	}
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range all {
		if a.Concerns(access.NodeTarget(f.Node)) {
			rows = append(rows, viewPast(a, f))
		}
	}
	if len(all) == limit {
		next = &all[len(all)-1].Until
	}
	return rows, next, nil
}

// Complaints are what people can say is wrong with a loudspeaker, as they hear
// it from below.
var Complaints = []string{"silent", "quiet", "loud", "distorted", "noise", "on_always", "damaged", "other"}

// maxWords bounds what people add in their own words, runes.
const maxWords = 2000

// Complaint is what somebody says is wrong with a loudspeaker.
type Complaint struct {
	Kind  string    `json:"kind" enum:"silent,quiet,loud,distorted,noise,on_always,damaged,other" doc:"what is heard"`
	Heard time.Time `json:"heard,omitzero" doc:"when it was heard; left out: nobody said"`
	Words string    `json:"words,omitempty" maxLength:"2000"`
}

var unknownComplaint = problem.New(problem.Invalid, "complaint_unknown", "Hãy chọn loa bị gì trong danh sách.",
	"Choose from the list what is wrong.")

// heardBack is how long ago it may have been heard.
const heardBack = 7 * 24 * time.Hour

// Report keeps what somebody says is wrong.
func (d *Inventory) Report(ctx context.Context, node string, b Complaint) (r store.Report, err error) {
	n, err := d.opt.Store.Node(ctx, node)
	if err != nil {
		return r, err
	}
	words := strings.TrimSpace(b.Words)
	if utf8.RuneCountInString(words) > maxWords {
		return r, problem.New(problem.Invalid, "complaint_long", "Lời báo quá dài: tối đa %d ký tự.",
			"The report is too long: %d characters at most.", maxWords)
	}
	if !slices.Contains(Complaints, b.Kind) {
		return r, unknownComplaint
	}
	if b.Kind == "other" && words == "" {
		return r, problem.New(problem.Invalid, "complaint_wordless", "Hãy viết loa bị gì, vì không có trong danh sách.",
			"Write what is wrong: it is not in the list.")
	}
	now := d.opt.Now().UTC().Truncate(time.Millisecond)
	if !b.Heard.IsZero() && (b.Heard.After(now) || now.Sub(b.Heard) > heardBack) {
		return r, problem.New(problem.Invalid, "complaint_heard", "Giờ nghe thấy phải trong bảy ngày qua.",
			"It must have been heard within the last seven days.")
	}
	who := access.Of(ctx).Who
	r = store.Report{ID: "r-" + store.NewID(), Node: n.ID, At: now, Heard: b.Heard, Who: who.ID, Name: who.Name,
		Kind: b.Kind, Words: words}
	if err := d.opt.Store.AddReport(ctx, r); err != nil {
		return r, err
	}
	d.opt.Trail.Did(ctx, "report.add", r.ID, nil, r, n.ID, n.Area)
	d.opt.News("nodes")
	return r, nil
}

// Reports are those before an instant, newest first, that the caller has to do with;
// next is where more begin, nil: there are no more.
func (d *Inventory) Reports(ctx context.Context, before time.Time, limit int) (some []store.Report, next *time.Time, err error) {
	all, err := d.opt.Store.Reports(ctx, before, limit)
	if err != nil {
		return nil, nil, err
	}
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range all {
		if a.Concerns(access.NodeTarget(r.Node)) {
			some = append(some, r)
		}
	}
	if len(all) == limit {
		next = &all[len(all)-1].At
	}
	return some, next, nil
}

// EndReport says that a report was seen to, and how.
func (d *Inventory) EndReport(ctx context.Context, id, remark string) error {
	r, err := d.opt.Store.Report(ctx, id)
	if err == nil {
		err = d.opt.Access.Permit(ctx, access.Maintaining, access.NodeTarget(r.Node))
	}
	if err == nil {
		err = d.opt.Store.EndReport(ctx, id, d.opt.Now(), access.Of(ctx).Who.Name, strings.TrimSpace(remark))
	}
	if err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, "report.end", id, r, map[string]string{"remark": remark}, r.Node)
	d.opt.News("nodes")
	return nil
}
