package swarm

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"text/tabwriter"
	"time"

	"loa/cmd/process"
)

// Report is what was measured. CPU is in percent of one core over the
// call, memory in MB of resident pages, times in ms.
type Report struct {
	Nodes          int     `json:"nodes"`
	Seconds        float64 `json:"seconds"`
	ConnectSeconds float64 `json:"connect_s"` // from the village's start until all are good
	Frames         Trouble `json:"frames"`    // as the nodes themselves count
	Proved         int     `json:"proved"`    // nodes that told what they heard
	Whole          int     `json:"whole"`     // of these: heard all of it
	FirstP50       float64 `json:"first_p50_ms"`
	FirstP99       float64 `json:"first_p99_ms"`
	FirstMax       float64 `json:"first_max_ms"`
	Spread         float64 `json:"spread_ms"`
	ControllerCPU  float64 `json:"controller_cpu"`
	ControllerRSS  float64 `json:"controller_rss_mb"`
	VillageCPU     float64 `json:"village_cpu"`
	VillageRSS     float64 `json:"village_rss_mb"`
	Kbits          float64 `json:"kbit_s_per_node"` // from the broker, inside TLS
}

// report gathers what the nodes proved and counted.
func (s *swarm) report(ctx context.Context) (r Report, err error) {
	plays, err := s.plays(ctx)
	if err != nil {
		return r, err
	}
	r = Report{Nodes: s.opt.Nodes, Seconds: s.after.at.Sub(s.before.at).Seconds(), ConnectSeconds: s.connect.Seconds(), Proved: len(plays)}
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
	if r.ControllerRSS, err = s.office.RSS(); err != nil {
		return r, err
	}
	if r.VillageRSS, err = s.village.RSS(); err != nil {
		return r, err
	}
	r.ControllerRSS, r.VillageRSS = r.ControllerRSS/1e6, r.VillageRSS/1e6
	r.ControllerCPU = 100 * (s.after.office - s.before.office).Seconds() / r.Seconds
	r.VillageCPU = 100 * (s.after.village - s.before.village).Seconds() / r.Seconds
	r.Kbits = (s.after.sent - s.before.sent) * 8 / 1000 / r.Seconds / float64(r.Nodes)
	s.village.Stop()
	out, err := s.village.Out()
	if err == nil {
		err = json.Unmarshal(out, &r.Frames)
	}
	if err != nil {
		return r, fmt.Errorf("what the nodes counted: %w: %s", err, s.village.Said())
	}
	return r, nil
}

type playAnswer struct {
	Node, Outcome string
	Item          int
	Began         *time.Time
}

// plays waits until the nodes have told of the call's first item. What never
// comes is missing from the table.
func (s *swarm) plays(ctx context.Context) (plays []playAnswer, err error) {
	late := process.Poll(ctx, lookEvery, tellWithin, "every node has told", func() bool {
		plays, err = s.allPlays(ctx)
		return err != nil || len(plays) >= s.opt.Nodes
	})
	if late != nil {
		s.logger.Warn("not every node has told what it heard", "told", len(plays), "of", s.opt.Nodes)
	}
	return plays, err
}

func (s *swarm) allPlays(ctx context.Context) ([]playAnswer, error) {
	byNode := map[string]playAnswer{}
	query := url.Values{"programme": {s.begun.ID}, "limit": {"1000"}}
	for {
		var page struct {
			Items []playAnswer
			Next  string
		}
		if err := s.api.Do(ctx, http.MethodGet, "/api/v1/plays?"+query.Encode(), nil, &page); err != nil {
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
	plays := make([]playAnswer, 0, len(byNode))
	for _, p := range byNode {
		plays = append(plays, p)
	}
	return plays, nil
}

// Print writes the report as a table for people.
func (r Report) Print(w io.Writer) {
	n := float64(r.Nodes)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(what, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", what, fmt.Sprintf(format, args...)) }
	row("nodes", "%d, all connected and well %.1f s after their start", r.Nodes, r.ConnectSeconds)
	verdict := "all in time"
	if f := r.Frames; f != (Trouble{}) {
		verdict = fmt.Sprintf("at %d nodes: %d frames late, %d lost (%d of them recovered), %d wrong; %d bundles refused, %d too fast",
			f.Nodes, f.Late, f.Lost, f.Recovered, f.Wrong, f.Refused, f.TooFast)
	}
	row("bundles", "%s", verdict)
	row("proof", "%d nodes told what they heard, %d of them heard all", r.Proved, r.Whole)
	row("button → first sample", "p50 %.0f ms, p99 %.0f ms, max %.0f ms", r.FirstP50, r.FirstP99, r.FirstMax)
	row("spread of the start", "%.2f ms", r.Spread)
	row("controller, encoding included", "%.1f %% of a core, %.3f %% per node; %.1f MB, %.0f kB per node", r.ControllerCPU, r.ControllerCPU/n,
		r.ControllerRSS, 1000*r.ControllerRSS/n)
	row("nodes", "%.1f %% of a core, %.3f %% per node; %.1f MB, %.0f kB per node", r.VillageCPU, r.VillageCPU/n, r.VillageRSS,
		1000*r.VillageRSS/n)
	row("on the wire to each node", "%.1f kbit/s, inside TLS", r.Kbits)
	_ = t.Flush() // to a terminal
}
