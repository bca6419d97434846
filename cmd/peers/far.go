package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"loa/cmd/process"
)

// The bad link: 2 % of the packets are lost and each is delayed by 1 to 101 ms,
// both ways.
const (
	loss      = 0.02
	leastWay  = time.Millisecond
	jitter    = 100 * time.Millisecond
	officeIP  = "10.77.0.1"
	villageIP = "10.77.0.2"
	farFor    = 60 * time.Second
)

// far measures over the bad link: the office in one network namespace, the
// village in another. That needs root.
func (b *bench) far(ctx context.Context) error {
	dir, err := b.folder("far")
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	words := []string{self, "-inner", "relay", "-loa", b.loa, dir}
	if os.Geteuid() != 0 {
		if exec.CommandContext(ctx, "sudo", "-n", "true").Run() != nil {
			return errors.New("network namespaces need root: run as root, or let sudo ask for no password")
		}
		words = append([]string{"sudo", "-n"}, words...)
	}
	out, err := within(ctx, words...)
	if err != nil {
		return err
	}
	var t table
	if err := json.Unmarshal(out, &t); err != nil {
		return fmt.Errorf("read what was measured: %w", err)
	}
	b.table.add(t.Rows...)
	return nil
}

// within runs a program that has time to clean up when ctx ends.
func within(ctx context.Context, words ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGTERM) }
	return cmd.Output()
}

// runRelay makes the namespaces and the link between them, and has the
// measurement made in the office's.
func runRelay(ctx context.Context, loa, dir string) error {
	names := [2]string{fmt.Sprintf("loa-office-%d", os.Getpid()), fmt.Sprintf("loa-village-%d", os.Getpid())}
	defer func() {
		for _, n := range names {
			_ = exec.Command("ip", "netns", "del", n).Run() // it may not be there
		}
	}()
	r, err := openRelay(names)
	if err != nil {
		return err
	}
	defer r.close()
	go r.run()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	out, err := within(ctx, "ip", "netns", "exec", names[0], self, "-inner", "far", "-loa", loa, dir, names[1])
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(out)
	return err
}

// runFar is the measurement, in the office's namespace.
func runFar(ctx context.Context, loa, dir, village string) error {
	b := &bench{loa: loa, dir: dir, place: place{host: officeIP, village: []string{"ip", "netns", "exec", village}}}
	if err := errors.Join(b.farStep(ctx), b.farButton(ctx)); err != nil {
		b.table.add(row{What: "over the bad link", Note: "not all measured: " + err.Error()})
	}
	return json.NewEncoder(os.Stdout).Encode(b.table)
}

func (b *bench) farStep(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o, err := openOffice(ctx, b, b.dir)
	if err != nil {
		return err
	}
	defer o.close()
	s, err := openSnapcast(ctx, b, b.dir, "flac")
	if err != nil {
		return err
	}
	defer s.close()
	loa, snap := newChoir("loa"), newChoir("snap")
	for i := range alike {
		err = errors.Join(err, o.board(ctx, loa.alike[i], b.loa), s.client(ctx, snap.alike[i]))
	}
	if err == nil {
		err = o.awaitGood(ctx)
	}
	if err == nil {
		err = process.Pause(ctx, 10*time.Second) // the nodes have told how long the way is
	}
	if err != nil {
		return err
	}
	l, p, err := sing(ctx, o, s, loa, snap, warmUp, farFor)
	if err != nil {
		return err
	}
	b.table.add(row{What: "spread of 4 players, bad link, p99", Unit: "ms", Loa: quantile(l.spread, 0.99), Peer: quantile(p.spread, 0.99),
		PeerName: "snapclient",
		MaxRatio: 0.5, Note: note(l, p)},
		row{What: "spread of 4 players, bad link, p50", Unit: "ms", Loa: quantile(l.spread, 0.5), Peer: quantile(p.spread, 0.5),
			PeerName: "snapclient", MaxRatio: 0.5},
		row{What: "silence, bad link", Unit: "ms per player and minute", Loa: perMinute(l), Peer: perMinute(p), PeerName: "snapclient",
			MaxRatio: 1},
		row{What: "microphone to horn, bad link, p50", Unit: "ms", Loa: quantile(l.latency, 0.5), Peer: quantile(p.latency, 0.5),
			PeerName: "snapclient", MaxLoa: 1000,
			Note: "Loa: " + adaptation(l.latency)})
	return nil
}

// adaptation is how the way from microphone to horn, in ms, a chirp each second,
// changed: what it was at first, and each time that it became another by more
// than 15 ms.
func adaptation(latency []float64) string {
	var b strings.Builder
	last := math.Inf(-1)
	for i, ms := range latency {
		if math.Abs(ms-last) <= 15 {
			continue
		}
		if last = ms; i == 0 {
			fmt.Fprintf(&b, "at first %s", number(ms))
		} else {
			fmt.Fprintf(&b, ", after %d chirps %s", i, number(ms))
		}
	}
	return b.String()
}

func perMinute(s sung) float64 {
	return s.gaps.silent.Seconds() * 1000 / alike / farFor.Minutes()
}

func (b *bench) farButton(ctx context.Context) error {
	return errors.Join(b.press(ctx, "bad link", 3000, false), b.press(ctx, "bad link", 3000, true))
}
