package main

import (
	"context"
	"fmt"
	"math"
)

// press measures from the button to the first sample on 100 nodes.
func (b *bench) press(ctx context.Context, link string, limit float64, recorded bool) error {
	what, args := "button to first sample, 100 nodes, ", []string{"--nodes", "100", "--for", "8s"}
	if recorded {
		what, args = "recorded emergency to first sample, 100 nodes, ", append(args, "--recorded")
	}
	f, err := b.runSwarm(ctx, args...)
	if err != nil {
		return err
	}
	p99 := f.FirstP99
	if f.Proved < f.Nodes { // who does not tell has not begun
		p99 = math.Inf(1)
	}
	b.table.add(row{What: what + link + ", p99", Unit: "ms", Loa: p99, MaxLoa: limit, Note: fmt.Sprintf("p50 %s; %d of %d nodes told; %s",
		number(f.FirstP50), f.Proved, f.Nodes, f.trouble())})
	return nil
}

// trouble says how many frames were not in time.
func (f swarmFigures) trouble() string {
	if f.Frames.Nodes == 0 {
		return "all frames in time"
	}
	return fmt.Sprintf("at %d nodes %d frames late, %d lost, %d wrong, %d bundles refused, %d too fast", f.Frames.Nodes, f.Frames.Late, f.Frames.Lost,
		f.Frames.Wrong, f.Frames.Refused, f.Frames.TooFast)
}

// button is press on the clean machine.
func (b *bench) button(ctx context.Context) error {
	if err := b.press(ctx, "clean", 1000, false); err != nil {
		return err
	}
	return b.press(ctx, "clean", 1000, true)
}

// swarm puts 1,000 nodes on one call.
func (b *bench) swarm(ctx context.Context) error {
	f, err := b.runSwarm(ctx, "--nodes", "1000", "--for", "20s", "--no-chime")
	if err != nil {
		return err
	}
	n := float64(f.Nodes)
	bad := float64(f.Frames.Late + f.Frames.Lost + f.Frames.Wrong)
	b.table.add(row{What: "1,000 nodes, frames not in time", Unit: "frames", Loa: bad, None: true, Note: f.trouble()},
		row{What: "1,000 nodes, button to first sample, p99", Unit: "ms", Loa: f.FirstP99, Note: fmt.Sprintf("%d nodes told", f.Proved)},
		row{What: "1,000 nodes, controller's CPU per node, encoding included", Unit: "% of a core", Loa: f.ControllerCPU / n,
			Note: fmt.Sprintf("controller %.0f %%, %.0f MB; nodes %.0f %%", f.ControllerCPU, f.ControllerRSS, f.VillageCPU)},
		row{What: "1,000 nodes, CPU of a node", Unit: "% of a core", Loa: f.VillageCPU / n, Note: "a call, played into nothing"},
		row{What: "1,000 nodes, memory of a node", Unit: "kB", Loa: 1000 * f.VillageRSS / n, Note: "of one process with all of them"},
		row{What: "1,000 nodes, to each node", Unit: "kbit/s", Loa: f.Kbits, Note: "inside TLS"})
	return nil
}
