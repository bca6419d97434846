package approval

import (
	"context"
	"maps"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/schedule"
)

// Pending is one thing that somebody has to look at.
type Pending struct {
	Kind     string   `json:"kind" enum:"bulletin,programme"`
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Class    string   `json:"class"`
	Where    []string `json:"where,omitempty" doc:"of a programme: places by name"`
	Approval View     `json:"approval"`
	May      bool     `json:"may" doc:"whoever asks may approve it"`
}

// Item is one thing that somebody has to look at, as the page shows it.
type Item struct {
	Pending
	Field   string
	Summary string
	Clips   []Sound
	Station string // that is passed on
	Next    []time.Time
	Writer  bool        // the caller may submit it
	All     *Everywhere // it goes to every village; nil: it does not
}

// Everywhere is what is asked before something is approved that every village
// hears.
type Everywhere struct {
	Villages []string
	Nodes    int
	Length   time.Duration
}

// AsksAll says what is asked of a programme; nil: it leaves some village out.
func AsksAll(a *access.View, p schedule.Programme) *Everywhere {
	v := &Everywhere{Length: p.Length()}
	missed, seen := 0, map[string]bool{}
	for _, n := range a.Nodes {
		if !p.Targets.Covers(a.Tree, n.ID, n.Area) {
			missed++
			continue
		}
		v.Nodes++
		if name := a.AreaName(n.Area); !seen[n.Area] {
			seen[n.Area] = true
			v.Villages = append(v.Villages, name)
		}
	}
	if missed > 0 || len(v.Villages) < 2 {
		return nil
	}
	slices.Sort(v.Villages)
	return v
}

// Sound is something to listen to before it is approved.
type Sound struct {
	Title, ID, Text string
	Length          time.Duration
	Repeat          int
}

// MaxPending bounds what one page shows of each state.
const MaxPending = 100

// Pending lists the bulletins and programmes in a state that the caller has
// to do with.
func (d *Desk) Pending(ctx context.Context, state store.ApprovalState, limit int) (rows []Item, err error) {
	p, err := d.Approver(ctx)
	if err != nil {
		return nil, err
	}
	programmes, err := d.opt.Store.ProgrammesIn(ctx, state, limit)
	if err != nil {
		return nil, err
	}
	bulletins, err := d.opt.Store.BulletinsIn(ctx, state, limit)
	if err != nil {
		return nil, err
	}
	programmes = slices.DeleteFunc(programmes, func(sp store.Programme) bool { return !p.View.Concerns(sp.Targets) || Over(sp.Rule, p.now) })
	bulletins = slices.DeleteFunc(bulletins, func(b store.Bulletin) bool { return !p.View.Reads(b) })
	in, clips, err := d.within(ctx, programmes, bulletins)
	if err != nil {
		return nil, err
	}
	stand, err := d.Bulletins(ctx, bulletins)
	if err != nil {
		return nil, err
	}
	for _, sp := range programmes {
		rows = append(rows, p.programmeRow(sp, in, clips))
	}
	for i, b := range bulletins {
		row := p.bulletinRow(b, clips)
		row.Approval = stand[i]
		rows = append(rows, row)
	}
	return rows, nil
}

// within are the bulletins that programmes hold, and the clips of all.
func (d *Desk) within(ctx context.Context, programmes []store.Programme, bulletins []store.Bulletin) (in map[string]store.Bulletin,
	clips map[string]store.Clip, err error) {
	var ids, heard []string
	for _, sp := range programmes {
		for _, it := range sp.Rundown {
			ids, heard = append(ids, it.Bulletin), append(heard, it.Clip)
		}
	}
	for _, b := range bulletins {
		heard = slices.AppendSeq(heard, maps.Values(b.Clips))
	}
	none := func(id string) bool { return id == "" }
	if in, err = d.opt.Store.BulletinsOf(ctx, slices.DeleteFunc(ids, none)); err != nil {
		return nil, nil, err
	}
	clips, err = d.opt.Store.Clips(ctx, slices.DeleteFunc(heard, none))
	return in, clips, err
}

func (p *Approver) bulletinRow(b store.Bulletin, clips map[string]store.Clip) Item {
	place := p.View.Standing(b.Area)
	row := Item{Field: b.Field, Summary: b.Summary, Writer: p.View.Permit(access.Writing, place) == nil,
		Pending: Pending{Kind: "bulletin", ID: b.ID, Title: b.Title, Class: b.Class, May: p.May(HandsOf(b.Approval), []string{place})}}
	for language, id := range b.Clips {
		row.Clips = append(row.Clips, Sound{Title: language, ID: id, Text: clips[id].Text, Length: clips[id].Length()})
	}
	return row
}

// nextStarts is how many of the next airings are named, and how far ahead.
const (
	nextStarts = 3
	NextAhead  = 60 * 24 * time.Hour
)

func (p *Approver) programmeRow(sp store.Programme, in map[string]store.Bulletin, clips map[string]store.Clip) Item {
	areas := p.View.PlacesOf(sp.Targets)
	row := Item{Writer: p.View.Permit(access.Writing, areas...) == nil, All: AsksAll(p.View, sp.Programme),
		Pending: Pending{Kind: "programme", ID: sp.ID, Title: sp.Title, Class: string(sp.Class), Where: p.View.Where(sp.Targets),
			Approval: ViewOf(sp.Approval, sp.Digest()), May: p.May(handsIn(sp, in), areas)}}
	row.Next = sp.Rule.Starts(p.now, p.now.Add(NextAhead))
	row.Next = row.Next[:min(len(row.Next), nextStarts)]
	for _, it := range sp.Rundown {
		switch {
		case it.Kind == schedule.Stream:
			row.Station = store.StationOf(it.Source)
		case it.Clip != "":
			row.Clips = append(row.Clips, Sound{Title: it.Title, ID: it.Clip, Text: clips[it.Clip].Text, Length: it.Length, Repeat: it.Repeat})
		}
	}
	return row
}

// Counts is what waits for approval, in short.
type Counts struct {
	Bulletins, Programmes int
	Mine                  int // of both: the caller may approve them
}

// Waiting counts what waits; nothing for a reader who neither writes nor approves.
func (d *Desk) Waiting(ctx context.Context) (v Counts, err error) {
	who := access.Of(ctx)
	if !who.May(access.Reviewing, nil) {
		return v, nil
	}
	rows, err := d.Pending(ctx, store.Waiting, MaxPending)
	for _, r := range rows {
		if r.Kind == "bulletin" {
			v.Bulletins++
		} else {
			v.Programmes++
		}
		if r.May && who.May([]trust.Action{trust.Approve}, nil) {
			v.Mine++
		}
	}
	return v, err
}

// Bulletin is how a bulletin stands, aired or not yet.
func (d *Desk) Bulletin(ctx context.Context, b store.Bulletin) (View, error) {
	all, err := d.Bulletins(ctx, []store.Bulletin{b})
	if err != nil {
		return View{}, err
	}
	return all[0], nil
}

// Bulletins is how each of some bulletins stands, in their order.
func (d *Desk) Bulletins(ctx context.Context, all []store.Bulletin) ([]View, error) {
	views := make([]View, len(all))
	var clips []string
	for i, b := range all {
		if views[i] = ViewOf(b.Approval, b.Digest()); views[i].State == string(store.Approved) {
			clips = slices.AppendSeq(clips, maps.Values(b.Clips))
		}
	}
	aired, err := d.opt.Store.AiredClips(ctx, clips)
	if err != nil {
		return nil, err
	}
	for i, b := range all {
		if views[i].State != string(store.Approved) {
			continue
		}
		var last time.Time
		for _, id := range b.Clips {
			if at := aired[id]; at.After(last) && !at.Before(b.Approval.Decided) {
				last = at
			}
		}
		if !last.IsZero() {
			views[i].State, views[i].Aired = "aired", &last
		}
	}
	return views, nil
}

// Over reports whether no airing can come any more: nobody needs to look at
// it.
func Over(r schedule.Rule, now time.Time) bool {
	if len(r.Cron) > 0 && (r.Until.IsZero() || r.Until.After(now)) || r.At.After(now) {
		return false
	}
	return !slices.ContainsFunc(r.Extra, now.Before)
}
