package asrun

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/store"
	"loa/controller/text"
)

// Line is one line of the broadcast log.
type Line struct {
	ID        string         `json:"id" doc:"of the airing, or of the call"`
	Kind      string         `json:"kind" enum:"airing,call,stop" doc:"stop: of everything (dừng tất cả); title says what it cut, speaker who stopped, confirmed who fell silent by their own word, and since when"`
	Title     string         `json:"title"`
	Class     string         `json:"class"`
	Drill     bool           `json:"drill,omitempty" doc:"diễn tập: nothing of it was real"`
	Field     string         `json:"field,omitempty" doc:"lĩnh vực"`
	Author    string         `json:"author,omitempty"`
	Approver  string         `json:"approver,omitempty"`
	Speaker   string         `json:"speaker,omitempty" doc:"of a call; of a stop: who stopped"`
	Source    string         `json:"source,omitempty" doc:"station that was passed on"`
	Where     []string       `json:"where"`
	Planned   time.Time      `json:"planned"`
	Began     *time.Time     `json:"began,omitempty" doc:"by the first node's own word; none: nobody said that it began"`
	Ended     *time.Time     `json:"ended,omitempty"`
	LengthS   float64        `json:"length_s" doc:"planned; of a call: how long it was"`
	Volume    int            `json:"volume,omitempty" doc:"percent, the loudest node's"`
	State     string         `json:"state" enum:"under_way,heard,partly,not_heard,unknown,planned,silenced,silenced_partly,sounding,awaited,told" doc:"the last five are of a stop; heard: by every node that can say so; planned: it went only where nothing can; unknown: some have said nothing and none that it failed"`
	Nodes     int            `json:"nodes" doc:"that should have heard it"`
	Heard     int            `json:"heard" doc:"that did, by their own word"`
	Silent    int            `json:"silent" doc:"that said that they did not, or not all"`
	Unknown   int            `json:"unknown" doc:"that said nothing"`
	Confirmed []Confirmed    `json:"confirmed" doc:"all that heard it"`
	Missing   []Missed       `json:"missing" doc:"all that did not confirm it"`
	NoReturn  []access.Named `json:"no_return,omitempty" doc:"where it was planned, and nothing can say what became of it: in none of the numbers"`
	Clips     []string       `json:"clips,omitempty" doc:"paths of what was to be heard, where it is still kept"`
	Recording string         `json:"recording,omitempty" doc:"path of the recording"`
	Said      *store.Said    `json:"said,omitempty" doc:"of a call: what exactly it said; left out of a voice"`
	Remarks   []string       `json:"remarks,omitempty" enum:"bypass,unplanned" doc:"bypass: an emergency that nobody approved beforehand; unplanned: a node aired what was not on the calendar any more"`
	Length    time.Duration  `json:"-"`
}

// Confirmed is a node that heard a broadcast, by its own word.
type Confirmed struct {
	ID    string     `json:"id"`
	Name  string     `json:"name"`
	Since *time.Time `json:"since,omitempty" doc:"when it began there"`
	Microphone
}

// Microphone is what the microphone at a node's horn says.
type Microphone struct {
	Ear   string   `json:"ear,omitempty" enum:"heard,not_heard,cannot_tell" doc:"left out: there is no microphone"`
	EarDB *float64 `json:"ear_db,omitempty" doc:"how much louder than calibrated it was"`
}

// Missed is a node that did not confirm a broadcast.
type Missed struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Outcome string `json:"outcome" enum:"partly,not_heard,unknown,sounding" doc:"sounding: it played on after a stop"`
	Reason  string `json:"reason,omitempty"`
	Microphone
}

// Lines reads one page of the log, cut to what the caller may see.
func (l *Log) Lines(ctx context.Context, f store.BroadcastFilter) (lines []Line, next string, err error) {
	a, err := l.opt.Access.View(ctx)
	if err != nil {
		return nil, "", err
	}
	f.Seen = a.Roots()
	all, err := l.opt.Store.Broadcasts(ctx, f)
	if err != nil {
		return nil, "", err
	}
	lines, err = l.linesOf(ctx, a, all)
	if err != nil {
		return nil, "", err
	}
	if limit := cmp.Or(f.Limit, 50); len(all) == limit {
		next = all[len(all)-1].Cursor()
	}
	return lines, next, nil
}

// Some are lines of the log by their ids, cut to what the caller may see; those that there
// are not are left out. None is an empty map, and no error.
func (l *Log) Some(ctx context.Context, ids []string) (map[string]Line, error) {
	a, err := l.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	found, err := l.opt.Store.BroadcastsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	lines, err := l.linesOf(ctx, a, slices.Collect(maps.Values(found)))
	of := make(map[string]Line, len(lines))
	for _, line := range lines {
		of[line.ID] = line
	}
	return of, err
}

// linesOf says what became of broadcasts.
func (l *Log) linesOf(ctx context.Context, a *access.View, all []store.Broadcast) ([]Line, error) {
	ids := make([]string, len(all))
	for i, b := range all {
		ids[i] = b.ID
	}
	said, err := l.opt.Store.BroadcastNodes(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := map[string][]store.BroadcastNode{}
	for _, n := range said {
		if a.Who.Sees(a.Tree, cmp.Or(n.Area, a.Commune)) {
			byID[n.Broadcast] = append(byID[n.Broadcast], n)
		}
	}
	kept, err := l.clipsKept(ctx, all)
	if err != nil {
		return nil, err
	}
	lines := make([]Line, len(all))
	for i, b := range all {
		b.Clips = slices.DeleteFunc(b.Clips, func(id string) bool { return !kept[id] })
		lines[i] = lineOf(a, b, byID[b.ID], l.opt.Now())
	}
	return lines, nil
}

// clipsKept says which clips of the broadcasts are still there.
func (l *Log) clipsKept(ctx context.Context, all []store.Broadcast) (map[string]bool, error) {
	kept := map[string]bool{}
	if !slices.ContainsFunc(all, func(b store.Broadcast) bool { return len(b.Clips) > 0 }) {
		return kept, nil
	}
	sizes, err := l.opt.Store.ClipSizes(ctx)
	for id := range sizes {
		kept[id] = true
	}
	return kept, err
}

// ClassWord is the key of its class in words: a drill is none of the classes.
func (l Line) ClassWord() string {
	if l.Drill {
		return "class_drill"
	}
	return "class_" + l.Class
}

// SaidText is the text of a call that was typed, as far as a line has room.
func (l Line) SaidText() string {
	if l.Said == nil {
		return ""
	}
	return text.Shown(l.Said.Text)
}

// SaidDigest is how the digest of what a call said begins: of the bulletin, else
// of its sound; "" of a voice.
func (l Line) SaidDigest() string {
	const enough = 12
	switch {
	case l.Said == nil:
		return ""
	case l.Said.Digest == "" && len(l.Said.Clips) > 0:
		return text.Cut(l.Said.Clips[0], enough)
	}
	return text.Cut(l.Said.Digest, enough)
}

// viewLogLine says what became of a broadcast by the nodes' own words. Of one that
// said nothing nothing is claimed.
func lineOf(a *access.View, b store.Broadcast, nodes []store.BroadcastNode, now time.Time) Line {
	l := Line{Length: b.Length, ID: b.ID, Kind: string(b.Kind), Title: b.Title, Class: string(b.Class), Drill: b.Drill, Field: b.Field,
		Author: b.Author, Approver: b.Approver,
		Speaker: b.Speaker, Source: b.Source, Where: a.Where(b.Targets), Planned: b.Planned, Began: store.Optional(b.Began),
		Ended:   store.Optional(b.Ended),
		LengthS: b.Length.Seconds(), Said: b.Said, Confirmed: []Confirmed{}, Missing: []Missed{}}
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
func (l *Line) count(a *access.View, nodes []store.BroadcastNode, underWay bool) {
	partly := 0
	for _, n := range nodes {
		l.Volume = max(l.Volume, n.Volume)
		name, ear := cmp.Or(a.Names[n.Node], n.Node), Microphone{n.Ear, n.EarDB}
		if n.NoReturn && n.Outcome == "" {
			l.NoReturn = append(l.NoReturn, access.Named{ID: n.Node, Name: name})
			continue
		}
		l.Nodes++
		switch {
		case n.Outcome == "heard":
			l.Heard++
			l.Confirmed = append(l.Confirmed, Confirmed{n.Node, name, store.Optional(n.Began), ear})
			continue
		case n.Outcome == "" || underWay && n.Outcome == "partly": // the rest may still come
			l.Unknown++
			l.Missing = append(l.Missing, Missed{n.Node, name, "unknown", "", ear})
			continue
		case n.Outcome == "partly":
			partly++
		}
		l.Silent++
		l.Missing = append(l.Missing, Missed{n.Node, name, n.Outcome, n.Reason, ear})
	}
	slices.SortFunc(l.Confirmed, func(x, y Confirmed) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.ID, y.ID))
	})
	slices.SortFunc(l.Missing, func(x, y Missed) int { return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.ID, y.ID)) })
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

// asStop words a line of the log as a stop: nothing of it was to be heard.
func (l *Line) asStop() {
	l.Kind = "stop"
	l.State = map[string]string{"heard": "silenced", "partly": "silenced_partly", "not_heard": "sounding", "under_way": "awaited",
		"planned": "told", "unknown": "unknown"}[l.State]
	for i, m := range l.Missing {
		if m.Outcome == "not_heard" {
			l.Missing[i].Outcome = "sounding"
		}
	}
}

// IsStop reports whether the line is a stop of everything.
func (l Line) IsStop() bool { return l.Kind == "stop" }

// HeardWord is the key of how many nodes did what was to be.
func (l Line) HeardWord() string {
	if l.IsStop() {
		return "silent_of"
	}
	return "heard_of"
}

// PersonWord is the key of what Speaker did.
func (l Line) PersonWord() string {
	if l.IsStop() {
		return "log_stopper"
	}
	return "log_speaker"
}

// MuteWord is the key of what is known of nodes without a return path.
func (l Line) MuteWord() string {
	if l.IsStop() {
		return "told_there"
	}
	return "planned_there"
}
