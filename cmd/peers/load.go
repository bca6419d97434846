package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"loa/cmd/process"
)

const (
	listeners = 200
	loadFor   = 12 * time.Second
)

// load compares what the office's machine needs for one voice in Opus to 200
// listeners, encoding included. Snapcast's listeners are as light as can be;
// Loa's are its nodes: only the office counts.
func (b *bench) load(ctx context.Context) error {
	f, err := b.runSwarm(ctx, "--nodes", fmt.Sprint(listeners), "--for", loadFor.String(), "--no-chime")
	if err != nil {
		return err
	}
	peer, err := b.snapLoad(ctx, listeners)
	if err != nil {
		return err
	}
	b.table.add(row{What: fmt.Sprintf("office's CPU, %d Opus listeners, encoding included", listeners), Unit: "% of a core",
		Loa: f.ControllerCPU, Peer: peer.serverCPU,
		PeerName: "snapserver", MaxRatio: 1, Note: "Loa: TLS and signatures, and the nodes' status; " + trouble(f)},
		row{What: fmt.Sprintf("office's memory, %d Opus listeners", listeners), Unit: "MB", Loa: f.ControllerRSS, Peer: peer.serverRSS / 1e6,
			PeerName: "snapserver"},
		row{What: "CPU of a player, no output", Unit: "% of a core", Loa: f.VillageCPU / listeners, Peer: peer.clientCPU, PeerName: "snapclient",
			MaxRatio: 1,
			Note:     "Loa: TLS and signatures; the peer writes into a file that is thrown away"})
	return nil
}

// snapLoaded is what Snapcast needed: CPU in % of a core, memory in bytes.
type snapLoaded struct {
	serverCPU, serverRSS float64
	clientCPU, clientRSS float64 // of one true player among the listeners
	heard                float64 // bytes a second to each listener
}

// snapLoad is Snapcast's server with n listeners and one player.
func (b *bench) snapLoad(ctx context.Context, n int) (f snapLoaded, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dir, err := b.folder(fmt.Sprintf("load-%d", n))
	if err != nil {
		return f, err
	}
	s, err := openSnapcast(ctx, b, dir, "opus")
	if err != nil {
		return f, err
	}
	defer s.close()
	spoken := make(chan error, 1)
	go func() { _, err := speak(ctx, loadFor+time.Minute, s.listen); spoken <- err }()
	var heard atomic.Int64
	for i := range n {
		conn, err := net.Dial("tcp", s.addr())
		if err != nil {
			return f, err
		}
		defer conn.Close()
		go listenSnapcast(ctx, conn, i, n, &heard)
	}
	if err := s.play(os.DevNull, "player"); err != nil {
		return f, err
	}
	if err := process.Pause(ctx, 3*time.Second); err != nil {
		return f, err
	}
	player := s.clients[0]
	began, before := time.Now(), heard.Load()
	playerBefore, err := player.CPU()
	if err != nil {
		return f, err
	}
	if f.serverCPU, err = use(ctx, s.server, loadFor); err != nil {
		return f, err
	}
	took := time.Since(began).Seconds()
	f.heard = float64(heard.Load()-before) / took / float64(n)
	playerAfter, err := player.CPU()
	if err != nil {
		return f, err
	}
	f.clientCPU = 100 * (playerAfter - playerBefore).Seconds() / took
	if f.clientRSS, err = player.RSS(); err != nil {
		return f, err
	}
	if f.serverRSS, err = s.server.RSS(); err != nil {
		return f, err
	}
	cancel()
	<-spoken // its error is that it was told to end
	return f, nil
}

// listenSnapcast is a listener by Snapcast's binary protocol: it says hello,
// asks for the time once a second as a client does, and counts what comes. It is
// the i-th of n.
func listenSnapcast(ctx context.Context, conn net.Conn, i, n int, heard *atomic.Int64) {
	id := fmt.Sprintf("00:00:00:00:%02x:%02x", i>>8, i&255)
	hello, err := json.Marshal(map[string]any{"Arch": "x86_64", "ClientName": "Snapclient", "HostName": id, "ID": id, "Instance": 1,
		"MAC": id, "OS": "Linux", "SnapStreamProtocolVersion": 2, "Version": "0.26.0"})
	if err != nil {
		return
	}
	body := append(binary.LittleEndian.AppendUint32(nil, uint32(len(hello))), hello...)
	if _, err := conn.Write(snapMessage(5, body)); err != nil {
		return
	}
	go func() {
		if process.Pause(ctx, time.Duration(i)*time.Second/time.Duration(n)) != nil {
			return
		}
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			if _, err := conn.Write(snapMessage(4, make([]byte, 8))); err != nil {
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	buf := make([]byte, 4096)
	for { // until either side closes
		k, err := conn.Read(buf)
		heard.Add(int64(k))
		if err != nil {
			return
		}
	}
}

// snapMessage is a message of Snapcast's protocol: type, ids, two times, size.
func snapMessage(kind uint16, body []byte) []byte {
	head := make([]byte, 26)
	le := binary.LittleEndian
	le.PutUint16(head, kind)
	now := time.Now()
	le.PutUint32(head[6:], uint32(now.Unix()))
	le.PutUint32(head[10:], uint32(now.Nanosecond()/1000))
	le.PutUint32(head[22:], uint32(len(body)))
	return append(head, body...)
}
