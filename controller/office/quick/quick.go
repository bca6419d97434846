// Package quick is what village heads report of their village by three taps (báo nhanh):
// bình thường, cần chú ý or khẩn cấp; what it is; how many households.
//
// A head has no line where it matters: the telephone keeps what was tapped and sends it when
// it can, perhaps twice. So each tap has an id that the telephone makes, and one that came
// already is taken again without a second report. An id counts for its person alone. The
// telephone says how long ago it was tapped, not when: its clock may be wrong for years
// without harm. What lies in the future, or more than a week back, is not believed: the
// report counts from when it arrived, and says so.
//
// It is no villager's word: the head's name and role stand beside it. Urgent ones ring as
// urgent messages do, whose time of keeping is theirs too.
package quick

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/office/notices"
	"loa/controller/photo"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
)

// Options are what the desk works with.
type Options struct {
	Store   *store.Store
	Access  *access.Control
	Trail   *audit.Trail
	Notices *notices.Notices
	Now     func() time.Time // controller time
	// Editing is held from reading what is to be changed until it is stored.
	Editing *sync.Mutex
	News    func(what string) // the pages show something else now
}

// Desk takes reports. It is safe for concurrent use.
type Desk struct{ opt Options }

// New returns the desk.
func New(opt Options) *Desk { return &Desk{opt} }

// Levels and Kinds are what can be tapped, in the order in which it is offered.
var (
	Levels = []string{"normal", "attention", "urgent"}
	Kinds  = []string{"help", "flood", "landslide", "fire", "tree", "power", "other"}
)

// How much is taken.
const (
	MostWords      = 500
	MostHouseholds = 10_000
	oldest         = 7 * 24 * time.Hour
	mostADay       = 100 // of one person
)

// Tapped is one report as it is sent.
type Tapped struct {
	ID         string // that the telephone made at the tap; "": a form without scripts
	Area       string
	Level      string
	Kind       string
	Households int
	Words      string
	Age        time.Duration // how long ago it was tapped
	Photo      []byte        // a file as it was sent; nil: none
}

// Quick is one as the office sees it.
type Quick struct {
	ID         string    `json:"id"`
	Area       string    `json:"area"`
	Village    string    `json:"village" doc:"its name"`
	Level      string    `json:"level" enum:"normal,attention,urgent"`
	Kind       string    `json:"kind,omitempty" enum:"help,flood,landslide,fire,tree,power,other"`
	Households int       `json:"households"`
	Words      string    `json:"words,omitempty"`
	Name       string    `json:"name" doc:"who reports"`
	Role       string    `json:"role"`
	Tapped     time.Time `json:"tapped" doc:"when it was tapped"`
	Arrived    time.Time `json:"arrived"`
	Unsure     bool      `json:"unsure,omitempty" doc:"the telephone could not say when it was tapped"`
	Photo      string    `json:"photo,omitempty" doc:"path of the photo"`
}

// Late reports whether it was kept on the telephone for a while.
func (r Quick) Late() bool { return r.Arrived.Sub(r.Tapped) >= time.Minute }

var idForm = regexp.MustCompile(`^[0-9A-Za-z-]{16,64}$`)

var (
	errLevel = problem.New(problem.Invalid, "head_level", "Hãy chọn: bình thường, cần chú ý hoặc khẩn cấp.",
		"Choose: normal, attention or urgent.")
	errKind   = problem.New(problem.Invalid, "head_kind", "Hãy chọn có việc gì.", "Choose what it is.")
	errNumber = problem.New(problem.Invalid, "head_households", "Số hộ chưa đúng: ghi một số từ 0 đến %d.",
		"The number of households is not right: 0 to %d.", MostHouseholds)
	errLong = problem.New(problem.Invalid, "head_long", "Lời ghi dài quá: tối đa %d chữ cái.",
		"That is too long: %d characters at most.", MostWords)
	errID = problem.New(problem.Invalid, "head_id", "Mã báo cáo chưa đúng: hãy tải lại trang rồi báo lại.",
		"The id of the report is not right: load the page again.")
	errMany = problem.New(problem.TooMany, "head_many", "Hôm nay đã gửi nhiều báo cáo quá (%d): cần gấp hãy gọi xã.",
		"Too many reports today (%d): if it is urgent call the office.", mostADay)
)

// check says what is not right with a report, and makes it fit to be kept.
func (x *Tapped) check() error {
	x.Words = strings.TrimSpace(text.Clean(x.Words))
	if x.Level == "normal" {
		x.Kind, x.Households = "", 0
	}
	switch {
	case !slices.Contains(Levels, x.Level):
		return errLevel
	case x.Level != "normal" && !slices.Contains(Kinds, x.Kind):
		return errKind
	case x.Households < 0 || x.Households > MostHouseholds:
		return errNumber
	case utf8.RuneCountInString(x.Words) > MostWords:
		return errLong
	case x.ID != "" && !idForm.MatchString(x.ID):
		return errID
	}
	return nil
}

// Send takes a report of a village where the caller reports. One that came already is
// returned as it is.
func (d *Desk) Send(ctx context.Context, x Tapped) (r Quick, err error) {
	if err := x.check(); err != nil {
		return r, err
	}
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return r, err
	}
	if _, ok := a.Areas[x.Area]; !ok {
		return r, access.UnknownArea(x.Area)
	}
	if err := a.Permit(access.Reporting, x.Area); err != nil {
		return r, err
	}
	who, now := access.Of(ctx).Who, d.opt.Now().UTC().Truncate(time.Millisecond)
	row := store.HeadReport{ID: who.Person + "." + x.ID, Area: x.Area, Level: x.Level, Kind: x.Kind, Households: x.Households,
		Words:  x.Words,
		Person: who.Person, Name: who.Name, Role: roleIn(a, x.Area), Tapped: now.Add(-x.Age), Arrived: now}
	if x.ID == "" {
		row.ID = who.Person + "." + store.NewID()
	}
	if x.Age < 0 || x.Age > oldest {
		row.Tapped, row.Unsure = now, true
	}
	if old, err := d.opt.Store.HeadReport(ctx, row.ID); err == nil {
		return view(a, old), nil // before its photo is drawn again
	}
	var jpeg []byte
	if len(x.Photo) > 0 {
		if jpeg, err = photo.Shrink(x.Photo); err != nil {
			return r, err
		}
	}
	return d.take(ctx, a, row, jpeg)
}

// take keeps a report, and rings where it is urgent.
func (d *Desk) take(ctx context.Context, a *access.View, row store.HeadReport, jpeg []byte) (Quick, error) {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	today, err := d.opt.Store.HeadReports(ctx, row.Arrived.Add(-24*time.Hour), row.Arrived.Add(time.Millisecond))
	if err != nil {
		return Quick{}, err
	}
	mine := 0
	for _, h := range today {
		if h.ID == row.ID {
			return view(a, h), nil
		}
		if h.Person == row.Person {
			mine++
		}
	}
	if mine >= mostADay || len(today) >= store.MostHeadReports {
		return Quick{}, errMany
	}
	err = d.opt.Store.AddHeadReport(ctx, row, jpeg)
	if errors.Is(err, store.ErrConflict) {
		err = nil // it came in meanwhile
	} else if err == nil {
		d.opt.Trail.Did(ctx, "quick.add", row.ID, nil, map[string]any{"level": row.Level, "kind": row.Kind, "households": row.Households,
			"tapped": row.Tapped, "photo": jpeg != nil}, row.Area)
		d.opt.News("answers")
		if row.Level == "urgent" {
			d.opt.Notices.TellMessage(ctx, row.Area, row.Arrived, [2]string{i18n.Say(i18n.VI, "quick_rings", Word(i18n.VI, row.Kind)),
				i18n.Say(i18n.EN, "quick_rings", Word(i18n.EN, row.Kind))})
		}
	}
	row.Photo = jpeg != nil
	return view(a, row), err
}

// Word is a kind as people call it; "": of what is normal.
func Word(lang i18n.Language, kind string) string {
	switch kind {
	case "":
		return ""
	case "other":
		return i18n.Say(lang, "quick_other")
	}
	return i18n.Say(lang, "message_"+kind)
}

// roleIn is the caller's role in a place; "": it is the machine.
func roleIn(a *access.View, area string) string {
	for _, g := range a.Who.Who.Grants {
		if a.Tree.Within(area, g.Area) {
			return g.Role
		}
	}
	return ""
}

func view(a *access.View, h store.HeadReport) Quick {
	r := Quick{ID: h.ID, Area: h.Area, Village: a.AreaName(h.Area), Level: h.Level, Kind: h.Kind, Households: h.Households,
		Words: h.Words,
		Name:  h.Name, Role: h.Role, Tapped: h.Tapped, Arrived: h.Arrived, Unsure: h.Unsure}
	if h.Photo {
		r.Photo = "/api/v1/quick-reports/" + h.ID + "/photo"
	}
	return r
}

// back is how far the list goes.
const back = 7 * 24 * time.Hour

// List is what was reported in the last seven days where the caller listens, newest first.
func (d *Desk) List(ctx context.Context) ([]Quick, error) {
	now := d.opt.Now()
	return d.Between(ctx, now.Add(-back), now.Add(time.Second))
}

// Between is what arrived from one instant on and before another.
func (d *Desk) Between(ctx context.Context, from, to time.Time) ([]Quick, error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := d.opt.Store.HeadReports(ctx, from, to)
	all := []Quick{}
	for _, h := range rows {
		if a.Permit(access.Listening, a.Standing(h.Area)) == nil {
			all = append(all, view(a, h))
		}
	}
	return all, err
}

// Photo returns the photo of a report from where the caller listens.
func (d *Desk) Photo(ctx context.Context, id string) ([]byte, error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	h, err := d.opt.Store.HeadReport(ctx, id)
	if err == nil {
		err = a.Permit(access.Listening, a.Standing(h.Area))
	}
	if err != nil {
		return nil, err
	}
	return d.opt.Store.HeadPhoto(ctx, id)
}

// Villages are those of which the caller may report.
func (d *Desk) Villages(ctx context.Context) ([]access.Named, error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	all := []access.Named{}
	for id, x := range a.Areas {
		if (x.Kind == store.Village || id == a.Commune) && a.Permit(access.Reporting, id) == nil {
			all = append(all, access.Named{ID: id, Name: x.Name})
		}
	}
	slices.SortFunc(all, func(x, y access.Named) int { return strings.Compare(x.Name+x.ID, y.Name+y.ID) })
	return all, nil
}
