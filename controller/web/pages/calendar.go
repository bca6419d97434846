package pages

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/office/approval"
	"loa/controller/office/calendar"
	"loa/controller/office/hours"
	"loa/controller/office/inventory"
	"loa/controller/office/preview"
	"loa/controller/store"
	"loa/controller/web/respond"
	"loa/schedule"
)

// calendarPage is a week or a day, as it will be heard.
type calendarPage struct {
	*kit
	approval  *approval.Desk
	inventory *inventory.Inventory
	preview   *preview.Preview
	store     *store.Store
}

// register adds the endpoints.
func (p *calendarPage) register() {
	p.mux.HandleFunc("GET /calendar", p.calendarPage)
	p.mux.HandleFunc("GET /calendar/{view}/{day}", p.calendarPage)
}

// calendarView is a week or a day of the calendar, as it will be heard.
type calendarView struct {
	Now        time.Time
	One        bool // one day, not a week
	From, To   time.Time
	Days       []calendarDay
	Scale      scale
	Quiet      []schedule.Quiet
	Bands      []stretch // the quiet hours, as a day has them
	Programmes string    // those of the span, as JSON by id, for the island
	Writer     bool
}

// calendarDay is one column; its hours have what begins in them.
type calendarDay struct {
	Day         time.Time
	Today, Past bool
	Off         bool // nothing is aired by rule
	Holiday     string
	Hours       []calendarHour
	Airings     int
	Tails       []tail   // of what began the day before
	Line        *stretch // where now is; nil: not on this day
}

type calendarHour struct {
	Hour    int
	Airings []airingRow
	More    int // that are left out
	Folded  int // of those shown, what the grid has no room for
}

// airingRow is one airing in the calendar, and how it stands.
type airingRow struct {
	ID, Programme, Title, Class string
	Start, Begin                time.Time
	Length                      time.Duration
	// State is planned, late, partly, silent, nobody, skipped; or how a programme
	// stands that is not approved: waiting, draft, returned.
	State string
	Why   schedule.Cause
	By    string // what is heard instead
	Nodes int    // that do not hear it
	Past  bool
	Edge  bool // its length can be changed by the caller
	Grid  slotPlace
}

// calendarProgramme is what the island knows of a programme.
type calendarProgramme struct {
	Title   string  `json:"title"`
	Where   string  `json:"where"`
	Nodes   int     `json:"nodes"`
	Seconds float64 `json:"seconds"`
	Repeats bool    `json:"repeats"`
	// Words is what its rule means, if it repeats.
	Words  *calendar.RuleWords `json:"words,omitempty"`
	Except []string            `json:"except,omitempty"`
	May    bool                `json:"may"` // the caller may change it
	// Waits says that a change by the caller takes it off the air until it is approved.
	Waits bool     `json:"waits,omitempty"`
	All   []string `json:"all,omitempty"` // the villages, if it reaches every one
	Alarm bool     `json:"alarm,omitempty"`
	// Stream is the length of the station that it passes on, in seconds; 0: of none, or
	// of several.
	Stream float64 `json:"stream,omitempty"`
}

// lateEnough is from when on an airing that waits is shown as one: what follows
// another at its last second waits for the other's chime, which is no conflict.
const lateEnough = 15 * time.Second

// maxInHour bounds what the page shows of a rule that fires every minute.
const maxInHour = 12

// calendarPage shows the week or the day that the address names: it is the
// address, not a query, that the parts of a page are asked for by.
func (p *calendarPage) calendarPage(w http.ResponseWriter, r *http.Request) {
	view, day := r.PathValue("view"), p.now().In(schedule.Zone())
	if view != "" {
		var err error
		day, err = time.ParseInLocation(time.DateOnly, r.PathValue("day"), schedule.Zone())
		if err != nil || view != "week" && view != "day" || schedule.CheckYear(day) != nil {
			p.problemPage(w, r, respond.NotFound)
			return
		}
	}
	q := r.URL.Query()
	p.page("calendar", map[string]part{
		"main": func(ctx context.Context, now time.Time) (any, error) {
			return p.calendarView(ctx, now, day, view == "day")
		},
		"hears": func(ctx context.Context, now time.Time) (any, error) {
			return p.hearsForm(ctx, now, q.Get("area"), q.Get("on"), q.Get("at"))
		},
	})(w, r)
}

func (p *calendarPage) calendarView(ctx context.Context, now, day time.Time, one bool) (any, error) {
	y, m, d := day.Date()
	days := 1
	if !one {
		days, d = 7, d-int(day.Weekday()+6)%7 // weeks begin on Monday
	}
	v := &calendarView{Now: now, One: one, From: time.Date(y, m, d, 0, 0, 0, 0, schedule.Zone()), Writer: access.Of(ctx).May(access.Writing, nil)}
	v.To = v.From.AddDate(0, 0, days)
	rows, err := p.airingRows(ctx, v)
	if err != nil {
		return nil, err
	}
	if v.Quiet, err = p.store.Quiet(ctx); err != nil {
		return nil, err
	}
	holidays, err := p.store.Holidays(ctx)
	if err != nil {
		return nil, err
	}
	for i := range days {
		c := v.day(v.From.AddDate(0, 0, i))
		c.Holiday, c.Off = hours.HolidayOn(holidays, c.Day)
		v.Days = append(v.Days, c)
	}
	for _, row := range rows {
		v.put(row, schedule.Zone())
	}
	v.lay()
	return v, nil
}

func (v *calendarView) day(day time.Time) calendarDay {
	c := calendarDay{Day: day, Today: day.Format(time.DateOnly) == v.Now.In(day.Location()).Format(time.DateOnly), Past: !day.AddDate(0, 0, 1).After(v.Now)}
	for h := range 24 {
		c.Hours = append(c.Hours, calendarHour{Hour: h})
	}
	return c
}

// put shows a row in its day and hour.
func (v *calendarView) put(row airingRow, zone *time.Location) {
	at := row.Start.In(zone)
	for i := range v.Days {
		d := &v.Days[i]
		if d.Day.Format(time.DateOnly) != at.Format(time.DateOnly) {
			continue
		}
		hour := &d.Hours[at.Hour()]
		d.Airings++
		if len(hour.Airings) == maxInHour {
			hour.More++
			return
		}
		hour.Airings = append(hour.Airings, row)
	}
}

// airingRows is what is aired in the span, what is called off, and what would
// be aired if it were approved; it fills v.Programmes.
func (p *calendarPage) airingRows(ctx context.Context, v *calendarView) ([]airingRow, error) {
	groups, err := p.preview.Groups(ctx, "")
	if err != nil {
		return nil, err
	}
	if err := preview.Bounded(groups, v.From, v.To); err != nil {
		return nil, err
	}
	who, err := p.approval.Approver(ctx)
	if err != nil {
		return nil, err
	}
	programmes, err := p.store.Programmes(ctx, false)
	if err != nil {
		return nil, err
	}
	rows := heardRows(groups, v.From, v.To)
	for _, pr := range programmes {
		if who.View.Concerns(pr.Targets) {
			rows = append(rows, silentRows(pr, v.From, v.To, preview.MaxAirings-len(rows))...)
		}
	}
	slices.SortStableFunc(rows, func(a, b airingRow) int { return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.ID, b.ID)) })
	for i := range rows {
		rows[i].Past = !rows[i].Start.Add(rows[i].Length).After(v.Now)
	}
	shown, err := calendarProgrammes(ctx, who, programmes, rows)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		pr := shown[row.Programme]
		rows[i].Edge = pr.May && pr.Stream > 0 && row.State != "skipped" && row.Start.After(v.Now)
	}
	known, err := json.Marshal(shown)
	v.Programmes = string(known)
	return rows, err
}

// standing counts the nodes of one airing by how they hear it.
type standing struct {
	row                       airingRow
	by                        string // airing that is heard instead
	nodes, silent, cut, later int
}

// heardRows says of each airing of the timelines how it stands. One that waits
// and is then heard whole is late, and not cut.
func heardRows(groups []*preview.Group, from, to time.Time) (rows []airingRow) {
	all, titles := map[string]*standing{}, map[string]string{}
	for _, g := range groups {
		for _, slot := range schedule.NewTimeline(g.Plan, from, to).Slots {
			titles[slot.ID] = slot.Programme.Title
			if slot.Start.Before(from) {
				continue
			}
			if all[slot.ID] == nil {
				all[slot.ID] = &standing{row: airingRow{ID: slot.ID, Programme: slot.Programme.ID, Title: slot.Programme.Title,
					Class: string(slot.Programme.Class), Start: slot.Start, Length: slot.Programme.Length()}}
			}
			all[slot.ID].add(slot, len(g.Nodes))
		}
	}
	for _, x := range all {
		rows = append(rows, x.conclude(titles))
	}
	return rows
}

func (x *standing) add(slot *schedule.Slot, nodes int) {
	x.nodes += nodes
	lost := slices.DeleteFunc(slices.Clone(slot.Losses), func(l schedule.Loss) bool { return slot.Began() && !l.To.After(slot.Begin) })
	switch {
	case !slot.Began():
		x.silent += nodes
	case len(lost) > 0:
		x.cut += nodes
	case slot.Begin.Sub(slot.Start) >= lateEnough:
		x.later += nodes
	}
	if slot.Begin.After(x.row.Begin) {
		x.row.Begin = slot.Begin
	}
	if len(lost) > 0 && nodes > 0 {
		x.row.Why, x.by = lost[0].Cause, lost[0].By
	}
}

func (x *standing) conclude(titles map[string]string) airingRow {
	x.row.State, x.row.Nodes, x.row.By = "planned", x.silent+x.cut, titles[x.by]
	switch {
	case x.nodes == 0:
		x.row.State = "nobody"
	case x.silent == x.nodes:
		x.row.State = "silent"
	case x.silent+x.cut > 0:
		x.row.State = "partly"
	case x.later > 0:
		x.row.State = "late"
	}
	return x.row
}

// silentRows is what is not heard of a programme: airings that were called
// off, and all of one that is not approved.
func silentRows(p store.Programme, from, to time.Time, most int) (rows []airingRow) {
	add := func(start time.Time, state string) {
		if len(rows) < most {
			rows = append(rows, airingRow{ID: schedule.AiringID(p.ID, start), Programme: p.ID, Title: p.Title, Class: string(p.Class), Start: start, Length: p.Length(), State: state})
		}
	}
	for _, start := range p.Rule.Skip {
		if !start.Before(from) && start.Before(to) {
			add(start, "skipped")
		}
	}
	if state := p.Approval.Now(p.Digest()); state != store.Approved {
		for _, start := range p.Rule.Starts(from, to) {
			add(start, string(state))
		}
	}
	return rows
}

// calendarProgrammes are those of the rows, as the calendar shows them to the caller.
func calendarProgrammes(ctx context.Context, p *approval.Approver, programmes []store.Programme, rows []airingRow) (map[string]calendarProgramme, error) {
	shown := map[string]bool{}
	for _, r := range rows {
		shown[r.Programme] = true
	}
	all := map[string]calendarProgramme{}
	for _, sp := range programmes {
		if !shown[sp.ID] {
			continue
		}
		c := viewCalendarProgramme(p.View, sp)
		if c.May {
			var err error
			if c.Waits, err = p.Loses(ctx, sp); err != nil {
				return nil, err
			}
		}
		all[sp.ID] = c
	}
	return all, nil
}

func viewCalendarProgramme(a *access.View, p store.Programme) calendarProgramme {
	c := calendarProgramme{Title: p.Title, Where: strings.Join(a.Where(p.Targets), ", "), Seconds: p.Length().Seconds(), Repeats: calendar.Repeats(p.Rule),
		May: a.Permit(access.Writing, a.PlacesOf(p.Targets)...) == nil, Alarm: p.Class == schedule.Emergency, Stream: relayed(p.Programme).Seconds()}
	if c.Repeats {
		c.Words = calendar.WordsOf(p.Rule)
	}
	for node, area := range a.AreaOf {
		c.Nodes += count(p.Targets.Covers(a.Tree, node, area))
	}
	if every := approval.AsksAll(a, p.Programme); every != nil {
		c.All = every.Villages
	}
	for _, d := range p.Rule.Except {
		c.Except = append(c.Except, string(d))
	}
	return c
}

// relayed is how long a programme passes a station on, if just one item does.
func relayed(p schedule.Programme) (length time.Duration) {
	for _, it := range p.Rundown {
		switch {
		case it.Kind != schedule.Stream:
		case length > 0:
			return 0
		default:
			length = it.Length
		}
	}
	return length
}

// Weekday is the day's name, Monday first.
func (calendarView) Weekday(l i18n.Language, t time.Time) string {
	switch t.Weekday() {
	case time.Monday:
		return i18n.Say(l, "weekday_monday")
	case time.Tuesday:
		return i18n.Say(l, "weekday_tuesday")
	case time.Wednesday:
		return i18n.Say(l, "weekday_wednesday")
	case time.Thursday:
		return i18n.Say(l, "weekday_thursday")
	case time.Friday:
		return i18n.Say(l, "weekday_friday")
	case time.Saturday:
		return i18n.Say(l, "weekday_saturday")
	default:
		return i18n.Say(l, "weekday_sunday")
	}
}

// Column is the day's place in the week, from 0.
func (d calendarDay) Column() int { return int(d.Day.Weekday()+6) % 7 }

// Short is the day and month; the year stands above.
func (d calendarDay) Short() string { return d.Day.Format("02/01") }

// Path is the address of the same view, so many spans on.
func (v calendarView) Path(spans int) string {
	if v.One {
		return "/calendar/day/" + v.From.AddDate(0, 0, spans).Format(time.DateOnly)
	}
	return "/calendar/week/" + v.From.AddDate(0, 0, 7*spans).Format(time.DateOnly)
}

// OtherPath is the address of the week of the day, or of a day of the week:
// today, if it is one of them.
func (v calendarView) OtherPath() string {
	if v.One {
		return "/calendar/week/" + v.From.Format(time.DateOnly)
	}
	day := v.From
	if now := v.Now.In(day.Location()); now.After(v.From) && now.Before(v.To) {
		day = now
	}
	return "/calendar/day/" + day.Format(time.DateOnly)
}

// TodayPath is the address of today in the same view.
func (v calendarView) TodayPath() string {
	kind := "week"
	if v.One {
		kind = "day"
	}
	return "/calendar/" + kind + "/" + v.Now.In(v.From.Location()).Format(time.DateOnly)
}

// Last is the last day of the span.
func (v calendarView) Last() time.Time { return v.To.AddDate(0, 0, -1) }

// ISO is a day as an address has it.
func (calendarView) ISO(t time.Time) string { return t.Format(time.DateOnly) }
