package calendar

import (
	"context"
	"errors"
	"strings"
	"time"

	"loa/audio/tune"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// Composer makes programmes of what people and scripts write. It reads the
// commune through functions, so that it can be tried on anything.
type Composer struct {
	now      time.Time
	area     func(id string) bool
	node     func(id string) bool
	Clip     func(id string) (store.Clip, error) // any, of a bulletin
	Own      func(id string) (store.Clip, error) // that the caller may hear
	bulletin func(id string) (store.Bulletin, error)
}

// Composer reads who can hear a programme; clips are looked up as they are
// named.
func (d *Desk) Composer(ctx context.Context) (*Composer, error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	return &Composer{
		now:  d.opt.Now(),
		area: func(id string) bool { _, ok := a.Tree[id]; return ok },
		node: func(id string) bool { _, ok := a.AreaOf[id]; return ok },
		Clip: func(id string) (store.Clip, error) { return d.opt.Store.GetClip(ctx, id) },
		Own:  func(id string) (store.Clip, error) { return d.opt.Access.Clip(ctx, a, id) },
		bulletin: func(id string) (store.Bulletin, error) {
			b, err := d.opt.Access.Bulletin(ctx, a, id)
			if access.IsForbidden(err) {
				err = store.ErrNotFound // nobody learns what there is
			}
			return b, err
		},
	}, nil
}

// compose makes a programme of what was written, and checks all of it.
func (c *Composer) compose(id string, b ProgrammeBody) (schedule.Programme, error) {
	p := schedule.Programme{
		ID: id, Title: strings.TrimSpace(b.Title), Class: schedule.Class(b.Class), Level: schedule.CommuneLevel,
		Order: b.Order, Targets: b.Targets, StartLate: defaultStartLate,
		Rule: schedule.Rule{Cron: b.Cron, Zone: b.TimeZone, EveryWeeks: b.EveryWeeks},
	}
	if b.StartLateS != nil {
		p.StartLate = Seconds(*b.StartLateS)
	}
	if p.Class == schedule.Live {
		p.Class = "" // is not scheduled
	}
	if err := composeDates(&p.Rule, b); err != nil {
		return p, err
	}
	if err := c.CheckTargets(b.Targets); err != nil {
		return p, err
	}
	var err error
	if p.Rundown, err = c.composeRundown(b.Rundown); err != nil {
		return p, err
	}
	return p, p.Check(c.now)
}

// composeDates refuses years that only a slip of the hand writes; JSON and
// the calendar do not hold them all.
func composeDates(r *schedule.Rule, b ProgrammeBody) error {
	for field, value := range map[*time.Time]*time.Time{&r.At: b.At, &r.From: b.From, &r.Until: b.Until} {
		if value == nil {
			continue
		}
		*field = value.UTC()
		if err := schedule.CheckYear(*field); err != nil {
			return err
		}
	}
	for _, x := range b.Extra {
		if err := schedule.CheckYear(x); err != nil {
			return err
		}
		r.Extra = append(r.Extra, x.UTC())
	}
	for _, line := range b.Cron {
		if len(line) > maxCronLine {
			return problem.New(problem.Invalid, "cron_syntax",
				"Lịch “%s” dài quá %d ký tự.", "The rule “%s” is longer than %d characters.", text.Shown(line), maxCronLine)
		}
	}
	r.Cron = nil
	for _, line := range b.Cron {
		r.Cron = append(r.Cron, schedule.PlainCron(line)) // as the nodes of every version read it
	}
	for _, d := range b.Except {
		r.Except = append(r.Except, schedule.Date(d))
	}
	return nil
}

// maxCronLine is room for every minute of an hour, named one by one.
const maxCronLine = 500

// Seconds is a length of time as the API writes it; out of all bounds it is
// something that Check refuses.
func Seconds(v float64) time.Duration {
	if !(v >= 0 && v < 1e9) {
		return -1
	}
	return time.Duration(v * float64(time.Second))
}

// CheckTargets refuses no place at all, and places that there are not.
func (c *Composer) CheckTargets(t schedule.Targets) error {
	if len(t.Areas)+len(t.Nodes) == 0 {
		return problem.New(problem.Invalid, "targets_missing",
			"Chưa chọn nơi phát: hãy chọn địa bàn hoặc cụm loa.", "No targets: choose areas or nodes.")
	}
	for _, id := range t.Areas {
		if !c.area(id) {
			return access.UnknownArea(id)
		}
	}
	for _, id := range t.Nodes {
		if !c.node(id) {
			return problem.New(problem.Invalid, "node_unknown",
				"Không có cụm loa “%s”: hãy chọn trong danh sách cụm loa.", "There is no node “%s”: choose one of the list.", text.Shown(id))
		}
	}
	return nil
}

func (c *Composer) composeRundown(items []RundownItem) ([]schedule.Item, error) {
	if len(items) > schedule.MaxItems {
		items = items[:schedule.MaxItems+1] // Check refuses it; do not look all of them up
	}
	rundown := make([]schedule.Item, 0, len(items))
	for _, it := range items {
		item := schedule.Item{Repeat: it.Repeat, GainDB: it.GainDB}
		var err error
		switch kinds := Chosen(it.Chime, it.Clip != "", it.Bulletin != "", it.GapS != 0, it.Stream != ""); {
		case kinds != 1: // left without a kind, which Check explains
		case it.Chime:
			item.Kind, item.Length = schedule.Chime, tune.ChimeDuration
		case it.GapS != 0:
			item.Kind, item.Length = schedule.Gap, Seconds(it.GapS)
		case it.Stream != "":
			item.Kind, item.Source, item.Length = schedule.Stream, it.Stream, Seconds(it.LengthS)
		case it.Clip != "":
			err = FillClip(&item, it.Clip, c.Own)
		default:
			var spoken []schedule.Item
			if spoken, err = c.bulletinItems(item, it.Bulletin); err == nil {
				rundown = append(rundown, spoken...)
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		rundown = append(rundown, item)
	}
	return rundown, nil
}

// Chosen is how many of some ways to say one thing were taken: one is right.
func Chosen(flags ...bool) (n int) {
	for _, f := range flags {
		if f {
			n++
		}
	}
	return n
}

// FillClip makes a clip of an item, by its id; find says whether there is one.
func FillClip(item *schedule.Item, id string, find func(string) (store.Clip, error)) error {
	clip, err := find(id)
	if errors.Is(err, store.ErrNotFound) {
		return access.UnknownClip
	}
	if err != nil {
		return err
	}
	item.Kind, item.Clip, item.Length = schedule.Clip, clip.ID, clip.Length()
	if item.Title == "" {
		item.Title = clip.Name
	}
	return nil
}

// bulletinItems are an item that is a bulletin, once for each of its languages.
func (c *Composer) bulletinItems(item schedule.Item, id string) ([]schedule.Item, error) {
	b, err := c.bulletin(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, access.UnknownBulletin
	}
	if err != nil {
		return nil, err
	}
	return c.Unexpired(item, b)
}

// Unexpired are the items of a bulletin that still counts.
func (c *Composer) Unexpired(item schedule.Item, b store.Bulletin) ([]schedule.Item, error) {
	if !b.Expires.IsZero() && !b.Expires.After(c.now) {
		return nil, problem.New(problem.Invalid, "bulletin_expired",
			"Bản tin “%s” đã hết hạn nên sẽ không phát: hãy gia hạn hoặc chọn bản tin khác.",
			"The bulletin “%s” has expired and would be silent: extend it or choose another.", b.Title)
	}
	return c.itemsOf(item, b)
}

// itemsOf makes of an item what the bulletin is now: its first language, and
// then the others.
func (c *Composer) itemsOf(item schedule.Item, b store.Bulletin) (items []schedule.Item, err error) {
	item.Bulletin, item.Expires = b.ID, b.Expires
	for i, language := range Languages(b) {
		item.Title, item.Language = b.Title, ""
		if i > 0 {
			item.Title, item.Language = titleIn(b.Title, language), language
		}
		if err := FillClip(&item, b.Clips[language], c.Clip); err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// renew fills a programme's items of a bulletin anew. It says whether there
// are any. A programme that is over keeps its place in the log and is not
// judged again; any other must stay one that can be aired.
func (c *Composer) renew(p *schedule.Programme, b store.Bulletin) (touched bool, err error) {
	var rundown []schedule.Item
	for _, item := range p.Rundown {
		switch {
		case item.Bulletin != b.ID:
			rundown = append(rundown, item)
		case item.Language == "": // the others follow from it
			touched = true
			items, err := c.itemsOf(item, b)
			if err != nil {
				return true, err
			}
			rundown = append(rundown, items...)
		}
	}
	if !touched {
		return false, nil
	}
	p.Rundown = rundown
	var inv *schedule.Invalid
	if err := p.Check(c.now); errors.As(err, &inv) && inv.Code != "never_fires" {
		return true, &problem.Problem{Kind: problem.Invalid, Code: inv.Code,
			VI: "Không đổi được bản tin vì buổi phát “" + p.Title + "”: " + inv.VI,
			EN: "The bulletin cannot be changed because of the programme “" + p.Title + "”: " + inv.EN}
	}
	return true, nil
}

// Repeats reports whether a rule has more than the one start.
func Repeats(r schedule.Rule) bool { return len(r.Cron)+len(r.Extra) > 0 }
