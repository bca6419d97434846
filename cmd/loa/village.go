package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"

	"loa/cmd/loa/hold"
	"loa/node"
	"loa/node/calls"
)

// frameTrouble is what the nodes of a village counted of frames and commands
// that were not as they should be; all zero is a call heard whole.
type frameTrouble struct {
	Nodes     int   `json:"nodes"` // that counted anything
	Late      int64 `json:"late"`  // frames of 20 ms
	Lost      int64 `json:"lost"`
	Recovered int64 `json:"recovered"` // of the lost: from the next frame's copy
	Wrong     int64 `json:"wrong"`
	Refused   int64 `json:"refused"`  // bundles
	TooFast   int64 `json:"too_fast"` // bundles that found the node busy
}

// add adds what one node counted.
func (f *frameTrouble) add(t calls.Trouble) {
	if t.Frames.Late+t.Frames.Lost+t.Frames.Wrong+t.Bundles+t.TooFast > 0 {
		f.Nodes++
	}
	f.Late += t.Frames.Late
	f.Lost += t.Frames.Lost
	f.Recovered += min(t.Frames.Recovered, t.Frames.Lost) // a node that joins in mid-call begins with one that it did not lose
	f.Wrong += t.Frames.Wrong
	f.Refused += t.Bundles
	f.TooFast += t.TooFast
}

// villageStep is between the starts of two nodes: a machine that is all nodes
// at once would be measured at nothing but its handshakes.
const villageStep = 5 * time.Millisecond

// villageGC lets the heap of a village grow fivefold between two collections. A
// board collects its own few MB in a millisecond; a village collects all of
// them at once, and for that time there is half a machine.
const villageGC = 400

// runVillage runs the nodes whose folders are in nest until ctx ends, and then
// writes what they counted.
func runVillage(ctx context.Context, nest string, w io.Writer) error {
	settings, err := filepath.Glob(filepath.Join(nest, "*", "node.yaml"))
	if err != nil {
		return fmt.Errorf("find the nodes: %w", err)
	}
	debug.SetGCPercent(villageGC)
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	held, err := hold.Take(hold.Swarm)
	if err != nil {
		return err
	}
	defer held.Release()
	var nodes []*node.App
	g, ctx := errgroup.WithContext(ctx)
	for _, path := range settings {
		n, err := villageNode(path, held, logger)
		if err != nil {
			return err
		}
		nodes = append(nodes, n)
		g.Go(func() error { return n.Run(ctx) })
		if pause(ctx, villageStep) != nil {
			break
		}
	}
	err = g.Wait()
	var sum frameTrouble
	for _, n := range nodes {
		sum.add(n.Trouble())
	}
	if werr := json.NewEncoder(w).Encode(sum); err == nil {
		err = werr
	}
	return err
}

// villageNode opens the node of a settings file, whose folder is held with those
// of the others.
func villageNode(settings string, held *hold.Hold, logger *slog.Logger) (n *node.App, err error) {
	var config node.Config
	if err := readYAML(settings, &config); err != nil {
		return nil, err
	}
	if err = held.Add(config.Data); err == nil {
		n, err = node.New(config, version, logger.With("node", config.ID))
	}
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", config.ID, err)
	}
	return n, nil
}

// child is a process of a swarm.
type child struct {
	cmd      *exec.Cmd
	out, err string // files
	done     chan struct{}
}

func startChild(dir, name, program string, args ...string) (*child, error) {
	c := &child{cmd: exec.Command(program, args...), out: filepath.Join(dir, name+".out"), err: filepath.Join(dir, name+".log"), done: make(chan struct{})}
	out, err := os.Create(c.out)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer out.Close()
	log, err := os.Create(c.err)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer log.Close()
	c.cmd.Stdout, c.cmd.Stderr = out, log
	// It must not outlive this process, nor hear the ^C that is meant for it.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() { defer close(c.done); _ = c.cmd.Wait() }() // what it said is in its log
	return c, nil
}

// stop ends the process as a person does, and if need be as a cut of power.
func (c *child) stop() {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may be over already
	select {
	case <-c.done:
	case <-time.After(20 * time.Second):
		_ = c.cmd.Process.Kill()
		<-c.done
	}
}

// said is the end of what the process wrote to its log.
func (c *child) said() string {
	text, err := os.ReadFile(c.err)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}

// cpu is how long the process's threads have run so far.
func (c *child) cpu() (sum time.Duration, err error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", c.cmd.Process.Pid))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("read CPU time: process %d has no threads", c.cmd.Process.Pid)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) { // a thread that ended meanwhile
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("read CPU time: %w", err)
		}
		first, _, _ := strings.Cut(string(data), " ")
		ran, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read CPU time: %w", err)
		}
		sum += time.Duration(ran)
	}
	return sum, nil
}

// rss is the process's resident memory, MB.
func (c *child) rss() (float64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	words := strings.Fields(rest)
	if len(words) == 0 {
		return 0, fmt.Errorf("read memory: process %d has none", c.cmd.Process.Pid)
	}
	kib, err := strconv.ParseFloat(words[0], 64)
	return kib * 1024 / 1e6, err
}

// babble is endless sound with the level and the breadth of speech: it costs an
// encoder what a voice does.
type babble struct {
	at    int
	noise *rand.Rand
}

func newBabble() *babble { return &babble{noise: rand.New(rand.NewPCG(1, 2))} }

func (b *babble) Read(p []byte) (int, error) {
	n := len(p) / 2
	for i := range n {
		t := float64(b.at) / 48000
		b.at++
		syllable := math.Pow(math.Sin(math.Pi*4*t), 2)
		pitch := 2 * math.Pi * 140 * (t + 0.002*math.Sin(2*math.Pi*1.3*t))
		var x float64
		for k := 1.0; k <= 12; k++ {
			x += math.Sin(k*pitch) / k
		}
		v := int16(9000 * syllable * (0.4*x + 0.2*b.noise.NormFloat64()*math.Abs(math.Sin(math.Pi*1.7*t))))
		p[2*i], p[2*i+1] = byte(v), byte(v>>8)
	}
	return 2 * n, nil
}

// paced yields a source's frames of 20 ms when they would have been recorded.
type paced struct {
	source io.Reader
	start  time.Time
	n      int
}

func (p *paced) Read(b []byte) (int, error) {
	if len(b) > frameBytes {
		b = b[:frameBytes]
	}
	n, err := io.ReadFull(p.source, b)
	p.n += n
	<-time.After(time.Until(p.start.Add(time.Duration(p.n) * 20 * time.Millisecond / frameBytes)))
	return n, err
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// poll waits until ok; another process gives no other sign.
func poll(ctx context.Context, limit time.Duration, what string, ok func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !ok() {
		if pause(ctx, 200*time.Millisecond) != nil {
			return fmt.Errorf("waited %v in vain until %s", limit, what)
		}
	}
	return nil
}

func (r swarmReport) print(w io.Writer) {
	n := float64(r.Nodes)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(what, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", what, fmt.Sprintf(format, args...)) }
	row("nodes", "%d, all connected and well %.1f s after their start", r.Nodes, r.ConnectSeconds)
	verdict := "all in time"
	if f := r.Frames; f != (frameTrouble{}) {
		verdict = fmt.Sprintf("at %d nodes: %d frames late, %d lost (%d of them recovered), %d wrong; %d bundles refused, %d too fast",
			f.Nodes, f.Late, f.Lost, f.Recovered, f.Wrong, f.Refused, f.TooFast)
	}
	row("bundles", "%s", verdict)
	row("proof", "%d nodes told what they heard, %d of them heard all", r.Proved, r.Whole)
	row("button → first sample", "p50 %.0f ms, p99 %.0f ms, max %.0f ms", r.FirstP50, r.FirstP99, r.FirstMax)
	row("spread of the start", "%.2f ms", r.Spread)
	row("controller, encoding included", "%.1f %% of a core, %.3f %% per node; %.1f MB, %.0f kB per node", r.ControllerCPU, r.ControllerCPU/n, r.ControllerRSS, 1000*r.ControllerRSS/n)
	row("nodes", "%.1f %% of a core, %.3f %% per node; %.1f MB, %.0f kB per node", r.VillageCPU, r.VillageCPU/n, r.VillageRSS, 1000*r.VillageRSS/n)
	row("on the wire to each node", "%.1f kbit/s, inside TLS", r.Kbits)
	_ = t.Flush() // to a terminal
}
