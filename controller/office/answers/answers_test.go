package answers_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/office/access"
	"loa/controller/office/answers"
	"loa/controller/office/asrun"
	"loa/controller/office/audit"
	"loa/controller/office/notices"
	"loa/controller/office/preview"
	"loa/controller/office/replay"
	"loa/controller/office/replay/replaytest"
	"loa/controller/store"
	"loa/controller/store/storetest"
	"loa/schedule"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, schedule.Zone())

// rig is a commune whose villages have heard a bulletin this morning.
type rig struct {
	*replaytest.Commune
	t     *testing.T
	desk  *answers.Desk
	now   time.Time
	entry *replay.Entry
	codes map[string]string // of the villages, by area
	rung  []string          // news
}

func newRig(t *testing.T) *rig {
	t.Helper()
	dir := t.TempDir()
	storetest.Fill(t, dir)
	logger := slog.New(slog.DiscardHandler)
	s, err := store.Open(context.WithoutCancel(t.Context()), dir, logger)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	r := &rig{Commune: replaytest.Fill(t, s, noon), t: t, now: noon, codes: map[string]string{}}
	clip := r.Clip(2, "Nước suối đang lên.")
	r.Bulletin(store.Bulletin{ID: "b-lu", Title: "Nước lên", Clips: map[string]string{"vi": clip}, Area: "la-da"})
	airing := r.Air("sang", "Bản tin sáng", schedule.Normal, noon.Add(-7*time.Hour), clip)
	for _, node := range []string{"thon-1-loa", "da-mi-loa"} {
		r.Play(node, airing, 0, clip, "heard", noon.Add(-7*time.Hour), nil)
	}
	control, now, editing := access.New(s, "la-da"), func() time.Time { return r.now }, new(sync.Mutex)
	trail := audit.New(audit.Options{Store: s, Now: now, Logger: logger, Began: noon})
	pre := preview.New(s, control)
	news := func(what string) { r.rung = append(r.rung, what) }
	rep := replay.New(replay.Options{Store: s, Access: control, Trail: trail, Preview: pre, Now: now, Editing: editing, News: news,
		Commune: "la-da", Logger: logger})
	not := notices.New(notices.Options{Store: s, Access: control, Trail: trail, Now: now, Editing: editing, News: func(string) {},
		Commune: "la-da",
		Logger:  logger})
	t.Cleanup(not.Wait)
	r.desk = answers.New(answers.Options{Store: s, Access: control, Trail: trail,
		AsRun:  asrun.New(asrun.Options{Store: s, Access: control, Trail: trail, Preview: pre, Now: now, Logger: logger}),
		Replay: rep, Notices: not, Now: now, Editing: editing, News: news, Commune: "la-da", Logger: logger})
	snapshot, err := rep.Snapshot(t.Context())
	require.NoError(t, err)
	p, _ := snapshot.Page("")
	r.entry = p.Entries[0]
	codes, err := r.desk.Codes(access.With(t.Context(), access.MachineVisit()))
	require.NoError(t, err)
	for _, c := range codes {
		r.codes[c.Area] = c.Code
	}
	require.Len(t, r.codes, 3)
	return r
}

// as is a request of somebody with a role in a place.
func (r *rig) as(role, area string) context.Context {
	v := &access.Visit{}
	v.Becomes(store.Person{ID: "p-" + role, Name: role, Grants: []store.Grant{{Role: role, Area: area}}}, "cookie")
	return access.With(r.t.Context(), v)
}

func (r *rig) head(area string) context.Context { return r.as("head", area) }

func (r *rig) tap(from, word string) error {
	return r.desk.Tap(r.t.Context(), from, r.codes["thon-1"], r.entry.ID, word)
}

// village is how Thôn 1 heard it, as its head sees it.
func (r *rig) village() answers.VillageHeard {
	r.t.Helper()
	s, err := r.desk.Situation(r.head("thon-1"))
	require.NoError(r.t, err)
	require.Len(r.t, s.Broadcasts, 1)
	require.Len(r.t, s.Broadcasts[0].Villages, 1)
	return s.Broadcasts[0].Villages[0]
}

// One address counts once a day, its last word; beside it stands what the loudspeakers say;
// and only who listens there sees it.
func TestTaps(t *testing.T) {
	r := newRig(t)
	for i := range 5 {
		require.NoError(t, r.tap(fmt.Sprintf("10.0.%d.1", i), answers.Clear))
	}
	require.NoError(t, r.tap("10.0.0.1", answers.Clear), "twice is once")
	require.NoError(t, r.tap("10.0.1.1", answers.Unheard), "a later word takes the place of the former")
	require.NoError(t, r.tap("2001:db8:1:2::/64", answers.Unclear))
	v := r.village()
	require.Equal(t, answers.VillageHeard{Area: "thon-1", Name: "Thôn 1", Clear: 4, Unclear: 1, Unheard: 1, Nodes: 2, Sounded: 1}, v)
	require.ErrorIs(t, r.desk.Tap(t.Context(), "10.1.1.1", r.codes["thon-1"], r.entry.ID, "loud"), answers.ErrWord)
	require.ErrorIs(t, r.desk.Tap(t.Context(), "10.1.1.1", r.codes["thon-1"], "no-such-entry", answers.Clear), answers.ErrGone)
	require.ErrorIs(t, r.desk.Tap(t.Context(), "10.1.1.1", "", r.entry.ID, answers.Clear), answers.ErrNoCode)
	require.ErrorIs(t, r.desk.Tap(t.Context(), "10.1.1.1", "abcdefg", r.entry.ID, answers.Clear), answers.ErrNoCode)
	require.Equal(t, v, r.village())

	require.NoError(t, r.tap("10.0.0.1", answers.Unheard))
	require.True(t, r.village().Finding, "loa kêu nhưng dân không nghe rõ: 3 of 6")
	for _, who := range []context.Context{r.head("thon-1"), r.as("technician", "la-da"), r.as("technician", "thon-1")} {
		all, err := r.desk.Misheard(who)
		require.NoError(t, err)
		require.Len(t, all, 1, "of the one that sounded there, also for who mends it")
		require.Equal(t, []int{3, 1, 2}, []int{all["thon-1-loa"].Clear, all["thon-1-loa"].Unclear, all["thon-1-loa"].Unheard})
	}
	none, err := r.desk.Misheard(r.head("da-mi"))
	require.NoError(t, err)
	require.Empty(t, none, "of another village")
	for _, who := range []context.Context{r.head("da-mi"), r.as("technician", "la-da"), r.as("province", "la-da")} {
		s, err := r.desk.Situation(who)
		require.NoError(t, err)
		require.Empty(t, s.Broadcasts, "it is not theirs to see")
	}
	r.now = r.now.AddDate(0, 0, 1)
	require.NoError(t, r.tap("10.0.0.1", answers.Unheard), "another day")
	require.Equal(t, 3, r.village().Unheard)
	for i := range 3 {
		r.now = r.now.Add(time.Minute)
		_ = r.tap("10.9.9.9", answers.Taps[i])
	}
	r.now = noon.Add(49 * time.Hour)
	require.ErrorIs(t, r.tap("10.0.0.2", answers.Clear), answers.ErrGone, "after 48 hours it is heard no more")
}

// Nothing of an address is anywhere in the folder of the office, also not as a number or a hash of it.
func TestNoAddressIsStored(t *testing.T) {
	r := newRig(t)
	const from = "113.161.72.45"
	require.NoError(t, r.tap(from, answers.Clear))
	_, err := r.desk.Tell(t.Context(), from, r.codes["thon-1"], answers.Told{Kind: "idea", Words: "Cảm ơn"})
	require.NoError(t, err)
	require.ErrorIs(t, r.desk.Tap(t.Context(), from, "wrong", r.entry.ID, answers.Clear), answers.ErrNoCode)
	found := 0
	require.NoError(t, filepath.WalkDir(r.Store.Folder(), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		require.NotContains(t, string(data), from, path)
		if strings.Contains(string(data), "Cảm ơn") {
			found++
		}
		return err
	}))
	require.Positive(t, found, "the message is there, to be looked for")
}

// A code that was renewed leads its holder to the new one and nowhere else, and a caller that guesses codes
// is heard no more that day, also with the right one.
func TestCodes(t *testing.T) {
	r := newRig(t)
	old := r.codes["thon-1"]
	require.True(t, access.IsForbidden(r.desk.Renew(r.head("da-mi"), "thon-1")))
	require.True(t, access.IsForbidden(r.desk.Renew(r.as("technician", "thon-1"), "thon-1")))
	require.ErrorIs(t, r.desk.Renew(r.as("admin", "la-da"), "nowhere"), store.ErrNotFound)
	require.NoError(t, r.desk.Renew(r.head("thon-1"), "thon-1"))
	require.ErrorIs(t, r.desk.Tap(t.Context(), "10.0.0.1", old, r.entry.ID, answers.Clear), answers.ErrOldCode)
	codes, err := r.desk.Codes(r.head("thon-1"))
	require.NoError(t, err)
	require.Len(t, codes, 1)
	require.NotEqual(t, old, codes[0].Code)
	r.codes["thon-1"] = codes[0].Code
	require.NoError(t, r.tap("10.0.0.1", answers.Clear))
	for i := range 40 {
		_, err := r.desk.Village(t.Context(), "10.0.0.9", fmt.Sprint("guess", i))
		require.Error(t, err)
	}
	require.ErrorIs(t, r.tap("10.0.0.9", answers.Clear), answers.ErrManyWrong)
	require.NoError(t, r.tap("10.0.0.2", answers.Clear), "a neighbour is heard")
	for i := range 400 {
		_, _ = r.desk.Village(t.Context(), fmt.Sprintf("10.7.7.%d", i%250), fmt.Sprint("guess", i))
	}
	require.ErrorIs(t, r.tap("10.7.7.251", answers.Clear), answers.ErrManyWrong, "a network that guesses")
	all, err := r.Store.Audits(t.Context(), store.AuditFilter{Limit: 10})
	require.NoError(t, err)
	require.Equal(t, []string{"code.renew", "thon-1", "head"}, []string{all[0].Action, all[0].Object, all[0].Name})
}

// A question goes with a bulletin until its time; it is counted by village, and what was
// answered to other words stays with those.
func TestQuestion(t *testing.T) {
	r := newRig(t)
	ask := answers.Question{Words: "Nhà bà con có bị ngập không?", Answers: []string{"Có", "Không"}, Until: noon.Add(3 * time.Hour)}
	require.True(t, access.IsForbidden(r.desk.PutQuestion(r.head("la-da"), "b-lu", ask)))
	for _, bad := range []answers.Question{{Words: "Một?", Answers: []string{"Có"}, Until: ask.Until},
		{Words: "Sáu?", Answers: strings.Split("abcdef", ""), Until: ask.Until}, {Words: strings.Repeat("ạ", 201), Answers: ask.Answers,
			Until: ask.Until},
		{Words: "Xong?", Answers: ask.Answers, Until: noon}, {Words: "Lâu?", Answers: ask.Answers, Until: noon.AddDate(0, 2, 0)},
		{Words: "Dài?", Answers: []string{"Có", strings.Repeat("ạ", 61)}, Until: ask.Until}} {
		require.Error(t, r.desk.PutQuestion(r.as("admin", "la-da"), "b-lu", bad), bad.Words)
	}
	require.NoError(t, r.desk.PutQuestion(r.as("operator", "la-da"), "b-lu", ask))
	asked, err := r.desk.Asked(t.Context())
	require.NoError(t, err)
	require.Empty(t, asked, "it waits for somebody who may approve")
	require.True(t, access.IsForbidden(r.desk.Ask(r.as("operator", "la-da"), "b-lu")))
	waits, err := r.desk.Situation(r.as("approver", "la-da"))
	require.NoError(t, err)
	require.True(t, waits.Questions[0].May, "who may approve finds it, and opens no bulletin for that")
	require.Equal(t, []string{"b-lu", "Nước lên"}, []string{waits.Questions[0].Bulletin, waits.Questions[0].Title})
	waits, err = r.desk.Situation(r.as("operator", "la-da"))
	require.NoError(t, err)
	require.Empty(t, waits.Questions)
	require.NoError(t, r.desk.Ask(r.as("approver", "la-da"), "b-lu"))
	asked, err = r.desk.Asked(t.Context())
	require.NoError(t, err)
	id := asked["b-lu"].ID
	answer := func(from, area string, choice int) error {
		return r.desk.Answer(t.Context(), from, r.codes[area], r.entry.ID, id, choice)
	}
	require.NoError(t, answer("10.0.0.1", "thon-1", 0))
	require.NoError(t, answer("10.0.1.1", "thon-1", 0))
	require.NoError(t, answer("10.0.1.1", "thon-1", 1), "the last word counts")
	require.NoError(t, answer("10.0.2.1", "da-mi", 0))
	require.ErrorIs(t, answer("10.0.2.1", "da-mi", 2), answers.ErrWord)
	seen, err := r.desk.Questions(r.as("admin", "la-da"), "b-lu")
	require.NoError(t, err)
	require.Equal(t, []int{2, 1}, seen[0].Total)
	require.Equal(t, 66, seen[0].Share(0))
	require.True(t, seen[0].Now)
	require.Equal(t, []string{"Thôn 1", "Thôn Đa Mi"}, []string{seen[0].Villages[0].Name, seen[0].Villages[1].Name})
	mine, err := r.desk.Situation(r.head("thon-1"))
	require.NoError(t, err)
	require.Equal(t, []int{1, 1}, mine.Questions[0].Total, "the head of a village sees that village")
	theirs, err := r.desk.Situation(r.as("technician", "la-da"))
	require.NoError(t, err)
	require.Empty(t, theirs.Questions)
	later := ask
	later.Until = noon.Add(5 * time.Hour)
	require.NoError(t, r.desk.PutQuestion(r.as("operator", "la-da"), "b-lu", later))
	r.now = noon.Add(4 * time.Hour)
	require.NoError(t, answer("10.0.3.1", "thon-1", 0), "it was given more time, and needs nobody's word for that")
	other := later
	other.Words = "Cần thuyền không?"
	require.NoError(t, r.desk.PutQuestion(r.as("admin", "la-da"), "b-lu", other))
	require.ErrorIs(t, answer("10.0.4.1", "thon-1", 0), answers.ErrGone, "what stood on an old page is asked no more")
	seen, err = r.desk.Questions(r.as("admin", "la-da"), "b-lu")
	require.NoError(t, err)
	require.Equal(t, []string{"Cần thuyền không?", ask.Words}, []string{seen[0].Words, seen[1].Words})
	require.Equal(t, []int{3, 1}, seen[1].Total)
	require.NoError(t, r.desk.PutQuestion(r.as("operator", "la-da"), "b-lu", answers.Question{}))
	asked, err = r.desk.Asked(t.Context())
	require.NoError(t, err)
	require.Empty(t, asked)
}

// Where two persons are needed, nobody lets their own question be asked.
func TestQuestionOfTwoPersons(t *testing.T) {
	r := newRig(t)
	require.NoError(t, r.Store.PutApprovalPolicy(t.Context(), store.ApprovalPolicy{Need: "all"}))
	ask := answers.Question{Words: "Có điện chưa?", Answers: []string{"Có", "Chưa"}, Until: noon.Add(time.Hour)}
	require.NoError(t, r.desk.PutQuestion(r.as("admin", "la-da"), "b-lu", ask))
	require.Error(t, r.desk.Ask(r.as("admin", "la-da"), "b-lu"))
	require.NoError(t, r.desk.Ask(r.as("approver", "la-da"), "b-lu"))
}
