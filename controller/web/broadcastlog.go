package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// LogView is one line of the broadcast log.
type LogView struct {
	ID        string          `json:"id" doc:"of the airing, or of the call"`
	Kind      string          `json:"kind" enum:"airing,call,stop" doc:"stop: of everything (dừng tất cả); title says what it cut, speaker who stopped, confirmed who fell silent by their own word, and since when"`
	Title     string          `json:"title"`
	Class     string          `json:"class"`
	Drill     bool            `json:"drill,omitempty" doc:"diễn tập: nothing of it was real"`
	Field     string          `json:"field,omitempty" doc:"lĩnh vực"`
	Author    string          `json:"author,omitempty"`
	Approver  string          `json:"approver,omitempty"`
	Speaker   string          `json:"speaker,omitempty" doc:"of a call; of a stop: who stopped"`
	Source    string          `json:"source,omitempty" doc:"station that was passed on"`
	Where     []string        `json:"where"`
	Planned   time.Time       `json:"planned"`
	Began     *time.Time      `json:"began,omitempty" doc:"by the first node's own word; none: nobody said that it began"`
	Ended     *time.Time      `json:"ended,omitempty"`
	LengthS   float64         `json:"length_s" doc:"planned; of a call: how long it was"`
	Volume    int             `json:"volume,omitempty" doc:"percent, the loudest node's"`
	State     string          `json:"state" enum:"under_way,heard,partly,not_heard,unknown,planned,silenced,silenced_partly,sounding,awaited,told" doc:"the last five are of a stop; heard: by every node that can say so; planned: it went only where nothing can; unknown: some have said nothing and none that it failed"`
	Nodes     int             `json:"nodes" doc:"that should have heard it"`
	Heard     int             `json:"heard" doc:"that did, by their own word"`
	Silent    int             `json:"silent" doc:"that said that they did not, or not all"`
	Unknown   int             `json:"unknown" doc:"that said nothing"`
	Confirmed []ConfirmedView `json:"confirmed" doc:"all that heard it"`
	Missing   []MissedView    `json:"missing" doc:"all that did not confirm it"`
	NoReturn  []access.Named  `json:"no_return,omitempty" doc:"where it was planned, and nothing can say what became of it: in none of the numbers"`
	Clips     []string        `json:"clips,omitempty" doc:"paths of what was to be heard, where it is still kept"`
	Recording string          `json:"recording,omitempty" doc:"path of the recording"`
	Said      *store.Said     `json:"said,omitempty" doc:"of a call: what exactly it said; left out of a voice"`
	Remarks   []string        `json:"remarks,omitempty" enum:"bypass,unplanned" doc:"bypass: an emergency that nobody approved beforehand; unplanned: a node aired what was not on the calendar any more"`
}

// ConfirmedView is a node that heard a broadcast, by its own word.
type ConfirmedView struct {
	ID    string     `json:"id"`
	Name  string     `json:"name"`
	Since *time.Time `json:"since,omitempty" doc:"when it began there"`
	EarView
}

// EarView is what the microphone at a node's horn says.
type EarView struct {
	Ear   string   `json:"ear,omitempty" enum:"heard,not_heard,cannot_tell" doc:"left out: there is no microphone"`
	EarDB *float64 `json:"ear_db,omitempty" doc:"how much louder than calibrated it was"`
}

// MissedView is a node that did not confirm a broadcast.
type MissedView struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Outcome string `json:"outcome" enum:"partly,not_heard,unknown,sounding" doc:"sounding: it played on after a stop"`
	Reason  string `json:"reason,omitempty"`
	EarView
}

type logInput struct {
	From      time.Time `query:"from"`
	To        time.Time `query:"to"`
	Area      string    `query:"area"`
	Class     string    `query:"class" enum:"normal,priority,emergency,live,relay,drill,stop" doc:"drill: the drills; stop: the stops of everything; the others are what was real"`
	Person    string    `query:"person" doc:"a part of the name of whoever wrote, approved or spoke"`
	Confirmed string    `query:"confirmed" enum:"yes,no" doc:"yes: every node heard it"`
	Limit     int       `query:"limit" minimum:"1" maximum:"1000" default:"50"`
	Before    string    `query:"before" doc:"next of the page before"`
}

type logAnswer struct {
	Body struct {
		Items []LogView `json:"items"`
		Next  string    `json:"next,omitempty" doc:"give it as before for the rest"`
	}
}

func (s *Server) registerLog(mux *router) {
	huma.Register(s.api, operation("list-log", http.MethodGet, "/log", "The broadcast log: every airing, call and stop of everything, newest first", "Proof", http.StatusOK), s.listLog)
	op := operation("log-csv", http.MethodGet, "/log.csv", "The same as CSV, all of it: from, to, area, class, person and confirmed as there", "Proof", http.StatusOK)
	op.Responses = map[string]*huma.Response{"200": {Description: "CSV, UTF-8 with a mark, newest first", Content: map[string]*huma.MediaType{"text/csv": {}}}}
	s.api.OpenAPI().AddOperation(&op)
	mux.HandleFunc("GET /api/v1/log.csv", s.logCSV)
	mux.HandleFunc("GET /log", s.logPage)
	mux.HandleFunc("GET /log/print", s.logPrint)
}

func (s *Server) listLog(ctx context.Context, in *logInput) (*logAnswer, error) {
	lines, next, err := s.logLines(ctx, store.BroadcastFilter{From: in.From, To: in.To, Area: in.Area, Class: schedule.Class(in.Class),
		Person: in.Person, Confirmed: in.Confirmed, Before: in.Before, Limit: in.Limit})
	if err != nil {
		return nil, s.fail(err)
	}
	out := &logAnswer{}
	out.Body.Items, out.Body.Next = make([]LogView, len(lines)), next
	for i, l := range lines {
		out.Body.Items[i] = l.LogView
	}
	return out, nil
}

// logLines reads one page of the log, cut to what the caller may see.
func (s *Server) logLines(ctx context.Context, f store.BroadcastFilter) (lines []logLine, next string, err error) {
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, "", err
	}
	f.Seen = a.Roots()
	all, err := s.opt.Store.Broadcasts(ctx, f)
	if err != nil {
		return nil, "", err
	}
	ids := make([]string, len(all))
	for i, b := range all {
		ids[i] = b.ID
	}
	said, err := s.opt.Store.BroadcastNodes(ctx, ids)
	if err != nil {
		return nil, "", err
	}
	byID := map[string][]store.BroadcastNode{}
	for _, n := range said {
		if a.Who.Sees(a.Tree, cmp.Or(n.Area, a.Commune)) {
			byID[n.Broadcast] = append(byID[n.Broadcast], n)
		}
	}
	kept, err := s.clipsKept(ctx, all)
	if err != nil {
		return nil, "", err
	}
	lines = make([]logLine, len(all))
	for i, b := range all {
		b.Clips = slices.DeleteFunc(b.Clips, func(id string) bool { return !kept[id] })
		lines[i] = viewLogLine(a, b, byID[b.ID], s.opt.Now())
	}
	if limit := cmp.Or(f.Limit, 50); len(all) == limit {
		next = all[len(all)-1].Cursor()
	}
	return lines, next, nil
}

// clipsKept says which clips of the broadcasts are still there.
func (s *Server) clipsKept(ctx context.Context, all []store.Broadcast) (map[string]bool, error) {
	kept := map[string]bool{}
	if !slices.ContainsFunc(all, func(b store.Broadcast) bool { return len(b.Clips) > 0 }) {
		return kept, nil
	}
	sizes, err := s.opt.Store.ClipSizes(ctx)
	for id := range sizes {
		kept[id] = true
	}
	return kept, err
}

// logLine is a line of the log as the pages show it.
type logLine struct {
	LogView
	Length time.Duration
}

// ClassWord is the key of its class in words: a drill is none of the classes.
func (l LogView) ClassWord() string {
	if l.Drill {
		return "class_drill"
	}
	return "class_" + l.Class
}

// SaidText is the text of a call that was typed, as far as a line has room.
func (l LogView) SaidText() string {
	if l.Said == nil {
		return ""
	}
	return text.Shown(l.Said.Text)
}

// SaidDigest is how the digest of what a call said begins: of the bulletin, else
// of its sound; "" of a voice.
func (l LogView) SaidDigest() string {
	const enough = 12
	switch {
	case l.Said == nil:
		return ""
	case l.Said.Digest == "" && len(l.Said.Clips) > 0:
		return text.Cut(l.Said.Clips[0], enough)
	}
	return text.Cut(l.Said.Digest, enough)
}

// logLine says what became of a broadcast by the nodes' own words. Of one that
// said nothing nothing is claimed.
func viewLogLine(a *access.View, b store.Broadcast, nodes []store.BroadcastNode, now time.Time) logLine {
	l := logLine{Length: b.Length, LogView: LogView{ID: b.ID, Kind: string(b.Kind), Title: b.Title, Class: string(b.Class), Drill: b.Drill, Field: b.Field, Author: b.Author, Approver: b.Approver,
		Speaker: b.Speaker, Source: b.Source, Where: a.Where(b.Targets), Planned: b.Planned, Began: store.Optional(b.Began), Ended: store.Optional(b.Ended),
		LengthS: b.Length.Seconds(), Said: b.Said, Confirmed: []ConfirmedView{}, Missing: []MissedView{}}}
	if l.Where == nil {
		l.Where = []string{}
	}
	if b.Recording != "" {
		l.Recording = "/api/v1/calls/" + b.ID + "/recording"
	}
	for _, clip := range b.Clips {
		l.Clips = append(l.Clips, "/api/v1/clips/"+clip+"/audio")
	}
	if b.Remark != "" {
		l.Remarks = []string{b.Remark}
	}
	underWay := now.Before(b.Due) && (b.Kind == store.AiringKind && !allSaid(b, nodes) || b.Kind == store.CallKind && b.Ended.IsZero())
	l.count(a, nodes, underWay)
	if b.IsStop() {
		l.asStop()
	}
	return l
}

// allSaid reports whether each node that can has told of all that an airing had:
// then it is over, however long somebody might still have taken.
func allSaid(b store.Broadcast, nodes []store.BroadcastNode) bool {
	awaited := 0
	for _, n := range nodes {
		if n.NoReturn && n.Outcome == "" {
			continue
		}
		if awaited++; n.Items < b.Items {
			return false
		}
	}
	return awaited > 0 && b.Items > 0
}

// count sorts the nodes into those that heard it and those that did not, and
// concludes from that.
func (l *logLine) count(a *access.View, nodes []store.BroadcastNode, underWay bool) {
	partly := 0
	for _, n := range nodes {
		l.Volume = max(l.Volume, n.Volume)
		name, ear := cmp.Or(a.Names[n.Node], n.Node), EarView{n.Ear, n.EarDB}
		if n.NoReturn && n.Outcome == "" {
			l.NoReturn = append(l.NoReturn, access.Named{ID: n.Node, Name: name})
			continue
		}
		l.Nodes++
		switch {
		case n.Outcome == "heard":
			l.Heard++
			l.Confirmed = append(l.Confirmed, ConfirmedView{n.Node, name, store.Optional(n.Began), ear})
			continue
		case n.Outcome == "" || underWay && n.Outcome == "partly": // the rest may still come
			l.Unknown++
			l.Missing = append(l.Missing, MissedView{n.Node, name, "unknown", "", ear})
			continue
		case n.Outcome == "partly":
			partly++
		}
		l.Silent++
		l.Missing = append(l.Missing, MissedView{n.Node, name, n.Outcome, n.Reason, ear})
	}
	slices.SortFunc(l.Confirmed, func(x, y ConfirmedView) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.ID, y.ID))
	})
	slices.SortFunc(l.Missing, func(x, y MissedView) int { return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.ID, y.ID)) })
	switch {
	case l.Nodes > 0 && l.Heard == l.Nodes:
		l.State = "heard"
	case underWay:
		l.State = "under_way"
	case l.Nodes == 0 && len(l.NoReturn) > 0:
		l.State = "planned"
	case l.Nodes == 0 || l.Silent == 0:
		l.State = "unknown"
	case l.Silent == l.Nodes && partly == 0:
		l.State = "not_heard"
	default:
		l.State = "partly"
	}
}

// The airings are written down soon after they begin, and before the calendar
// changes: afterwards nobody could say what had been planned.
const (
	logEvery    = 10 * time.Second
	logPutEvery = 10 * time.Minute // how far behind the note of it may be
	logBack     = 7 * 24 * time.Hour
	logReports  = 5 * time.Minute // after its end a node has so long to report
)

// airingLog knows up to when the airings are in the log.
type airingLog struct {
	mu    sync.Mutex
	until time.Time // zero: not read yet
	kept  time.Time // what the store knows of it
}

// keepLog writes down what begins, until ctx ends.
func (s *Server) keepLog(ctx context.Context) {
	tick := time.NewTicker(logEvery)
	defer tick.Stop()
	for {
		s.logAirings(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// logAirings writes down the airings that have begun since the last time. What
// it cannot write it tries again.
func (s *Server) logAirings(ctx context.Context) {
	if err := s.logSince(ctx, s.opt.Now()); err != nil && ctx.Err() == nil {
		s.opt.Logger.Error("broadcast log not written", "err", err)
	}
}

func (s *Server) logSince(ctx context.Context, now time.Time) error {
	s.airings.mu.Lock()
	defer s.airings.mu.Unlock()
	l := &s.airings
	if l.until.IsZero() {
		kept, err := s.opt.Store.Logged(ctx)
		if err != nil {
			return err
		}
		l.until, l.kept = kept, kept
		if kept.IsZero() { // the first time: nothing was planned before
			l.until = now
		}
		if now.Sub(l.until) > logBack {
			l.until = now.Add(-logBack)
		}
	}
	if !now.After(l.until) {
		return nil
	}
	begun, err := s.begun(ctx, l.until, now)
	if err != nil {
		return err
	}
	if err := s.opt.Store.AddBroadcasts(ctx, begun); err != nil {
		return err
	}
	for _, b := range begun { // every sound stands in the log that cannot be changed unseen
		s.trail.Record(access.With(context.WithoutCancel(ctx), &access.Visit{}), store.Audit{Who: "schedule", Name: b.Author, Action: "airing.begin", Object: b.ID, Where: audit.Targeted(b.Targets),
			After: audit.Written(map[string]any{"title": b.Title, "class": b.Class, "start": b.Planned, "length_s": b.Length.Seconds(), "approved_by": b.Approver})})
	}
	l.until = now
	if len(begun) > 0 || now.Sub(l.kept) > logPutEvery {
		if err := s.opt.Store.PutLogged(ctx, now); err != nil {
			return err
		}
		l.kept = now
	}
	return nil
}

// begun returns the airings of the approved calendar in [from, to).
func (s *Server) begun(ctx context.Context, from, to time.Time) (all []store.Broadcast, err error) {
	programmes, err := s.opt.Store.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range programmes {
		starts := p.Rule.Starts(from, to)
		if len(starts) == 0 {
			continue
		}
		b, err := s.plannedAs(ctx, p)
		if err != nil {
			return nil, err
		}
		for _, start := range starts {
			b.ID, b.Planned, b.Items = schedule.AiringID(p.ID, start), start, p.Reported(start)
			b.Due = start.Add(p.StartLate + b.Length + logReports)
			all = append(all, b)
		}
	}
	return all, nil
}

// plannedAs is what the log keeps of a programme.
func (s *Server) plannedAs(ctx context.Context, p store.Programme) (b store.Broadcast, err error) {
	b = store.Broadcast{Kind: store.AiringKind, Programme: p.ID, Title: p.Title, Class: p.Class, Approver: p.Approval.ByName, Targets: p.Targets, Length: p.Length()}
	authors, fields := []string{p.Approval.AuthorName}, []string{}
	for _, it := range p.Rundown {
		if it.Kind == schedule.Stream {
			b.Source = store.StationOf(it.Source)
		}
		if it.Clip != "" {
			b.Clips = append(b.Clips, it.Clip)
		}
		if it.Bulletin == "" {
			continue
		}
		of, err := s.opt.Store.Bulletin(ctx, it.Bulletin)
		if err != nil {
			return b, err
		}
		authors, fields = append(authors, of.Author), append(fields, of.Field)
	}
	b.Author, b.Field = each(authors), each(fields)
	return b, nil
}

// each names every one once.
func each(names []string) string {
	var all []string
	for _, n := range names {
		if n != "" && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return strings.Join(all, ", ")
}

// logFilter reads the filter of a page or of the CSV. Days are those of the
// commune, and the last is meant whole.
func (s *Server) logFilter(r *http.Request) (f store.BroadcastFilter, err error) {
	q := r.URL.Query()
	f = store.BroadcastFilter{Area: q.Get("area"), Class: schedule.Class(q.Get("class")), Person: strings.TrimSpace(q.Get("person")), Confirmed: q.Get("confirmed"), Before: q.Get("before")}
	for key, at := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		said := q.Get(key)
		if said == "" {
			continue
		}
		if *at, err = time.ParseInLocation(time.DateOnly, said, schedule.Zone()); err == nil {
			if key == "to" {
				*at = at.AddDate(0, 0, 1)
			}
			continue
		}
		if *at, err = time.Parse(time.RFC3339, said); err != nil {
			return f, problem.New(problem.Invalid, "time_invalid",
				"Ngày %s chưa đúng: hãy viết như 2026-11-23.", "The day %s is not right: write it as 2026-11-23.", text.Shown(said))
		}
	}
	return f, nil
}
