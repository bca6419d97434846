package web

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"loa/controller/fleet"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/web/auth"
)

func (s *Server) registerOps(mux *auth.Router) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), metrics{s})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{DisableCompression: true}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", s.ready)
}

// ready says whether the controller can do all of its work: its store answers and
// takes what is written, and no alarm is open. What is wrong is in the answer. One that
// is not ready may well raise an alarm.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.opt.Store.Check(ctx); err != nil {
		http.Error(w, "store: not ready", http.StatusServiceUnavailable)
		return
	}
	status, lines := http.StatusOK, ""
	for _, t := range s.opt.Office.Troubles() {
		lines += t.Code + ": " + t.VI + " / " + t.EN + "\n"
		if t.Alarm {
			status = http.StatusServiceUnavailable
		}
	}
	if status != http.StatusOK {
		http.Error(w, lines, status)
		return
	}
	_, _ = w.Write([]byte("ok\n" + lines))
}

// metrics reads what others already count, when Prometheus asks.
type metrics struct{ s *Server }

var (
	descNodes   = prometheus.NewDesc("loa_nodes", "Nodes by state.", []string{"state"}, nil)
	descFaults  = prometheus.NewDesc("loa_faults", "Open faults by code.", []string{"code"}, nil)
	descClients = prometheus.NewDesc("loa_mqtt_clients", "Clients connected to the broker.", nil, nil)
	descMQTT    = prometheus.NewDesc("loa_mqtt_total", "What passed the broker.", []string{"what"}, nil)
	descSent    = prometheus.NewDesc("loa_dispatch_total", "What was made for the nodes; a chunk serves all who listen.", []string{"what"}, nil)
	descFrames  = prometheus.NewDesc("loa_call_frames", "Frames of 20 ms of the calls and stations on air, as the nodes that play them count them.", []string{"what"}, nil)
	descDropped = prometheus.NewDesc("loa_status_dropped_total", "Statuses and wills of nodes that made no sense or came too fast.", nil, nil)
	descEnds    = prometheus.NewDesc("loa_certificate_end_seconds", "When a certificate ends, Unix time: the commune's own, and of each node by its own word.", []string{"certificate"}, nil)
	descCut     = prometheus.NewDesc("loa_audit_cut", "1: the audit log does not hold what was sealed last.", nil, nil)
	descBackup  = prometheus.NewDesc("loa_backup_last_seconds", "When the last good backup was made, Unix time; 0: never.", nil, nil)
	descSaved   = prometheus.NewDesc("loa_backup_bytes", "Size of the last good backup.", nil, nil)
	descFailed  = prometheus.NewDesc("loa_backup_failed", "1: the last attempt at a backup failed.", nil, nil)
	descFree    = prometheus.NewDesc("loa_disk_free_bytes", "Room that is left on the disk of the data.", nil, nil)
	descDisk    = prometheus.NewDesc("loa_disk_bytes", "Size of the disk of the data.", nil, nil)
	descTrouble = prometheus.NewDesc("loa_trouble", "1: this is wrong with the office's machine: its disk, database or keys; level is warning or alarm.", []string{"code", "level"}, nil)
	descBacklog = prometheus.NewDesc("loa_unwritten", "Deeds that are done and could not be written down yet.", nil, nil)
	descQueries = prometheus.NewDesc("loa_store_queries_total", "Questions that were asked of the database, without those within a change.", nil, nil)
	descBuild   = prometheus.NewDesc("loa_build_info", "1, with the version.", []string{"version"}, nil)
	descPages   = prometheus.NewDesc("loa_event_streams", "Open event streams.", nil, nil)
)

func (m metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descNodes, descFaults, descClients, descMQTT, descSent, descFrames, descDropped, descEnds, descPages, descCut, descBackup, descSaved, descFailed, descFree, descDisk, descTrouble, descBacklog, descQueries, descBuild} {
		ch <- d
	}
}

func (m metrics) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	states := map[string]int{"good": 0, "on_air": 0, "offline": 0, "fault": 0, "unknown": 0, "no_return": 0, "revoked": 0}
	faults := map[string]int{}
	ctx, cancel := context.WithTimeout(access.With(context.Background(), access.MachineVisit()), 2*time.Second)
	defer cancel()
	nodes, err := m.s.opt.Office.Inventory.Nodes(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(descNodes, err)
	}
	for _, n := range nodes {
		if n.Revoked { // nobody is to be sent there
			states["revoked"]++
			continue
		}
		states[n.State]++
		for _, f := range n.Faults {
			faults[f.Code]++
		}
	}
	for state, n := range states {
		gauge(descNodes, float64(n), state)
	}
	for code, n := range faults {
		gauge(descFaults, float64(n), code)
	}
	for what, n := range framesOf(m.s.opt.Fleet.Snapshot()) {
		gauge(descFrames, float64(n), what)
	}
	ch <- prometheus.MustNewConstMetric(descDropped, prometheus.CounterValue, float64(m.s.opt.Fleet.Dropped()))
	c := m.s.opt.Broker()
	gauge(descClients, float64(c.Clients))
	for what, n := range map[string]int64{"messages_received": c.MessagesReceived, "messages_sent": c.MessagesSent,
		"bytes_received": c.BytesReceived, "bytes_sent": c.BytesSent, "denied": c.Denied, "dropped": c.Dropped, "refused": c.Refused} {
		ch <- prometheus.MustNewConstMetric(descMQTT, prometheus.CounterValue, float64(n), what)
	}
	if m.s.opt.Sent != nil {
		d := m.s.opt.Sent()
		for what, n := range map[string]int64{"plans": d.Plans, "chunks": d.Chunks, "pieces": d.Pieces, "chunk_bytes": d.ChunkBytes, "dropped": d.Dropped} {
			ch <- prometheus.MustNewConstMetric(descSent, prometheus.CounterValue, float64(n), what)
		}
	}
	if m.s.opt.Ends != nil {
		for name, end := range m.s.opt.Ends() {
			gauge(descEnds, float64(end.Unix()), name)
		}
	}
	ch <- prometheus.MustNewConstMetric(descQueries, prometheus.CounterValue, float64(m.s.opt.Store.Queries()))
	m.collectMachine(gauge)
	gauge(descPages, float64(m.s.opt.News.Count()))
}

// framesOf adds up what the nodes that are on air say of what they play live.
func framesOf(nodes []fleet.NodeState) map[string]int64 {
	sum := map[string]int64{"received": 0, "late": 0, "lost": 0, "recovered": 0, "concealed": 0, "wrong": 0}
	for _, n := range nodes {
		if n.OnAir == nil || n.Status == nil || n.Status.Live == nil || n.Status.Live.Call != n.OnAir.Airing {
			continue // of an earlier call, or of a node that is silent now
		}
		l := n.Status.Live
		for what, k := range map[string]int64{"received": l.Received, "late": l.Late, "lost": l.Lost, "recovered": l.Recovered, "concealed": l.Concealed, "wrong": l.Wrong} {
			sum[what] += k
		}
	}
	return sum
}

// collectMachine tells of the machine itself.
func (m metrics) collectMachine(gauge func(*prometheus.Desc, float64, ...string)) {
	is := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	gauge(descBuild, 1, m.s.opt.Version)
	gauge(descCut, is(m.s.opt.Office.Trail.Tampered()))
	if size, free, err := m.s.opt.Store.Disk(); err == nil {
		gauge(descDisk, float64(size))
		gauge(descFree, float64(free))
	}
	for kind := range levelsOf(m.s.opt.Office.Troubles()) {
		gauge(descTrouble, 1, kind[0], kind[1])
	}
	back := m.s.opt.Store.Backlog()
	if back.Err == nil {
		back.Count = 0 // under way
	}
	gauge(descBacklog, float64(back.Count))
	if m.s.opt.Backup == nil {
		return
	}
	b := m.s.opt.Backup.State()
	gauge(descFailed, is(b.Failed != nil))
	if len(b.Files) == 0 {
		gauge(descBackup, 0)
		return
	}
	gauge(descBackup, float64(b.Files[0].At.Unix()))
	gauge(descSaved, float64(b.Files[0].Bytes))
}

// levelsOf are the codes of troubles with their levels, each once.
func levelsOf(all []problem.Trouble) map[[2]string]bool {
	levels := map[[2]string]bool{}
	for _, t := range all {
		level := "warning"
		if t.Alarm {
			level = "alarm"
		}
		levels[[2]string{t.Code, level}] = true
	}
	return levels
}
