package replay

import (
	"cmp"
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/store"
	"loa/schedule"
)

// How much of the log one picture holds at most: what is older falls out of it.
const (
	mostAired  = 20_000 // clips, counted once for each village
	mostCalls  = 500
	mostComing = 200
	longStream = 30 * time.Second // a shorter sound without a file is a chime
)

// material is what the picture is made of, read once.
type material struct {
	now        time.Time
	view       *access.View
	rule       store.ReplayRule
	aired      []store.Aired
	calls      map[string]store.Call
	broadcasts map[string]store.Broadcast
	marks      map[string]store.Replay
	clips      map[string]store.Clip
	byClip     map[string]store.Bulletin
	bulletins  map[string]store.Bulletin // that calls said
}

// gather makes a picture of the commune at an instant.
func (r *Replay) gather(ctx context.Context, now time.Time) (*Snapshot, error) {
	ctx = access.With(ctx, access.MachineVisit()) // the picture is of all; the pages cut it
	m, err := r.read(ctx, now)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{Made: now, tree: m.view.Tree, sounds: map[string]Sound{}}
	if err := r.places(ctx, s, m.view); err != nil {
		return nil, err
	}
	entries := m.entries(r.opt.Store.RecordingPath)
	for _, e := range entries {
		for _, sound := range e.Sounds {
			s.sounds[sound.SHA] = sound
		}
	}
	s.entries, s.lines = entries, m.lines(entries)
	if r.opt.Tested != nil {
		if s.Tested, err = r.opt.Tested(ctx); err != nil { // what is to be heard is shown all the same
			r.opt.Logger.Warn("the last test of the loudspeakers is not told", "err", err)
		}
	}
	s.coming, err = r.coming(ctx, m.view, now)
	return s, err
}

// read asks the store.
func (r *Replay) read(ctx context.Context, now time.Time) (m *material, err error) {
	st, since := r.opt.Store, now.Add(-Back)
	m = &material{now: now, calls: map[string]store.Call{}}
	if m.view, err = r.opt.Access.View(ctx); err != nil {
		return nil, err
	}
	if m.rule, err = st.ReplayRule(ctx); err != nil {
		return nil, err
	}
	if m.aired, err = st.AiredSince(ctx, since, mostAired); err != nil {
		return nil, err
	}
	calls, err := st.CallsSince(ctx, since, mostCalls)
	if err != nil {
		return nil, err
	}
	var ids, said []string
	for _, c := range calls {
		m.calls[c.ID] = c
		ids = append(ids, c.ID)
		if c.Said != nil && c.Said.Bulletin != "" {
			said = append(said, c.Said.Bulletin)
		}
	}
	for _, a := range m.aired {
		ids = append(ids, a.Broadcast)
	}
	if m.broadcasts, err = st.BroadcastsOf(ctx, ids); err != nil {
		return nil, err
	}
	if m.marks, err = st.Replays(ctx, ids); err != nil {
		return nil, err
	}
	return m, m.readClips(ctx, st, said)
}

// readClips reads what the broadcasts were to play, by their own lists.
func (m *material) readClips(ctx context.Context, st *store.Store, said []string) (err error) {
	var clips []string
	for _, b := range m.broadcasts {
		clips = append(clips, b.Clips...)
	}
	if m.clips, err = st.Clips(ctx, clips); err != nil {
		return err
	}
	if m.byClip, err = st.BulletinsOfClips(ctx, clips); err != nil {
		return err
	}
	m.bulletins, err = st.BulletinsOf(ctx, said)
	return err
}

// places are the commune and its villages, each with its code.
func (r *Replay) places(ctx context.Context, s *Snapshot, a *access.View) error {
	codes, err := r.opt.Store.AreaCodes(ctx)
	if err != nil {
		return err
	}
	tells, any := map[string]bool{}, map[string]bool{}
	for _, n := range a.Nodes {
		for area, steps := n.Area, 0; area != "" && steps <= len(a.Tree); area, steps = a.Tree[area], steps+1 {
			any[area] = true
			tells[area] = tells[area] || !n.NoReturn
		}
	}
	for _, area := range a.Seen {
		p := Place{Code: codes[area.ID], Name: area.Name, Silent: any[area.ID] && !tells[area.ID], area: area.ID}
		switch {
		case area.ID == a.Commune:
			p.Whole = true
			s.Commune = p
		case area.Kind == store.Village && p.Code != "":
			s.Villages = append(s.Villages, p)
		}
	}
	s.Commune.Whole = true // also of one that nobody has named yet
	return nil
}

// coming is what will be heard until midnight.
func (r *Replay) coming(ctx context.Context, a *access.View, now time.Time) (all []Coming, err error) {
	local := now.In(schedule.Zone())
	midnight := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, schedule.Zone())
	airings, err := r.opt.Preview.Between(ctx, now, midnight)
	if err != nil {
		return nil, err
	}
	for _, x := range airings {
		if x.Begin == nil || len(all) >= mostComing { // quiet hours, or something else has the air
			continue
		}
		c := Coming{Time: *x.Begin, Title: x.Title, Class: schedule.Class(x.Class), areas: map[string]bool{}}
		for _, n := range x.Nodes {
			c.areas[a.AreaOf[n]] = true
		}
		if len(c.areas) > 0 {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(x, y Coming) int { return x.Time.Compare(y.Time) })
	return all, nil
}

// entries are what was heard, newest first. recording says where the file of one is.
func (m *material) entries(recording func(string) string) []*Entry {
	all := map[string]*Entry{}
	at := func(b store.Broadcast, what string, began time.Time) *Entry {
		id := idOf(b.ID, what)
		if all[id] == nil {
			all[id] = &Entry{ID: id, Time: began, Broadcast: b.ID, areas: map[string]bool{}}
		}
		return all[id]
	}
	for _, a := range m.aired {
		b, known := m.broadcasts[a.Broadcast]
		if !known || b.IsStop() || m.marks[b.ID].Shown == store.Withheld {
			continue
		}
		if _, of := m.calls[b.ID]; of {
			at(b, "", b.Planned).areas[a.Area] = true
		} else if what, ok := m.part(b, a); ok && b.Kind == store.AiringKind { // else a call that is too old
			m.play(at(b, what, a.Began), b, a)
		}
	}
	for _, c := range m.calls {
		b, known := m.broadcasts[c.ID]
		if !known || b.IsStop() || m.marks[b.ID].Shown == store.Withheld || len(c.Heard) == 0 && all[idOf(c.ID, "")] == nil {
			continue
		}
		e := at(b, "", b.Planned)
		for node := range c.Heard {
			e.areas[cmp.Or(m.view.AreaOf[node], m.view.Commune)] = true
		}
		if !m.call(e, b, c, recording) {
			delete(all, e.ID)
		}
	}
	m.correct(all)
	return slices.SortedFunc(maps.Values(all), func(x, y *Entry) int {
		return cmp.Or(y.Time.Compare(x.Time), strings.Compare(x.ID, y.ID))
	})
}

// part is which part of an airing a clip is of: its bulletin, whose languages stand
// together, else the clip itself. false: it is a chime.
func (m *material) part(b store.Broadcast, a store.Aired) (string, bool) {
	switch {
	case a.Clip != "" && slices.Contains(b.Clips, a.Clip):
		if of, ok := m.byClip[a.Clip]; ok {
			return of.ID, true
		}
		return a.Clip, true
	case a.Clip == "" && b.Source != "" && a.Length >= longStream:
		return "stream", true
	default: // of an airing that was not planned nobody here knows what it was to play
		return "unplanned", a.Clip != "" && len(b.Clips) == 0
	}
}

// play adds what a clip of an airing says and sounds like.
func (m *material) play(e *Entry, b store.Broadcast, a store.Aired) {
	e.areas[a.Area] = true
	if a.Began.Before(e.Time) {
		e.Time = a.Began
	}
	of, clip := m.byClip[a.Clip], m.clips[a.Clip]
	e.Title, e.Class, e.Bulletin = cmp.Or(of.Title, b.Title), b.Class, of.ID
	if slices.Contains(b.Clips, a.Clip) && clip.ID != "" {
		e.hears(Sound{SHA: clip.ID, Language: languageOf(of, clip.ID), Length: clip.Length(), Bytes: clip.Bytes}, of.Language)
		e.Text = words(of, m.heardBy(e))
	}
	e.settle(b, m.marks[b.ID], of.Expires, m.now)
}

// hears adds a sound once, that in a language before the others.
func (e *Entry) hears(s Sound, first string) {
	if slices.ContainsFunc(e.Sounds, func(x Sound) bool { return x.SHA == s.SHA }) {
		return
	}
	e.Sounds = append(e.Sounds, s)
	slices.SortStableFunc(e.Sounds, func(x, y Sound) int {
		return cmp.Or(place(y.Language == first)-place(x.Language == first), strings.Compare(x.Language, y.Language))
	})
}

func place(first bool) int {
	if first {
		return 1
	}
	return 0
}

// heardBy are the clips of an entry.
func (m *material) heardBy(e *Entry) (clips []store.Clip) {
	for _, s := range e.Sounds {
		clips = append(clips, m.clips[s.SHA])
	}
	return clips
}

// call fills an entry that is of a call. false: it is not shown, for its recording was not
// released; but that an emergency was called out stands there at once.
func (m *material) call(e *Entry, b store.Broadcast, c store.Call, recording func(string) string) bool {
	mark := m.marks[b.ID]
	e.Title, e.Class, e.OnAir = b.Title, b.Class, c.Ended.IsZero()
	var of store.Bulletin
	if c.Said != nil {
		of = m.bulletins[c.Said.Bulletin]
		e.Bulletin = of.ID
		for i, id := range c.Said.Clips {
			language := ""
			if i < len(c.Said.Languages) {
				language = c.Said.Languages[i]
			}
			if clip, ok := m.clips[id]; ok {
				e.hears(Sound{SHA: id, Language: language, Length: clip.Length(), Bytes: clip.Bytes}, of.Language)
			}
		}
		e.Text = cmp.Or(c.Said.Text, words(of, m.heardBy(e)))
	} else {
		e.Text = mark.Summary
		if m.released(mark) && c.Recording != "" && !e.OnAir {
			e.hears(Sound{SHA: c.Recording, Recording: true, Length: b.Length, Bytes: sizeOf(recording(c.Recording))}, "")
		}
	}
	e.settle(b, mark, of.Expires, m.now)
	return c.Said != nil || e.Emergency || m.released(mark) && !e.OnAir
}

// released reports whether the recording of a call may be heard.
func (m *material) released(mark store.Replay) bool {
	switch m.rule.Recordings {
	case store.AtOnce:
		return mark.Shown != store.Withheld
	case store.NeverShown:
		return false
	default:
		return mark.Shown == store.Released
	}
}

// correct ties what was taken back to what took it back. What was is over by that.
func (m *material) correct(all map[string]*Entry) {
	for _, c := range m.calls {
		by := all[idOf(c.ID, "")]
		if c.Corrects == "" || by == nil {
			continue
		}
		old, shown := all[idOf(c.Corrects, "")]
		ref := &Ref{ID: idOf(c.Corrects, ""), Shown: shown}
		by.InForce = false
		if row, ok := m.calls[c.Corrects]; ok && m.marks[row.ID].Shown != store.Withheld {
			ref.Time, ref.Title = row.Start, row.Title
			by.Corrects = ref
		} else {
			by.Corrects = &Ref{}
		}
		if shown {
			old.Corrected = &Ref{ID: by.ID, Time: by.Time, Title: by.Title, Shown: true}
			old.InForce = old.OnAir
		}
	}
}

// sizeOf is how long a file is; 0: it is not there.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
