package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A code is a village's until another stands in its place; then it is known as an old one,
// for somebody comes with it from last year's notice board.
func TestAnswerCodes(t *testing.T) {
	s := open(t, t.TempDir())
	ctx := t.Context()
	require.NoError(t, s.PutArea(ctx, Area{ID: "thon-1", Name: "Thôn 1", Kind: Village}))
	require.NoError(t, s.PutArea(ctx, Area{ID: "thon-2", Name: "Thôn 2", Kind: Village}))
	first, err := s.AnswerCodes(ctx, t0)
	require.NoError(t, err)
	require.Len(t, first, 2)
	again, err := s.AnswerCodes(ctx, t0)
	require.NoError(t, err)
	require.ElementsMatch(t, first, again)
	require.NoError(t, s.RenewAnswerCode(ctx, "thon-1", t0.Add(time.Hour)))
	after, err := s.AnswerCodes(ctx, t0)
	require.NoError(t, err)
	counts := map[string]string{}
	for _, c := range after {
		require.Len(t, c.Code, AnswerCodeLength)
		if c.Retired.IsZero() {
			counts[c.Area] = c.Code
		} else {
			require.Equal(t, AnswerCode{Code: c.Code, Area: "thon-1", Retired: t0.Add(time.Hour)}, c)
		}
	}
	require.Len(t, after, 3)
	require.Len(t, counts, 2)
	require.NoError(t, s.RenewAnswerCode(ctx, "thon-1", t0.Add(time.Hour+keepRetired+time.Second)))
	after, err = s.AnswerCodes(ctx, t0)
	require.NoError(t, err)
	require.Len(t, after, 3, "one of more than a year ago is known no more")
}

// A word is counted, and taken back where another takes its place; none falls below zero.
func TestTallies(t *testing.T) {
	s := open(t, t.TempDir())
	ctx := t.Context()
	said := func(word, former string) {
		require.NoError(t, s.Count(ctx, Tally{"e1", "thon-1", word, "c1", 1}, former, t0))
	}
	said("clear", "")
	said("clear", "")
	said("unheard", "clear")
	said("unheard", "unclear") // which nobody said
	all, err := s.Tallies(ctx, []string{"c1", "c2"})
	require.NoError(t, err)
	require.ElementsMatch(t, []Tally{{"e1", "thon-1", "clear", "c1", 1}, {"e1", "thon-1", "unheard", "c1", 2}}, all)
	of, err := s.TalliedSince(ctx, t0, 10)
	require.NoError(t, err)
	require.Equal(t, []string{"c1"}, of)
	of, err = s.TalliedSince(ctx, t0.Add(time.Second), 10)
	require.NoError(t, err)
	require.Empty(t, of)
}

// A bulletin asks one question at a time; what was asked before is kept with its answers.
func TestQuestions(t *testing.T) {
	s := open(t, t.TempDir())
	ctx := t.Context()
	require.NoError(t, s.PutBulletin(ctx, Bulletin{ID: "b1", Title: "Lũ", Class: "normal", Language: "vi", Created: t0}))
	waits := Question{ID: "q0", Bulletin: "b1", Words: "?", Answers: []string{"Có", "Không"}, Until: t0.Add(time.Hour),
		Made: t0.Add(-time.Hour)}
	require.NoError(t, s.PutQuestion(ctx, waits))
	none, err := s.AskedAt(ctx, t0)
	require.NoError(t, err)
	require.Empty(t, none, "nobody let it be asked")
	waiting, err := s.WaitingQuestions(ctx, t0, 10)
	require.NoError(t, err)
	require.Equal(t, []Question{waits}, waiting)
	first := Question{ID: "q1", Bulletin: "b1", Words: "Nhà có ngập không?", Answers: []string{"Có", "Không"}, Until: t0.Add(time.Hour),
		Made: t0, Approved: "Trần Văn Nam"}
	second := Question{ID: "q2", Bulletin: "b1", Words: "Cần thuyền không?", Answers: []string{"Có", "Không"}, Until: t0.Add(2 * time.Hour),
		Made: t0.Add(time.Minute), Author: "p1", Approved: "Trần Văn Nam"}
	require.NoError(t, s.PutQuestion(ctx, first))
	asked, err := s.AskedAt(ctx, t0)
	require.NoError(t, err)
	require.Equal(t, map[string]Question{"b1": first}, asked)
	require.NoError(t, s.PutQuestion(ctx, second))
	asked, err = s.AskedAt(ctx, t0.Add(time.Minute))
	require.NoError(t, err)
	require.Equal(t, map[string]Question{"b1": second}, asked)
	first.Closed, waits.Closed = second.Made, first.Made
	all, err := s.QuestionsOf(ctx, []string{"b1"})
	require.NoError(t, err)
	require.Equal(t, []Question{second, first, waits}, all)
	asked, err = s.AskedAt(ctx, t0.Add(2*time.Hour))
	require.NoError(t, err)
	require.Empty(t, asked, "its time is over")
}

// A message is kept with its photo, found by its sender's code, and forgotten in two steps:
// first what tells who sent it, then all of it.
func TestMessages(t *testing.T) {
	s := open(t, t.TempDir())
	ctx := t.Context()
	m := Message{ID: "m1", Area: "thon-1", Kind: "flood", Words: "Nước vào nhà", Point: &Point{11.25, 108.01}, Phone: "0912345678", At: t0,
		Receipt: "r1", State: MessageNew, Changed: t0}
	require.NoError(t, s.AddMessage(ctx, m, []byte{0xff, 0xd8}))
	other := Message{ID: "m2", Area: "thon-2", Kind: "noise", Words: "Ồn", At: t0.Add(time.Hour), Receipt: "r2", State: MessageNew,
		Changed: t0}
	require.NoError(t, s.AddMessage(ctx, other, nil))
	m.Photo = true
	found, err := s.MessageOf(ctx, "r1")
	require.NoError(t, err)
	require.Equal(t, m, found)
	_, err = s.MessageOf(ctx, "r3")
	require.ErrorIs(t, err, ErrNotFound)
	m.State, m.Who, m.Reply, m.Changed = MessageDoing, "Anh Ba", "Đang đưa thuyền vào", t0.Add(time.Minute)
	require.NoError(t, s.ChangeMessage(ctx, m))
	all, err := s.Messages(ctx, nil, 10)
	require.NoError(t, err)
	m.Taken = m.Changed
	require.Equal(t, []Message{other, m}, all)
	all, err = s.Messages(ctx, []string{"thon-1"}, 10)
	require.NoError(t, err)
	require.Equal(t, []Message{m}, all)
	all, err = s.Messages(ctx, []string{}, 10)
	require.NoError(t, err)
	require.Empty(t, all)
	n, err := s.Stored(ctx, "thon-1")
	require.NoError(t, err)
	require.Equal(t, Stored{Messages: 2, Here: 1, Photos: 1}, n)
	photo, err := s.Photo(ctx, "m1")
	require.NoError(t, err)
	require.Equal(t, []byte{0xff, 0xd8}, photo)

	require.NoError(t, s.ForgetAnswers(ctx, t0, t0.Add(time.Minute)))
	m.Phone, m.Photo = "", false
	found, err = s.Message(ctx, "m1")
	require.NoError(t, err)
	require.Equal(t, m, found)
	_, err = s.Photo(ctx, "m1")
	require.ErrorIs(t, err, ErrNotFound)
	require.NoError(t, s.ForgetAnswers(ctx, t0.Add(time.Minute), t0.Add(time.Minute)))
	_, err = s.Message(ctx, "m1")
	require.ErrorIs(t, err, ErrNotFound)
	require.NoError(t, s.DeleteMessage(ctx, "m2"))
	require.ErrorIs(t, s.DeleteMessage(ctx, "m2"), ErrNotFound)
}
