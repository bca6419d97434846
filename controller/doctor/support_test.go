package doctor

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller"
	"loa/controller/store"
	"loa/controller/trust"
)

// What leaves the house holds no key, token, password, hash or session, whether
// in a file, in the database or in the settings.
func TestSupportHoldsNoSecret(t *testing.T) {
	ctx, now := t.Context(), time.Now()
	config := controller.DefaultConfig()
	config.Data = t.TempDir()
	config.Broker = "mqtts://tram:matkhau-broker-123@broker.example:8883/?k=matkhau-broker-456"
	config.ACME = "https://u:matkhau-acme-123@acme.example/directory?key=matkhau-acme-456"
	config.ACMEEmail = "nguoi-lo@xa.example"
	config.Speech = []string{"tts", "--api-key", "khoa-giong-doc-789"}
	config.HTTPSKey = "/etc/loa/khoa-rieng-cua-trang.pem"
	secrets := []string{"matkhau-", "khoa-giong", "khoa-rieng", "nguoi-lo", "argon2"}

	keys, err := trust.Open(config.TrustDir(), trust.Options{Commune: config.Commune})
	require.NoError(t, err)
	secrets = append(secrets, keys.Token())
	require.NoError(t, filepath.WalkDir(config.TrustDir(), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
			if line := strings.TrimSpace(s.Text()); len(line) >= 16 && !strings.HasPrefix(line, "---") {
				secrets = append(secrets, line[:16])
			}
		}
		return err
	}))
	st, err := store.Open(ctx, config.Data, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer st.Close()
	accounts := trust.NewAccounts(st, time.Now, trust.Cost{})
	p, err := accounts.Add(ctx,
		trust.Newcomer{Login: "lan", Name: "Nguyễn Thị Lan", Password: "cây đa bến nước", Grants: []store.Grant{{Role: "admin", Area: "la-da"}}})
	require.NoError(t, err)
	cookie, err := accounts.Begin(ctx, p.ID, trust.Visitor{Address: "10.9.8.7", Agent: "trinh-duyet"})
	require.NoError(t, err)
	token, _, err := accounts.MakeToken(ctx, p.ID, "máy", trust.Actions, 0)
	require.NoError(t, err)
	require.NoError(t, st.PutSetting(ctx, "notify",
		map[string]any{"webhook": map[string]any{"secret": "matkhau-webhook"}, "mail": map[string]any{"password": "matkhau-thu"}}))
	require.NoError(t, st.PutArea(ctx, store.Area{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune}))
	require.NoError(t, st.PutNode(ctx, store.Node{ID: "loa-1", Area: "la-da", Created: now}))
	require.NoError(t, st.PutNodeStates(ctx, []store.NodeState{{Node: "loa-1", State: "fault", Since: now, Status: []byte("matkhau-status")}}))
	require.NoError(t, st.OpenFault(ctx, store.Fault{Node: "loa-1", Code: "no_power", Since: now, Detail: "matkhau-detail"}))
	_, err = st.AddAudit(ctx, store.Audit{At: now, Who: p.ID, Action: "person.add", Note: "matkhau-audit"})
	require.NoError(t, err)
	secrets = append(secrets, cookie, token, "cây đa", "10.9.8.7", "trinh-duyet", "Nguyễn Thị Lan")

	b := Gather(ctx, config, "v7", now)
	data, err := json.Marshal(b)
	require.NoError(t, err)
	require.Greater(t, len(secrets), 30)
	for _, secret := range secrets {
		require.NotEmpty(t, secret)
		require.NotContains(t, string(data), secret)
	}
	require.Empty(t, b.Wrong)
	require.Equal(t, "mqtts://broker.example:8883", b.Settings["broker"])
	require.Equal(t, "whole, 1 records", b.Audit)
	require.EqualValues(t, 1, b.Store.Rows["people"])
	require.Equal(t, "no_power", b.Faults[0].Code)
	require.Equal(t, "fault", b.Nodes[0].State)
	require.Positive(t, b.Disk["free"])
	var names []string
	for _, k := range b.Keys {
		names = append(names, k.Name+" "+k.Mode)
	}
	require.Contains(t, names, "ca.pem -rw-------")
}
