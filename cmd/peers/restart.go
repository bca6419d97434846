package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"loa/cmd/process"
)

const (
	restartAfter = 14 * time.Second // of the call
	restartFor   = 28 * time.Second
	downFor      = 500 * time.Millisecond
)

// restart kills, in the middle of a call, the external broker under Loa and
// the server under Snapcast, starts both again, and hears when the sound is
// back. Loa's own broker is not restarted alone: it lives and ends with the
// controller, and with the controller a voice ends by design.
func (b *bench) restart(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dir, err := b.folder("restart")
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	o, err := openOffice(ctx, b, dir, "broker: mqtts://"+addr)
	if err != nil {
		return err
	}
	defer o.close()
	if err := os.Symlink(filepath.Join(dir, "office", "trust"), filepath.Join(dir, "trust")); err != nil {
		return err
	}
	mosquitto, err := openMosquitto(ctx, dir, port, true)
	if err != nil {
		return err
	}
	defer func() { mosquitto.Stop() }()
	s, err := openSnapcast(ctx, b, dir, "flac")
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
	if err != nil {
		return err
	}
	var back [2]time.Time // when each is there again
	cut := make(chan error, 1)
	go func() {
		cut <- func() (err error) {
			if err := process.Pause(ctx, restartAfter); err != nil {
				return err
			}
			mosquitto.Kill()
			s.server.Kill()
			if err := process.Pause(ctx, downFor); err != nil {
				return err
			}
			if mosquitto, err = openMosquitto(ctx, dir, port, true); err != nil {
				return err
			}
			back[0] = time.Now()
			err = s.start(ctx)
			back[1] = time.Now()
			return err
		}()
	}()
	m, err := o.call(ctx, time.Minute)
	if err != nil {
		return err
	}
	start, err := speak(ctx, restartFor, m.listen(ctx), s.listen)
	if err := errors.Join(err, <-cut); err != nil {
		return err
	}
	if err := errors.Join(m.end(ctx), process.Pause(ctx, time.Second)); err != nil {
		return err
	}
	for _, h := range snap.alike {
		h.settle()
	}
	from, to := start.Add(restartAfter-4*time.Second), start.Add(restartFor)
	lAfter, lGap := returned(loa.alike, from, to, back[0])
	pAfter, pGap := returned(snap.alike, from, to, back[1])
	b.table.add(row{What: "sound back after broker or server, worst of 4", Unit: "s", Loa: lAfter, Peer: pAfter, PeerName: "snapserver",
		MaxLoa: 1,
		Note:   fmt.Sprintf("down for %v; longest silence %s s and %s s; Loa's broker here is mosquitto", downFor, number(lGap), number(pGap))})
	return nil
}

// returned is how long after an instant the longest gap of the worst player
// ended, and the longest gap, seconds. A player whose buffer outlasted the
// interruption was never gone: 0.
func returned(horns []*horn, from, to, back time.Time) (after, longest float64) {
	for _, h := range horns {
		g := h.gaps(from, to)
		if g.longest < 20*time.Millisecond {
			continue
		}
		after = max(after, g.last.Sub(back).Seconds())
		longest = max(longest, g.longest.Seconds())
	}
	return after, longest
}
