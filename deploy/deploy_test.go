package deploy

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// metricNames are those that the controller has.
func metricNames(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "controller", "web", "metrics.go"))
	require.NoError(t, err)
	var names []string
	for _, m := range regexp.MustCompile(`NewDesc\("(loa_[a-z_]+)"`).FindAllStringSubmatch(string(source), -1) {
		names = append(names, m[1])
	}
	require.Greater(t, len(names), 12)
	return names
}

// inQuery finds our metrics in an expression.
var inQuery = regexp.MustCompile(`\bloa_[a-z_]+`)

// Debian's own promtool finds nothing to object to, every alert fires when it
// should and not before, and every metric that a rule or a panel names is there.
func TestAlertRules(t *testing.T) {
	const dir = "prometheus"
	for _, args := range [][]string{{"check", "rules", "loa.rules.yml"}, {"test", "rules", "loa.rules_test.yml"},
		{"check", "config", "--syntax-only", "prometheus.yml"}} {
		cmd := exec.Command("promtool", args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	rules, err := os.ReadFile(filepath.Join(dir, "loa.rules.yml"))
	require.NoError(t, err)
	tests, err := os.ReadFile(filepath.Join(dir, "loa.rules_test.yml"))
	require.NoError(t, err)
	names := metricNames(t)
	for _, name := range inQuery.FindAllString(string(rules), -1) {
		require.Contains(t, names, name)
	}
	for _, m := range regexp.MustCompile(`alert: (\w+)`).FindAllStringSubmatch(string(rules), -1) {
		require.Regexp(t, `alertname: `+m[1]+`\n +exp_alerts`, string(tests), "nobody has seen it fire")
	}
}

func TestDashboard(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("grafana", "loa.json"))
	require.NoError(t, err)
	var board struct {
		Title      string
		Templating struct{ List []struct{ Name string } }
		Panels     []struct {
			ID      int
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(data, &board))
	names, ids := metricNames(t), map[int]bool{}
	require.Len(t, board.Templating.List, 2)
	for _, p := range board.Panels {
		require.False(t, ids[p.ID], "two panels with the number %d", p.ID)
		ids[p.ID] = true
		require.NotEmpty(t, p.Title)
		require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		require.NotEmpty(t, p.Targets, p.Title)
		for _, target := range p.Targets {
			said := inQuery.FindAllString(target.Expr, -1)
			require.NotEmpty(t, said, p.Title)
			for _, name := range said {
				require.Contains(t, names, name, p.Title)
			}
			require.Contains(t, target.Expr, `instance=~"$instance"`, p.Title)
		}
	}
}
