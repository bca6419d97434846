package answers_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/office/access"
	"loa/controller/office/answers"
	"loa/controller/store"
)

// A message of a broken loudspeaker becomes a report, once, linked both ways; it is in hand
// until the report is done, and what the villager wrote stays with the message alone.
func TestForward(t *testing.T) {
	r := newRig(t)
	tell := func(kind string) answers.Message {
		_, err := r.desk.Tell(t.Context(), "10.0.0.1", r.codes["thon-1"], answers.Told{Kind: kind, Words: "của ông Sáu " + kind,
			Phone: "0912345678"})
		require.NoError(t, err)
		all, err := r.desk.Messages(r.head("thon-1"))
		require.NoError(t, err)
		for _, m := range all {
			if m.Kind == kind {
				return m
			}
		}
		return answers.Message{}
	}
	m := tell("noise")
	at := r.now
	r.now = r.now.Add(time.Hour)
	to := answers.Forward{Node: "thon-1-loa", Words: "nhà sát cột"}
	_, err := r.desk.Forward(r.as("technician", "la-da"), m.ID, to)
	require.True(t, access.IsForbidden(err), "who does not listen")
	for _, node := range []string{"da-mi-loa", "no-such", ""} {
		_, err = r.desk.Forward(r.head("thon-1"), m.ID, answers.Forward{Node: node})
		require.ErrorContains(t, err, "loudspeaker", node)
	}
	for range 2 { // twice is once
		m, err = r.desk.Forward(r.head("thon-1"), m.ID, to)
		require.NoError(t, err)
		require.Equal(t, "doing", m.State)
	}
	reports, err := r.Store.OpenReports(t.Context())
	require.NoError(t, err)
	require.Len(t, reports, 1)
	require.Equal(t, []string{m.Report, m.ID, "loud", "thon-1-loa", "nhà sát cột"},
		[]string{reports[0].ID, reports[0].Message, reports[0].Kind, reports[0].Node, reports[0].Words})
	require.WithinDuration(t, at, reports[0].Heard, time.Millisecond, "what sounded then is looked for")
	audits, err := r.Store.Audits(t.Context(), store.AuditFilter{Limit: 20})
	require.NoError(t, err)
	for _, a := range audits {
		require.NotContains(t, string(a.After)+string(a.Before), "ông Sáu", a.Action)
	}

	r.now = r.now.Add(time.Hour)
	require.NoError(t, r.Store.EndReport(t.Context(), m.Report, r.now, "Anh Tư", "giảm âm lượng"))
	kept, err := r.Store.Message(t.Context(), m.ID)
	require.NoError(t, err)
	require.Equal(t, store.MessageDone, kept.State, "the state follows")
	require.WithinDuration(t, at.Add(time.Hour), kept.Taken, time.Millisecond)
	require.WithinDuration(t, at.Add(2*time.Hour), kept.Finished, time.Millisecond)
	require.ErrorIs(t, r.Store.EndReport(t.Context(), m.Report, r.now, "x", ""), store.ErrNotFound)

	idea := tell("idea")
	_, err = r.desk.Forward(r.head("thon-1"), idea.ID, to)
	require.ErrorContains(t, err, "broken or a noisy")
	require.NoError(t, r.desk.Remove(r.head("thon-1"), m.ID))
	gone, err := r.Store.Report(t.Context(), m.Report)
	require.NoError(t, err)
	require.Empty(t, gone.Message, "a report does not name what is gone")
}
