package main

import (
	"context"
	"fmt"
	"math"

	"loa/cmd/loa/swarm"
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
	if f.Proved < f.Nodes { // a node that does not tell has not begun
		p99 = math.Inf(1)
	}
	b.table.add(row{What: what + link + ", p99", Unit: "ms", Loa: p99, MaxLoa: limit, Note: fmt.Sprintf("p50 %s; %d of %d nodes told; %s",
		number(f.FirstP50), f.Proved, f.Nodes, trouble(f))})
	return nil
}

// trouble says how many frames were not in time.
func trouble(f swarm.Report) string {
	if f.Frames.Nodes == 0 {
		return "all frames in time"
	}
	return fmt.Sprintf("at %d nodes %d frames late, %d lost, %d wrong, %d bundles refused, %d too fast", f.Frames.Nodes, f.Frames.Late,
		f.Frames.Lost,
		f.Frames.Wrong, f.Frames.Refused, f.Frames.TooFast)
}

// button is press on the clean machine.
func (b *bench) button(ctx context.Context) error {
	if err := b.press(ctx, "clean", 1000, false); err != nil {
		return err
	}
	return b.press(ctx, "clean", 1000, true)
}

// swarm puts 1,000 nodes on one call, and as many listeners on Snapcast's server
// and on Mosquitto.
func (b *bench) swarm(ctx context.Context) error {
	f, err := b.runSwarm(ctx, "--nodes", "1000", "--for", "20s", "--no-chime")
	if err != nil {
		return err
	}
	snap, err := b.snapLoad(ctx, f.Nodes)
	if err != nil {
		return err
	}
	v, err := b.fanVillage("swarm")
	if err != nil {
		return err
	}
	mosquitto, err := b.fanMosquitto(ctx, v, largeBundles, true)
	if err != nil {
		return err
	}
	n := float64(f.Nodes)
	bad := float64(f.Frames.Late + f.Frames.Lost + f.Frames.Wrong)
	const cpu, each = "% of a core", "1,000 nodes, "
	b.table.add(row{What: each + "frames not in time", Unit: "frames", Loa: bad, None: true, Note: trouble(f)},
		row{What: each + "button to first sample, p99", Unit: "ms", Loa: f.FirstP99,
			Note: fmt.Sprintf("%d nodes told, %d heard all", f.Proved, f.Whole)},
		row{What: each + "office's CPU per node, encoding included", Unit: cpu, Loa: f.ControllerCPU / n, Peer: snap.serverCPU / n,
			PeerName: "snapserver", MaxRatio: 1,
			Note: fmt.Sprintf("controller %.0f %%; nodes %.0f %%; snapserver sends %.0f kbit/s to each", f.ControllerCPU, f.VillageCPU,
				snap.heard*8/1000)},
		row{What: each + "the same beside a broker alone", Unit: cpu, Loa: f.ControllerCPU / n, Peer: mosquitto.cpu / n, PeerName: "mosquitto",
			Note: fmt.Sprintf("TLS; it only passes on, %d × %d B a second; delivered %.2f %%", largeBundles.rate, largeBundles.bytes,
				100*mosquitto.delivered)},
		row{What: each + "office's memory per node", Unit: "kB", Loa: 1000 * f.ControllerRSS / n, Peer: snap.serverRSS / 1000 / n,
			PeerName: "snapserver",
			Note:     fmt.Sprintf("whole processes; mosquitto %.1f kB a subscriber", mosquitto.perClient)},
		row{What: each + "CPU of a node", Unit: cpu, Loa: f.VillageCPU / n,
			Note: "a call, played into nothing; for the peer see part load: among a thousand listeners its player hardly ran"},
		row{What: each + "memory of a node", Unit: "kB", Loa: 1000 * f.VillageRSS / n, Peer: snap.clientRSS / 1000, PeerName: "snapclient",
			Note: "Loa: of one process with all of them; the peer: a process for each"},
		row{What: each + "to each node", Unit: "kbit/s", Loa: f.Kbits, Peer: snap.heard * 8 / 1000, PeerName: "snapserver",
			Note: "Loa: inside TLS; a voice at 24 kbit/s; the peer: music, its default"})
	return nil
}
