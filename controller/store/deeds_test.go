package store

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/schedule"
)

// fills keeps the database from growing: what it takes no more it refuses as on
// a full disk. Its function frees the disk.
func fills(t *testing.T, s *Store) (free func()) {
	t.Helper()
	var pages int
	require.NoError(t, s.write.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&pages))
	require.NoError(t, s.write.QueryRowContext(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)).Scan(&pages))
	return func() {
		require.NoError(t, s.write.QueryRowContext(ctx, `PRAGMA max_page_count = 1000000`).Scan(&pages))
	}
}

// large is detail that needs pages of its own.
var large = json.RawMessage(`"` + strings.Repeat("x", 20_000) + `"`)

func alertCall(id string, at time.Time) *Call {
	return &Call{Call: schedule.Call{ID: id, Title: strings.Repeat("Lũ ", 3000), Class: schedule.Emergency, Start: at, End: at.Add(time.Hour)},
		Targets: schedule.Targets{Areas: []string{"la-da"}}}
}

// What a full disk does not take is kept, in order, is known meanwhile, and is
// written when there is room again.
func TestWhatCannotBeWrittenWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seeded(t)
		require.True(t, s.Keep(ctx, Deed{Audit: &Audit{At: t0, Who: "p1", Action: "call.arm"}}))
		free := fills(t, s)
		began := time.Now()
		require.False(t, s.Keep(ctx, Deed{Call: alertCall("c1", t0)}))
		require.False(t, s.Keep(ctx, Deed{Audit: &Audit{At: t0.Add(time.Second), Who: "p1", Action: "call.begin", Object: "c1", After: large}}))
		require.Less(t, time.Since(began), keepWait, "nobody waits for a disk that says no")
		back := s.Backlog()
		require.ErrorIs(t, back.Err, ErrFull)
		require.Equal(t, 2, back.Count)
		require.True(t, back.Kept, "over a restart too")

		c, err := s.Call(ctx, "c1")
		require.NoError(t, err)
		require.True(t, c.Ended.IsZero())
		open, err := s.OpenCalls(ctx)
		require.NoError(t, err)
		require.Len(t, open, 1)
		alerts, err := s.Emergencies(ctx, t0)
		require.NoError(t, err)
		require.Len(t, alerts, 1)

		over := alertCall("c1", t0)
		over.Ended, over.Reason = t0.Add(time.Minute), "stopped"
		s.Note(Deed{Call: over})
		s.Note(Deed{Broadcast: &Broadcast{ID: "stop-1", Kind: CallKind, Class: Stops, Title: "Lũ", Speaker: "Cô Hoa", Targets: over.Targets,
			Planned: t0, Began: t0, Due: t0.Add(time.Minute)}})
		s.Note(Deed{Said: &StopWord{Stop: "stop-1", Node: "n1", Silent: true, At: t0.Add(time.Second)}})
		require.Equal(t, 4, s.Backlog().Count, "the end takes the place of the beginning")
		open, err = s.OpenCalls(ctx)
		require.NoError(t, err)
		require.Empty(t, open)
		time.Sleep(time.Minute)
		require.Equal(t, 4, s.Backlog().Count)

		free()
		time.Sleep(2 * retryDeeds)
		require.Equal(t, Backlog{}, s.Backlog())
		rows, err := list(ctx, s.read, "calls", scanCall, `SELECT `+callColumns+` FROM calls`)
		require.NoError(t, err)
		require.Equal(t, "stopped", rows[0].Reason)
		nodes, err := s.BroadcastNodes(ctx, []string{"stop-1"})
		require.NoError(t, err)
		require.Equal(t, "heard", nodes[0].Outcome)
		audits, err := s.Audits(ctx, AuditFilter{})
		require.NoError(t, err)
		require.Equal(t, []string{"call.begin", "call.arm"}, []string{audits[0].Action, audits[1].Action})
		require.Equal(t, large, audits[0].After)
		require.EqualValues(t, 2, s.Audited())
		require.NoError(t, s.CheckAudit(ctx, nil))
	})
}

// A controller that is killed while nothing can be written loses nothing that it
// acknowledged, and writes nothing twice.
func TestAKillLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seeded(t)
		fills(t, s)
		s.Keep(ctx, Deed{Call: alertCall("c1", t0)})
		s.Keep(ctx, Deed{Audit: &Audit{At: t0, Who: "p1", Action: "call.begin", Object: "c1", After: large}})
		s.Keep(ctx, Deed{Session: &SessionOf{Session: Session{Person: "p1", Created: t0, Seen: t0}, Hash: "h1", New: true}})
		next := s.NextCommand(time.Now())
		s.Keep(ctx, Deed{Audit: &Audit{At: t0, Who: "p1", Action: "call.stop", Object: "c1"}})
		copied := killed(t, s.dir)

		require.NoError(t, s.Close())
		again := open(t, copied)
		require.NoError(t, again.PutPerson(ctx, Person{ID: "p1", Login: "hoa", Created: t0}))
		time.Sleep(2 * retryDeeds)
		require.Equal(t, Backlog{}, again.Backlog())
		c, err := again.Call(ctx, "c1")
		require.NoError(t, err)
		require.Equal(t, "la-da", c.Targets.Areas[0])
		audits, err := again.Audits(ctx, AuditFilter{})
		require.NoError(t, err)
		require.Len(t, audits, 2)
		require.Greater(t, again.NextCommand(t0), next, "whatever the clock says")

		// killed once more, before the reserve learns that all is written
		reserve, err := os.ReadFile(filepath.Join(copied, reserveFile))
		require.NoError(t, err)
		require.NoError(t, again.Close())
		last := t.TempDir()
		require.NoError(t, os.CopyFS(last, os.DirFS(copied)))
		old, err := os.ReadFile(filepath.Join(s.dir, reserveFile))
		require.NoError(t, err)
		require.NotEqual(t, old, reserve)
		require.NoError(t, os.WriteFile(filepath.Join(last, reserveFile), old, 0o600))
		third := open(t, last)
		time.Sleep(2 * retryDeeds)
		audits, err = third.Audits(ctx, AuditFilter{})
		require.NoError(t, err)
		require.Len(t, audits, 2, "not twice")
	})
}

// killed is the folder as a kill leaves it.
func killed(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "-shm") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, d.Name()), data, 0o600)
	}))
	return to
}

// Each write of the reserve leaves the one before whole.
func TestReserveSurvivesATornWrite(t *testing.T) {
	dir := t.TempDir()
	r, left, err := openReserve(dir)
	require.NoError(t, err)
	require.Empty(t, left)
	for n := range uint64(5) {
		body, err := json.Marshal([]Deed{{Command: n + 1}})
		require.NoError(t, err)
		require.NoError(t, r.write(body))
	}
	info, err := r.file.Stat()
	require.NoError(t, err)
	require.EqualValues(t, 2*reserveHalf, info.Size(), "it never grows")
	r.close()
	again := func() []Deed {
		r, left, err := openReserve(dir)
		require.NoError(t, err)
		r.close()
		return left
	}
	require.Equal(t, []Deed{{Command: 5}}, again())
	path := filepath.Join(dir, reserveFile)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	half := data[reserveHalf:] // turn 5
	half[reserveHead+3] ^= 1
	require.NoError(t, os.WriteFile(path, data, 0o600))
	require.Equal(t, []Deed{{Command: 4}}, again())
	require.NoError(t, os.WriteFile(path, []byte("garbage"), 0o600))
	require.Empty(t, again())
}

// A flood of deeds loses detail, the oldest first, and is counted: it is never
// dropped in silence.
func TestAFloodIsShortenedAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seeded(t)
		_, err := s.write.ExecContext(ctx, `PRAGMA query_only = 1`)
		require.NoError(t, err)
		s.Keep(ctx, Deed{Audit: &Audit{At: t0, Who: "p1", Action: "call.begin", After: large}})
		require.True(t, IsReadOnly(s.Backlog().Err))
		for i := range 3000 {
			s.Note(Deed{Audit: &Audit{At: t0.Add(time.Duration(i) * time.Second), Who: "p1", Action: "call.arm", After: json.RawMessage(`{"a":1}`)}})
		}
		s.Keep(ctx, Deed{Audit: &Audit{At: t0.Add(time.Hour), Who: "p1", Action: "call.stop", Object: "last", Note: "n"}})
		require.True(t, s.Backlog().Kept)
		counts, single := map[string]int{}, 0
		for _, d := range s.Unwritten() {
			if d.Audit.Action == foldedAction {
				mergeCounts(counts, d.Audit.After)
			} else {
				counts[d.Audit.Action]++
				single++
			}
		}
		require.Equal(t, map[string]int{"call.begin": 1, "call.arm": 3000, "call.stop": 1}, counts)
		require.Greater(t, single, 100, "the newest are whole")
		all := s.Unwritten()
		require.Equal(t, "last", all[len(all)-1].Audit.Object)
	})
}

// What refers to something that is gone can never be written: it is in the log
// of the program, and does not hold up the others.
func TestAHopelessDeedHoldsUpNobody(t *testing.T) {
	s := seeded(t)
	require.False(t, s.Keep(ctx, Deed{Session: &SessionOf{Session: Session{Person: "nobody", Created: t0}, Hash: "h", New: true}}))
	require.True(t, s.Keep(ctx, Deed{Audit: &Audit{At: t0, Who: "p1", Action: "x"}}))
	require.NoError(t, s.Backlog().Err)
}

// A session that ended is not brought back by the word that it was seen.
func TestASessionStaysEnded(t *testing.T) {
	s := seeded(t)
	require.NoError(t, s.PutPerson(ctx, Person{ID: "p1", Login: "hoa", Created: t0}))
	x := Session{Person: "p1", Created: t0, Seen: t0}
	require.True(t, s.Keep(ctx, Deed{Session: &SessionOf{Session: x, Hash: "h", New: true}}))
	require.NoError(t, s.EndSession(ctx, "h"))
	require.True(t, s.Keep(ctx, Deed{Session: &SessionOf{Session: x, Hash: "h"}}))
	_, err := s.Session(ctx, "h")
	require.ErrorIs(t, err, ErrNotFound)
}

// Who signs in while nothing can be written, and out again, is out after a restart
// too.
func TestASessionThatEndedIsNotRestored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seeded(t)
		require.NoError(t, s.PutPerson(ctx, Person{ID: "p1", Login: "hoa", Created: t0}))
		_, err := s.write.ExecContext(ctx, `PRAGMA query_only = 1`)
		require.NoError(t, err)
		require.False(t, s.Keep(ctx, Deed{Session: &SessionOf{Session: Session{Person: "p1", Created: t0, Seen: t0}, Hash: "h", New: true}}))
		_, err = s.Session(ctx, "h")
		require.NoError(t, err)
		require.Error(t, s.EndSession(ctx, "h"), "the database takes nothing")
		_, err = s.Session(ctx, "h")
		require.ErrorIs(t, err, ErrNotFound)
		time.Sleep(2 * retryDeeds)
		require.Equal(t, Backlog{}, s.Backlog())
		again := open(t, killed(t, s.dir))
		_, err = again.Session(ctx, "h")
		require.ErrorIs(t, err, ErrNotFound)
	})
}

// What an alert needs was read before, and answers when the database does not.
func TestMemoryStandsIn(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(ctx, dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, s.PutArea(ctx, Area{"la-da", "", "La Dạ", Commune}))
	require.NoError(t, s.PutNode(ctx, Node{"n1", "Nhà văn hóa", "la-da", DefaultVolume, 0, t0, nil, false}))
	require.NoError(t, s.PutPerson(ctx, Person{ID: "p1", Login: "hoa", Password: "x", Created: t0}))
	require.NoError(t, s.AddClip(ctx, Clip{ID: sha(1), Kind: Speech, Created: t0}))
	require.NoError(t, s.PutBulletin(ctx,
		Bulletin{ID: "b1", Title: "Lũ", Class: "emergency", Language: "vi", Clips: map[string]string{"vi": sha(1)}, Created: t0}))
	require.NoError(t, s.PutSession(ctx, Session{Hash: "h", Person: "p1", Created: t0, Seen: t0}))
	require.NoError(t, s.Close())

	if s, err = Open(ctx, dir, slog.New(slog.DiscardHandler)); err != nil { // all that follows was read when it opened
		require.NoError(t, err)
	}
	_, err = s.Session(ctx, "h")
	require.NoError(t, err, "but for sessions, which are remembered once they came")
	require.NoError(t, s.Close())
	nodes, err := s.Nodes(ctx)
	require.NoError(t, err)
	require.Len(t, nodes, 1)
	nodes[0].Name = "changed by who got it"
	nodes, err = s.Nodes(ctx)
	require.NoError(t, err)
	require.Equal(t, "Nhà văn hóa", nodes[0].Name)
	tree, err := s.Tree(ctx)
	require.NoError(t, err)
	require.Equal(t, schedule.Tree{"la-da": ""}, tree)
	for what, read := range map[string]func() error{
		"person":   func() error { _, err := s.Person(ctx, "p1"); return err },
		"login":    func() error { _, err := s.PersonByLogin(ctx, "hoa"); return err },
		"session":  func() error { _, err := s.Session(ctx, "h"); return err },
		"bulletin": func() error { _, err := s.Bulletin(ctx, "b1"); return err },
		"clip":     func() error { _, err := s.GetClip(ctx, sha(1)); return err },
		"quiet":    func() error { _, err := s.Quiet(ctx); return err },
		"areas":    func() error { _, err := s.Areas(ctx); return err },
	} {
		require.NoError(t, read(), what)
	}
	require.Error(t, s.ReadFault(), "and it is told")
	_, err = s.Person(ctx, "stranger")
	require.Error(t, err, "nobody is made up")
	one, two := s.NextCommand(time.Now()), s.NextCommand(time.Now())
	require.Greater(t, two, one)
	require.False(t, s.Keep(ctx, Deed{Command: two}))
}

// A reading that hangs, as on a disk that is dying, is waited for once; then what
// is remembered answers at once, until a reading comes through again.
func TestAReadingThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Store{logger: slog.New(slog.DiscardHandler), deeds: newDeeds(nil)}
		hung := make(chan int)
		read := func() (int, time.Duration) {
			began := time.Now()
			v, err := recall(ctx, s, "n", same, func(context.Context) (int, error) { return <-hung, nil })
			require.NoError(t, err)
			return v, time.Since(began)
		}
		go func() { time.Sleep(time.Minute); hung <- 1 }()
		v, took := read()
		require.Equal(t, 1, v, "what nobody remembers is waited for")
		require.Equal(t, time.Minute, took)
		v, took = read()
		require.Equal(t, []any{1, readWithin}, []any{v, took})
		_, took = read()
		require.Equal(t, readSlow, took)
		hung <- 2
		hung <- 2
		synctest.Wait()
		v, took = read()
		require.Equal(t, []any{2, readWithin}, []any{v, took}, "it is well again")
		hung <- 3
	})
}

// What is more than the reserve has room for is not called safe.
func TestWhatHasNoRoomIsNotSafe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seeded(t)
		_, err := s.write.ExecContext(ctx, `PRAGMA query_only = 1`)
		require.NoError(t, err)
		for i := range 20 {
			s.Keep(ctx, Deed{Call: alertCall(fmt.Sprint("c", i), t0)}) // of 18 kB each
		}
		require.Equal(t, 20, s.Backlog().Count)
		require.False(t, s.Backlog().Kept)
	})
}
