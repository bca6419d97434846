package replay_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/office/preview"
	"loa/controller/office/replay"
	"loa/controller/office/replay/replaytest"
	"loa/controller/store"
	"loa/controller/store/storetest"
	"loa/schedule"
)

// noon is when all of this is.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, schedule.Zone())

type room struct {
	*replaytest.Commune
	*replay.Replay
	now time.Time
}

func newRoom(t *testing.T) *room {
	dir := t.TempDir()
	storetest.Fill(t, dir)
	s, err := store.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	r := &room{Commune: replaytest.Fill(t, s, noon), now: noon}
	control := access.New(s, "la-da")
	now := func() time.Time { return r.now }
	r.Replay = replay.New(replay.Options{Store: s, Access: control, Preview: preview.New(s, control), Now: now, Editing: new(sync.Mutex),
		Trail: audit.New(audit.Options{Store: s, Now: now, Logger: slog.New(slog.DiscardHandler), Began: noon}),
		News:  func(string) {}, Commune: "la-da", Logger: slog.New(slog.DiscardHandler)})
	return r
}

// page is what a place has heard, made anew.
func (r *room) page(area string) replay.Page {
	r.T.Helper()
	s, err := r.Fresh(context.Background())
	require.NoError(r.T, err)
	place, ok := s.Of(area)
	require.True(r.T, ok)
	p, ok := s.Page(place.Code)
	require.True(r.T, ok)
	return p
}

func titles(entries []*replay.Entry) (all []string) {
	for _, e := range entries {
		all = append(all, e.Title)
	}
	return all
}

// A village hears again what its own loudspeakers gave out, by their word; what they were
// only to give out, or gave out elsewhere, it does not.
func TestWhatAVillageHeard(t *testing.T) {
	r := newRoom(t)
	said, plain := r.Clip(2, "Mời bà con họp."), r.Clip(3, "")
	r.Bulletin(store.Bulletin{ID: "b-hop", Title: "Họp thôn", Summary: "ghi chú", Clips: map[string]string{"vi": said}})
	r.Bulletin(store.Bulletin{ID: "b-lua", Title: "Giá lúa", Summary: "Giá lúa tuần này.", Clips: map[string]string{"vi": plain}})
	at := noon.Add(-3 * time.Hour)
	id := r.Air("p", "Bản tin sáng", schedule.Normal, at, said, plain)
	r.Play("thon-1-loa", id, 0, "", "heard", at, nil) // the chime
	r.Play("thon-1-loa", id, 1, said, "heard", at.Add(time.Minute), nil)
	r.Play("thon-1-cho", id, 1, said, "partly", at.Add(time.Minute), nil)
	r.Play("thon-1-loa", id, 2, plain, "not_heard", at.Add(2*time.Minute), nil)
	r.Play("thon-1-cho", id, 2, plain, "heard", at.Add(2*time.Minute), func(p *store.Play) { p.Ear = "not_heard" })
	r.Play("da-mi-loa", id, 2, plain, "heard", at.Add(2*time.Minute), nil)
	r.Air("p", "Bản tin trưa", schedule.Normal, noon.Add(-time.Minute), said) // nobody has said anything of it

	one := r.page("thon-1")
	require.Equal(t, []string{"Họp thôn"}, titles(one.Entries), "its microphone heard nothing of the other")
	e := one.Entries[0]
	require.Equal(t, "Mời bà con họp.", e.Text, "what was typed")
	require.True(t, e.Time.Equal(at.Add(time.Minute)), e.Time)
	require.Equal(t, []replay.Sound{{SHA: said, Language: "vi", Length: 2 * time.Second, Bytes: e.Sounds[0].Bytes}}, e.Sounds)
	require.Equal(t, []string{"Giá lúa"}, titles(r.page("da-mi").Entries))
	require.Equal(t, "Giá lúa tuần này.", r.page("da-mi").Entries[0].Text, "how the office sums up a recording")
	all := r.page("la-da")
	require.Equal(t, []string{"Giá lúa", "Họp thôn"}, titles(all.Entries), "newest first")
	require.Equal(t, e.ID, r.page("thon-1").Entries[0].ID, "it is stable")

	r.now = at.Add(replay.Back + time.Minute)
	require.Len(t, r.page("la-da").Entries, 2)
	r.now = r.now.Add(5 * time.Minute)
	require.Empty(t, r.page("la-da").Entries, "two days are over")
}

// A board that lies can put no word of its own before the people, nor have a clip heard
// that was never to be aired.
func TestABoardThatLies(t *testing.T) {
	r := newRoom(t)
	aired, draft := r.Clip(2, "Mời bà con họp."), r.Clip(3, "Bản nháp mật.")
	r.Bulletin(store.Bulletin{ID: "draft", Title: "Nháp", Clips: map[string]string{"vi": draft}})
	at := noon.Add(-time.Hour)
	id := r.Air("p", "Bản tin sáng", schedule.Normal, at, aired)
	r.Play("thon-1-loa", id, 0, draft, "heard", at, nil)
	r.Play("thon-1-loa", "nothing@like-it", 0, draft, "heard", at, nil)
	s, err := r.Fresh(t.Context())
	require.NoError(t, err)
	_, ok := s.Sound(draft)
	require.False(t, ok)
	require.Empty(t, r.page("thon-1").Entries)
	r.Play("thon-1-loa", id, 1, aired, "heard", at, nil)
	require.Equal(t, []string{"Bản tin sáng"}, titles(r.page("thon-1").Entries), "and never the title that the board says")
}

// A voice is heard again by the commune's rule, and by what was decided of it; that an
// emergency was called out stands there at once.
func TestVoices(t *testing.T) {
	r := newRoom(t)
	recording := r.Recording(2)
	call := func(id string, class schedule.Class, at time.Duration) {
		r.Call(store.Call{Call: schedule.Call{ID: id, Title: "Lời " + id, Class: class, Start: noon.Add(at)}, Recording: recording}, "thon-1-loa")
	}
	call("c-live", schedule.Live, -2*time.Hour)
	call("c-flood", schedule.Emergency, -time.Hour)
	require.Empty(t, r.page("da-mi").Alerts, "it was not heard there")
	one := r.page("thon-1")
	require.Empty(t, one.Entries, "it waits for somebody to release it")
	require.Equal(t, []string{"Lời c-flood"}, titles(one.Alerts))
	require.Empty(t, one.Alerts[0].Sounds)
	require.True(t, one.Alerts[0].InForce)

	machine := access.With(t.Context(), access.MachineVisit())
	yes, no, byRule, words, over := "yes", "no", "", "Chủ tịch mời họp.", true
	require.NoError(t, r.Decide(machine, "c-live", replay.Decision{Shown: &yes, Summary: &words}))
	e := r.page("thon-1").Entries[0]
	require.Equal(t, words, e.Text)
	require.Equal(t, recording, e.Sounds[0].SHA)
	require.True(t, e.Sounds[0].Recording)
	require.NoError(t, r.PutRule(machine, store.ReplayRule{Recordings: store.NeverShown}))
	require.Empty(t, r.page("thon-1").Entries)
	require.NoError(t, r.PutRule(machine, store.ReplayRule{Recordings: store.AtOnce}))
	require.NoError(t, r.Decide(machine, "c-live", replay.Decision{Shown: &byRule}))
	require.Len(t, r.page("thon-1").Entries, 1)
	require.Len(t, r.page("thon-1").Alerts[0].Sounds, 1)
	require.NoError(t, r.Decide(machine, "c-live", replay.Decision{Shown: &no}))
	require.Empty(t, r.page("thon-1").Entries, "it is withdrawn")
	require.NoError(t, r.Decide(machine, "c-flood", replay.Decision{Over: &over}))
	require.False(t, r.page("thon-1").Alerts[0].InForce)
	require.Equal(t, []string{"Lời c-flood"}, titles(r.page("thon-1").Alerts), "what is over stands on top too")

	bad := "maybe"
	require.Error(t, r.Decide(machine, "c-live", replay.Decision{Shown: &bad}))
	require.Error(t, r.PutRule(machine, store.ReplayRule{Recordings: "soon"}))
	require.ErrorIs(t, r.Decide(machine, "nothing", replay.Decision{}), store.ErrNotFound)
	require.True(t, access.IsForbidden(r.Decide(t.Context(), "c-live", replay.Decision{Shown: &yes})), "nobody may decide")
	audits, err := r.Store.Audits(t.Context(), store.AuditFilter{})
	require.NoError(t, err)
	did := map[string]int{}
	for _, a := range audits {
		did[a.Action]++
	}
	require.Equal(t, map[string]int{"replay.put": 4, "replay.rule": 2}, did)
}

// An emergency counts until its bulletin expires or it is taken back; a drill never does,
// and what takes back names what it takes back.
func TestAlertsAndCorrections(t *testing.T) {
	r := newRoom(t)
	clip := r.Clip(2, "Lũ về nhanh, bà con lên chỗ cao.")
	r.Bulletin(store.Bulletin{ID: "b-flood", Title: "Lũ", Class: "emergency", Clips: map[string]string{"vi": clip},
		Expires: noon.Add(time.Hour)})
	alert := store.Call{Call: schedule.Call{ID: "c-flood", Title: "Lũ về", Class: schedule.Emergency, Start: noon.Add(-2 * time.Hour)},
		Said: &store.Said{Bulletin: "b-flood", Title: "Lũ", Languages: []string{"vi"}, Clips: []string{clip}}}
	r.Call(alert, "thon-1-loa")
	one := r.page("thon-1")
	require.True(t, one.Alerts[0].InForce)
	require.Equal(t, "Lũ về nhanh, bà con lên chỗ cao.", one.Alerts[0].Text)
	require.True(t, one.Alerts[0].Until.Equal(noon.Add(time.Hour)))
	r.now = noon.Add(time.Hour)
	require.False(t, r.page("thon-1").Alerts[0].InForce, "it has expired")
	r.now = noon
	r.Call(store.Call{Call: schedule.Call{ID: "c-right", Title: "Không có lũ", Class: schedule.Emergency, Start: noon.Add(-time.Hour)},
		Corrects: "c-flood", Said: &store.Said{Text: "Tin lũ lúc 10 giờ là nhầm."}}, "thon-1-loa")
	r.Call(store.Call{Call: schedule.Call{ID: "c-drill", Title: "Diễn tập lũ", Class: schedule.Emergency, Start: noon.Add(-time.Minute)},
		Drill: true, Said: &store.Said{Text: "Đây là diễn tập."}}, "thon-1-loa")
	one = r.page("thon-1")
	require.Equal(t, []string{"Lũ về"}, titles(one.Alerts))
	old, right := one.Alerts[0], one.Entries[1]
	require.False(t, old.InForce)
	require.Equal(t, right.ID, old.Corrected.ID)
	require.Equal(t, []string{"Diễn tập lũ", "Không có lũ"}, titles(one.Entries))
	require.Equal(t, old.ID, right.Corrects.ID)
	require.Equal(t, "Lũ về", right.Corrects.Title)
	require.True(t, one.Entries[0].Drill)
	require.False(t, one.Entries[0].Emergency, "a drill is none")
	no := "no"
	require.NoError(t, r.Decide(access.With(t.Context(), access.MachineVisit()), "c-flood", replay.Decision{Shown: &no}))
	right = r.page("thon-1").Entries[1]
	require.Empty(t, right.Corrects.Title, "what was withdrawn is not named by another")
}

// Each village has an address of its own that says nothing of its loudspeakers, and keeps it.
func TestCodes(t *testing.T) {
	r := newRoom(t)
	one, two := r.page("thon-1").Code, r.page("da-mi").Code
	require.NotEqual(t, one, two)
	for _, code := range []string{one, two} {
		require.Len(t, code, store.CodeLength)
		require.Empty(t, strings.Trim(code, store.CodeAlphabet))
	}
	require.NoError(t, r.Store.PutArea(t.Context(), store.Area{ID: "thon-1", Parent: "la-da", Name: "Thôn Một", Kind: store.Village}))
	require.Equal(t, one, r.page("thon-1").Code, "it stands on a pole")
	s, err := r.Fresh(t.Context())
	require.NoError(t, err)
	_, ok := s.Page("thon-1")
	require.False(t, ok, "its id is no address")
}

// What comes today is what the village's own loudspeakers will give out.
func TestComing(t *testing.T) {
	r := newRoom(t)
	put := func(id string, hour int, areas ...string) {
		p := store.Programme{Programme: schedule.Programme{ID: id, Title: id, Class: schedule.Normal, Level: schedule.CommuneLevel,
			Rule: schedule.Rule{At: time.Date(2026, 11, 20, hour, 0, 0, 0, schedule.Zone())}, StartLate: time.Minute,
			Targets: schedule.Targets{Areas: areas}, Rundown: []schedule.Item{{Kind: schedule.Chime, Length: time.Second}}}}
		p.Approval = store.Approval{Kind: store.OfProgramme, ID: id, State: store.Approved, Digest: p.Digest(), Decided: noon}
		_, err := r.Store.PutProgramme(t.Context(), p.Programme, noon.AddDate(0, 0, -1), p.Approval)
		require.NoError(t, err)
	}
	put("tối", 19, "la-da")
	put("chiều", 17, "thon-1")
	put("sáng", 5, "la-da")
	coming := func(area string) (all []string) {
		for _, c := range r.page(area).Coming {
			all = append(all, c.Title)
		}
		return all
	}
	require.Equal(t, []string{"chiều", "tối"}, coming("thon-1"))
	require.Equal(t, []string{"tối"}, coming("da-mi"))
}

// However many ask, and however much was aired, the office is asked the same few questions.
func TestAFewQuestions(t *testing.T) {
	r := newRoom(t)
	clip := r.Clip(2, "Mời bà con họp.")
	r.Bulletin(store.Bulletin{ID: "b", Title: "Họp", Clips: map[string]string{"vi": clip}})
	fill := func(from, n int) {
		for i := range n {
			at := noon.Add(-time.Duration(from+i+1) * 10 * time.Minute)
			r.Play("thon-1-loa", r.Air(fmt.Sprint("p", from+i), "Buổi", schedule.Normal, at, clip), 0, clip, "heard", at, nil)
			r.Call(store.Call{Call: schedule.Call{ID: fmt.Sprint("c", from+i), Title: "Nói", Class: schedule.Live, Start: at}}, "da-mi-loa")
		}
	}
	asked := func(ask func()) int {
		before := r.Store.Queries()
		ask()
		return int(r.Store.Queries() - before)
	}
	fill(0, 3)
	r.page("la-da") // the codes are given
	few := asked(func() { r.page("la-da") })
	fill(3, 40)
	many := asked(func() { r.page("la-da") })
	t.Logf("one picture asks the database %d questions", many)
	require.Equal(t, few, many)
	require.LessOrEqual(t, many, 20)

	_, err := r.Snapshot(t.Context())
	require.NoError(t, err)
	require.Zero(t, asked(func() {
		for range 10_000 {
			_, err := r.Snapshot(t.Context())
			require.NoError(t, err)
		}
	}), "ten thousand readers ask nothing")
}

// After news, or a night on which nobody asked, the first reader is not shown what was.
func TestNobodyIsShownYesterday(t *testing.T) {
	r := newRoom(t)
	heard := func() int {
		s, err := r.Snapshot(t.Context())
		require.NoError(t, err)
		p, _ := s.Page("")
		return len(p.Alerts)
	}
	call := func(id string) {
		r.Call(store.Call{Call: schedule.Call{ID: id, Title: "Lũ", Class: schedule.Emergency, Start: r.now.Add(-time.Second)}}, "thon-1-loa")
	}
	require.Zero(t, heard())
	call("c1")
	require.Zero(t, heard(), "nobody told it")
	r.Stale()
	require.Zero(t, heard(), "it rests for two seconds")
	r.now = noon.Add(time.Minute - time.Second)
	require.Equal(t, 1, heard())
	call("c2")
	r.now = r.now.Add(8 * time.Hour)
	require.Equal(t, 2, heard(), "time passes")
}

// What the rule of the store's question says is what a play's own verdict says.
func TestProofIsTheVerdict(t *testing.T) {
	r := newRoom(t)
	clip := r.Clip(2, "x")
	n := 0
	for _, outcome := range []string{"heard", "partly", "not_heard"} {
		for _, ear := range []string{"", "heard", "not_heard", "cannot_tell"} {
			n++
			at := noon.Add(-time.Duration(n) * time.Hour)
			id := r.Air(fmt.Sprint("p", n), "Buổi", schedule.Normal, at, clip)
			r.Play("thon-1-loa", id, 0, clip, outcome, at, func(p *store.Play) { p.Ear = ear })
			judged, _ := store.Play{Outcome: outcome, Ear: ear}.Judged()
			aired, err := r.Store.AiredSince(t.Context(), noon.Add(-replay.Back), 100)
			require.NoError(t, err)
			found := false
			for _, a := range aired {
				found = found || a.Broadcast == id
			}
			require.Equal(t, judged != "not_heard", found, "%s, its microphone: %q", outcome, ear)
		}
	}
}
