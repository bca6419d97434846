package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"loa/cmd/loa/hold"
	"loa/controller"
	"loa/controller/trust"
)

// swarmCmd measures one call to many nodes on this machine, in three real
// processes over the real wire:
//
//	this one: API, microphone --> controller and its broker --> village: N nodes
//
// The nodes are those of loa node, each with a certificate, a store and a
// connection of its own, and play into nothing.
type swarmCmd struct {
	Nodes    int           `help:"How many nodes." default:"1000"`
	For      time.Duration `help:"How long the call lasts." default:"30s"`
	Source   string        `help:"What is spoken: a file or URL that ffmpeg reads, over and over; a generated voice if left out."`
	Recorded bool          `help:"A recorded emergency that all nodes hold, in place of a voice."`
	Chime    bool          `help:"Begin with the chime." default:"true" negatable:""`
	MQTT     string        `help:"Address of the broker." default:"127.0.0.1:0" name:"mqtt"`
	Village  string        `help:"Command that runs the nodes' process, as 'ip netns exec NAME'."`
	Data     string        `help:"Folder for everything, kept; a temporary one if left out." type:"path"`
	JSON     string        `help:"File for the figures." name:"json" type:"path"`
	FFmpeg   string        `help:"The ffmpeg program." default:"ffmpeg"`

	Nest string `hidden:"" help:"Be the village: run the nodes of this folder." type:"path"`
	bin  string
}

const (
	swarmReady  = 10 * time.Second      // for the controller to open its door
	swarmSettle = 2 * time.Second       // between the last node's first word and the call
	settleEach  = 10 * time.Millisecond // and so much more for each: their clocks have learnt the way by then, as in a commune that was not just switched on
	swarmTell   = 30 * time.Second      // for the nodes to prove what they heard
	maxSwarm    = 5000
)

// swarmReport is what a swarm measured. CPU is in percent of one core over the
// call, memory in MB of resident pages, times in ms.
type swarmReport struct {
	Nodes          int          `json:"nodes"`
	Seconds        float64      `json:"seconds"`
	ConnectSeconds float64      `json:"connect_s"` // from the village's start until all are good
	Frames         frameTrouble `json:"frames"`    // as the nodes themselves count
	Proved         int          `json:"proved"`    // nodes that told what they heard
	Whole          int          `json:"whole"`     // of these: heard all of it
	FirstP50       float64      `json:"first_p50_ms"`
	FirstP99       float64      `json:"first_p99_ms"`
	FirstMax       float64      `json:"first_max_ms"`
	Spread         float64      `json:"spread_ms"`
	ControllerCPU  float64      `json:"controller_cpu"`
	ControllerRSS  float64      `json:"controller_rss_mb"`
	VillageCPU     float64      `json:"village_cpu"`
	VillageRSS     float64      `json:"village_rss_mb"`
	Kbits          float64      `json:"kbit_s_per_node"` // from the broker, inside TLS
}

// Run measures, prints a table, and leaves nothing running.
func (c *swarmCmd) Run(ctx context.Context, logger *slog.Logger) error {
	if c.Nest != "" {
		return runVillage(ctx, c.Nest, os.Stdout)
	}
	if c.Nodes < 1 || c.Nodes > maxSwarm || c.For < 2*time.Second {
		return fmt.Errorf("--nodes %d --for %v: choose 1 to %d nodes and at least 2s", c.Nodes, c.For, maxSwarm)
	}
	var err error
	if c.bin, err = os.Executable(); err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	report, err := c.measure(ctx, logger)
	if err != nil {
		return err
	}
	report.print(os.Stdout)
	if c.JSON == "" {
		return nil
	}
	return writeJSON(c.JSON, report)
}

// measure builds the swarm, calls it and takes it down.
func (c *swarmCmd) measure(ctx context.Context, logger *slog.Logger) (r swarmReport, err error) {
	dir, remove, err := c.folder()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	held, err := hold.Take(hold.Swarm, dir)
	if err != nil {
		return r, err
	}
	defer held.Release()
	s := &swarm{cmd: c, dir: dir, logger: logger}
	defer s.stop()
	if err := s.openOffice(ctx); err != nil {
		return r, err
	}
	if err := s.settleVillage(ctx); err != nil {
		return r, err
	}
	if err := s.call(ctx); err != nil {
		return r, err
	}
	return s.report(ctx)
}

// folder is where the swarm lives. A thousand boards have a flash each; on this
// machine only memory comes near that.
func (c *swarmCmd) folder() (dir string, remove func() error, err error) {
	if c.Data != "" {
		return c.Data, func() error { return nil }, os.MkdirAll(c.Data, 0o700)
	}
	parent := "/dev/shm"
	if _, err := os.Stat(parent); err != nil {
		parent = ""
	}
	dir, err = os.MkdirTemp(parent, "loa-swarm-*")
	return dir, func() error { return os.RemoveAll(dir) }, err
}

// swarm is one measurement under way.
type swarm struct {
	cmd    *swarmCmd
	dir    string
	logger *slog.Logger
	config controller.Config
	api    *apiClient

	office, village *child
	connect         time.Duration
	button          time.Time
	begun           callStarted
	before, after   swarmUse
	offsets         map[string]time.Duration // of each node's idea of the time
}

// swarmUse is what the processes have used so far.
type swarmUse struct {
	at              time.Time
	office, village time.Duration
	sent            float64 // bytes
}

// openOffice starts the controller with its nodes in the register.
func (s *swarm) openOffice(ctx context.Context) error {
	s.config = controller.DefaultConfig()
	s.config.Data, s.config.HTTP, s.config.MQTT = filepath.Join(s.dir, "office"), "127.0.0.1:0", s.cmd.MQTT
	s.config.MaxNodes = s.cmd.Nodes + 10
	settings := filepath.Join(s.dir, "controller.yaml")
	if host, _, ok := strings.Cut(s.cmd.MQTT, ":"); ok && host != "127.0.0.1" {
		s.config.Hosts = []string{host}
	}
	if err := writeYAML(settings, s.config); err != nil {
		return err
	}
	known := filepath.Join(s.config.Data, "controller.json")
	if err := os.Remove(known); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove old %s: %w", known, err)
	}
	var err error
	if s.office, err = startChild(s.dir, "controller", s.cmd.bin, "--log-level=warn", "controller", "--config", settings); err != nil {
		return err
	}
	var info controllerInfo
	err = poll(ctx, swarmReady, "the controller is ready", func() bool {
		data, err := os.ReadFile(known)
		return err == nil && json.Unmarshal(data, &info) == nil
	})
	if err != nil {
		return fmt.Errorf("%w: %s", err, s.office.said())
	}
	s.api = &apiClient{base: info.URL, token: info.Token}
	return s.register(ctx, info.MQTT)
}

// register makes the nodes known to the controller, and their folders.
func (s *swarm) register(ctx context.Context, mqtt string) error {
	area := map[string]string{"name": "Xã La Dạ", "kind": "commune"}
	if err := s.api.do(ctx, http.MethodPut, "/api/v1/areas/la-da", area, nil); err != nil {
		return err
	}
	keys, err := trust.Open(s.config.TrustDir(), trust.Options{Commune: s.config.Commune, Hosts: s.config.Hosts})
	if err != nil {
		return err
	}
	for i := range s.cmd.Nodes {
		id := fmt.Sprintf("loa-%d", i+1)
		body := map[string]any{"name": "Cụm loa " + id, "area": "la-da", "volume": 80}
		if err := s.api.do(ctx, http.MethodPut, "/api/v1/nodes/"+id, body, nil); err != nil {
			return err
		}
		if _, err := provision(keys, s.config.Commune, id, mqtt, "null", filepath.Join(s.nest(), id)); err != nil {
			return err
		}
	}
	return nil
}

func (s *swarm) nest() string { return filepath.Join(s.dir, "nodes") }

// settleVillage starts the nodes and waits until all are well, and hold the
// recording if there is one.
func (s *swarm) settleVillage(ctx context.Context) error {
	if s.cmd.Recorded {
		if err := s.record(ctx); err != nil {
			return err
		}
	}
	words := append(strings.Fields(s.cmd.Village), s.cmd.bin, "swarm", "--nest", s.nest())
	began := time.Now()
	var err error
	if s.village, err = startChild(s.dir, "village", words[0], words[1:]...); err != nil {
		return err
	}
	clips := 0
	if s.cmd.Recorded {
		clips = 1
	}
	patience := time.Minute + time.Duration(s.cmd.Nodes)*100*time.Millisecond
	err = poll(ctx, patience, "every node is well", func() bool {
		nodes, err := s.nodes(ctx)
		good := 0
		for _, n := range nodes {
			if n.State == "good" && n.Clips != nil && n.Clips.Held == n.Clips.Of && n.Clips.Of >= clips {
				good++
			}
		}
		return err == nil && good == s.cmd.Nodes
	})
	if err != nil {
		return fmt.Errorf("%w: %s", err, s.village.said())
	}
	s.connect = time.Since(began)
	return pause(ctx, swarmSettle+time.Duration(s.cmd.Nodes)*settleEach)
}

type swarmNode struct {
	ID, State string
	Clips     *struct{ Held, Of int }
	Clock     *struct{ Offset time.Duration }
}

func (s *swarm) nodes(ctx context.Context) ([]swarmNode, error) {
	var l struct{ Items []swarmNode }
	return l.Items, s.api.do(ctx, http.MethodGet, "/api/v1/nodes", nil, &l)
}

// record gives every node a recorded emergency to hold.
func (s *swarm) record(ctx context.Context) error {
	var clip struct{ ID string }
	text := map[string]any{"text": "Khẩn cấp. Nước lũ đang lên. Bà con di chuyển ngay lên chỗ cao."}
	if err := s.api.do(ctx, http.MethodPost, "/api/v1/speech", text, &clip); err != nil {
		return err
	}
	s.begun.ID = clip.ID // until the call has one
	return s.api.do(ctx, http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Lũ lên nhanh", "class": "emergency",
		"clips": map[string]any{"vi": clip.ID}}, nil)
}

// call presses the button and speaks.
func (s *swarm) call(ctx context.Context) error {
	body := map[string]any{"title": "swarm", "class": "live", "chime": s.cmd.Chime, "limit_s": s.cmd.For.Seconds() + 10, "targets": map[string]any{"areas": []string{"la-da"}}}
	if s.cmd.Recorded {
		var arm struct{ Armed string }
		if err := s.api.do(ctx, http.MethodPost, "/api/v1/arm", nil, &arm); err != nil {
			return err
		}
		body["class"], body["clip"], body["armed"] = "emergency", s.begun.ID, arm.Armed
	}
	s.button = time.Now()
	if err := s.api.do(ctx, http.MethodPost, "/api/v1/calls", body, &s.begun); err != nil {
		return err
	}
	spoken := make(chan error, 1)
	speaking, hush := context.WithCancel(ctx)
	defer hush()
	go func() { spoken <- s.speak(speaking) }()
	err := s.watch(ctx)
	hush()
	err = errors.Join(err, <-spoken)
	return errors.Join(err, (&callCmd{}).end(s.api, s.begun.ID))
}

// watch notes what the processes use from the second second on.
func (s *swarm) watch(ctx context.Context) (err error) {
	if err := pause(ctx, time.Second); err != nil {
		return err
	}
	if s.before, err = s.use(ctx); err != nil {
		return err
	}
	if err := pause(ctx, s.cmd.For-time.Second); err != nil {
		return err
	}
	if s.after, err = s.use(ctx); err != nil {
		return err
	}
	nodes, err := s.nodes(ctx)
	s.offsets = map[string]time.Duration{}
	for _, n := range nodes {
		if n.Clock != nil {
			s.offsets[n.ID] = n.Clock.Offset
		}
	}
	return err
}

func (s *swarm) use(ctx context.Context) (u swarmUse, err error) {
	if u.sent, err = s.sent(ctx); err != nil {
		return u, err
	}
	if u.office, err = s.office.cpu(); err != nil {
		return u, err
	}
	u.village, err = s.village.cpu()
	u.at = time.Now()
	return u, err
}

// sent is how many bytes the broker has sent, by the controller's metrics.
func (s *swarm) sent(ctx context.Context) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.api.base+"/metrics", nil)
	if err != nil {
		return 0, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+s.api.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("read metrics: %w", err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, 8<<20))
	if err != nil {
		return 0, fmt.Errorf("read metrics: %w", err)
	}
	_, rest, ok := bytes.Cut(data, []byte(`loa_mqtt_total{what="bytes_sent"} `))
	if !ok {
		return 0, errors.New("read metrics: no bytes_sent")
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	return strconv.ParseFloat(string(line), 64)
}

// speak is the microphone: 20 ms of sound every 20 ms.
func (s *swarm) speak(ctx context.Context) error {
	if s.cmd.Recorded {
		return nil
	}
	var source io.Reader = &paced{source: newBabble(), start: time.Now()}
	if s.cmd.Source != "" {
		mic := callCmd{Source: s.cmd.Source, FFmpeg: s.cmd.FFmpeg}
		out, stop, err := mic.open(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = stop() }() // it is killed in any case
		source = out
	}
	conn, _, err := websocket.Dial(ctx, s.api.base+s.begun.Voice, &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + s.api.token}}})
	if err != nil {
		return fmt.Errorf("open the microphone's link: %w", err)
	}
	defer conn.CloseNow()
	go func() { // the meter must be read for the link to live
		for {
			if _, _, err := conn.Read(ctx); err != nil {
				return
			}
		}
	}()
	return speak(ctx, conn, source)
}

// report gathers what the nodes proved and counted.
func (s *swarm) report(ctx context.Context) (r swarmReport, err error) {
	plays, err := s.plays(ctx)
	if err != nil {
		return r, err
	}
	r = swarmReport{Nodes: s.cmd.Nodes, Seconds: s.after.at.Sub(s.before.at).Seconds(), ConnectSeconds: s.connect.Seconds(), Proved: len(plays)}
	var first []float64
	for _, p := range plays {
		if p.Outcome == "heard" {
			r.Whole++
		}
		if p.Began != nil { // of the node's idea of controller time, which is this machine's
			first = append(first, float64(p.Began.Add(-s.offsets[p.Node]).Sub(s.button).Microseconds())/1000)
		}
	}
	if slices.Sort(first); len(first) > 0 {
		at := func(q float64) float64 { return first[int(math.Ceil(q*float64(len(first))))-1] }
		r.FirstP50, r.FirstP99, r.FirstMax, r.Spread = at(0.5), at(0.99), at(1), at(1)-first[0]
	}
	if r.ControllerRSS, err = s.office.rss(); err != nil {
		return r, err
	}
	if r.VillageRSS, err = s.village.rss(); err != nil {
		return r, err
	}
	r.ControllerCPU = 100 * (s.after.office - s.before.office).Seconds() / r.Seconds
	r.VillageCPU = 100 * (s.after.village - s.before.village).Seconds() / r.Seconds
	r.Kbits = (s.after.sent - s.before.sent) * 8 / 1000 / r.Seconds / float64(r.Nodes)
	s.village.stop()
	out, err := os.ReadFile(s.village.out)
	if err == nil {
		err = json.Unmarshal(out, &r.Frames)
	}
	if err != nil {
		return r, fmt.Errorf("what the nodes counted: %w: %s", err, s.village.said())
	}
	return r, nil
}

type swarmPlay struct {
	Node, Outcome string
	Item          int
	Began         *time.Time
}

// plays waits until the nodes have told of the call's first item. What never
// comes is missing from the table.
func (s *swarm) plays(ctx context.Context) (plays []swarmPlay, err error) {
	late := poll(ctx, swarmTell, "every node has told", func() bool {
		plays, err = s.allPlays(ctx)
		return err != nil || len(plays) >= s.cmd.Nodes
	})
	if late != nil {
		s.logger.Warn("not every node has told what it heard", "told", len(plays), "of", s.cmd.Nodes)
	}
	return plays, err
}

func (s *swarm) allPlays(ctx context.Context) ([]swarmPlay, error) {
	byNode := map[string]swarmPlay{}
	query := url.Values{"programme": {s.begun.ID}, "limit": {"1000"}}
	for {
		var page struct {
			Items []swarmPlay
			Next  string
		}
		if err := s.api.do(ctx, http.MethodGet, "/api/v1/plays?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		for _, p := range page.Items {
			if p.Item == 0 {
				byNode[p.Node] = p
			}
		}
		if page.Next == "" {
			break
		}
		query.Set("before", page.Next)
	}
	plays := make([]swarmPlay, 0, len(byNode))
	for _, p := range byNode {
		plays = append(plays, p)
	}
	return plays, nil
}

func (s *swarm) stop() {
	for _, c := range []*child{s.village, s.office} {
		if c != nil {
			c.stop()
		}
	}
}
