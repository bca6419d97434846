package approval

import (
	"context"
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
	for _, sp := range programmes {
		if !p.View.Concerns(sp.Targets) || Over(sp.Rule, p.now) {
			continue
		}
		row, err := p.programmeRow(ctx, sp)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	bulletins, err := d.opt.Store.BulletinsIn(ctx, state, limit)
	if err != nil {
		return nil, err
	}
	for _, b := range bulletins {
		if !p.View.Reads(b) {
			continue
		}
		row, err := p.bulletinRow(ctx, b)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (p *Approver) bulletinRow(ctx context.Context, b store.Bulletin) (row Item, err error) {
	place := p.View.Standing(b.Area)
	row = Item{Field: b.Field, Summary: b.Summary, Writer: p.View.Permit(access.Writing, place) == nil,
		Pending: Pending{Kind: "bulletin", ID: b.ID, Title: b.Title, Class: b.Class, May: p.May(HandsOf(b.Approval), []string{place})}}
	if row.Approval, err = p.desk.Bulletin(ctx, b); err != nil {
		return row, err
	}
	for language, id := range b.Clips {
		clip, err := p.desk.opt.Store.GetClip(ctx, id)
		if err != nil {
			return row, err
		}
		row.Clips = append(row.Clips, Sound{Title: language, ID: id, Text: clip.Text, Length: clip.Length()})
	}
	return row, nil
}

// nextStarts is how many of the next airings are named, and how far ahead.
const (
	nextStarts = 3
	NextAhead  = 60 * 24 * time.Hour
)

func (p *Approver) programmeRow(ctx context.Context, sp store.Programme) (Item, error) {
	areas := p.View.PlacesOf(sp.Targets)
	hands, err := p.HandsIn(ctx, sp)
	if err != nil {
		return Item{}, err
	}
	row := Item{Writer: p.View.Permit(access.Writing, areas...) == nil, All: AsksAll(p.View, sp.Programme),
		Pending: Pending{Kind: "programme", ID: sp.ID, Title: sp.Title, Class: string(sp.Class), Where: p.View.Where(sp.Targets),
			Approval: ViewOf(sp.Approval, sp.Digest()), May: p.May(hands, areas)}}
	row.Next = sp.Rule.Starts(p.now, p.now.Add(NextAhead))
	row.Next = row.Next[:min(len(row.Next), nextStarts)]
	for _, it := range sp.Rundown {
		switch {
		case it.Kind == schedule.Stream:
			row.Station = store.StationOf(it.Source)
		case it.Clip != "":
			clip, err := p.desk.opt.Store.GetClip(ctx, it.Clip)
			if err != nil {
				return row, err
			}
			row.Clips = append(row.Clips, Sound{Title: it.Title, ID: it.Clip, Text: clip.Text, Length: it.Length, Repeat: it.Repeat})
		}
	}
	return row, nil
}

// Counts is what waits for approval, in short.
type Counts struct{ Bulletins, Programmes int }

// Waiting counts what waits; nothing for a reader who neither writes nor approves.
func (d *Desk) Waiting(ctx context.Context) (v Counts, err error) {
	if !access.Of(ctx).May(access.Reviewing, nil) {
		return v, nil
	}
	rows, err := d.Pending(ctx, store.Waiting, MaxPending)
	for _, r := range rows {
		if r.Kind == "bulletin" {
			v.Bulletins++
		} else {
			v.Programmes++
		}
	}
	return v, err
}

// Bulletin is how a bulletin stands, aired or not yet.
func (d *Desk) Bulletin(ctx context.Context, b store.Bulletin) (View, error) {
	v := ViewOf(b.Approval, b.Digest())
	if v.State != string(store.Approved) {
		return v, nil
	}
	clips := make([]string, 0, len(b.Clips))
	for _, id := range b.Clips {
		clips = append(clips, id)
	}
	aired, err := d.opt.Store.AiredClips(ctx, clips, b.Approval.Decided)
	for _, at := range aired {
		if v.Aired == nil || at.After(*v.Aired) {
			v.State, v.Aired = "aired", &at
		}
	}
	return v, err
}

// Over reports whether no airing can come any more: nobody needs to look at
// it.
func Over(r schedule.Rule, now time.Time) bool {
	if len(r.Cron) > 0 && (r.Until.IsZero() || r.Until.After(now)) || r.At.After(now) {
		return false
	}
	return !slices.ContainsFunc(r.Extra, now.Before)
}

// Mine counts what waits for the reader.
func (d *Desk) Mine(ctx context.Context) (n int, err error) {
	if !access.Of(ctx).May([]trust.Action{trust.Approve}, nil) {
		return 0, nil
	}
	rows, err := d.Pending(ctx, store.Waiting, MaxPending)
	for _, r := range rows {
		if r.May {
			n++
		}
	}
	return n, err
}
