package store

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/problem"
	"loa/schedule"
)

var (
	ctx = context.Background()
	t0  = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)
)

func open(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(ctx, dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// seeded is a store with the tree Lâm Đồng → La Dạ → thôn 1, 2 and two nodes.
func seeded(t testing.TB) *Store {
	s := open(t, t.TempDir())
	for _, a := range []Area{
		{"lam-dong", "", "Lâm Đồng", Province}, {"la-da", "lam-dong", "La Dạ", Commune},
		{"thon-1", "la-da", "Thôn 1", Village}, {"thon-2", "la-da", "Thôn 2", Village},
	} {
		require.NoError(t, s.PutArea(ctx, a))
	}
	require.NoError(t, s.PutNode(ctx, Node{"n1", "Nhà văn hóa", "thon-1", DefaultVolume, 0, t0, nil, false}))
	require.NoError(t, s.PutNode(ctx, Node{"n2", "Chợ", "thon-2", 60, 0, t0, nil, false}))
	return s
}

func sha(i int) string { return fmt.Sprintf("%064x", i) }

func TestAreas(t *testing.T) {
	s := seeded(t)
	tree, err := s.Tree(ctx)
	require.NoError(t, err)
	require.Equal(t, schedule.Tree{"lam-dong": "", "la-da": "lam-dong", "thon-1": "la-da", "thon-2": "la-da"}, tree)

	require.NoError(t, s.PutArea(ctx, Area{"thon-2", "la-da", "Thôn Hai", Village}))
	a, err := s.Area(ctx, "thon-2")
	require.NoError(t, err)
	require.Equal(t, Area{"thon-2", "la-da", "Thôn Hai", Village}, a)

	for name, bad := range map[string]Area{
		"unknown parent": {"x", "nowhere", "X", Village},
		"own child":      {"lam-dong", "thon-1", "L", Province},
		"itself":         {"la-da", "la-da", "L", Commune},
		"unknown kind":   {"x", "la-da", "X", "district"},
	} {
		require.ErrorIs(t, s.PutArea(ctx, bad), ErrConflict, name)
	}
	require.ErrorIs(t, s.DeleteArea(ctx, "la-da"), ErrConflict, "villages lie in it")
	require.ErrorIs(t, s.DeleteArea(ctx, "thon-1"), ErrConflict, "a node stands in it")
	require.ErrorIs(t, s.DeleteArea(ctx, "x"), ErrNotFound)
	_, err = s.Area(ctx, "x")
	require.ErrorIs(t, err, ErrNotFound)
}

func TestNodes(t *testing.T) {
	s := seeded(t)
	require.NoError(t, s.PutNode(ctx, Node{"n2", "Chợ mới", "thon-1", 0, -20 * time.Millisecond, t0.Add(time.Hour), nil, false}))
	n, err := s.Node(ctx, "n2")
	require.NoError(t, err)
	require.Equal(t, Node{"n2", "Chợ mới", "thon-1", 0, -20 * time.Millisecond, t0, nil, false}, n, "created stays")
	require.ErrorIs(t, s.PutNode(ctx, Node{"n3", "", "nowhere", 1, 0, t0, nil, false}), ErrConflict)
	require.ErrorIs(t, s.PutNode(ctx, Node{"n3", "", "thon-1", 101, 0, t0, nil, false}), ErrConflict)
	all, err := s.Nodes(ctx)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.NoError(t, s.DeleteNode(ctx, "n2"))
	require.ErrorIs(t, s.DeleteNode(ctx, "n2"), ErrNotFound)
}

func TestClips(t *testing.T) {
	s := seeded(t)
	c := Clip{sha(1), 12.5, -16.1, -1.2, 30000, "bản tin.m4a", Recording, "", "", "outdoor", sha(9), t0,
		[]ClipNote{{Code: "channels_opposite", Channel: "left", Seconds: 4.5}}}
	require.NoError(t, s.AddClip(ctx, c))
	again := c
	again.Name = "the same sound under another name"
	require.NoError(t, s.AddClip(ctx, again))
	got, err := s.GetClip(ctx, c.ID)
	require.NoError(t, err)
	require.Equal(t, c, got)
	require.NoError(t, s.AddClip(ctx, Clip{ID: sha(2), Kind: Speech, Bytes: 5, Created: t0.Add(time.Second)}))
	all, err := s.ListClips(ctx, time.Time{}, 10)
	require.NoError(t, err)
	require.Equal(t, []string{sha(2), sha(1)}, []string{all[0].ID, all[1].ID}, "newest first")
	all, err = s.ListClips(ctx, t0.Add(time.Second), 10)
	require.NoError(t, err)
	require.Len(t, all, 1)
	sizes, err := s.ClipSizes(ctx)
	require.NoError(t, err)
	require.Equal(t, map[string]int64{sha(1): 30000, sha(2): 5}, sizes)

	_, err = s.CachedSpeech(ctx, "k")
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorIs(t, s.CacheSpeech(ctx, "k", sha(7)), ErrConflict)
	require.NoError(t, s.CacheSpeech(ctx, "k", sha(1)))
	got, err = s.CachedSpeech(ctx, "k")
	require.NoError(t, err)
	require.Equal(t, c, got)
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	require.Equal(t, filepath.Join(dir, "clips", sha(1)[:2], sha(1)+".opus"), s.ClipPath(sha(1)))
	for _, evil := range []string{"../../etc/passwd", "..", "", "/", "a"} {
		require.True(t, strings.HasPrefix(s.OriginalPath(evil), filepath.Join(dir, "originals")), evil)
	}
	tmp := filepath.Join(s.TempDir(), "x")
	require.NoError(t, os.WriteFile(tmp, []byte("sound"), 0o600))
	require.NoError(t, s.Install(tmp, s.ClipPath(sha(1))))
	b, err := os.ReadFile(s.ClipPath(sha(1)))
	require.NoError(t, err)
	require.Equal(t, "sound", string(b))
	require.NoError(t, os.WriteFile(tmp, []byte("half"), 0o600))
	open(t, dir)
	require.NoFileExists(t, tmp, "what a crash left is swept away")
	require.FileExists(t, s.ClipPath(sha(1)))
}

func TestBulletins(t *testing.T) {
	s := seeded(t)
	for i := range 3 {
		require.NoError(t, s.AddClip(ctx, Clip{ID: sha(i), Kind: Speech, Created: t0}))
	}
	b := Bulletin{"b1", "Lịch cắt điện", "điện", "normal", "vi", "điện lực", "Lan", "Cắt điện thôn 1",
		map[string]string{"vi": sha(0), "kho": sha(1)}, t0.Add(24 * time.Hour), t0, "thon-1", Approval{Kind: OfBulletin, ID: "b1"}}
	require.NoError(t, s.PutBulletin(ctx, b))
	got, err := s.Bulletin(ctx, "b1")
	require.NoError(t, err)
	require.Equal(t, b, got)
	b.Clips, b.Expires = map[string]string{"vi": sha(2)}, time.Time{}
	require.NoError(t, s.PutBulletin(ctx, b))
	all, err := s.Bulletins(ctx, time.Time{}, 10)
	require.NoError(t, err)
	require.Equal(t, []Bulletin{b}, all)

	b.Title, b.Clips = "half stored?", map[string]string{"vi": sha(77)}
	require.ErrorIs(t, s.PutBulletin(ctx, b), ErrConflict)
	got, err = s.Bulletin(ctx, "b1")
	require.NoError(t, err)
	require.Equal(t, all[0], got, "an error leaves everything as it was")
	require.NoError(t, s.DeleteBulletin(ctx, "b1"))
	require.ErrorIs(t, s.DeleteBulletin(ctx, "b1"), ErrNotFound)
}

func TestProgrammes(t *testing.T) {
	s := seeded(t)
	p := schedule.Programme{
		ID: "p1", Title: "Sáng", Class: schedule.Normal, StartLate: time.Minute,
		Targets: schedule.Targets{Areas: []string{"la-da"}},
		Rundown: []schedule.Item{{Kind: schedule.Chime, Length: 3 * time.Second},
			{Kind: schedule.Clip, Clip: sha(1), Length: time.Minute, GainDB: -2}},
	}
	rev, err := s.PutProgramme(ctx, p, t0)
	require.NoError(t, err)
	require.Equal(t, 1, rev)
	p.Title = "Sáng sớm"
	rev, err = s.PutProgramme(ctx, p, t0.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 2, rev)
	got, err := s.Programme(ctx, "p1")
	require.NoError(t, err)
	require.Equal(t, Programme{Programme: p, Revision: 2, Created: t0, Updated: t0.Add(time.Hour),
		Approval: Approval{Kind: OfProgramme, ID: "p1"}}, got)

	require.NoError(t, s.CancelProgramme(ctx, "p1", t0.Add(2*time.Hour)))
	require.NoError(t, s.CancelProgramme(ctx, "p1", t0.Add(3*time.Hour)))
	require.ErrorIs(t, s.CancelProgramme(ctx, "p2", t0), ErrNotFound)
	_, err = s.PutProgramme(ctx, p, t0)
	require.ErrorIs(t, err, ErrConflict)
	got, err = s.Programme(ctx, "p1")
	require.NoError(t, err)
	require.Equal(t, t0.Add(2*time.Hour), got.Cancelled, "the first cancellation counts")
	some, err := s.Programmes(ctx, false)
	require.NoError(t, err)
	require.Empty(t, some)
	some, err = s.Programmes(ctx, true)
	require.NoError(t, err)
	require.Len(t, some, 1)
}

func TestBulletinAndItsProgrammesChangeTogether(t *testing.T) {
	s := seeded(t)
	require.NoError(t, s.AddClip(ctx, Clip{ID: sha(1), Kind: Speech}))
	b := Bulletin{ID: "b1", Title: "Cũ", Clips: map[string]string{"vi": sha(1)}}
	require.NoError(t, s.PutBulletin(ctx, b))
	kept, gone := schedule.Programme{ID: "kept", Title: "Cũ"}, schedule.Programme{ID: "gone"}
	for _, p := range []schedule.Programme{kept, gone} {
		_, err := s.PutProgramme(ctx, p, t0)
		require.NoError(t, err)
	}
	require.NoError(t, s.CancelProgramme(ctx, "gone", t0))
	b.Title, kept.Title = "Mới", "Mới"
	require.ErrorIs(t, s.ChangeBulletin(ctx, b, []schedule.Programme{kept, gone}, t0), ErrConflict)
	old, err := s.Bulletin(ctx, "b1")
	require.NoError(t, err)
	require.Equal(t, "Cũ", old.Title)
	p, err := s.Programme(ctx, "kept")
	require.NoError(t, err)
	require.Equal(t, "Cũ", p.Title)
	require.NoError(t, s.ChangeBulletin(ctx, b, []schedule.Programme{kept}, t0))
	p, err = s.Programme(ctx, "kept")
	require.NoError(t, err)
	require.Equal(t, "Mới", p.Title)
	require.Equal(t, 2, p.Revision)
}

func TestPlanNumbersRise(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	require.NoError(t, s.PutArea(ctx, Area{"a", "", "A", Village}))
	require.NoError(t, s.PutNode(ctx, Node{"n1", "", "a", 1, 0, t0, nil, false}))
	next := func(s *Store, hash string, now time.Time) PlanSeq {
		seqs, err := s.NextPlans(ctx, map[string]string{"n1": hash}, now)
		require.NoError(t, err)
		return seqs["n1"]
	}
	first := next(s, "x", t0)
	require.True(t, first.Changed)
	require.Equal(t, PlanSeq{first.Seq, false}, next(s, "x", t0.Add(time.Hour)))
	second := next(s, "y", t0)
	require.True(t, second.Changed && second.Seq > first.Seq)
	third := next(s, "x", t0.Add(-time.Hour))
	require.True(t, third.Changed && third.Seq > second.Seq, "also when the clock was set back")
	require.Equal(t, PlanSeq{third.Seq, false}, next(open(t, dir), "x", t0))
	lost := next(seeded(t), "x", t0.Add(time.Minute))
	require.Greater(t, lost.Seq, third.Seq, "also when the database was lost")
	wrong := next(s, "z", t0.AddDate(1, 0, 0))
	right := next(s, "z", t0.Add(time.Minute))
	require.True(t, right.Changed && right.Seq < wrong.Seq, "a number given while the clock was a year ahead is none: nodes take no such")
	require.Equal(t, uint64(t0.Add(time.Minute).UnixMilli()), right.Seq)
	_, err := s.NextPlans(ctx, map[string]string{"nobody": "x"}, t0)
	require.ErrorIs(t, err, ErrConflict)
}

func TestStatesAndFaults(t *testing.T) {
	s := seeded(t)
	a := NodeState{"n1", "good", "", t0, t0.Add(time.Second), time.Time{}, []byte{1, 2}}
	gone := NodeState{Node: "deleted", State: "good", Since: t0}
	require.NoError(t, s.PutNodeStates(ctx, []NodeState{gone, a}))
	first, err := s.NodeStates(ctx)
	require.NoError(t, err)
	require.Equal(t, []NodeState{a}, first, "one that was deleted takes no other with it")
	a.LastWord = t0.Add(time.Minute)
	require.NoError(t, s.PutNodeStates(ctx, []NodeState{a}))
	a.State, a.Cause, a.Since = "offline", "gone", t0.Add(time.Hour)
	require.NoError(t, s.PutNodeStates(ctx, []NodeState{a}))
	all, err := s.NodeStates(ctx)
	require.NoError(t, err)
	require.Equal(t, []NodeState{a}, all)
	history, err := s.StateHistory(ctx, "n1", 10)
	require.NoError(t, err)
	require.Equal(t, []StateChange{{"n1", t0.Add(time.Hour), "offline", "gone"}, {"n1", t0, "good", ""}}, history)

	f := Fault{"n1", "no_sound_device", t0, time.Time{}, "ALSA: no such device"}
	require.NoError(t, s.OpenFault(ctx, f))
	later := f
	later.Since = t0.Add(time.Hour)
	require.NoError(t, s.OpenFault(ctx, later))
	require.NoError(t, s.OpenFault(ctx, Fault{Node: "deleted", Code: "x", Since: t0}))
	open, err := s.OpenFaults(ctx)
	require.NoError(t, err)
	require.Equal(t, []Fault{f}, open, "the first since counts")
	require.NoError(t, s.CloseFault(ctx, "n1", f.Code, t0.Add(time.Minute)))
	require.NoError(t, s.CloseFault(ctx, "n1", f.Code, t0.Add(2*time.Minute)))
	require.NoError(t, s.OpenFault(ctx, later))
	f.Until = t0.Add(time.Minute)
	past, err := s.FaultHistory(ctx, "n1", 10)
	require.NoError(t, err)
	require.Equal(t, []Fault{later, f}, past)

	require.NoError(t, s.ForgetHistory(ctx, t0.Add(30*time.Minute)))
	past, err = s.FaultHistory(ctx, "n1", 10)
	require.NoError(t, err)
	require.Equal(t, []Fault{later}, past, "an open fault is never forgotten")
	history, err = s.StateHistory(ctx, "n1", 10)
	require.NoError(t, err)
	require.Len(t, history, 1)
}

func TestSettings(t *testing.T) {
	s := seeded(t)
	quiet := []schedule.Quiet{{From: "21:30", To: "05:00"}}
	require.NoError(t, s.SettingOr(ctx, "quiet", &quiet))
	require.Len(t, quiet, 1, "the default stays if nobody put one")
	want := map[string]int{"a": 1}
	require.NoError(t, s.PutSetting(ctx, "x", 1))
	require.NoError(t, s.PutSetting(ctx, "x", want))
	var got map[string]int
	require.NoError(t, s.SettingOr(ctx, "x", &got))
	require.Equal(t, want, got)
	require.Error(t, s.SettingOr(ctx, "x", &quiet))
}

// A copy of the files taken at any moment is what a power cut would leave:
// everything that was acknowledged must be in it.
func TestPowerCut(t *testing.T) {
	s := seeded(t)
	require.NoError(t, s.Check(ctx))
	_, err := s.AddPlays(ctx, []Play{play("n1", 1)})
	require.NoError(t, err)
	left := t.TempDir()
	require.NoError(t, os.CopyFS(left, os.DirFS(s.dir)))
	require.NoError(t, os.Remove(filepath.Join(left, "loa.db-shm")), "shared memory does not survive")
	after := open(t, left)
	all, err := after.Plays(ctx, Filter{})
	require.NoError(t, err)
	require.Equal(t, []Play{play("n1", 1)}, all)
}

func TestConcurrentWritersAndReaders(t *testing.T) {
	s := seeded(t)
	var wg sync.WaitGroup
	const writers, batches = 8, 10
	for w := range writers {
		wg.Go(func() {
			for i := range batches {
				if _, err := s.AddPlays(ctx, []Play{play(fmt.Sprint("w", w), 3*i), play("shared", 3*i)}); err != nil {
					t.Error(err)
				}
				if _, err := s.Plays(ctx, Filter{Limit: 5}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	all, err := s.Plays(ctx, Filter{Limit: 1000})
	require.NoError(t, err)
	require.Len(t, all, writers*batches+batches)
}

func TestFullDisk(t *testing.T) {
	s := seeded(t)
	_, err := s.write.Exec(`PRAGMA max_page_count = 1`) // it becomes what the database has now
	require.NoError(t, err)
	var plays []Play
	for i := range 5000 {
		plays = append(plays, play("n1", i))
	}
	_, err = s.AddPlays(ctx, plays)
	require.ErrorIs(t, err, ErrFull)
	p, ok := problem.Of(err)
	require.True(t, ok)
	require.Equal(t, problem.Full, p.Kind)
	all, err := s.Plays(ctx, Filter{})
	require.NoError(t, err)
	require.Empty(t, all)
	require.ErrorIs(t, wrap("write", &os.PathError{Op: "write", Err: syscall.ENOSPC}), ErrFull)
}

func TestReadsCannotWrite(t *testing.T) {
	s := seeded(t)
	_, err := s.read.Exec(`DELETE FROM nodes`)
	require.Error(t, err)
}

func TestDamagedDatabaseIsAnError(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "loa.db"), []byte(strings.Repeat("rubbish ", 1000)), 0o600))
	_, err := Open(ctx, dir, slog.New(slog.DiscardHandler))
	require.Error(t, err)
}

func TestCancelledContext(t *testing.T) {
	s := seeded(t)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_, err := s.AddPlays(gone, []Play{play("n1", 1)})
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.AddPlays(ctx, []Play{play("n1", 1)})
	require.NoError(t, err)
}
