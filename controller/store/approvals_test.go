package store

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/schedule"
)

// bell is a programme that is in order.
func bell(id string) schedule.Programme {
	return schedule.Programme{ID: id, Title: "Sáng", Class: schedule.Normal, Targets: schedule.Targets{Areas: []string{"la-da"}},
		Rule: schedule.Rule{At: t0},
		Rundown: []schedule.Item{{Kind: schedule.Chime, Length: 3 * time.Second},
			{Kind: schedule.Clip, Clip: sha(1), Length: time.Minute, GainDB: -2, Repeat: 2}}}
}

// An approval counts for just what was approved, and for nothing else.
func TestApprovalIsOfJustThis(t *testing.T) {
	s := seeded(t)
	p := bell("p")
	digest := Programme{Programme: p}.Digest()
	_, err := s.PutProgramme(ctx, p, t0)
	require.NoError(t, err)
	now := func() Programme {
		got, err := s.Programme(ctx, "p")
		require.NoError(t, err)
		return got
	}
	require.False(t, now().Approved(), "without a word it is a draft")
	require.Equal(t, digest, now().Digest(), "kept and read back it is the same")
	for _, state := range []ApprovalState{Waiting, Returned, Draft} {
		require.NoError(t, s.PutApprovals(ctx, Approval{Kind: OfProgramme, ID: "p", State: state, Digest: digest}))
		require.False(t, now().Approved())
		require.Equal(t, state, now().Approval.Now(digest))
	}
	approved := Approval{Kind: OfProgramme, ID: "p", State: Approved, Digest: digest, Author: "a", AuthorName: "A", Submitted: t0, By: "b",
		ByName: "B", Decided: t0.Add(time.Hour)}
	require.NoError(t, s.PutApprovals(ctx, approved))
	require.True(t, now().Approved())
	require.Equal(t, approved, now().Approval)

	changes := map[string]func(*schedule.Programme){
		"clip": func(p *schedule.Programme) { p.Rundown[1].Clip = sha(2) }, "volume": func(p *schedule.Programme) { p.Rundown[1].GainDB = 6 },
		"repeats": func(p *schedule.Programme) { p.Rundown[1].Repeat = 3 },
		"order":   func(p *schedule.Programme) { p.Rundown[0], p.Rundown[1] = p.Rundown[1], p.Rundown[0] },
		"more": func(p *schedule.Programme) {
			p.Rundown = append(p.Rundown, schedule.Item{Kind: schedule.Stream, Source: "http://x"})
		},
		"station": func(p *schedule.Programme) { p.Rundown[0] = schedule.Item{Kind: schedule.Stream, Source: "http://y"} },
		"time":    func(p *schedule.Programme) { p.Rule.At = t0.Add(time.Minute) },
		"rule":    func(p *schedule.Programme) { p.Rule = schedule.Rule{Cron: []string{"0 5 * * *"}} },
		"extra":   func(p *schedule.Programme) { p.Rule.Extra = []time.Time{t0} },
		"place":   func(p *schedule.Programme) { p.Targets.Areas = []string{"lam-dong"} },
		"node":    func(p *schedule.Programme) { p.Targets.Nodes = []string{"n1"} },
		"class":   func(p *schedule.Programme) { p.Class = schedule.Emergency },
		"late":    func(p *schedule.Programme) { p.StartLate = time.Hour }, "id": func(p *schedule.Programme) { p.ID = "q" },
		"title": func(p *schedule.Programme) { p.Title = "x" },
	}
	for what, change := range changes {
		other := bell("p")
		change(&other)
		require.NotEqual(t, digest, Programme{Programme: other}.Digest(), what)
	}
	for what, change := range map[string]func(*schedule.Programme){
		"called off":         func(p *schedule.Programme) { p.Rule.Skip = []time.Time{t0} },
		"order among equals": func(p *schedule.Programme) { p.Order = 3 }} {
		other := bell("p")
		change(&other)
		require.Equal(t, digest, Programme{Programme: other}.Digest(), what)
	}
	changed := bell("p")
	changes["clip"](&changed)
	_, err = s.PutProgramme(ctx, changed, t0)
	require.NoError(t, err)
	require.False(t, now().Approved(), "the approval was of something else")
	require.Equal(t, Draft, now().Approval.Now(now().Digest()))
	_, err = s.PutProgramme(ctx, p, t0)
	require.NoError(t, err)
	require.True(t, now().Approved())

	// a change and what was decided of it are one
	bad := approved
	bad.State = "nonsense"
	_, err = s.PutProgramme(ctx, changed, t0, bad)
	require.Error(t, err)
	require.True(t, now().Approved(), "neither was kept")
}

// What belongs together is stored together; what is put back is what it was.
func TestPutAndRestoreProgrammes(t *testing.T) {
	s := seeded(t)
	whole := func(id string, state ApprovalState) Programme {
		p := Programme{Programme: bell(id)}
		p.Approval = Approval{Kind: OfProgramme, ID: id, State: state, Digest: p.Digest()}
		return p
	}
	require.NoError(t, s.PutProgrammes(ctx, t0, whole("p", Approved)))
	require.Error(t, s.PutProgrammes(ctx, t0, whole("split", Approved), whole("p", "nonsense")))
	_, err := s.Programme(ctx, "split")
	require.ErrorIs(t, err, ErrNotFound, "neither was kept")

	was, err := s.Programme(ctx, "p")
	require.NoError(t, err)
	require.True(t, was.Approved())
	changed := was
	changed.Title, changed.Approval.State = "Khác", Waiting
	require.NoError(t, s.PutProgrammes(ctx, t0, whole("split", Approved), changed))
	require.NoError(t, s.CancelProgramme(ctx, "p", t0))
	require.NoError(t, s.RestoreProgramme(ctx, was, "split", t0))
	all, err := s.Programmes(ctx, false)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, was.Programme, all[0].Programme)
	require.True(t, all[0].Approved())
	require.Equal(t, 3, all[0].Revision, "it is a change like any other")
}

func TestBulletinsApproval(t *testing.T) {
	s := seeded(t)
	for i := range 3 {
		require.NoError(t, s.AddClip(ctx, Clip{ID: sha(i), Kind: Speech, Created: t0}))
	}
	b := Bulletin{ID: "b", Title: "Cắt điện", Class: "normal", Language: "vi", Clips: map[string]string{"vi": sha(0)}, Created: t0}
	require.NoError(t, s.PutBulletin(ctx, b, Approval{Kind: OfBulletin, ID: "b", State: Approved, Digest: b.Digest(), ByName: "Lan"}))
	all, err := s.Bulletins(ctx, time.Time{}, 1)
	require.NoError(t, err)
	require.True(t, all[0].Approved())
	require.Equal(t, "Lan", all[0].Approval.ByName)
	b.Summary, b.Source = "more of it", "xã"
	require.NoError(t, s.PutBulletin(ctx, b))
	got, err := s.Bulletin(ctx, "b")
	require.NoError(t, err)
	require.True(t, got.Approved(), "nothing that is heard was changed")
	b.Clips = map[string]string{"vi": sha(1)}
	require.NoError(t, s.PutBulletin(ctx, b))
	got, err = s.Bulletin(ctx, "b")
	require.NoError(t, err)
	require.False(t, got.Approved())
}

// What was approved stays to be aired while another version is written, and is
// not any more when it is returned.
func TestApprovedBulletinStays(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(ctx, dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	for i := range 2 {
		require.NoError(t, s.AddClip(ctx, Clip{ID: sha(i), Kind: Speech, Created: t0}))
	}
	b := Bulletin{ID: "b", Title: "Lũ", Class: "emergency", Language: "vi", Area: "thon-1", Clips: map[string]string{"vi": sha(0)},
		Created: t0}
	approval := Approval{Kind: OfBulletin, ID: "b", State: Approved, Digest: b.Digest(), ByName: "Lan", Decided: t0, Hands: "p-1 p-2"}
	require.NoError(t, s.PutBulletin(ctx, b, approval))
	later := b
	later.Title, later.Clips = "Lũ lớn", map[string]string{"vi": sha(1)}
	waiting := Approval{Kind: OfBulletin, ID: "b", State: Waiting, Digest: later.Digest()}
	require.NoError(t, s.PutBulletin(ctx, later, waiting))
	stands := func() {
		t.Helper()
		got, err := s.ApprovedBulletin(ctx, "b")
		require.NoError(t, err)
		require.Equal(t, []any{"Lũ", sha(0), "thon-1", "Lan", "p-1 p-2"},
			[]any{got.Title, got.Clips["vi"], got.Area, got.Approval.ByName, got.Approval.Hands})
		all, err := s.ApprovedBulletins(ctx, "emergency", t0)
		require.NoError(t, err)
		require.Len(t, all, 1)
	}
	stands()
	waiting.State = Returned // that is of the new one
	require.NoError(t, s.PutApprovals(ctx, waiting))
	stands()
	for _, x := range []string{"normal", "priority"} {
		all, err := s.ApprovedBulletins(ctx, x, t0)
		require.NoError(t, err)
		require.Empty(t, all)
	}
	require.NoError(t, s.PutBulletin(ctx, b, approval))
	_, err = s.exec(ctx, "", `DELETE FROM approved_bulletins`) // as before there were versions
	require.NoError(t, err)
	require.NoError(t, s.Close())
	s, err = Open(ctx, dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer s.Close()
	stands()
	approval.State = Returned
	require.NoError(t, s.PutApprovals(ctx, approval))
	_, err = s.ApprovedBulletin(ctx, "b")
	require.ErrorIs(t, err, ErrNotFound)
}

// A database of before there were approvals goes on as it was.
func TestWhatWasOnTheCalendarStays(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(ctx, dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	_, err = s.PutProgramme(ctx, bell("old"), t0)
	require.NoError(t, err)
	_, err = s.PutProgramme(ctx, bell("new"), t0)
	require.NoError(t, err)
	_, err = s.exec(ctx, "", `INSERT INTO approvals (kind, id, state, digest, author, author_name, submitted, decider, decider_name, decided, reason) SELECT 'programme', id, 'before', '', '', '', created, '', '', created, '' FROM programmes WHERE id = 'old'`)
	require.NoError(t, err)
	old, err := s.Programme(ctx, "old")
	require.NoError(t, err)
	require.False(t, old.Approved(), "not before its digest is known")
	require.NoError(t, s.Close())
	s, err = Open(ctx, dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer s.Close()
	all, err := s.Programmes(ctx, false)
	require.NoError(t, err)
	for _, p := range all {
		require.Equal(t, p.ID == "old", p.Approved(), p.ID)
	}
}

func TestNotices(t *testing.T) {
	s := seeded(t)
	for _, id := range []string{"lan", "hoa"} {
		require.NoError(t, s.PutPerson(ctx, Person{ID: id, Login: id, Name: id, Created: t0}))
	}
	for i, id := range []string{"n1", "n2"} {
		require.NoError(t, s.AddNotice(ctx,
			Notice{ID: id, At: t0.Add(time.Duration(i) * time.Minute), Title: "Lũ", Who: "Ông Bảy", Places: "Thôn 1"}, []string{"lan", "gone"}))
	}
	unread, err := s.Unread(ctx, "lan")
	require.NoError(t, err)
	require.Len(t, unread, 2)
	require.Equal(t, Notice{ID: "n2", At: t0.Add(time.Minute), Title: "Lũ", Who: "Ông Bảy", Places: "Thôn 1"}, unread[0])
	require.ErrorIs(t, s.ReadNotice(ctx, "hoa", "n2", t0), ErrNotFound)
	require.NoError(t, s.ReadNotice(ctx, "lan", "n2", t0))
	require.NoError(t, s.ReadNotice(ctx, "lan", "n2", t0))
	unread, err = s.Unread(ctx, "lan")
	require.NoError(t, err)
	require.Len(t, unread, 1)
	none, err := s.Unread(ctx, "hoa")
	require.NoError(t, err)
	require.Empty(t, none)
}
