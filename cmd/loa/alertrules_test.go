package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A real Prometheus, with the rules as they are but for their patience, watches a
// real controller: it signs in with a token, sees the metrics, and tells of a
// board that is not there, of no backup, and of the controller being gone.
func TestE2EPrometheusAlerts(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.places()
	o.send(http.MethodPut, "/api/v1/nodes/loa-1", map[string]any{"name": "Cụm loa", "area": "thon-1"}, nil)
	dir := t.TempDir()
	port := freePort(t)
	rules, err := os.ReadFile(filepath.Join("..", "..", "deploy", "prometheus", "loa.rules.yml"))
	require.NoError(t, err)
	hasty := regexp.MustCompile(`for: \d+[mh]`).ReplaceAll(rules, []byte("for: 1s"))
	require.NotEqual(t, rules, hasty)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "loa.rules.yml"), hasty, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "token"), []byte(o.info.Token), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "prometheus.yml"), fmt.Appendf(nil, `
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [loa.rules.yml]
scrape_configs:
  - job_name: loa
    authorization: {credentials_file: token}
    static_configs: [{targets: [%q]}]
`, strings.TrimPrefix(o.info.URL, "http://")), 0o600))
	p := launch(t, "prometheus", "prometheus", nil, "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"),
		fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port))
	prometheus := fmt.Sprintf("http://127.0.0.1:%d/api/v1", port)
	firing := func() []string {
		seen := map[string]bool{}
		var answer struct {
			Data struct {
				Alerts []struct {
					Labels map[string]string
					State  string
				}
			}
		}
		if ask(prometheus+"/alerts", &answer) == nil {
			for _, a := range answer.Data.Alerts {
				seen[a.Labels["alertname"]] = seen[a.Labels["alertname"]] || a.State == "firing"
			}
		}
		maps.DeleteFunc(seen, func(_ string, fires bool) bool { return !fires })
		return slices.Sorted(maps.Keys(seen))
	}
	fires := func(name string) bool { return slices.Contains(firing(), name) }
	await(t, "it tells of a board that is not there, and of no backup", 30*time.Second, func() bool {
		return fires("LoaMostNodesOffline") && fires("LoaBackupTooOld")
	})
	require.False(t, fires("LoaControllerDown"))
	require.False(t, fires("LoaAuditCut"))

	o.send(http.MethodPost, "/api/v1/backups", nil, nil)
	await(t, "with a backup the alert is over", 20*time.Second, func() bool { return !fires("LoaBackupTooOld") })
	for _, name := range []string{"loa_backup_bytes", "loa_disk_free_bytes", "loa_build_info"} {
		var answer struct{ Data struct{ Result []any } }
		require.NoError(t, ask(prometheus+"/query?query="+url.QueryEscape(name), &answer))
		require.NotEmpty(t, answer.Data.Result, name)
	}
	o.process.kill()
	await(t, "it tells that the controller is gone", 20*time.Second, func() bool { return fires("LoaControllerDown") })
	p.stop()
}

// ask reads an answer in JSON.
func ask(address string, answer any) error {
	res, err := http.Get(address)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err == nil {
		err = json.Unmarshal(data, answer)
	}
	return err
}
