package swarm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"loa/cmd/loa/hold"
	"loa/cmd/process"
	"loa/controller"
	"loa/controller/client"
	"loa/controller/trust"
	"loa/node"
)

// Options are what is measured, and with what.
type Options struct {
	Nodes    int           // how many, up to Most
	For      time.Duration // how long the call lasts
	Source   string        // what is spoken, as client.Source names it; "": a generated voice
	Recorded bool          // a recorded emergency that all nodes hold, in place of a voice
	Chime    bool          // begin with the chime
	MQTT     string        // address of the broker
	Village  string        // command that runs the nodes' process; "": none is needed
	Data     string        // folder for everything, kept; "": a temporary one
	FFmpeg   string        // the program
	Bin      string        // the program under test
	// Provision makes the folder of one node.
	Provision func(keys *trust.Trust, commune, id, broker, sound, dir string) (node.Config, error)
}

// Most is how many nodes are measured at the most.
const Most = 5000

const (
	lookEvery   = 200 * time.Millisecond // at what is waited for
	readyWithin = 10 * time.Second       // for the controller to open its door
	settle      = 2 * time.Second        // between the last node's first word and the call
	// and so much more for each: their clocks have learnt the way by then, as in a commune
	// that was not just switched on
	settleEach = 10 * time.Millisecond
	tellWithin = 30 * time.Second // for the nodes to prove what they heard
	stopWithin = 30 * time.Second // for the controller to take the end
)

// Measure builds the swarm, calls it and takes it down.
func Measure(ctx context.Context, o Options, logger *slog.Logger) (r Report, err error) {
	dir, remove, err := o.folder()
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	held, err := hold.Take(hold.Swarm, dir)
	if err != nil {
		return r, err
	}
	defer held.Release()
	s := &swarm{opt: o, dir: dir, logger: logger}
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
func (o Options) folder() (dir string, remove func() error, err error) {
	if o.Data != "" {
		return o.Data, func() error { return nil }, os.MkdirAll(o.Data, 0o700)
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
	opt    Options
	dir    string
	logger *slog.Logger
	config controller.Config
	api    *client.Client

	office, village *process.Process
	connect         time.Duration
	button          time.Time
	begun           client.Started
	before, after   used
	offsets         map[string]time.Duration // of each node's idea of the time
}

// used is what the processes have used so far.
type used struct {
	at              time.Time
	office, village time.Duration
	sent            float64 // bytes
}

// openOffice starts the controller with its nodes in the register.
func (s *swarm) openOffice(ctx context.Context) error {
	s.config = controller.DefaultConfig()
	s.config.Data, s.config.HTTP, s.config.MQTT = filepath.Join(s.dir, "office"), "127.0.0.1:0", s.opt.MQTT
	s.config.MaxNodes = s.opt.Nodes + 10
	settings := filepath.Join(s.dir, "controller.yaml")
	if host, _, ok := strings.Cut(s.opt.MQTT, ":"); ok && host != "127.0.0.1" {
		s.config.Hosts = []string{host}
	}
	text, err := yaml.Marshal(s.config)
	if err == nil {
		err = os.WriteFile(settings, text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the controller's settings: %w", err)
	}
	known := filepath.Join(s.config.Data, client.InfoFile)
	if err := os.Remove(known); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove old %s: %w", known, err)
	}
	if s.office, err = process.Start(process.Options{Dir: s.dir, Name: "controller"}, s.opt.Bin, "--log-level=warn", "controller", "--config",
		settings); err != nil {
		return err
	}
	var info client.Info
	err = process.Poll(ctx, lookEvery, readyWithin, "the controller is ready", func() (ok bool) {
		info, err = client.Find(known)
		return err == nil
	})
	if err != nil {
		return fmt.Errorf("%w: %s", err, s.office.Said())
	}
	s.api = &client.Client{Base: info.URL, Token: info.Token}
	return s.register(ctx, info.MQTT)
}

// register makes the nodes known to the controller, and their folders.
func (s *swarm) register(ctx context.Context, mqtt string) error {
	area := map[string]string{"name": "Xã La Dạ", "kind": "commune"}
	if err := s.api.Do(ctx, http.MethodPut, "/api/v1/areas/la-da", area, nil); err != nil {
		return err
	}
	keys, err := trust.Open(s.config.TrustDir(), trust.Options{Commune: s.config.Commune, Hosts: s.config.Hosts})
	if err != nil {
		return err
	}
	for i := range s.opt.Nodes {
		id := fmt.Sprintf("loa-%d", i+1)
		body := map[string]any{"name": "Cụm loa " + id, "area": "la-da", "volume": 80}
		if err := s.api.Do(ctx, http.MethodPut, "/api/v1/nodes/"+id, body, nil); err != nil {
			return err
		}
		if _, err := s.opt.Provision(keys, s.config.Commune, id, mqtt, "null", filepath.Join(s.nest(), id)); err != nil {
			return err
		}
	}
	return nil
}

func (s *swarm) nest() string { return filepath.Join(s.dir, "nodes") }

// settleVillage starts the nodes and waits until all are well, and hold the
// recording if there is one.
func (s *swarm) settleVillage(ctx context.Context) error {
	if s.opt.Recorded {
		if err := s.record(ctx); err != nil {
			return err
		}
	}
	words := append(strings.Fields(s.opt.Village), s.opt.Bin, "swarm", "--nest", s.nest())
	began := time.Now()
	var err error
	if s.village, err = process.Start(process.Options{Dir: s.dir, Name: "village", Out: true}, words...); err != nil {
		return err
	}
	clips := 0
	if s.opt.Recorded {
		clips = 1
	}
	patience := time.Minute + time.Duration(s.opt.Nodes)*100*time.Millisecond
	err = process.Poll(ctx, lookEvery, patience, "every node is well", func() bool {
		nodes, err := s.nodes(ctx)
		good := 0
		for _, n := range nodes {
			if n.State == "good" && n.Clips != nil && n.Clips.Held == n.Clips.Of && n.Clips.Of >= clips {
				good++
			}
		}
		return err == nil && good == s.opt.Nodes
	})
	if err != nil {
		return fmt.Errorf("%w: %s", err, s.village.Said())
	}
	s.connect = time.Since(began)
	return process.Pause(ctx, settle+time.Duration(s.opt.Nodes)*settleEach)
}

type nodeAnswer struct {
	ID, State string
	Clips     *struct{ Held, Of int }
	Clock     *struct{ Offset time.Duration }
}

func (s *swarm) nodes(ctx context.Context) ([]nodeAnswer, error) {
	var l struct{ Items []nodeAnswer }
	return l.Items, s.api.Do(ctx, http.MethodGet, "/api/v1/nodes", nil, &l)
}

// record gives every node a recorded emergency to hold.
func (s *swarm) record(ctx context.Context) error {
	var clip struct{ ID string }
	text := map[string]any{"text": "Khẩn cấp. Nước lũ đang lên. Bà con di chuyển ngay lên chỗ cao."}
	if err := s.api.Do(ctx, http.MethodPost, "/api/v1/speech", text, &clip); err != nil {
		return err
	}
	s.begun.ID = clip.ID // until the call has one
	return s.api.Do(ctx, http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Lũ lên nhanh", "class": "emergency",
		"clips": map[string]any{"vi": clip.ID}}, nil)
}

// call presses the button and speaks.
func (s *swarm) call(ctx context.Context) error {
	body := map[string]any{"title": "swarm", "class": "live", "chime": s.opt.Chime, "limit_s": s.opt.For.Seconds() + 10,
		"targets": map[string]any{"areas": []string{"la-da"}}}
	if s.opt.Recorded {
		var arm struct{ Armed string }
		if err := s.api.Do(ctx, http.MethodPost, "/api/v1/arm", nil, &arm); err != nil {
			return err
		}
		body["class"], body["clip"], body["armed"] = "emergency", s.begun.ID, arm.Armed
	}
	s.button = time.Now()
	if err := s.api.Do(ctx, http.MethodPost, "/api/v1/calls", body, &s.begun); err != nil {
		return err
	}
	spoken := make(chan error, 1)
	speaking, hush := context.WithCancel(ctx)
	defer hush()
	go func() { spoken <- s.speak(speaking) }()
	err := s.watch(ctx)
	hush()
	err = errors.Join(err, <-spoken)
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin) // also when ctx is over
	defer cancel()
	_, serr := s.api.Stop(stopping, s.begun.ID)
	return errors.Join(err, serr)
}

// watch notes what the processes use from the second second on.
func (s *swarm) watch(ctx context.Context) (err error) {
	if err := process.Pause(ctx, time.Second); err != nil {
		return err
	}
	if s.before, err = s.use(ctx); err != nil {
		return err
	}
	if err := process.Pause(ctx, s.opt.For-time.Second); err != nil {
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

func (s *swarm) use(ctx context.Context) (u used, err error) {
	if u.sent, err = s.sent(ctx); err != nil {
		return u, err
	}
	if u.office, err = s.office.CPU(); err != nil {
		return u, err
	}
	u.village, err = s.village.CPU()
	u.at = time.Now()
	return u, err
}

// sent is how many bytes the broker has sent, by the controller's metrics.
func (s *swarm) sent(ctx context.Context) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.api.Base+"/metrics", nil)
	if err != nil {
		return 0, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+s.api.Token)
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
	if s.opt.Recorded {
		return nil
	}
	var source io.Reader = &paced{source: newBabble(), start: time.Now()}
	if s.opt.Source != "" {
		voice, err := client.Source{Name: s.opt.Source, FFmpeg: s.opt.FFmpeg}.Open(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = voice.Close() }() // it is killed in any case
		voice.Begin(time.Now())
		source = voice
	}
	conn, err := s.api.Microphone(ctx, s.begun)
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	go func() { // the meter must be read for the link to live
		for {
			if _, _, err := conn.Read(ctx); err != nil {
				return
			}
		}
	}()
	return client.Speak(ctx, conn, source)
}

func (s *swarm) stop() {
	for _, c := range []*process.Process{s.village, s.office} {
		if c != nil {
			c.Stop()
		}
	}
}
