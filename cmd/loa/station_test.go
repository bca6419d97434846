package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"loa/controller"
	"loa/controller/trust"
	"loa/node"
)

// envNodes, set, makes the test binary a process full of nodes: those of the
// folders that it lists.
const envNodes = "LOA_TEST_NODES"

// runNodes runs the nodes of the folders until the process is told to stop.
// What they log goes to stdout as JSON.
func runNodes(dirs []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	logger := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	g, ctx := errgroup.WithContext(ctx)
	for _, dir := range dirs {
		var config node.Config
		if err := readYAML(filepath.Join(dir, "node.yaml"), &config); err != nil {
			return err
		}
		n, err := node.New(config, "bench", logger.With("node", config.ID))
		if err != nil {
			return err
		}
		g.Go(func() error { return n.Run(ctx) })
	}
	return g.Wait()
}

// station is a controller process for benchmarks, and a commune of one
// village.
type station struct {
	*api
	dir     string
	config  controller.Config
	process *process
	nodes   int
}

// newStation starts a controller on data that is new.
func newStation(t testing.TB) *station {
	t.Helper()
	s := &station{dir: t.TempDir(), config: controller.DefaultConfig(), api: &api{t: t}}
	s.config.Data, s.config.HTTP, s.config.MQTT = filepath.Join(s.dir, "office"), freeAddr(t), freeAddr(t)
	s.Base = "http://" + s.config.HTTP
	require.NoError(t, writeYAML(filepath.Join(s.dir, "controller.yaml"), s.config))
	s.start()
	return s
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

func (s *station) start() {
	s.process = start(s.t, "controller", nil, "controller", "--config", filepath.Join(s.dir, "controller.yaml"))
}

// awaitReady waits for /readyz.
func (s *station) awaitReady() {
	s.t.Helper()
	awaitFast(s.t, "the controller is ready", 20*time.Second, func() bool {
		res, err := http.Get(s.Base + "/readyz")
		return err == nil && res.Body.Close() == nil && res.StatusCode == http.StatusOK
	})
	s.Token = ready(s.t, s.config.Data).Token
}

// provision sets n more nodes up and returns their folders.
func (s *station) provision(sound string, n int) (dirs []string) {
	s.t.Helper()
	s.send(http.MethodPut, "/api/v1/areas/la-da", map[string]any{"name": "Xã La Dạ", "kind": "commune"}, nil)
	keys, err := trust.Open(s.config.TrustDir(), trust.Options{Commune: s.config.Commune})
	require.NoError(s.t, err)
	for range n {
		s.nodes++
		id := fmt.Sprintf("loa-%d", s.nodes)
		s.send(http.MethodPut, "/api/v1/nodes/"+id, map[string]any{"name": "Cụm loa " + id, "area": "la-da", "volume": 100}, nil)
		dir := filepath.Join(s.dir, "nodes", id)
		_, err := provision(keys, s.config.Commune, id, s.config.MQTT, sound, dir)
		require.NoError(s.t, err)
		dirs = append(dirs, dir)
	}
	return dirs
}

// village is n nodes in one process.
func (s *station) village(sound string, n int) *process {
	s.t.Helper()
	p := s.run(s.provision(sound, n))
	s.awaitGood(n)
	return p
}

// run runs provisioned nodes in one process.
func (s *station) run(dirs []string) *process {
	s.t.Helper()
	self, err := os.Executable()
	require.NoError(s.t, err)
	return launch(s.t, self, "nodes", []string{envNodes + "=" + strings.Join(dirs, string(filepath.ListSeparator))})
}

// awaitGood waits until n nodes are well.
func (s *station) awaitGood(n int) {
	s.t.Helper()
	await(s.t, fmt.Sprintf("%d nodes are good", n), time.Minute, func() bool { return s.count("good") == n })
}

// count is how many nodes are in a state.
func (s *station) count(state string) int {
	return int(s.metric(`loa_nodes{state="` + state + `"}`))
}

// metric reads one of the controller's figures.
func (s *station) metric(name string) float64 {
	s.t.Helper()
	body := s.raw(http.MethodGet, "/metrics", "", nil).body
	for line := range strings.Lines(string(body)) {
		if text, ok := strings.CutPrefix(line, name+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			require.NoError(s.t, err)
			return v
		}
	}
	require.Fail(s.t, "no such metric", name)
	return 0
}

// yearly is a programme for everyone that is not due while anyone measures.
func (s *station) yearly(title string) map[string]any {
	return map[string]any{"title": title, "class": "normal", "at": time.Now().Add(300 * 24 * time.Hour).Format(time.RFC3339),
		"targets": map[string]any{"areas": []string{"la-da"}}, "start_late_s": 0, "rundown": []any{map[string]any{"chime": true}}}
}

// daily is a programme that airs twice a day, at times of its own, hours from
// now.
func (s *station) daily(i int) map[string]any {
	first := time.Now().UTC().Hour() + 4
	hour := func(h int) int { return (first + h + i/60) % 24 }
	p := s.yearly(fmt.Sprintf("Bản tin số %d", i))
	delete(p, "at")
	p["cron"], p["time_zone"] = fmt.Sprintf("%d %d,%d * * *", i%60, hour(0), hour(8)), "UTC"
	return p
}

// settle waits until no plan has been accepted for a second.
func (s *station) settle(p *process) {
	s.t.Helper()
	await(s.t, "the plans have settled", time.Minute, func() bool {
		at := p.plansAccepted()
		return len(at) > 0 && time.Since(at[len(at)-1]) > time.Second
	})
}

// plansAccepted is when nodes of a village said that they accepted a plan.
func (p *process) plansAccepted() (at []time.Time) {
	p.t.Helper()
	data, err := os.ReadFile(p.log.Name())
	require.NoError(p.t, err)
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		if !bytes.Contains(lines.Bytes(), []byte(`"plan accepted"`)) {
			continue
		}
		var line struct{ Time time.Time }
		if json.Unmarshal(lines.Bytes(), &line) == nil { // the last may be half written
			at = append(at, line.Time)
		}
	}
	return at
}

// awaitFast is await for what is measured to some milliseconds.
func awaitFast(t testing.TB, what string, limit time.Duration, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !ok(); until(time.Now().Add(2 * time.Millisecond)) {
		require.True(t, time.Now().Before(deadline), "waited in vain: %s", what)
	}
}

// memory is what a process has in memory now, MB.
type memory struct{ rss, anon, peak float64 }

func (m memory) String() string {
	return fmt.Sprintf("%.1f MB (its own %.1f, peak %.1f)", m.rss, m.anon, m.peak)
}

func memoryOf(t testing.TB, p *process) (m memory) {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	require.NoError(t, err)
	fields := map[string]*float64{"VmRSS": &m.rss, "RssAnon": &m.anon, "VmHWM": &m.peak}
	for line := range strings.Lines(string(data)) {
		name, rest, _ := strings.Cut(line, ":")
		if to := fields[name]; to != nil {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			require.NoError(t, err)
			*to = kib * 1024 / 1e6
		}
	}
	return m
}

// cpuOf is how long a process's threads have run so far.
func cpuOf(t testing.TB, p *process) (sum time.Duration) {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.cmd.Process.Pid))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		require.NoError(t, err)
		ran, err := strconv.ParseInt(strings.Fields(string(data))[0], 10, 64)
		require.NoError(t, err)
		sum += time.Duration(ran)
	}
	return sum
}
