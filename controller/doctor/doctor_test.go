package doctor

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller"
	"loa/controller/backup"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/node/wire/checkup"
)

// byName keeps the worst of what has the same name. Whatever is not good says
// so in both languages, and what to do.
func byName(t testing.TB, all []checkup.Check) map[string]checkup.Check {
	t.Helper()
	checks := map[string]checkup.Check{}
	for _, c := range all {
		require.NotEmpty(t, c.What.VI, c.Name)
		require.NotEmpty(t, c.What.EN, c.Name)
		if old, ok := checks[c.Name]; !ok || old.State != checkup.Bad {
			checks[c.Name] = c
		}
	}
	return checks
}

// Each kind of trouble of an office turns its line bad, with what to do.
func TestEachTroubleOfAnOffice(t *testing.T) {
	for name, c := range map[string]struct {
		break_ func(t testing.TB, c *controller.Config)
		line   string
		advice string
	}{
		"store": {func(t testing.TB, c *controller.Config) {
			require.NoError(t, os.WriteFile(filepath.Join(c.Data, store.Database), []byte(strings.Repeat("hỏng", 5000)), 0o600))
		}, "store", "loa restore"},
		"keys": {func(t testing.TB, c *controller.Config) {
			require.NoError(t, os.Remove(filepath.Join(c.TrustDir(), "ca.pem")))
		}, "keys", "sao lưu"},
		"open key": {func(t testing.TB, c *controller.Config) {
			require.NoError(t, os.Chmod(filepath.Join(c.TrustDir(), "ca.pem"), 0o644))
		}, "key_files", "chmod"},
		"old backup": {func(t testing.TB, c *controller.Config) {
			require.NoError(t, os.MkdirAll(c.BackupsDir(), 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(c.BackupsDir(), backup.Name(c.Commune, time.Now().AddDate(0, 0, -5))), []byte("x"), 0o600))
		}, "backups", "loa backup"},
		"speech": {func(_ testing.TB, c *controller.Config) { c.Speech = []string{"khong-co"} }, "voice speech", "speech"},
		"silent voice": {func(_ testing.TB, c *controller.Config) {
			c.Voices = []controller.Engine{{Name: "cam",
				Command: []string{"sh", "-c", "cat >/dev/null; ffmpeg -v error -f lavfi -i anullsrc=d=9 -f wav -"}}}
		}, "voice cam", "voices.md"},
		"wrong voices": {func(_ testing.TB, c *controller.Config) { c.Voices = []controller.Engine{{Name: "espeak-ng"}} }, "voices", "voices.md"},
		"stopped":      {func(testing.TB, *controller.Config) {}, "running", "systemctl restart loa-controller"},
		"broker":       {func(_ testing.TB, c *controller.Config) { c.Broker = "mqtts://127.0.0.1:1" }, "broker", "mosquitto"},
	} {
		t.Run(name, func(t *testing.T) {
			config := controller.DefaultConfig()
			config.Data = filepath.Join(t.TempDir(), "data")
			_, err := trust.Open(config.TrustDir(), trust.Options{Commune: config.Commune})
			require.NoError(t, err)
			st, err := store.Open(t.Context(), config.Data, slog.New(slog.DiscardHandler))
			require.NoError(t, err)
			require.NoError(t, st.Close())
			c.break_(t, &config)
			var r checkup.Report
			Examine(t.Context(), &r, Options{Settings: "controller.yaml", Open: func(string) (controller.Config, error) { return config, nil }})
			got := byName(t, r.Checks)[c.line]
			require.Equal(t, checkup.Bad, got.State, "%+v", got)
			require.Contains(t, got.Do.VI, c.advice)
		})
	}
}

// Settings that cannot be read are all that is told.
func TestWrongSettingsAreTold(t *testing.T) {
	var r checkup.Report
	Examine(t.Context(), &r,
		Options{Settings: "/x.yaml", Open: func(string) (controller.Config, error) { return controller.Config{}, os.ErrNotExist }})
	require.Len(t, r.Checks, 1)
	require.Contains(t, r.Checks[0].Do.VI, "/x.yaml")
	require.False(t, r.Good())
}
