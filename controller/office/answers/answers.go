package answers

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/asrun"
	"loa/controller/office/audit"
	"loa/controller/office/notices"
	"loa/controller/office/replay"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/trust"
)

// Options are what the desk works with.
type Options struct {
	Store   *store.Store
	Access  *access.Control
	Trail   *audit.Trail
	AsRun   *asrun.Log
	Replay  *replay.Replay
	Notices *notices.Notices
	Now     func() time.Time // controller time
	// Editing is held from reading what is to be changed until it is stored.
	Editing *sync.Mutex
	News    func(what string) // the pages show something else now
	Commune string
	Logger  *slog.Logger
}

// Desk takes in what villagers say. It is safe for concurrent use.
type Desk struct {
	opt  Options
	gate *gate

	counting sync.Mutex // one answer at a time: a word and the one that it replaces are one step
	wrong    atomic.Int64

	mu      sync.Mutex
	known   *known
	refused map[store.Tally]int // that are not written down yet, with number 0
}

// New returns the desk.
func New(opt Options) *Desk {
	return &Desk{opt: opt, gate: newGate(), refused: map[store.Tally]int{}}
}

// known is what every answer is judged by, kept in memory: a flood of them asks the database
// nothing.
type known struct {
	at    time.Time
	codes map[string]store.AnswerCode
	asked map[string]store.Question // by bulletin
	rule  store.AnswerRule
}

const renewKnown = time.Minute

// know returns it, read anew each minute and after each change.
func (d *Desk) know(ctx context.Context) (*known, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.opt.Now()
	if k := d.known; k != nil && now.Sub(k.at) < renewKnown && !now.Before(k.at) {
		return k, nil
	}
	k := &known{at: now, codes: map[string]store.AnswerCode{}}
	codes, err := d.opt.Store.AnswerCodes(ctx, now)
	if err == nil {
		k.asked, err = d.opt.Store.AskedAt(ctx, now)
	}
	if err == nil {
		k.rule, err = d.opt.Store.AnswerRule(ctx)
	}
	if err != nil {
		if d.known != nil {
			return d.known, nil // of a minute ago, rather than none
		}
		return nil, err
	}
	for _, c := range codes {
		k.codes[c.Code] = c
	}
	d.known = k
	return k, nil
}

// changed has what is known read anew.
func (d *Desk) changed() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known = nil
}

// What somebody is told who comes with a code that does not count.
var (
	ErrNoCode = problem.New(problem.NotFound, "answer_code",
		"Mã này không đúng: hãy quét lại mã QR trên bảng tin của thôn, hoặc hỏi trưởng thôn.",
		"This code is not right: scan the QR code on the village's notice board again, or ask the village head.")
	ErrOldCode = problem.New(problem.Conflict, "answer_code_old",
		"Mã đã đổi: hãy quét mã mới trên bảng tin, hoặc hỏi trưởng thôn.",
		"The code was changed: scan the new one on the notice board, or ask the village head.")
	ErrManyWrong = problem.New(problem.TooMany, "answer_codes_wrong",
		"Từ mạng này đã nhập sai mã nhiều lần: hôm nay không trả lời được nữa. Cần gấp hãy gọi trưởng thôn.",
		"Wrong codes came from this network too often: no more answers today. If it is urgent, call the village head.")
	ErrClosed = problem.New(problem.Unavailable, "answers_closed",
		"Xã đang tạm đóng phần trả lời. Cần gấp hãy gọi trưởng thôn.",
		"The commune takes no answers at the moment. If it is urgent, call the village head.")
)

// Village returns the area whose code it is. The error is one of the sentences above.
func (d *Desk) Village(ctx context.Context, from, code string) (area string, err error) {
	k, err := d.know(ctx)
	if err != nil {
		return "", err
	}
	if d.gate.blocked(d.opt.Now(), from) {
		return "", ErrManyWrong
	}
	c, ok := k.codes[code]
	switch {
	case !ok:
		d.wrong.Add(1)
		d.gate.wrong(d.opt.Now(), from)
		return "", ErrNoCode
	case !c.Retired.IsZero():
		return c.Area, ErrOldCode
	case k.rule.Closed:
		return c.Area, ErrClosed
	}
	return c.Area, nil
}

// Rule is for how long what villagers say is kept, as the people's pages tell them.
func (d *Desk) Rule(ctx context.Context) (store.AnswerRule, error) {
	k, err := d.know(ctx)
	if err != nil {
		return store.AnswerRule{}, err
	}
	return k.rule, nil
}

// Asked are the questions that are asked now, by bulletin.
func (d *Desk) Asked(ctx context.Context) (map[string]store.Question, error) {
	k, err := d.know(ctx)
	if err != nil {
		return nil, err
	}
	return k.asked, nil
}

// Code is by what the people of a village answer.
type Code struct {
	Area string `json:"area"`
	Name string `json:"name"`
	Code string `json:"code" doc:"as in the address /q/CODE of the people's pages"`
}

// Codes are those of the villages where the caller listens, by name.
func (d *Desk) Codes(ctx context.Context) ([]Code, error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	k, err := d.know(ctx)
	if err != nil {
		return nil, err
	}
	all := []Code{}
	for _, c := range k.codes {
		if c.Retired.IsZero() && d.answers(a, c.Area) && a.Permit(access.Listening, c.Area) == nil {
			all = append(all, Code{c.Area, a.AreaName(c.Area), c.Code})
		}
	}
	slices.SortFunc(all, func(x, y Code) int { return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.Area, y.Area)) })
	return all, nil
}

// CodeOf is a village's code, as its sheet for the notice board has it.
func (d *Desk) CodeOf(ctx context.Context, area string) (string, error) {
	k, err := d.know(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range k.codes {
		if c.Area == area && c.Retired.IsZero() {
			return c.Code, nil
		}
	}
	return "", store.ErrNotFound
}

// answers reports whether an area has people who answer as its own: a village, and the
// commune for those who live in none.
func (d *Desk) answers(a *access.View, area string) bool {
	return area == a.Commune || a.Areas[area].Kind == store.Village
}

// Renew gives a village another code, where the caller listens: who has the old one learns
// that it was changed.
func (d *Desk) Renew(ctx context.Context, area string) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return err
	}
	if _, ok := a.Areas[area]; !ok || !d.answers(a, area) {
		return store.ErrNotFound
	}
	if err := a.Permit(access.Listening, area); err != nil {
		return err
	}
	if err := d.opt.Store.RenewAnswerCode(ctx, area, d.opt.Now()); err != nil {
		return err
	}
	d.changed()
	d.opt.Trail.Did(ctx, "code.renew", area, nil, nil, area)
	d.opt.News("answers")
	return nil
}

// villager is by whom the audit log says that a message came.
func villager(ctx context.Context) context.Context {
	return access.With(ctx, &access.Visit{Who: trust.Principal{ID: "villager", Name: "Người dân"}})
}
