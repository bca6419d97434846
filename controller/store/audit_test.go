package store

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func audited(t *testing.T) *Store {
	s := seeded(t)
	for i, action := range []string{"programme.put", "programme.cancel", "call.begin", "node.put", "call.end"} {
		link, err := s.AddAudit(t.Context(),
			Audit{At: t0.Add(time.Duration(i) * time.Hour), Who: "p1", Name: "Cô Hoa", From: "10.0.0.7", Action: action, Object: "x",
				After: json.RawMessage(`{"title":"Bản tin"}`)})
		require.NoError(t, err)
		require.EqualValues(t, i+1, link.Seq)
	}
	return s
}

func TestAuditIsFoundAgain(t *testing.T) {
	s := audited(t)
	seqs := func(f AuditFilter) (seqs []int64) {
		all, err := s.Audits(t.Context(), f)
		require.NoError(t, err)
		for _, a := range all {
			seqs = append(seqs, a.Seq)
		}
		return seqs
	}
	require.Equal(t, []int64{5, 4, 3, 2, 1}, seqs(AuditFilter{}))
	require.Equal(t, []int64{2, 1}, seqs(AuditFilter{Action: "programme"}))
	require.Equal(t, []int64{3}, seqs(AuditFilter{Action: "call.begin"}))
	require.Empty(t, seqs(AuditFilter{Action: "pro"}))
	require.Equal(t, []int64{2, 1}, seqs(AuditFilter{Before: 3}))
	require.Equal(t, []int64{3, 2}, seqs(AuditFilter{From: t0.Add(time.Hour), To: t0.Add(3 * time.Hour)}))
	require.Empty(t, seqs(AuditFilter{Who: "p2"}))
	last, err := s.LastAudit(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 5, last.Seq)
}

func TestAuditTellsWhatWasDoneToIt(t *testing.T) {
	require.NoError(t, audited(t).CheckAudit(t.Context(), nil))
	for name, c := range map[string]struct {
		sql string
		seq int64
	}{
		"altered":             {`UPDATE audit SET document = replace(document, 'Hoa', 'Lan') WHERE seq = 3`, 3},
		"a column altered":    {`UPDATE audit SET who = 'p2' WHERE seq = 2`, 2},
		"a time altered":      {`UPDATE audit SET at = at + 1 WHERE seq = 2`, 2},
		"removed":             {`DELETE FROM audit WHERE seq = 4`, 4},
		"the first removed":   {`DELETE FROM audit WHERE seq = 1`, 1},
		"removed and renamed": {`DELETE FROM audit WHERE seq = 2; UPDATE audit SET seq = seq - 1 WHERE seq > 2`, 2},
		"reordered":           {`UPDATE audit SET seq = -1 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = -1`, 2},
		"added":               {`INSERT INTO audit SELECT 6, at, who, action, object, document, hash FROM audit WHERE seq = 5`, 6},
		"its hash altered":    {`UPDATE audit SET hash = 'ff' WHERE seq = 5`, 5},
	} {
		t.Run(name, func(t *testing.T) {
			s := audited(t)
			for _, q := range strings.Split(c.sql, ";") {
				_, err := s.write.ExecContext(t.Context(), q)
				require.NoError(t, err)
			}
			var fault *AuditFault
			require.ErrorAs(t, s.CheckAudit(t.Context(), nil), &fault)
			require.Equal(t, c.seq, fault.Seq, fault.Why)
		})
	}
}

// What is too long is shortened, and keeps its shape: who did what to what can
// still be read.
func TestAuditIsShortenedAndNeverDropped(t *testing.T) {
	s := seeded(t)
	type stop struct {
		Targets map[string][]string
		Cut     []string
		More    any
	}
	deep := any("x")
	for range 200 {
		deep = []any{deep}
	}
	for name, after := range map[string]stop{
		"a title": {map[string][]string{"areas": {"la-da"}}, []string{strings.Repeat("ọ", 200_000)}, nil},
		"many":    {map[string][]string{"areas": {"la-da"}}, slices.Repeat([]string{"Bản tin"}, 100_000), nil},
		"deep":    {map[string][]string{"areas": {"la-da"}}, []string{"Lũ"}, []any{deep, strings.Repeat("y", maxAudit)}},
	} {
		long, err := json.Marshal(after)
		require.NoError(t, err)
		_, err = s.AddAudit(t.Context(), Audit{At: t0, Who: "p1", Name: "Cô\u202e\nHoa", Action: "call.stop_all", After: long, Note: "n"})
		require.NoError(t, err)
		all, err := s.Audits(t.Context(), AuditFilter{Limit: 1})
		require.NoError(t, err)
		var kept stop
		require.NoError(t, json.Unmarshal(all[0].After, &kept), name)
		require.Equal(t, after.Targets, kept.Targets, name)
		require.NotEmpty(t, kept.Cut, name)
		require.Less(t, len(all[0].After), maxAudit, name)
		require.Contains(t, all[0].Note, "n; shortened", name)
		require.Equal(t, "Cô Hoa", all[0].Name)
	}
	require.NoError(t, s.CheckAudit(t.Context(), nil))
}

// Control characters and overrides of the direction do not get into the log,
// wherever in a record they stand.
func TestAuditIsClean(t *testing.T) {
	s := seeded(t)
	_, err := s.AddAudit(t.Context(), Audit{At: t0, Who: "p1", Action: "x", Object: "a\x00b", Where: []string{"thôn\u202e"},
		Before: json.RawMessage(`{"title":"a\u202eb","n":1234567890123456789}`), After: json.RawMessage("\"\u2066q\"")})
	require.NoError(t, err)
	all, err := s.Audits(t.Context(), AuditFilter{Limit: 1})
	require.NoError(t, err)
	a := all[0]
	require.Equal(t, []string{"ab", "thôn", `{"n":1234567890123456789,"title":"ab"}`, `"q"`},
		[]string{a.Object, a.Where[0], string(a.Before), string(a.After)})
}
