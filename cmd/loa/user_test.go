package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/trust/signing"
)

// Somebody at the machine itself makes an account and resets it, beside a
// controller that is running.
func TestUsersAtTheMachine(t *testing.T) {
	dir := t.TempDir()
	running, err := store.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer running.Close()
	keys, err := trust.Open(filepath.Join(dir, "trust"), trust.Options{Commune: "la-da"})
	require.NoError(t, err)
	unfinished := filepath.Join(dir, "tmp", "upload")
	require.NoError(t, os.WriteFile(unfinished, nil, 0o600))
	config := filepath.Join(dir, "controller.yaml")
	require.NoError(t, os.WriteFile(config, []byte("data: "+dir+"\ncommune: la-da\n"), 0o600))
	u, err := userStore{config}.open(t.Context())
	require.NoError(t, err)
	defer u.Close()
	var out bytes.Buffer
	u.out = &out

	require.NoError(t, u.add(t.Context(), "Lam", "Nguyễn Văn Lâm", "admin", ""))
	printed := func() string { return strings.Split(strings.Fields(out.String())[1], "\n")[0] }
	first := printed()
	accounts := trust.NewAccounts(running, time.Now, trust.Cost{})
	cookie, _, err := accounts.SignIn(t.Context(), "lam", first, trust.Visitor{})
	require.NoError(t, err)

	out.Reset()
	require.NoError(t, u.reset(t.Context(), "LAM "))
	require.NotEqual(t, first, printed())
	_, ok, err := accounts.Who(t.Context(), cookie, trust.Visitor{})
	require.NoError(t, err)
	require.False(t, ok, "the sessions have ended")
	_, _, err = accounts.SignIn(t.Context(), "lam", first, trust.Visitor{})
	require.Error(t, err)
	_, _, err = accounts.SignIn(t.Context(), "lam", printed(), trust.Visitor{})
	require.NoError(t, err)

	out.Reset()
	require.NoError(t, u.list(t.Context()))
	require.Equal(t, "lam\tNguyễn Văn Lâm\tadmin=la-da\n", out.String())
	require.Error(t, u.reset(t.Context(), "nobody"))
	require.Error(t, u.add(t.Context(), "minh", "", "king", ""))
	require.Error(t, u.add(t.Context(), "minh", "", "head", "nowhere"))
	require.FileExists(t, unfinished, "what the controller is doing is left alone")
	last, err := signing.VerifyAudit(t.Context(), running, keys.Keys)
	require.NoError(t, err)
	require.EqualValues(t, 2, last.Seq)
	seal, err := keys.AuditSeal()
	require.NoError(t, err)
	require.EqualValues(t, 2, seal.Seq)
}
