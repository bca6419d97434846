package pages

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/answers"
	"loa/controller/office/asrun"
	"loa/controller/office/inventory"
	"loa/controller/office/preview"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/web/address"
	"loa/schedule"
)

// villagePage is a village head's.
type villagePage struct {
	*kit
	answers   *answers.Desk
	asrun     *asrun.Log
	inventory *inventory.Inventory
	preview   *preview.Preview
	store     *store.Store
	public    bool // there are pages for the people
}

// register adds the endpoints.
func (p *villagePage) register() {
	p.mux.HandleFunc("GET /village", p.villagePage)
	p.mux.HandleFunc("POST /village/{id}/reports", p.reportForm)
}

// villageView is the page of a village head, on a cheap phone: do my
// loudspeakers work, what did they play today, and what will they?
type villageView struct {
	Now      time.Time
	Villages []villageRow // that they have something to do with
	Area     string       // the one that is shown
	Name     string
	Nodes    []villageNode
	Good     int
	Total    int // that can say how they are
	Mute     int // that cannot
	Times    []villageTime
	Sentence string // what went wrong
	Reported string // name of a node that was reported just now
	Kinds    []string
	Sheet    bool // there is one to be printed for its notice board
	Reports  bool // the reader may report of the village by three taps
	Listens  bool // the reader may see what its people say
	Asked    soundAsked
}

// soundAsked is the question what that noise was, and its answer.
type soundAsked struct {
	Day, Hour string
	At        time.Time // zero: nothing was asked
	Why       *problem.Problem
	Sounds    []asrun.Sounding
}

type villageNode struct {
	nodeRow
	Reports          []store.Report    // still open
	May              bool              // report it
	Misheard         *answers.Misheard // people there do not understand it; nil: nobody said so
	asrun.Microphone                   // of what it played last
}

// villageTime is one airing of today.
type villageTime struct {
	Start   time.Time
	Title   string
	Class   string
	State   string // of what is over: heard, partly, not_heard, unreported, pending; else planned
	Heard   int
	Of      int
	Delayed bool
}

func (p *villagePage) villagePage(w http.ResponseWriter, r *http.Request) {
	p.page("village", p.parts(r.URL.Query()))(w, r)
}

// parts are those of the page that a query asks for.
func (p *villagePage) parts(q url.Values) map[string]part {
	return map[string]part{"main": func(ctx context.Context, now time.Time) (any, error) {
		v, err := p.villageView(ctx, now, q.Get("area"), q.Get("reported"))
		if err == nil {
			err = p.fillAsked(ctx, v, q.Get("day"), q.Get("hour"))
		}
		return v, err
	}}
}

func (p *villagePage) villageView(ctx context.Context, now time.Time, area, reported string) (*villageView, error) {
	a, err := p.access.View(ctx)
	if err != nil {
		return nil, err
	}
	areas, err := p.inventory.Areas(ctx)
	if err != nil {
		return nil, err
	}
	nodes, err := p.inventory.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	v := &villageView{Now: now, Kinds: inventory.Complaints, Sheet: p.public}
	for _, x := range areas {
		if slices.ContainsFunc(nodes, func(n inventory.Node) bool { return n.Area == x.ID }) {
			v.Villages = append(v.Villages, villageRow{ID: x.ID, Name: x.Name})
			if v.Area == "" || x.ID == area {
				v.Area, v.Name = x.ID, x.Name
			}
		}
	}
	nodes = kept(nodes, func(n inventory.Node) bool { return n.Area == v.Area })
	if err := p.fillVillage(ctx, v, a, nodes, reported); err != nil {
		return nil, err
	}
	return v, p.fillTimes(ctx, v, nodes)
}

// fillVillage is how each loudspeaker of the village is.
func (p *villagePage) fillVillage(ctx context.Context, v *villageView, a *access.View, nodes []inventory.Node, reported string) error {
	reports, err := p.store.OpenReports(ctx)
	if err != nil {
		return err
	}
	misheard, err := p.answers.Misheard(ctx)
	if err != nil {
		return err
	}
	v.Reports = v.Area != "" && a.Permit(access.Reporting, v.Area) == nil
	v.Listens = v.Area != "" && a.Permit(access.Listening, v.Area) == nil
	for _, n := range nodes {
		row := villageNode{nodeRow: nodeRow{Node: n}, May: a.Who.May(access.Reporting, a.Tree, n.Area), Misheard: misheardOf(misheard, n.ID)}
		row.Reports = kept(slices.Clone(reports), func(r store.Report) bool { return r.Node == n.ID })
		last, err := p.store.Plays(ctx, store.Filter{Node: n.ID, Limit: 1})
		if err != nil {
			return err
		}
		if len(last) > 0 {
			row.Microphone = asrun.Microphone{Ear: last[0].Ear, EarDB: last[0].EarDB}
		}
		v.Nodes = append(v.Nodes, row)
		v.Total += count(!n.NoReturn)
		v.Mute += count(n.NoReturn)
		v.Good += count(n.Good())
		if n.ID == reported {
			v.Reported = n.Name
		}
	}
	return nil
}

// fillAsked answers what sounded in the village at an hour.
func (p *villagePage) fillAsked(ctx context.Context, v *villageView, day, hour string) error {
	v.Asked = soundAsked{Day: cmp.Or(day, v.Now.In(schedule.Zone()).Format(time.DateOnly)), Hour: hour}
	if hour == "" {
		return nil
	}
	at, err := momentOf(day, hour, v.Now)
	if err != nil {
		v.Asked.Why = p.explain(err)
		return nil
	}
	var nodes []string
	for _, n := range v.Nodes {
		nodes = append(nodes, n.ID)
	}
	if v.Asked.Sounds, err = p.asrun.Sounded(ctx, nodes, at); err != nil {
		v.Asked.Why = p.explain(err)
		return nil
	}
	v.Asked.At = at
	return nil
}

// fillTimes is what the village heard today, by the word of its loudspeakers,
// and what it will hear.
func (p *villagePage) fillTimes(ctx context.Context, v *villageView, nodes []inventory.Node) error {
	mine := map[string]bool{}
	for _, n := range nodes {
		mine[n.ID] = true
	}
	local := v.Now.In(schedule.Zone())
	begin := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, schedule.Zone())
	airings, err := p.preview.Between(ctx, begin, begin.AddDate(0, 0, 1))
	if err != nil {
		return err
	}
	rows, err := p.asrun.Heard(ctx, asrun.Part{Nodes: nodes, Of: func(node string) bool { return mine[node] }, Now: v.Now, Since: begin})
	if err != nil {
		return err
	}
	heard := map[string]asrun.Airing{}
	for _, row := range rows {
		heard[row.ID] = row
	}
	programmes := asrun.Known{}
	if err := p.asrun.Look(ctx, programmes, airings); err != nil {
		return err
	}
	for _, x := range airings {
		of := 0
		for _, n := range x.Nodes {
			of += count(mine[n])
		}
		if of == 0 {
			continue
		}
		programme, err := p.asrun.ProgrammeOf(ctx, programmes, x.Programme)
		if err != nil {
			return err
		}
		if proof, ok := heard[x.ID]; ok || !x.Start.Before(programme.Created) { // else nobody meant it to be heard then
			v.Times = append(v.Times, v.timeOf(x, of, proof, ok))
		}
	}
	return nil
}

// timeOf is an airing of today with what became of it, if that is known.
func (v *villageView) timeOf(x preview.Airing, of int, proof asrun.Airing, known bool) villageTime {
	row := villageTime{Start: x.Start, Title: x.Title, Class: x.Class, State: "planned", Of: of}
	switch {
	case x.Start.After(v.Now):
	case known:
		row.State, row.Heard, row.Of = result(proof), proof.Heard, proof.Total
	default: // its programme was changed since: nobody said what became of it
		row.State = "unreported"
	}
	row.Delayed = x.Begin != nil && x.Begin.Sub(x.Start) >= time.Minute
	if row.Delayed {
		row.Start = *x.Begin
	}
	return row
}

// result is an airing in one word; good only if all said so.
func result(h asrun.Airing) string {
	said := map[string]int{}
	if h.Total == 0 && len(h.Nodes) > 0 {
		return "no_return"
	}
	for _, n := range h.Nodes {
		said[n.Outcome]++
	}
	switch {
	case said["pending"] > 0:
		return "pending"
	case h.Total > 0 && h.Heard == h.Total:
		return "heard"
	case h.Heard > 0 || said["partly"] > 0:
		return "partly"
	case said["not_heard"] > 0:
		return "not_heard"
	default:
		return "unreported"
	}
}

// report keeps what the form says is wrong.
func (p *villagePage) report(r *http.Request, node string) (err error) {
	c := inventory.Complaint{Kind: r.PostForm.Get("kind"), Words: r.PostForm.Get("words")}
	if hour := r.PostForm.Get("hour"); hour != "" {
		if c.Heard, err = momentOf("", hour, p.now()); err != nil {
			return err
		}
		if c.Heard.After(p.now()) { // of yesterday evening
			c.Heard = c.Heard.AddDate(0, 0, -1)
		}
	}
	_, err = p.inventory.Report(r.Context(), node, c)
	return err
}

func (p *villagePage) reportForm(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	err := readForm(w, r)
	if err == nil {
		err = p.report(r, id)
	}
	q := url.Values{}
	if area := r.PostForm.Get("area"); area != "" {
		q.Set("area", area)
	}
	if err != nil {
		p.again(w, r, address.Local("/village", q), "village", p.parts(q), err)
		return
	}
	q.Set("reported", id)
	http.Redirect(w, r, address.Local("/village", q), http.StatusSeeOther)
}
