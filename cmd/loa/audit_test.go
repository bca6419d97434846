package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/trust/signing"
)

func TestAuditLogIsVerifiedAndPrinted(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer st.Close()
	keys, err := trust.Open(dir+"/trust", trust.Options{Commune: "la-da"})
	require.NoError(t, err)
	at := time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)
	var links []store.Link
	for range 3 {
		link, err := st.AddAudit(t.Context(), store.Audit{At: at, Who: "p1", Name: "=HYPERLINK()", Action: "call.begin",
			After: json.RawMessage(`{"title":"Lũ, \"khẩn\""}`)})
		require.NoError(t, err)
		links = append(links, link)
	}
	ro, err := store.OpenReadOnly(t.Context(), dir)
	require.NoError(t, err)
	defer ro.Close()
	_, err = ro.AddAudit(t.Context(), store.Audit{Who: "x"})
	require.Error(t, err, "who only looks cannot write")

	verify := func() error { _, err := signing.VerifyAudit(t.Context(), ro, keys.Keys); return err }
	require.NoError(t, verify(), "before the first seal of a record: power was cut")
	other, err := store.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer other.Close()
	for range 2 { // power was cut before the last seal, or not
		require.NoError(t, keys.SealAudit(t.Context(), st))
		require.NoError(t, verify())
		link, err := st.AddAudit(t.Context(), store.Audit{At: at, Who: "p1", Action: "call.end"})
		require.NoError(t, err)
		links = append(links, link)
	}
	var fault *store.AuditFault
	for range len(links) + 1 {
		_, err := other.AddAudit(t.Context(), store.Audit{At: at, Who: "p2", Action: "call.begin"})
		require.NoError(t, err)
	}
	require.ErrorIs(t, keys.SealAudit(t.Context(), other), signing.ErrCut, "a seal is not given to another log")
	seal := dir + "/trust/audit.seal"
	good, err := os.ReadFile(seal)
	require.NoError(t, err)
	require.NoError(t, os.Remove(seal))
	require.ErrorIs(t, verify(), signing.ErrUnsealed, "without its seal no log is whole")
	require.NoError(t, os.WriteFile(seal, good[:len(good)/2], 0o600))
	require.ErrorIs(t, verify(), signing.ErrSeal)
	sealOther(t, keys, other, seal)
	require.ErrorAs(t, verify(), &fault)
	require.EqualValues(t, len(links)+1, fault.Seq, "the end was cut off")
	link, err := st.AddAudit(t.Context(), store.Audit{At: at, Who: "p1", Action: "call.end"})
	require.NoError(t, err)
	require.ErrorAs(t, verify(), &fault)
	require.Equal(t, link.Seq, fault.Seq, "made anew")
	links = append(links, link)

	var out bytes.Buffer
	require.NoError(t, exportAudit(t.Context(), ro, &out))
	rows, err := csv.NewReader(&out).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+len(links))
	require.Equal(t, "'=HYPERLINK()", rows[1][3], "no formula in a spreadsheet")
	require.Equal(t, `{"title":"Lũ, \"khẩn\""}`, rows[1][9])
}

// sealOther puts a seal there that the same key made of another log.
func sealOther(t *testing.T, keys *trust.Trust, other *store.Store, seal string) {
	t.Helper()
	require.NoError(t, os.Remove(seal))
	empty, err := store.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer empty.Close()
	require.NoError(t, keys.SealAudit(t.Context(), empty))
	require.NoError(t, keys.SealAudit(t.Context(), other))
}
